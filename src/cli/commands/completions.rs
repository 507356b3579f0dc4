//! `corp completions`: prints what makes a shell ask this program for completions.

use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use clap_complete::env::Shells;

/// Print the lines that make your shell complete commands, ids of tickets, agents and more
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  source <(corp completions bash)                                     in ~/.bashrc
  source <(corp completions zsh)                                      in ~/.zshrc
  corp completions fish > ~/.config/fish/completions/corp.fish")]
pub struct Args {
    /// `bash`, `zsh`, `fish`, `elvish` or `powershell`
    #[arg(value_parser = ["bash", "zsh", "fish", "elvish", "powershell"])]
    shell: String,
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> Outcome {
    let mut lines = Vec::new();
    let shells = Shells::builtins();
    let shell = shells
        .completer(&args.shell)
        .ok_or_else(|| CommandError::new(Exit::Usage, format!("there are no completions for `{}`", args.shell)))?;
    shell
        .write_registration("COMPLETE", "corp", "corp", "corp", &mut lines)
        .map_err(|error| CommandError::bug(format!("completions cannot be written: {error}")))?;
    ui.raw(&String::from_utf8_lossy(&lines));
    Ok(Exit::Done)
}
