//! `corp service`: a unit that has the machine start the daemon.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::place;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use std::path::Path;

/// Have the machine start the daemon
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp service install                start the daemon with the machine
  corp service install --print        only show the file")]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Write the unit of this company to where the machine looks for it, and say what switches it on
    Install {
        /// Only print it
        #[arg(long)]
        print: bool,
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
    let Verb::Install { print, kind } = &args.verb;
    let usual = if cfg!(target_os = "macos") { Kind::Launchd } else { Kind::Systemd };
    let place = place(context)?;
    let environment = &context.environment;
    let program = std::env::current_exe()
        .map_err(|error| CommandError::new(Exit::Environment, format!("this program cannot be found: {error}")))?;
    let (program, root) = (program.display().to_string(), place.root.display().to_string());
    let home = environment.roots.home.clone();
    let config = environment.config.clone().unwrap_or_else(|| home.join(".config"));
    // A daemon that looks elsewhere for its runs would not find those of today.
    let state = &environment.roots.state;
    let state = (*state != home.join(".local/state")).then(|| state.display().to_string());
    let name = &place.key;
    let (text, path, next) = match kind.unwrap_or(usual) {
        Kind::Systemd => {
            let path = config.join(format!("systemd/user/corp-{name}.service"));
            let next = format!("systemctl --user enable --now corp-{name}");
            (systemd(&program, &root, state.as_deref()), path, next)
        }
        Kind::Launchd => {
            let path = home.join(format!("Library/LaunchAgents/corp.{name}.plist"));
            let next = format!("launchctl load {}", path.display());
            (launchd(name, &program, &root, state.as_deref()), path, next)
        }
    };
    if *print {
        ui.raw(&text);
        ui.hint(format_args!("it belongs into {}", path.display()));
    } else {
        write(&path, &text)?;
        ui.note(format_args!("written: {}", path.display()));
    }
    ui.hint(format_args!("`{next}` switches it on"));
    if kind.unwrap_or(usual) == Kind::Systemd {
        ui.hint("`loginctl enable-linger` has it run while you are not logged in");
    }
    Ok(Exit::Done)
}

/// Writes the unit, and nothing over what somebody else wrote there.
fn write(path: &Path, text: &str) -> Result<(), CommandError> {
    let fail = |error: std::io::Error| {
        CommandError::new(Exit::Environment, format!("{} could not be written: {error}", path.display()))
    };
    match std::fs::read_to_string(path) {
        Ok(found) if found == text => return Ok(()),
        Ok(_) => {
            let message = format!("{} is there already, and says something else", path.display());
            return Err(CommandError::new(Exit::Refused, message)
                .hint("remove it, or write yours by `corp service install --print`"));
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(fail(error)),
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(fail)?;
    }
    std::fs::write(path, text).map_err(fail)
}

/// Runs have sessions of their own and go on when the daemon is restarted; only its own process is ended. The unit's part
/// of the tree of control groups is ours, for one group a run.
fn systemd(program: &str, root: &str, state: Option<&str>) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%"));
    let state =
        state.map(|state| format!("Environment={}\n", quoted(&format!("XDG_STATE_HOME={state}")))).unwrap_or_default();
    format!(
        "[Unit]\nDescription=corp: {root}\n\n[Service]\nExecStart={} up --log-format json {}\n{state}\
         Restart=on-failure\nKillMode=process\nDelegate=yes\n\n[Install]\nWantedBy=default.target\n",
        quoted(program),
        quoted(root)
    )
}

fn launchd(key: &str, program: &str, root: &str, state: Option<&str>) -> String {
    let text = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let arguments: String = [program, "up", "--log-format", "json", root]
        .iter()
        .map(|argument| format!("    <string>{}</string>\n", text(argument)))
        .collect();
    let state = state.map(text).map(|state| {
        format!(
            "  <key>EnvironmentVariables</key>\n  <dict>\n    <key>XDG_STATE_HOME</key>\n    <string>{state}</string>\n  \
             </dict>\n"
        )
    });
    let state = state.unwrap_or_default();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n<dict>\n  <key>Label</key>\n  <string>corp.{key}</string>\n  \
         <key>ProgramArguments</key>\n  <array>\n{arguments}  </array>\n{state}  <key>RunAtLoad</key>\n  <true/>\n  \
         <key>KeepAlive</key>\n  <true/>\n  <key>AbandonProcessGroup</key>\n  <true/>\n</dict>\n</plist>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_paths_are_quoted() {
        assert!(
            systemd("/bin/corp", "/a \"b\" 5%", None)
                .contains("\"/bin/corp\" up --log-format json \"/a \\\"b\\\" 5%%\"")
        );
        assert!(launchd("k", "/bin/corp", "/a&b", None).contains("<string>/a&amp;b</string>"));
        assert!(systemd("c", "/a", Some("/s t")).contains("\nEnvironment=\"XDG_STATE_HOME=/s t\"\n"));
        assert!(launchd("k", "c", "/a", Some("/s")).contains("<string>/s</string>\n  </dict>\n  <key>RunAtLoad"));
    }
}
