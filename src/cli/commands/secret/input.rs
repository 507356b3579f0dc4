//! Where a value comes from: a file, standard input, or a person who types it and sees nothing of it.

use super::{Context, From_, told};
use crate::cli::error::{CommandError, Exit};
use crate::secrets::Value;
use crate::secrets::value::BYTES_MAX;
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use std::fs::File;
use std::io::{self, Read, Write as _};

/// Most that is read, in bytes: enough to tell that it is too much.
const READ_BYTES_MAX: u64 = BYTES_MAX as u64 + 16;

/// How long nothing must come for a paste to be over, in tenths of a second.
const QUIET_TENTHS: u8 = 2;

/// Refuses a value that is given as an argument of `verb`, before anything else is looked at.
pub(super) fn no_argument(from: &From_, verb: &str) -> Result<(), CommandError> {
    if from.given.is_empty() {
        return Ok(());
    }
    let why = "a value is not given as an argument, where other programs and the shell's history see it";
    let hint = format!(
        "`corp secret {verb}` asks for it, or reads what is piped to it; one that was typed here is known to the history"
    );
    Err(CommandError::new(Exit::Usage, why).hint(hint))
}

/// The value, as the command line says where from.
pub(super) fn value(from: &From_, name: &str, context: &Context) -> Result<Value, CommandError> {
    let bytes = match &from.file {
        Some(path) => {
            let missing = |error: io::Error| {
                CommandError::new(Exit::Environment, format!("{} cannot be read: {error}", told(path)))
            };
            let file = File::open(path).map_err(missing)?;
            bounded(file).map_err(missing)?
        }
        None if context.environment.interactive => asked(name)?,
        None => bounded(io::stdin().lock())
            .map_err(|error| CommandError::new(Exit::Environment, format!("standard input cannot be read: {error}")))?,
    };
    Value::new(bytes).map_err(|why| CommandError::new(Exit::Refused, why.to_string()))
}

fn bounded(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(READ_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Asks a person at the terminal, twice.
fn asked(name: &str) -> Result<Vec<u8>, CommandError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::Interrupted => CommandError::new(Exit::Refused, "nothing was changed"),
        _ => CommandError::new(Exit::Environment, format!("the terminal cannot be read: {error}"))
            .hint("pipe the value in, or name a file with `--file`"),
    };
    let once = hidden(&format!("value of {name} (it is not shown): ")).map_err(failed)?;
    let again = hidden("once more: ").map_err(failed)?;
    if once != again {
        // More than a line was pasted, perhaps, and the rest is still coming.
        drain();
        return Err(CommandError::new(Exit::Refused, "the two are not the same; nothing was changed")
            .hint("a value of several lines comes from a file: `--file PATH`"));
    }
    Ok(once)
}

/// Puts a terminal back as it was.
struct Quiet {
    before: Termios,
}

impl Quiet {
    /// What is typed is neither shown nor made lines of, and no key ends this process: a shell whose terminal stays quiet
    /// is a shell nobody can use.
    fn new() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        tcsetattr(io::stdin(), OptionalActions::Flush, &quiet)?;
        Ok(Self { before })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // What was typed or pasted behind the line, such as the other lines of a key, is not for the shell to run.
        drop(tcsetattr(io::stdin(), OptionalActions::Flush, &self.before).map_err(io::Error::from));
    }
}

/// Takes what still comes until nothing does for a moment: it was meant for the prompt, and not for the shell behind it.
fn drain() {
    let Ok(quiet) = Quiet::new() else { return };
    let mut brief = quiet.before.clone();
    brief.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
    brief.special_codes[SpecialCodeIndex::VMIN] = 0;
    brief.special_codes[SpecialCodeIndex::VTIME] = QUIET_TENTHS;
    let mut taken = 0;
    if tcsetattr(io::stdin(), OptionalActions::Now, &brief).is_ok() {
        let mut bytes = [0; 1024];
        while let Ok(count @ 1..) = rustix::io::read(io::stdin(), &mut bytes) {
            taken += count as u64;
            if taken > READ_BYTES_MAX {
                break;
            }
        }
    }
}

fn hidden(prompt: &str) -> io::Result<Vec<u8>> {
    let mut shown = io::stderr().lock();
    write!(shown, "{prompt}")?;
    shown.flush()?;
    let quiet = Quiet::new()?;
    let typed = typed(io::stdin().lock());
    drop(quiet);
    writeln!(shown)?;
    typed
}

/// A line as it is typed, with the keys that take something back.
fn typed(keys: impl Read) -> io::Result<Vec<u8>> {
    let mut line: Vec<u8> = Vec::new();
    // Standard input keeps a buffer of its own; this one is for whatever does not, and holds one byte so as to take no more than the line.
    for key in io::BufReader::with_capacity(1, keys).bytes() {
        match key? {
            b'\r' | b'\n' | 0x04 => break,
            0x03 => return Err(io::ErrorKind::Interrupted.into()),
            0x15 => line.clear(),
            0x08 | 0x7f => {
                // One character, however many bytes it has.
                while line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
            }
            _ if line.len() as u64 >= READ_BYTES_MAX => break,
            byte => line.push(byte),
        }
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::typed;

    #[test]
    fn what_is_typed_can_be_taken_back_and_broken_off() {
        for (keys, expected) in [
            ("abc\r", "abc"),
            ("abc\nrest", "abc"),
            ("abx\u{7f}c\n", "abc"),
            ("grün\u{7f}\u{7f}\u{8}x\n", "gx"),
            ("wrong\u{15}right\n", "right"),
            ("\u{7f}a\u{4}b", "a"),
        ] {
            assert_eq!(typed(keys.as_bytes()).unwrap(), expected.as_bytes(), "{keys:?}");
        }
        assert_eq!(typed(&b"ab\x03c\n"[..]).unwrap_err().kind(), std::io::ErrorKind::Interrupted);
    }
}
