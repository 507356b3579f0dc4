//! [`Value`]: what a secret says. It has no `Display`, its `Debug` shows nothing, and its memory is wiped when it goes.

use age::secrecy::{ExposeSecret as _, SecretString};
use std::fmt;

/// Shortest value, in bytes. A shorter one is guessed, and stands by chance in every long text, where hiding it would
/// make holes.
pub const BYTES_MIN: usize = 8;

/// Longest value, in bytes: what vaults elsewhere allow, and more than any key.
pub const BYTES_MAX: usize = 64 << 10;

/// Why a text cannot be a secret's value. Says nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// It is shorter than [`BYTES_MIN`].
    #[error("the value is too short: a secret has at least {BYTES_MIN} bytes")]
    Short,
    /// It is longer than [`BYTES_MAX`].
    #[error("the value is too long: a secret has at most {} KiB", BYTES_MAX >> 10)]
    Long,
    /// It is no text.
    #[error("the value is no text: encode it, such as with `base64`")]
    NoText,
    /// It holds a zero byte, which no environment can carry.
    #[error("the value holds a zero byte: encode it, such as with `base64`")]
    Zero,
    /// It says nothing: one letter again and again.
    #[error("the value is one character again and again: that is no secret")]
    Monotonous,
}

/// What a secret says.
#[derive(Clone)]
pub struct Value(SecretString);

impl Value {
    /// A value, if it can be one. One line end after a single line is left out: whoever pipes a value in did not mean it.
    ///
    /// # Errors
    /// [`ValueError`].
    pub fn new(bytes: Vec<u8>) -> Result<Self, ValueError> {
        // What is refused is wiped as well.
        let text = SecretString::from(String::from_utf8(bytes).map_err(|_| ValueError::NoText)?);
        let whole = text.expose_secret();
        let line = whole.strip_suffix('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
        let kept = line.filter(|line| !line.contains('\n')).unwrap_or(whole);
        if kept.contains('\0') {
            return Err(ValueError::Zero);
        }
        if kept.len() < BYTES_MIN || kept.trim().len() < BYTES_MIN {
            return Err(ValueError::Short);
        }
        if kept.len() > BYTES_MAX {
            return Err(ValueError::Long);
        }
        let mut letters = kept.chars();
        let first = letters.next();
        if letters.all(|letter| Some(letter) == first) {
            return Err(ValueError::Monotonous);
        }
        Ok(Self(SecretString::from(kept.to_owned())))
    }

    /// The value itself. Whoever calls this answers for where it goes.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_value_and_what_is_not() {
        for (text, expected) in [
            ("correct horse", Ok("correct horse")),
            ("correct horse\n", Ok("correct horse")),
            ("correct horse\r\n", Ok("correct horse")),
            ("line one\nline two\n", Ok("line one\nline two\n")),
            ("1234567", Err(ValueError::Short)),
            ("1234567\n", Err(ValueError::Short)),
            ("      a         ", Err(ValueError::Short)),
            ("", Err(ValueError::Short)),
            ("xxxxxxxxxxxx", Err(ValueError::Monotonous)),
            ("a value\0with", Err(ValueError::Zero)),
        ] {
            let found = Value::new(text.as_bytes().to_vec());
            assert_eq!(found.as_ref().map(Value::expose).map_err(|error| *error), expected, "{text:?}");
        }
        assert_eq!(Value::new(vec![b'a', 0xff, b'b', b'c', b'd', b'e', b'f', b'g']).err(), Some(ValueError::NoText));
        assert_eq!(Value::new(b"ab".repeat(BYTES_MAX / 2 + 1)).err(), Some(ValueError::Long));
    }

    #[test]
    fn a_value_is_never_shown() {
        let value = Value::new(b"correct horse".to_vec()).unwrap();
        assert_eq!(format!("{value:?}"), "Value(…)");
    }
}
