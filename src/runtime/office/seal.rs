//! Sealing: records of the ledger that are over leave `ledger/open/` in batches, for one file of lines.
//!
//! A folder of very many files makes every change in it slow, and nobody looks at a run of last week as a file. Nothing is
//! decided here and nothing is lost: a line says what its file said, and is known by its id.

use super::road::Turn;
use super::{Office, OfficeError, Own, message};
use crate::format::kind::LedgerLine;
use crate::format::snapshot::{Line, line_of};
use crate::model::run::{LineKind, Run};
use crate::model::{RunId, Scalar as _, Slug};
use crate::runtime::run::Folder;
use crate::store::history::Id;
use crate::store::message::{Line as Words, Message, Trailers};
use crate::store::writer::{Expect, FileChange, Mutation};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Records that are over and stay files of their own, at least: what people who look at what happened just now want.
const KEPT: usize = 256;

/// Most records of one file of lines: few enough to be read at a glance and to be merged.
const LINES_MAX: usize = 256;

/// Where records begin.
const OPEN: &str = "ledger/open/";

/// A record that may be sealed.
struct Over {
    at: Timestamp,
    path: String,
    run: RunId,
}

impl Office {
    /// Seals one batch of records that are over, the oldest first, if there are enough of them, and returns the folders of
    /// those runs, of which all but the transcript can go. If there are any, there may be more to seal.
    ///
    /// # Errors
    /// [`OfficeError`].
    pub fn seal(&mut self) -> Result<Vec<Folder>, OfficeError> {
        // Of two clones that seal, each would seal the same.
        if !self.snapshot.is_home() {
            return Ok(Vec::new());
        }
        let _turn = Turn::take(&self.deciding)?;
        self.catch_up()?;
        let mut over = self.over_and_open();
        if over.len() < KEPT + LINES_MAX {
            return Ok(Vec::new());
        }
        over.sort_by(|one, other| (one.at, &one.path).cmp(&(other.at, &other.path)));
        over.truncate(LINES_MAX);
        let mut lines = String::new();
        let mut changes = Vec::with_capacity(over.len() + 1);
        for record in &over {
            let Ok(Some(text)) = self.text(&record.path) else { return Ok(Vec::new()) };
            let Some(line) = one_line(&text) else { continue };
            lines.push_str(&line);
            lines.push('\n');
            let before = Expect::Content(text.into_bytes());
            changes.push(FileChange { path: record.path.clone(), before, after: None });
        }
        let count = changes.len();
        let path = self.segment();
        let after = Some(lines.into_bytes());
        changes.push(FileChange { path: path.clone(), before: Expect::Absent, after });
        let mut own = Own { paths: changes.iter().map(|change| change.path.clone()).collect(), ..Own::default() };
        let trailers = Trailers {
            actor: Slug::parse(crate::model::actor::CORP).ok(),
            cause: Words::new("they are over"),
            ..Trailers::default()
        };
        let message = Message::new(&format!("{count} records of the ledger are sealed")).with_trailers(trailers);
        let mutation = Mutation { author: message::corp(), at: self.clock.now(), message, changes };
        for committed in self.writer.commit(&[mutation]) {
            let committed = committed?;
            own.commits.extend(Id::from_hex(committed.commit.as_bytes()));
            tracing::info!(commit = committed.commit.get(..10), path, "{count} records of the ledger are sealed");
        }
        let advanced = self.force.advance()?;
        self.take_in(&advanced, &own);
        Ok(over.iter().map(|record| self.folder(&record.run)).collect())
    }

    /// Whether a run is known, and its record is no file of its own any more.
    pub fn is_sealed(&self, run: &str) -> bool {
        let open = format!("{OPEN}{run}.json");
        let counted = RunId::parse(run).is_ok_and(|run| self.snapshot.history().has_counted(&run));
        counted && !self.force.draft().ledger.contains_key(&open)
    }

    /// A run, sealed or not.
    pub fn run(&self, id: &str) -> Option<Run> {
        if let Some(run) = self.snapshot.run(id) {
            return Some(run.as_ref().clone());
        }
        // What somebody asks for is most often of lately.
        let is_it = |line: &LedgerLine| line.run.as_ref().is_some_and(|run| run.as_str() == id);
        let line = self.lines().rev().find_map(|lines| lines.into_iter().find(is_it))?;
        match line_of(&line)? {
            Line::Run(run) => Some(*run),
            Line::Firing(_) | Line::Correction(_) => None,
        }
    }

    /// Every run that is known, sealed or not, oldest first.
    pub fn all_runs(&self) -> Vec<Run> {
        let lines = self.lines().flatten();
        let runs = lines.filter_map(|line| line_of(&line)).filter_map(|line| match line {
            Line::Run(run) => Some(*run),
            Line::Firing(_) | Line::Correction(_) => None,
        });
        let mut runs: Vec<Run> = runs.collect();
        runs.sort_by(|one, other| (one.announced(), &one.id).cmp(&(other.announced(), &other.id)));
        runs.dedup_by(|one, other| one.id == other.id);
        runs
    }

    /// Records with a file of their own that nothing more comes to.
    fn over_and_open(&self) -> Vec<Over> {
        let ledger = &self.force.draft().ledger;
        let open = || ledger.range(OPEN.to_owned()..).take_while(|(path, _)| path.starts_with(OPEN));
        // What a run came to may be said again; both stay where whoever adds them up finds both.
        let corrected: BTreeSet<&RunId> = open()
            .flat_map(|(_, lines)| lines)
            .filter(|line| line.kind == Some(LineKind::Correction))
            .filter_map(|line| line.run.as_ref())
            .collect();
        open()
            .filter_map(|(path, lines)| {
                let [line] = lines.as_slice() else { return None };
                let run = line.run.clone().filter(|run| !corrected.contains(run))?;
                Some(Over { at: over_since(line)?, path: path.clone(), run })
            })
            .collect()
    }

    /// The next file of lines: of this day, with the next number.
    fn segment(&self) -> String {
        let day = self.clock.now().strftime("%Y-%m/%d").to_string();
        let taken = |path: &String| self.force.draft().ledger.contains_key(path);
        let mut paths = (1usize..).map(|number| format!("ledger/{day}-{number}.jsonl"));
        // There is always a next number.
        paths.find(|path| !taken(path)).unwrap_or_default()
    }
}

/// Since when nothing more comes to a record; `None`: something may.
fn over_since(line: &LedgerLine) -> Option<Timestamp> {
    match line.kind.unwrap_or(LineKind::Run) {
        LineKind::Run => line.outcome.and(line.ended.or(line.announced)).map(|at| at.0),
        LineKind::Firing => line.announced.map(|at| at.0),
        LineKind::Correction => None,
    }
}

/// The record on one line: as it is, or, where a person broke it up, with the same words in the same order.
fn one_line(text: &str) -> Option<String> {
    let line = text.trim();
    if !line.contains('\n') {
        return Some(line.to_owned());
    }
    serde_json::from_str::<serde_json::Value>(line).ok().map(|value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_becomes_one_line_with_the_same_words() {
        assert_eq!(one_line("{\"id\": \"r-1\"}\n").as_deref(), Some("{\"id\": \"r-1\"}"));
        assert_eq!(one_line("{\n  \"b\": 1,\n  \"a\": 2\n}\n").as_deref(), Some("{\"b\":1,\"a\":2}"));
        assert_eq!(one_line("{\n"), Some("{".to_owned()));
        assert_eq!(one_line("{\n{"), None);
    }
}
