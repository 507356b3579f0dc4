//! Up to which commit it is known what others changed. What they committed while nobody was at work is found by it, so that
//! a decision is judged by who made it, whenever it came.
//!
//! The note lies in `.git/corp/taken`, in this clone and for nobody else. Without one everything that is there is believed.

use super::Office;
use super::foreign::{self, Came, Trusted};
use super::road::Asked;
use super::trespass;
use crate::engine::{Change, Event, What, decide};
use crate::format::document::{self, Document};
use crate::format::layout::{self, Kind};
use crate::format::snapshot as reading;
use crate::model::company::Person;
use crate::model::{Actor, ApprovalId, Scalar as _, Zone};
use crate::store::history::{Content, History, HistoryError, Id};
use crate::store::writer;
use std::path::PathBuf;
use std::sync::Arc;

impl Office {
    fn taken_path(&self) -> PathBuf {
        self.place.root.join(".git/corp/taken")
    }

    /// Notes that everything up to now was taken in, once nothing waits to be.
    pub fn note_taken(&mut self) {
        let tip = self.force.tip();
        if !self.foreign.is_empty() || self.taken == tip {
            return;
        }
        let Some(tip) = tip else { return };
        let path = self.taken_path();
        let beside = path.with_extension(format!("{}.new", std::process::id()));
        let write = || {
            std::fs::write(&beside, tip.to_string())?;
            std::fs::rename(&beside, &path)
        };
        match write() {
            Ok(()) => self.taken = Some(tip),
            Err(error) => tracing::warn!(path = %path.display(), %error, "what was taken in cannot be noted"),
        }
    }

    /// Finds what others decided since it was last noted.
    pub(super) fn take_up_missed(&mut self) -> Result<(), HistoryError> {
        let noted = std::fs::read_to_string(self.taken_path()).ok();
        self.taken = noted.and_then(|text| Id::from_hex(text.trim().as_bytes()).ok());
        let (Some(from), Some(to)) = (self.taken, self.force.tip()) else {
            self.note_taken();
            return Ok(());
        };
        if from == to {
            return Ok(());
        }
        let history = self.force.history();
        // One that was rewritten away tells nothing any more.
        if !history.is_ancestor(from, to).unwrap_or(false) {
            return Ok(());
        }
        let files = history.changed(Some(from), to)?.files;
        let paths = files.into_iter().map(|file| file.path);
        let paths: Vec<String> = paths.filter(|path| layout::locate(path).kind == Kind::Approval).collect();
        let ours = writer::made_here(&self.place.root.join(".git"));
        let came = Came { history, from: Some(from), to: Some(to), ours: &ours };
        let (board, zone) = board(history, from)?;
        let trusted = Trusted { board: &board, zone: &zone };
        let mut changes = trespass::trespasses(trusted, came)?;
        let back = |path: &str| {
            changes.iter().any(|change| matches!(change, Change::Trespass { path: other, .. } if other == path))
        };
        let paths: Vec<String> = paths.into_iter().filter(|path| !back(path)).collect();
        for path in paths {
            let Ok(id) = ApprovalId::parse(layout::locate(&path).name) else { continue };
            let before = foreign::approval(history, from, &path)?.map(Arc::new);
            changes.push(Change::Approval { before, steps: foreign::steps(trusted, came, &path)?, id });
        }
        if !changes.is_empty() {
            self.foreign.push(What::TreeChanged { by: Actor::Corp, changes });
        }
        Ok(())
    }

    /// Takes in what others changed, for whoever has no daemon that does.
    pub fn take_in_others(&mut self) {
        if let Ok(foreign) = self.look_around() {
            self.walk(&foreign);
            self.note_taken();
        }
    }

    /// Shows the company as it will be once what others changed is taken in. For looking only.
    pub fn foresee(&mut self) {
        for asked in self.look_around().unwrap_or_default() {
            let Asked::Happened(what) = asked else { continue };
            let Ok(nonce) = Self::nonce() else { continue };
            if let Ok(plan) = decide(&self.snapshot, &Event { nonce, what }, self.now()) {
                self.snapshot.apply_all(&plan.edits);
            }
        }
    }
}

/// Who was on the board in a commit, and the zone of the company then.
fn board(history: &History, commit: Id) -> Result<(Vec<Person>, Zone), HistoryError> {
    let none = (Vec::new(), Zone::utc());
    let Some(entry) = history.entry(commit, "corp.yaml")? else { return Ok(none) };
    let Content::Text(text) = history.content(entry)? else { return Ok(none) };
    let (Document::Corp(corp), _) = document::read("corp.yaml", &text) else { return Ok(none) };
    let board = corp.board.iter().flatten().filter_map(reading::person).collect();
    Ok((board, corp.timezone.clone().unwrap_or_else(Zone::utc)))
}
