//! `HEARTBEAT.md`: prose, and tasks in the format that OpenClaw read up to 2026.7 (`docs/heartbeat.md`).
//!
//! The file is read line by line, leniently, exactly as OpenClaw does: [`lines`] takes comments off,
//! [`emptiness`] says what a line counts as, [`tasks`] finds the tasks, [`prose`] what stands outside of them.
//! Where that reading loses something in silence, [`diagnose`] says so. What is due is decided in
//! [`crate::engine::heartbeat`]; the file in which last runs are kept is read by [`state`].

mod diagnose;
mod emptiness;
mod lines;
mod prose;
pub mod state;
mod tasks;

use super::record::Reader;
use crate::model::ecma;
use crate::model::heartbeat::{HeartbeatFile, HeartbeatTask};
use std::ops::Range;

/// A file, read, with the places of its tasks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heartbeat {
    /// What it says.
    pub file: HeartbeatFile,
    /// Where each task begins, in bytes.
    pub places: Vec<Range<usize>>,
}

/// Reads a file, and reports what would be lost.
pub fn read(text: &str, reader: &mut Reader<'_>) -> Heartbeat {
    let lines = lines::split(text);
    let found = tasks::find(text, &lines);
    diagnose::report(text, &lines, &found, reader);
    let whole =
        found.entries.iter().filter_map(|entry| Some((entry, entry.interval.as_ref()?, entry.prompt.as_ref()?)));
    let mut heartbeat = Heartbeat::default();
    for (entry, interval, prompt) in whole.filter(|(entry, ..)| entry.is_whole()) {
        heartbeat.places.push(entry.head.clone());
        heartbeat.file.tasks.push(HeartbeatTask {
            name: entry.name.text.to_owned(),
            interval: interval.text.to_owned(),
            prompt: prompt.text.to_owned(),
        });
    }
    heartbeat.file.emptiness = emptiness::judge(text, &lines);
    heartbeat.file.prose = prose::outside_of_tasks(text);
    heartbeat
}

/// `range` without the white space at its ends.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let slice = &text[range.clone()];
    let start = range.start + slice.len() - ecma::trim_start(slice).len();
    start..start + ecma::trim(slice).len()
}

#[cfg(test)]
mod tests;
