//! Exit codes, and errors as people see them.

use super::ui::Ui;
use crate::format::record::nearest;
use std::path::Path;
use std::process::ExitCode;

/// The exit codes of the program; a public table (`docs/exit-codes.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// Well-formed, and the company does not allow it.
    Refused = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// The company's files have errors.
    Invalid = 3,
    /// Held by somebody else, or moved meanwhile.
    Held = 4,
    /// Something around the program is missing: no company here, no git, a full disk.
    Environment = 5,
    /// A bug in the program.
    Bug = 70,
}

impl Exit {
    /// Every exit code, in order.
    pub const ALL: [Self; 7] =
        [Self::Done, Self::Refused, Self::Usage, Self::Invalid, Self::Held, Self::Environment, Self::Bug];
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command could not do its work: what happened, why, and what to type next.
#[derive(Debug)]
pub struct CommandError {
    /// The exit code.
    pub exit: Exit,
    /// What happened; lower case, no full stop.
    pub message: String,
    /// What to type or do next.
    pub hints: Vec<String>,
}

impl CommandError {
    /// An error with its exit code.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hints: Vec::new() }
    }

    /// Something that cannot be, if the program is right.
    pub fn bug(message: impl Into<String>) -> Self {
        Self::new(Exit::Bug, message)
    }

    /// Adds what to type or do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

/// How a folder becomes a repository with what is in it.
const BEGIN: &str = "make it one: `git init -b main && git add . && git commit -m \"Begin\"`";

/// A company that is in no repository.
pub fn no_repository(root: &Path) -> CommandError {
    CommandError::new(Exit::Environment, format!("{} is no git repository", root.display())).hint(BEGIN)
}

/// A repository without a commit.
pub fn unborn(message: impl Into<String>) -> CommandError {
    CommandError::new(Exit::Refused, message).hint("commit the files first: `git add . && git commit -m \"Begin\"`")
}

impl From<crate::store::load::LoadError> for CommandError {
    fn from(error: crate::store::load::LoadError) -> Self {
        Self::new(Exit::Environment, error.to_string())
    }
}

impl From<crate::store::place::PlaceError> for CommandError {
    fn from(error: crate::store::place::PlaceError) -> Self {
        use crate::store::place::PlaceError;
        let exit = if matches!(error, PlaceError::Changed { .. }) { Exit::Held } else { Exit::Environment };
        Self::new(exit, error.to_string())
    }
}

impl From<crate::store::found::FoundError> for CommandError {
    fn from(error: crate::store::found::FoundError) -> Self {
        Self::new(Exit::Environment, error.to_string())
    }
}

/// Shows what clap has to say; help and version are not errors.
pub fn usage(mut error: clap::Error) -> ExitCode {
    use clap::error::{ContextKind, ContextValue};
    let similar = [
        (ContextKind::InvalidSubcommand, ContextKind::SuggestedSubcommand),
        (ContextKind::InvalidArg, ContextKind::SuggestedArg),
        (ContextKind::InvalidValue, ContextKind::SuggestedValue),
    ];
    // What clap takes for similar often is not: `completions` for `commi`.
    for (said, suggested) in similar {
        let Some(ContextValue::String(said)) = error.get(said) else { continue };
        let meant = match error.get(suggested) {
            Some(ContextValue::Strings(words)) => nearest(said, words.iter().map(String::as_str)),
            Some(ContextValue::String(word)) => nearest(said, std::iter::once(word.as_str())),
            _ => continue,
        };
        match meant.map(str::to_owned) {
            Some(meant) => error.insert(suggested, ContextValue::String(meant)),
            None => error.remove(suggested),
        };
    }
    // A closed pipe is not worth a word.
    drop(error.print());
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() }
}

/// What somebody who met a bug is asked for.
const REPORT: &str = concat!("say what you typed and what it said at ", env!("CARGO_PKG_REPOSITORY"), "/issues");

/// What a full disk is called by the system, in whatever an error says: most come as text, some from a daemon.
const FULL: [&str; 2] = ["No space left on device", "Disk quota exceeded"];

/// Shows an error and returns its exit code.
pub fn show(error: &CommandError, ui: &mut Ui) -> ExitCode {
    ui.error(&error.message);
    if FULL.iter().any(|words| error.message.contains(words)) {
        ui.hint(
            "the disk is full: `df -h` shows which; make room, then say it again; what was answered before is safe",
        );
        return error.exit.into();
    }
    for hint in &error.hints {
        ui.hint(hint);
    }
    if error.exit == Exit::Bug {
        ui.hint(format_args!("this is a bug in corp {}: {REPORT}", env!("CARGO_PKG_VERSION")));
    }
    error.exit.into()
}
