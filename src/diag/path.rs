//! [`KeyPath`]: the way to a value inside a YAML document, such as `stages[0].review`.

use std::fmt;

/// One step on the way to a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Into a mapping, by key.
    Key(String),
    /// Into a list, by position from 0.
    Index(usize),
}

/// The way to a value inside a YAML document; empty is the document itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyPath(pub Vec<Step>);

impl KeyPath {
    /// This path, one key further.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.0.push(Step::Key(key.into()));
        self
    }

    /// Reads a path as it is shown, such as `heartbeat.every` or `stages[0].review`; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut path = Self::default();
        for part in text.split('.') {
            let (key, mut rest) = part.split_at(part.find('[').unwrap_or(part.len()));
            if key.is_empty() {
                return None;
            }
            path = path.key(key);
            while !rest.is_empty() {
                let (index, more) = rest.strip_prefix('[')?.split_once(']')?;
                path = path.index(index.parse().ok()?);
                rest = more;
            }
        }
        Some(path)
    }

    /// This path, one list position further.
    #[must_use]
    pub fn index(mut self, index: usize) -> Self {
        self.0.push(Step::Index(index));
        self
    }
}

impl From<&str> for KeyPath {
    /// A single key; dots are part of the key.
    fn from(key: &str) -> Self {
        Self(vec![Step::Key(key.to_owned())])
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if position == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_as_it_is_shown() {
        for text in ["status", "heartbeat.every", "stages[0].review", "a[1][2].b"] {
            assert_eq!(KeyPath::parse(text).unwrap().to_string(), text);
        }
        for none in ["", ".", "a.", "a[", "a[x]", "[0]", "a[0]b"] {
            assert_eq!(KeyPath::parse(none), None, "{none}");
        }
    }
}
