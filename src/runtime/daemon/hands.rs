//! What people do in the work tree, heard of: hints from the file system for the [`Keeper`], which makes commits of it.
//!
//! A hint is only a hint. Without them, because a system has no watches left say, what people save is found by the
//! keeper's own scan.

use super::company::Letter;
use crate::runtime::office::Office;
use crate::store::hand::{Keeper, Options};
use jiff::Timestamp;
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;

/// Looks after what people save in one company.
pub(super) struct Hands {
    root: PathBuf,
    keeper: Keeper,
    watcher: Option<RecommendedWatcher>,
    /// After a look that failed: when to try again.
    not_before: Timestamp,
}

impl Hands {
    /// Begins to look; `None`, with a word in the log, if that cannot be.
    pub(super) fn open(office: &Office, own: &Sender<Letter>, user: &str) -> Option<Self> {
        let root = office.place.root.clone();
        let options = Options { branch: office.force().branch().to_owned(), user: user.to_owned() };
        let keeper = match Keeper::open(&root, options) {
            Ok(keeper) => keeper,
            Err(error) => {
                tracing::error!(%error, "what people save is not committed");
                return None;
            }
        };
        let mut hands = Self { watcher: watcher(&root, own.clone()), root, keeper, not_before: Timestamp::MIN };
        hands.watch();
        Some(hands)
    }

    /// Watches every folder but git's.
    fn watch(&mut self) {
        let root = self.root.clone();
        let Some(watcher) = &mut self.watcher else { return };
        let mut watched = watcher.watch(&root, RecursiveMode::NonRecursive);
        for entry in std::fs::read_dir(&root).into_iter().flatten().flatten() {
            if entry.file_name() != ".git" && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                watched = watched.and(watcher.watch(&entry.path(), RecursiveMode::Recursive));
            }
        }
        if let Err(error) = watched {
            tracing::warn!(%error, "not every folder is watched; what is saved there is found within minutes");
        }
    }

    /// Something may have happened at this path; `None`: anywhere.
    pub(super) fn hint(&mut self, path: Option<&Path>) {
        let Some(path) = path else { return self.keeper.rescan() };
        let Ok(relative) = path.strip_prefix(&self.root) else { return };
        if relative.components().count() == 1
            && path.is_dir()
            && relative != Path::new(".git")
            && let Some(watcher) = &mut self.watcher
            && let Err(error) = watcher.watch(path, RecursiveMode::Recursive)
        {
            tracing::warn!(%error, path = %path.display(), "a new folder is not watched");
        }
        if let Some(relative) = relative.to_str() {
            self.keeper.hint(relative);
        }
    }

    /// When to look next.
    pub(super) fn next(&self) -> Timestamp {
        self.keeper.next_look().max(self.not_before)
    }

    /// Looks, if it is time, and commits what is sound.
    pub(super) fn look(&mut self, office: &mut Office) {
        let now = office.now();
        if self.next() > now {
            return;
        }
        match self.keeper.look(office.writer(), now) {
            Ok(looked) => {
                for done in looked.committed {
                    tracing::info!(commit = done.commit.get(..10), "{}", done.subject);
                }
                for told in looked.told {
                    tracing::warn!(path = told.path, "{}", told.words);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "what people saved is looked at again later");
                self.keeper.rescan();
                self.not_before = super::company::later(now, super::company::AGAIN_MS);
            }
        }
    }
}

fn watcher(root: &Path, own: Sender<Letter>) -> Option<RecommendedWatcher> {
    let heard = move |event: notify::Result<Event>| {
        // A daemon that has gone hears nothing more.
        let _gone = match event {
            Ok(event) if event.need_rescan() => own.send(Letter::Hint(None)),
            Ok(event) if event.kind.is_access() && !is_written(&event) => Ok(()),
            Ok(event) => event.paths.into_iter().try_for_each(|path| own.send(Letter::Hint(Some(path)))),
            Err(_) => own.send(Letter::Hint(None)),
        };
    };
    notify::recommended_watcher(heard)
        .inspect_err(|error| {
            let root = root.display();
            tracing::warn!(%error, %root, "nothing is watched; what is saved is found within minutes");
        })
        .ok()
}

/// Whether somebody who wrote is done.
fn is_written(event: &Event) -> bool {
    use notify::event::{AccessKind, AccessMode, EventKind};
    matches!(event.kind, EventKind::Access(AccessKind::Close(AccessMode::Write)))
}
