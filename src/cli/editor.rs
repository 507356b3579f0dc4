//! A text written in the person's own editor, as `git commit` does it.

use super::environment::Environment;
use super::error::{CommandError, Exit};
use std::path::Path;
use std::process::Command;

/// What is started where a terminal is and nobody says which editor.
const USUAL: &str = "vi";

/// Opens the file at `path` in the person's editor and waits until it is closed.
///
/// # Errors
/// There is no editor, or it ended with an error: then nothing is done with the file.
#[expect(clippy::disallowed_methods, reason = "the person's editor is neither git nor an agent")]
pub fn edit(path: &Path, environment: &Environment) -> Result<(), CommandError> {
    let usual = environment.interactive.then(|| USUAL.to_owned());
    let Some(editor) = environment.editor.clone().or(usual) else {
        return Err(CommandError::new(Exit::Usage, "there is no editor to write it in")
            .hint("set VISUAL or EDITOR, or say it on the command line"));
    };
    // What is set may have arguments of its own (`code --wait`), so a shell reads it; the path is no part of what it reads.
    let status = Command::new("sh").arg("-c").arg(format!("{editor} \"$@\"")).arg(&editor).arg(path).status();
    let failed = |why: String| CommandError::new(Exit::Environment, format!("the editor `{editor}` {why}"));
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(format!("ended with {status}, so nothing was done"))),
        Err(error) => Err(failed(format!("could not be started: {error}"))),
    }
}
