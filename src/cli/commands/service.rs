//! `corp service`: the text of a unit that starts the daemon with the machine.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::place;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;

/// Have the machine start the daemon
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Print the unit, with the place where it belongs
    Install {
        /// The kind of unit
        #[arg(long, value_enum)]
        kind: Option<Kind>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// A systemd unit of this account
    Systemd,
    /// A launchd agent of this account
    Launchd,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let Verb::Install { kind } = &args.verb;
    let usual = if cfg!(target_os = "macos") { Kind::Launchd } else { Kind::Systemd };
    let place = place(context)?;
    let program = std::env::current_exe()
        .map_err(|error| CommandError::new(Exit::Environment, format!("this program cannot be found: {error}")))?;
    let (program, root) = (program.display().to_string(), place.root.display().to_string());
    match kind.unwrap_or(usual) {
        Kind::Systemd => {
            ui.raw(&systemd(&program, &root));
            let unit = format!("~/.config/systemd/user/corp-{}.service", place.key);
            ui.hint(format_args!("put it into {unit}, then `systemctl --user enable --now corp-{}`", place.key));
        }
        Kind::Launchd => {
            ui.raw(&launchd(&place.key, &program, &root));
            let file = format!("~/Library/LaunchAgents/corp.{}.plist", place.key);
            ui.hint(format_args!("put it into {file}, then `launchctl load {file}`"));
        }
    }
    Ok(Exit::Done)
}

/// Runs have sessions of their own and go on when the daemon is restarted; only its own process is ended.
fn systemd(program: &str, root: &str) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%"));
    format!(
        "[Unit]\nDescription=corp: {root}\n\n[Service]\nExecStart={} up --log-format json {}\nRestart=on-failure\n\
         KillMode=process\n\n[Install]\nWantedBy=default.target\n",
        quoted(program),
        quoted(root)
    )
}

fn launchd(key: &str, program: &str, root: &str) -> String {
    let text = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let arguments: String = [program, "up", "--log-format", "json", root]
        .iter()
        .map(|argument| format!("    <string>{}</string>\n", text(argument)))
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n<dict>\n  <key>Label</key>\n  <string>corp.{key}</string>\n  \
         <key>ProgramArguments</key>\n  <array>\n{arguments}  </array>\n  <key>RunAtLoad</key>\n  <true/>\n  \
         <key>KeepAlive</key>\n  <true/>\n  <key>AbandonProcessGroup</key>\n  <true/>\n</dict>\n</plist>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_paths_are_quoted() {
        assert!(
            systemd("/bin/corp", "/a \"b\" 5%").contains("\"/bin/corp\" up --log-format json \"/a \\\"b\\\" 5%%\"")
        );
        assert!(launchd("k", "/bin/corp", "/a&b").contains("<string>/a&amp;b</string>"));
    }
}
