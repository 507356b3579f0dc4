//! The company's files, kept in memory: read as a daemon reads them when it starts, changed by a hand, and held against
//! what the daemon believes.

use super::world::{World, ada};
use corp::engine::explain::outlook;
use corp::engine::{Change, Event, What, decide, pending};
use corp::format::snapshot::{load, update};
use corp::format::{Draft, document};
use corp::model::{CloneId, LocalFacts, Nonce, Scalar as _, Slug, Snapshot};

impl World {
    fn local(&self, clone: &str) -> LocalFacts {
        let mut local = LocalFacts::new(self.now);
        local.clone = Some(CloneId::parse(clone).unwrap());
        local.host = Some(format!("host of {clone}"));
        local.slots = 100;
        for (path, at) in &self.since {
            let parts: Vec<&str> = path.split('/').collect();
            let since = match parts[..] {
                ["agents", slug, _] => local.agents_since.entry(Slug::parse(slug).unwrap()),
                ["tasks", slug, "routine.yaml"] => local.routines_since.entry(Slug::parse(slug).unwrap()),
                _ => continue,
            };
            let since = since.or_insert(*at);
            *since = (*at).max(*since);
        }
        local
    }

    /// The company as it is read from its files.
    ///
    /// A record of the ledger that somebody took away and that was not written again yet is there all the same: what was
    /// spent stays spent, which is seen to where files are committed and tried there (`store::rewrite`).
    pub(super) fn read(&mut self, clone: &str) -> Snapshot {
        for (path, text) in std::mem::take(&mut self.taken_away) {
            self.files.entry(path).or_insert(text);
        }
        self.draft = Draft::default();
        for (path, text) in &self.files {
            self.draft.insert(path, document::read(path, text).0);
        }
        load(&self.draft, self.local(clone))
    }

    /// A company that is read again gives the same answers: the same is due, for the same reasons, and comes to the same
    /// plan; and the same waits, for the same reasons.
    pub(super) fn same_after_reload(&mut self) {
        // What is still to be written again is there at once for whoever reads ([`Self::read`]).
        if !self.snapshot.unwritten().is_empty() {
            return;
        }
        let local = self.snapshot.local.clone();
        let mut again = self.read(&self.clone_id());
        again.local = local;
        let (one, other) = (pending(&self.snapshot, self.now), pending(&again, self.now));
        if one != other {
            self.fail(&format!("after reading again, {other:?} is due and not {one:?}"));
        }
        for due in one.due.into_iter().take(3) {
            let event = Event { nonce: Nonce([7; 16]), what: What::Due(due) };
            let plan = |snapshot: &Snapshot| decide(snapshot, &event, self.now).map(|plan| (plan.edits, plan.effects));
            let (one, other) = (plan(&self.snapshot), plan(&again));
            if one != other {
                self.fail(&format!("after reading again, {:?} comes to {other:?} and not {one:?}", event.what));
            }
        }
        let (one, other) = (outlook(&self.snapshot, self.now), outlook(&again, self.now));
        if one != other {
            self.fail(&format!("after reading again, the outlook is {other:?} and not {one:?}"));
        }
    }

    /// A file changes by a person's hand. While the daemon is away, a person may commit what was saved, or leave it: then
    /// the daemon finds it when it starts. Nobody commits that a record of money is gone: without the history, which is not
    /// played here, nothing could tell.
    pub(super) fn by_hand(&mut self, path: &str, text: Option<String>, changes: Vec<Change>) {
        if !self.up {
            self.told.count("edit by hand while the daemon is away");
            if path.starts_with("ledger/") || self.random.once_in(2) {
                self.saved.push((path.to_owned(), text, changes));
                return;
            }
        }
        self.told.count("edit by hand");
        match &text {
            Some(text) => {
                self.files.insert(path.to_owned(), text.clone());
                self.since.insert(path.to_owned(), self.now);
            }
            None => {
                if let Some(text) = self.files.remove(path).filter(|_| path.starts_with("ledger/")) {
                    self.taken_away.insert(path.to_owned(), text);
                }
            }
        }
        self.log.push(format!("a hand at {path}"));
        if !self.up {
            return;
        }
        self.draft_of(path);
        update(&mut self.snapshot, &self.draft, path);
        let local = self.local(&self.clone_id());
        self.snapshot.local.agents_since = local.agents_since;
        self.snapshot.local.routines_since = local.routines_since;
        self.event(What::TreeChanged { by: ada(), changes });
    }

    /// What was saved while the daemon was away comes into force.
    pub(super) fn take_in_what_was_saved(&mut self) {
        for (path, text, changes) in std::mem::take(&mut self.saved) {
            if self.up {
                self.by_hand(&path, text, changes);
            } else {
                self.saved.push((path, text, changes));
            }
        }
    }

    /// Brings the draft up to what the files say around one path.
    fn draft_of(&mut self, path: &str) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let beside: Vec<String> = self.files.keys().filter(|other| other.starts_with(folder)).cloned().collect();
        self.draft.take(path);
        for path in beside {
            self.draft.take(&path);
            self.draft.insert(&path, document::read(&path, &self.files[&path]).0);
        }
    }
}
