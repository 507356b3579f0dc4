//! `packages/<slug>/package.lock`: what an import brought, so that a newer version can be merged with what people
//! have changed since.
//!
//! JSON lines: one about the package, one per thing, one per file with its whole text. The text is here and not
//! only in git, because the base of a merge must survive a shallow clone, a squashed history, an import that
//! was edited before it was first committed, and a company without git at all; and because a line per file is
//! merged by git as well as any text. Package files are small (one mebibyte at most), and git packs the
//! repetition away. Files that are not UTF-8 have only their hash: they are taken or kept whole.

use crate::format::package::digest::sha256;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The format of this file.
pub const SCHEMA: &str = "corp/package-lock/v1";

/// What an import brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackageLock {
    /// Where the package came from, as a person typed it.
    pub origin: String,
    /// The commit it was at, if that is known.
    pub commit: Option<String>,
    /// The package's version, if it says one.
    pub version: Option<String>,
    /// The agent that the package's first agent was put under.
    pub under: Option<String>,
    /// What was wanted of it; empty: everything.
    pub only: Vec<String>,
    /// The folder each thing of the package got in the company; `None`: it stayed out.
    pub things: BTreeMap<String, Option<String>>,
    /// The files as they were imported, by their path in the company.
    pub files: BTreeMap<String, LockedFile>,
}

/// A file as it was imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedFile {
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its text, if it is one.
    pub text: Option<String>,
}

impl LockedFile {
    /// The file with these bytes.
    pub fn new(bytes: &[u8]) -> Self {
        let text = std::str::from_utf8(bytes).ok().map(str::to_owned);
        Self { sha256: sha256(bytes), text }
    }

    /// Whether `bytes` are what was imported.
    pub fn is(&self, bytes: &[u8]) -> bool {
        self.sha256 == sha256(bytes)
    }
}

/// Why a lock cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// A line is not what it should be.
    #[error("line {line} cannot be read: {why}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// It was written by a newer program.
    #[error("it has the format `{schema}`, which this version of corp does not know")]
    Newer {
        /// The format it says.
        schema: String,
    },
    /// The text of a file is not what its hash says.
    #[error("the text it keeps of {path} does not have the hash it keeps")]
    Hash {
        /// The file.
        path: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Head {
    schema: String,
    origin: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    under: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    only: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    thing: Option<String>,
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    named: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

impl PackageLock {
    /// The lock as a file.
    pub fn write(&self) -> String {
        let head = Head {
            schema: SCHEMA.to_owned(),
            origin: self.origin.clone(),
            commit: self.commit.clone(),
            version: self.version.clone(),
            under: self.under.clone(),
            only: self.only.clone(),
        };
        let empty = || Line { thing: None, named: None, path: None, sha256: None, text: None };
        let things = self.things.iter().map(|(thing, named)| Line {
            thing: Some(thing.clone()),
            named: named.clone(),
            ..empty()
        });
        let files = self.files.iter().map(|(path, file)| Line {
            path: Some(path.clone()),
            sha256: Some(file.sha256.clone()),
            text: file.text.clone(),
            ..empty()
        });
        let mut text = json(&head);
        for line in things.chain(files) {
            text.push('\n');
            text.push_str(&json(&line));
        }
        text.push('\n');
        text
    }

    /// Reads a lock.
    ///
    /// # Errors
    /// [`LockError`]: nothing is merged on a base that is not certain.
    pub fn read(text: &str) -> Result<Self, LockError> {
        let bad = |line: usize, why: &dyn std::fmt::Display| LockError::Line { line: line + 1, why: why.to_string() };
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let (_, first) = lines.next().ok_or_else(|| bad(0, &"the file is empty"))?;
        let head: Head = serde_json::from_str(first).map_err(|why| bad(0, &why))?;
        if head.schema != SCHEMA {
            return Err(LockError::Newer { schema: head.schema });
        }
        let mut lock = Self {
            origin: head.origin,
            commit: head.commit,
            version: head.version,
            under: head.under,
            only: head.only,
            ..Self::default()
        };
        for (number, line) in lines {
            let line: Line = serde_json::from_str(line).map_err(|why| bad(number, &why))?;
            match line {
                Line { thing: Some(thing), named, .. } => drop(lock.things.insert(thing, named)),
                Line { path: Some(path), sha256: Some(hash), text, .. } => {
                    if text.as_ref().is_some_and(|text| sha256(text.as_bytes()) != hash) {
                        return Err(LockError::Hash { path });
                    }
                    lock.files.insert(path, LockedFile { sha256: hash, text });
                }
                _ => return Err(bad(number, &"it is about neither a thing nor a file")),
            }
        }
        Ok(lock)
    }
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("texts and options of texts are always JSON")
}

/// Where the lock of the package `slug` is.
pub fn path(slug: &str) -> String {
    format!("packages/{slug}/package.lock")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_read_back_as_it_was_written() {
        let lock = PackageLock {
            origin: "./x".to_owned(),
            under: Some("ceo".to_owned()),
            things: BTreeMap::from([
                ("agents/cto".to_owned(), Some("agents/cto-2".to_owned())),
                ("agents/dev".to_owned(), None),
            ]),
            files: BTreeMap::from([
                (
                    "agents/cto-2/AGENTS.md".to_owned(),
                    LockedFile::new("---\nname: \"C\u{2028}TO\"\r\n---\n".as_bytes()),
                ),
                ("a.png".to_owned(), LockedFile::new(&[0xff, 0])),
            ]),
            ..PackageLock::default()
        };
        let text = lock.write();
        assert_eq!(PackageLock::read(&text), Ok(lock));
        assert_eq!(text.lines().count(), 5);
    }

    #[test]
    fn a_lock_that_is_not_certain_is_refused() {
        let head = r#"{"schema":"corp/package-lock/v1","origin":"x"}"#;
        for (text, expected) in [
            (String::new(), "line 1 cannot be read: the file is empty"),
            (
                r#"{"schema":"corp/package-lock/v2","origin":"x"}"#.to_owned(),
                "it has the format `corp/package-lock/v2`, which this version of corp does not know",
            ),
            (
                format!("{head}\n{{\"path\":\"a\",\"sha256\":\"00\",\"text\":\"b\"}}"),
                "the text it keeps of a does not have the hash it keeps",
            ),
            (format!("{head}\n\n{{}}"), "line 3 cannot be read: it is about neither a thing nor a file"),
        ] {
            assert_eq!(PackageLock::read(&text).unwrap_err().to_string(), expected);
        }
    }
}
