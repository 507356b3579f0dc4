//! [`Scalar`]: a value written as one piece of text, with one place that says what is allowed.

/// A value written as one piece of text in a file.
///
/// `parse` and `Display` agree: `T::parse(&value.to_string()) == Ok(value)`.
pub trait Scalar: Sized {
    /// What is expected, for messages: reads after "expected", for example "a slug such as `cto`".
    const EXPECTED: &'static str;
    /// The regular expression (ECMA 262, anchored) that the JSON Schema carries.
    const PATTERN: &'static str;
    /// The JSON types that a plain YAML scalar of this value can have for an editor (`runs: 8` is an integer there).
    const TYPES: &'static [&'static str] = &["string"];

    /// Reads the text of the value.
    ///
    /// # Errors
    /// What is wrong, in words that follow "`TEXT` is not …: ".
    fn parse(text: &str) -> Result<Self, String>;

    /// What makes a value that can be read useless, such as a schedule for 30 February; `None` if it is sound.
    fn flaw(&self) -> Option<Flaw> {
        None
    }
}

/// What makes a value useless although it can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The code of the rule.
    pub code: &'static str,
    /// What is wrong, in words that follow the value.
    pub message: String,
    /// What to write instead.
    pub help: String,
}
