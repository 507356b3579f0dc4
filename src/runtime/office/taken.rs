//! Up to which commit it is known what others changed. What they committed while nobody was at work is found by it, so that
//! a decision is judged by who made it, whenever it came.
//!
//! The note lies in `.git/corp/taken`, in this clone and for nobody else. Without one everything that is there is believed.

use super::Office;
use super::came::{Came, Walked};
use super::foreign::{self, Trusted};
use super::road::{Asked, Outcome};
use super::{guard, trespass};
use crate::engine::{Change, Event, What, decide};
use crate::format::document::{self, Document};
use crate::format::layout::{self, Kind};
use crate::model::{Actor, ApprovalId, Scalar as _};
use crate::runtime::wire::Reply;
use crate::store::history::{Content, Entry, History, HistoryError, Id};
use crate::store::whole::{self, Lasts, Readers};
use crate::store::writer;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Where questions to the board lie.
const APPROVALS: &str = "approvals";

impl Office {
    fn taken_path(&self) -> PathBuf {
        self.place.root.join(".git/corp/taken")
    }

    /// Tells that something of others could not be taken in. What puts the board back is found again when the program begins anew;
    /// anything else is told and stays as it is.
    pub fn refused(&mut self, what: &What, reply: &Reply) {
        tracing::error!(?reply, "what others changed is not taken in");
        let What::TreeChanged { changes, .. } = what else { return };
        self.unjudged |= changes
            .iter()
            .any(|change| matches!(change, Change::Trespass { path, paper: Some(_), .. } if path == guard::CORP));
    }

    /// Notes that everything up to now was taken in, once nothing waits to be. Where this clone has only become home, it first looks
    /// at who is on the board: nobody here judged what came until then.
    pub fn note_taken(&mut self) {
        let tip = self.force.tip();
        if self.unjudged
            || !self.foreign.is_empty()
            || self.taken == tip
            || (self.taken.is_some() && !self.snapshot.is_home())
        {
            return;
        }
        let Some(tip) = tip else { return };
        if let Some(from) = self.taken.filter(|_| !self.was_home) {
            self.was_home = true;
            match self.board_since(from, tip) {
                Ok(None) => {}
                Ok(Some(change)) => {
                    self.foreign.push(What::TreeChanged { by: Actor::Corp, changes: vec![change] });
                    return;
                }
                Err(error) => {
                    tracing::error!(%error, "who came onto the board cannot be judged");
                    self.was_home = false;
                    return;
                }
            }
        }
        let path = self.taken_path();
        // A note that was torn would have everything believed.
        match whole::write(&path, tip.to_string().as_bytes(), Lasts::OldOrNew, Readers::AsUsual) {
            Ok(()) => (self.taken, self.was_home) = (Some(tip), self.snapshot.is_home()),
            Err(error) => tracing::warn!(path = %path.display(), %error, "what was taken in cannot be noted"),
        }
    }

    /// What puts the board back as an owner signed it, of all that came.
    fn board_since(&self, from: Id, to: Id) -> Result<Option<Change>, HistoryError> {
        let history = self.force.history();
        let ours = writer::made_here(history);
        let came = Came { history, from: Some(from), to: Some(to), ours: &ours };
        let (board, zone) = guard::board(history, from)?;
        let trusted = Trusted { board: &board, zone: &zone };
        guard::change(trusted, came, &Walked::of(came, trusted)?)
    }

    /// Finds what others decided since it was last noted. Only home takes it in.
    pub(super) fn take_up_missed(&mut self) -> Result<(), HistoryError> {
        let noted = std::fs::read_to_string(self.taken_path()).ok();
        self.taken = noted.and_then(|text| Id::from_hex(text.trim().as_bytes()).ok());
        let history = self.force.history();
        if let Some(from) = self.taken.filter(|from| history.commit(*from).is_err()) {
            tracing::error!(commit = %from, "what was taken in last is not there any more; what is there now is believed");
            self.taken = None;
        }
        let (Some(from), Some(to)) = (self.taken, self.force.tip()) else {
            self.note_taken();
            return Ok(());
        };
        let clone = self.snapshot.local.clone.as_ref().map(ToString::to_string);
        self.was_home = home(history, from)?.is_none_or(|home| Some(home) == clone);
        if from == to || !self.snapshot.is_home() {
            return Ok(());
        }
        if !self.was_home {
            let back = self.board_since(from, to)?;
            let back = back.map(|change| What::TreeChanged { by: Actor::Corp, changes: vec![change] });
            self.foreign.extend(back);
            return Ok(());
        }
        // Folder by folder: what changed in all is listed up to a number of files only.
        let known: BTreeMap<String, Entry> = history.files(from, APPROVALS)?.into_iter().collect();
        let now = history.files(to, APPROVALS)?.into_iter();
        let paths = now.filter(|(path, entry)| known.get(path) != Some(entry)).map(|(path, _)| path);
        let paths: Vec<String> = paths.filter(|path| layout::locate(path).kind == Kind::Approval).collect();
        let ours = writer::made_here(history);
        let came = Came { history, from: Some(from), to: Some(to), ours: &ours };
        let (board, zone) = guard::board(history, from)?;
        let trusted = Trusted { board: &board, zone: &zone };
        let walked = Walked::of(came, trusted)?;
        let taken_back = trespass::trespasses(trusted, came, &walked)?;
        let mut decided = Vec::new();
        for path in paths.into_iter().filter(|path| !foreign::is_back(&taken_back, path)) {
            let Ok(id) = ApprovalId::parse(layout::locate(&path).name) else { continue };
            let before = foreign::approval(history, from, &path)?.map(Arc::new);
            decided.push(Change::Approval { before, steps: foreign::steps(trusted, came, &walked, &path)?, id });
        }
        let parts = foreign::parts(taken_back, decided).into_iter();
        self.foreign.extend(parts.map(|changes| What::TreeChanged { by: Actor::Corp, changes }));
        Ok(())
    }

    /// Takes in what others changed, for whoever has no daemon that does. What cannot be written now is found again.
    pub fn take_in_others(&mut self) {
        let Ok(foreign) = self.look_around() else { return };
        let outcomes = self.walk(&foreign);
        for (asked, outcome) in foreign.into_iter().zip(outcomes) {
            match (asked, outcome) {
                (_, Outcome::Done(_)) => {}
                (Asked::Happened(what), Outcome::Not(reply)) => self.refused(&what, &reply),
                (Asked::Happened(what), Outcome::Failed(_) | Outcome::Look(_)) => self.foreign.push(what),
                (Asked::Request(_), _) => {}
            }
        }
        self.note_taken();
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

/// Which clone was home in a commit, if any was.
fn home(history: &History, commit: Id) -> Result<Option<String>, HistoryError> {
    let Some(entry) = history.entry(commit, "home.yaml")? else { return Ok(None) };
    let Content::Text(text) = history.content(entry)? else { return Ok(None) };
    Ok(match document::read("home.yaml", &text).0 {
        Document::Home(home) => home.clone.map(|clone| clone.to_string()),
        _ => None,
    })
}
