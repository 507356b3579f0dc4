//! Packages: whole companies, or parts of them, on their way in or out.
//!
//! A package is a [`Tree`]: paths and bytes in memory. Nothing is unpacked to a disk before it was looked at.
//! What another program's files become here is a [`Converted`]: [`paperclip`] reads a package's sidecar,
//! [`openclaw`] the workspace of one agent.
//!
//! On its way in, every entry passes the gate ([`check`], with [`name`] and [`limits`]); [`archive`]
//! reads archives through it, and [`root`] finds the company among the files. Fetching bytes is
//! [`crate::store`]'s. [`adopt`] then takes the package in, and [`plan`] decides what an import would change.

pub mod adopt;
pub mod archive;
pub mod check;
mod converted;
pub mod digest;
mod emit;
pub mod export;
pub mod limits;
pub mod name;
pub mod openclaw;
pub mod pack;
pub mod paperclip;
pub mod plan;
mod portable;
pub mod refused;
pub mod root;
mod sensitive;
mod sidecar;
pub mod things;
pub mod untar;
pub mod unzip;

pub use converted::{Converted, Executes, Note, SecretWanted};

use crate::format::layout::{self, Kind};
use std::collections::BTreeMap;

/// One file of a package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackageFile {
    /// Its content.
    pub bytes: Vec<u8>,
    /// Whether it had the executable bit; it is never given back without a person's word.
    pub executable: bool,
}

impl PackageFile {
    /// An ordinary text file.
    pub fn text(text: impl Into<String>) -> Self {
        Self { bytes: text.into().into_bytes(), executable: false }
    }

    /// The content as text, if it is UTF-8.
    pub fn as_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }
}

/// The files of a package by path: relative, with `/`, checked.
pub type Tree = BTreeMap<String, PackageFile>;

/// How many agents, teams, projects, tasks, skills and goals there are among `paths`, by folder; none is not named.
pub fn things_of<'p>(paths: impl Iterator<Item = &'p str>) -> Vec<(&'static str, usize)> {
    let mut counts = [("agents", 0), ("teams", 0), ("projects", 0), ("tasks", 0), ("skills", 0), ("goals", 0)];
    for path in paths {
        let index = match layout::locate(path).kind {
            Kind::Agent => 0,
            Kind::Team => 1,
            Kind::Project => 2,
            Kind::Task => 3,
            Kind::Skill => 4,
            Kind::Goal => 5,
            _ => continue,
        };
        counts[index].1 += 1;
    }
    counts.into_iter().filter(|(_, count)| *count > 0).collect()
}

/// Whether a comment is one of those with which settings of ours begin that arrived switched off.
fn settings_heads(comment: &str) -> bool {
    let plain = comment.trim_start_matches(['#', ' ']);
    plain.starts_with("Came with a package.") || plain.contains("Arrived paused: nothing")
}
