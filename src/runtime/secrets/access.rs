//! What is noted of secrets: who was given which, in which version, when, and whether that went well. Never a value.
//!
//! Reads are no commits: they are noted on this machine, a file a day. Of each day that is over a digest is committed, by
//! which it is told whether somebody changed the notes afterwards.

use crate::runtime::place::Place;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};

/// Where the digests are, in the company.
pub const DIGESTS: &str = "secrets/access.jsonl";

/// Somebody was given a secret, or was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// When.
    pub at: Timestamp,
    /// An agent or a person.
    pub who: String,
    /// The run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The secret.
    pub secret: String,
    /// Its version; none: the latest, or what its provider has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// `given`, or why not.
    pub outcome: String,
}

/// A day in a few words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// The day, in UTC.
    pub day: String,
    /// How often each secret was given.
    pub given: BTreeMap<String, u64>,
    /// How often one was not.
    pub refused: u64,
    /// The hash of the day's notes.
    pub sha256: String,
}

/// Notes that somebody was given secrets, or was not. A disk that refuses is told to the log, and keeps nobody from working.
pub fn note(place: &Place, noted: &[Access]) {
    if let Err(error) = append(place, noted) {
        tracing::error!(%error, "it could not be noted who was given which secret");
    }
}

fn append(place: &Place, noted: &[Access]) -> io::Result<()> {
    let Some(first) = noted.first() else { return Ok(()) };
    let folder = place.secret_access();
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let path = folder.join(format!("{}.jsonl", day_of(first.at)));
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    let mut lines = String::new();
    for access in noted {
        lines += &serde_json::to_string(access)?;
        lines.push('\n');
    }
    // In one piece, so that those of two processes do not mix.
    file.write_all(lines.as_bytes())
}

fn day_of(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// What was noted of a secret on this machine, latest first, `most` at most.
pub fn of(place: &Place, secret: &str, most: usize) -> Vec<Access> {
    let mut found = Vec::new();
    for day in days(place).into_iter().rev() {
        let text = fs::read_to_string(place.secret_access().join(format!("{day}.jsonl"))).unwrap_or_default();
        let lines = text.lines().rev().filter_map(|line| serde_json::from_str::<Access>(line).ok());
        found.extend(lines.filter(|access| access.secret == secret).take(most - found.len()));
        if found.len() >= most {
            break;
        }
    }
    found
}

fn days(place: &Place) -> Vec<String> {
    let entries = fs::read_dir(place.secret_access()).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut days: Vec<String> = names.filter_map(|name| name.strip_suffix(".jsonl").map(str::to_owned)).collect();
    days.sort();
    days
}

/// The digests of the days that are over and are not in `known`, the text of the company's file.
pub fn digests(place: &Place, known: &str, now: Timestamp) -> Vec<Digest> {
    let lines = known.lines().filter_map(|line| serde_json::from_str::<Digest>(line).ok());
    let known: Vec<String> = lines.map(|digest| digest.day).collect();
    let today = day_of(now);
    let over = days(place).into_iter().filter(|day| *day < today && !known.contains(day));
    let digest = |day: String| {
        let text = fs::read_to_string(place.secret_access().join(format!("{day}.jsonl"))).ok()?;
        let mut given = BTreeMap::new();
        let mut refused = 0;
        for access in text.lines().filter_map(|line| serde_json::from_str::<Access>(line).ok()) {
            if access.outcome == GIVEN {
                *given.entry(access.secret).or_default() += 1;
            } else {
                refused += 1;
            }
        }
        let hash = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        Some(Digest { day, given, refused, sha256: hash })
    };
    over.filter_map(digest).collect()
}

/// The outcome of what went well.
pub const GIVEN: &str = "given";
