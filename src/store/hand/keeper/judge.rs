//! What becomes of what is saved and still: it is looked into and judged, and committed where it is sound.

use super::super::saved::{self, Edit, Saved};
use super::super::{HandError, Looked, Told, Why};
use super::{Company, Keeper};
use crate::diag::{Diagnostic, Place};
use crate::format::kind::HandEdits;
use crate::rules::SECRET_IN_TEXT;
use crate::store::check;
use crate::store::force::trial;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

impl Keeper {
    /// Looks into files that are still.
    pub(super) fn settle(
        &mut self,
        company: &mut Company<'_>,
        ready: &[String],
        now: Timestamp,
        looked: &mut Looked,
    ) -> Result<(), HandError> {
        let (root, git_dir) = (self.root.clone(), self.repository.git_dir().to_owned());
        // git holds its index while it changes files: what they are now may be half of something.
        if git_dir.join("index.lock").exists() {
            ready.iter().for_each(|path| self.still.again(path, now));
            return Ok(());
        }
        let late = ready.iter().filter(|path| self.still.is_late(path, now)).cloned().collect();
        let found = company.writer.quiet(|repository, tip, memory| {
            saved::look_into(repository, tip, memory, &root, ready, &late, now).map(|found| (tip, found))
        })?;
        let (tip, found) = found.map_err(HandError::Git)?;
        if tip != company.force.tip() {
            let step = company.force.advance_to(tip)?;
            self.step(company, step, now);
        }
        let mut edits = Vec::new();
        for (path, saved) in found {
            match saved {
                Saved::Clean => {
                    self.still.forget(&path);
                    self.held.remove(&path);
                }
                Saved::Busy => self.still.again(&path, now),
                Saved::Left(why, words) => {
                    self.still.forget(&path);
                    self.hold(&path, None, why, words, Vec::new(), looked);
                }
                Saved::Edit(edit) => edits.push(edit),
            }
        }
        let behind: BTreeMap<String, Vec<u8>> = edits
            .iter()
            .filter(|edit| edit.wanted == edit.last)
            .filter_map(|edit| Some((edit.path.clone(), edit.saved.clone()?)))
            .collect();
        if !behind.is_empty() {
            company.writer.bring_along(&behind)?;
            edits.retain(|edit| !behind.contains_key(&edit.path));
            for path in behind.keys() {
                self.still.again(path, now);
                let words = "it was saved as it was before; what was committed since stays".to_owned();
                looked.told.push(Told { path: path.to_owned(), why: Why::Older, words, diagnostics: Vec::new() });
            }
        }
        self.judge(company, edits, now, looked)
    }

    /// Commits the edits that are sound.
    fn judge(
        &mut self,
        company: &mut Company<'_>,
        edits: Vec<Edit>,
        now: Timestamp,
        looked: &mut Looked,
    ) -> Result<(), HandError> {
        let trials: Vec<trial::Edit<'_>> =
            edits.iter().map(|edit| trial::Edit { path: &edit.path, after: edit.wanted.as_deref() }).collect();
        let mut refused = company.force.trial(&trials);
        let holds = company.force.draft().corp.as_ref().and_then(|corp| corp.hand_edits) == Some(HandEdits::Hold);
        let mut taken = Vec::new();
        for edit in edits {
            let content = edit.saved.as_deref().and_then(|content| saved::id_of(&self.repository, content));
            let broken = refused.remove(&edit.path);
            if let Some(mut found) = self.value_in(&edit).map(|found| vec![found]).or(broken) {
                // What makes no sense may be the middle of a save, until it has been so for a while.
                if !self.still.doubt(&edit.path, now) {
                    continue;
                }
                self.still.forget(&edit.path);
                let text = edit.saved.as_deref().map(|bytes| Rc::from(String::from_utf8_lossy(bytes)));
                let secretive = BTreeSet::from([edit.path.clone()]);
                check::hide(&mut found, secretive, &|file| if file == edit.path { text.clone() } else { None });
                let words = found.first().map_or_else(|| "it has an error".to_owned(), |first| first.message.clone());
                self.hold(&edit.path, content, Why::Invalid, words, found, looked);
            } else if holds {
                self.still.forget(&edit.path);
                let words = "it counts once you commit it: `corp commit` or `git commit`".to_owned();
                self.hold(&edit.path, content, Why::Held, words, Vec::new(), looked);
            } else {
                taken.push(edit);
            }
        }
        if !taken.is_empty() {
            self.commit(company, taken, now, looked)?;
        }
        Ok(())
    }

    /// The value of a secret in what was saved, and where.
    fn value_in(&self, edit: &Edit) -> Option<Diagnostic> {
        let seen = self.live.find(edit.saved.as_deref()?).into_iter().next()?;
        let message = format!("this is the value of the secret {}", seen.name);
        let place = Place::span(&edit.path, seen.span);
        Some(Diagnostic::error(SECRET_IN_TEXT, place, message).help("take it out: history is for ever"))
    }
}
