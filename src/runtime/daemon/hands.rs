//! What people do in the work tree, heard of: what a [`Watch`] hints at wakes the company's thread, which has it looked at.
//!
//! A hint is only a hint. Without them, because a system has no watches left say, what people save is found by scans.

use super::letters::Letter;
use crate::runtime::office::Office;
use crate::store::watch::{SCAN_WITHOUT_WATCH_MS, Watch, WatchError};
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;

/// How many times as long as a look took it is not looked again, so that the program's own writes, each of them a hint, take
/// at most a third of the thread.
const PAUSE_TIMES: i64 = 2;

/// Looks after what people save in one company.
pub(super) struct Hands {
    watch: Option<Watch>,
    /// Who is putting it up, until the first look, which it has to be there for. A thousand folders take some tens of
    /// milliseconds, in which the daemon's first commit can wait for the disk.
    putting_up: Option<JoinHandle<Result<Watch, WatchError>>>,
    /// Whether the thread was woken and has not looked since; one letter stands for any number of hints.
    woken: Arc<AtomicBool>,
    /// Not to look before: a look that failed is tried again later, and after any other the rest of the work has its turn.
    not_before: Timestamp,
}

impl Hands {
    /// Begins to look; `None`, with a word in the log, if that cannot be.
    pub(super) fn open(office: &mut Office, own: &Sender<Letter>, user: &str) -> Option<Self> {
        if let Err(error) = office.look_after_saves(user) {
            tracing::error!(%error, "what people save is not committed");
            return None;
        }
        let woken = Arc::new(AtomicBool::new(false));
        let (own, flag) = (own.clone(), Arc::clone(&woken));
        let wake = move || {
            if !flag.swap(true, Ordering::AcqRel) {
                // A daemon that has gone hears nothing more.
                drop(own.send(Letter::Hint));
            }
        };
        let (root, branch) = (office.place.root.clone(), office.branch().to_owned());
        let put_up = move || Watch::start(&root, &branch, wake, |_| false);
        let putting_up = std::thread::Builder::new().name("watch".to_owned()).spawn(put_up);
        let putting_up = putting_up.inspect_err(|error| look_often(office, error)).ok();
        Some(Self { watch: None, putting_up, woken, not_before: Timestamp::MIN })
    }

    /// Waits until the watch is there.
    fn have_watch(&mut self, office: &mut Office) {
        let Some(putting_up) = self.putting_up.take() else { return };
        let ended =
            |_| WatchError { folder: office.place.root.clone(), reason: "its thread came to an end".to_owned() };
        let put_up = putting_up.join().map_err(ended).flatten();
        self.watch = put_up.inspect_err(|error| look_often(office, error)).ok();
    }

    /// When to look next.
    pub(super) fn next(&self, office: &mut Office) -> Timestamp {
        office.keeper().map_or(Timestamp::MAX, |keeper| keeper.next_look()).max(self.not_before)
    }

    /// Takes what was hinted at, and looks, if it is time, and has what is sound committed.
    pub(super) fn look(&mut self, office: &mut Office) {
        self.have_watch(office);
        // What comes from here on wakes again.
        self.woken.store(false, Ordering::Release);
        if let (Some(watch), Some(keeper)) = (&mut self.watch, office.keeper()) {
            let hints = watch.hints();
            keeper.heed(&hints);
            if let Some(told) = hints.told {
                tracing::warn!("{told}");
            }
        }
        if self.next(office) > office.now() {
            return;
        }
        let before = office.now();
        let looked = office.look_at_saves();
        let took = office.now().duration_since(before).as_millis();
        self.not_before = super::company::later(office.now(), i64::try_from(took).unwrap_or(0) * PAUSE_TIMES);
        match looked {
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
                if let Some(keeper) = office.keeper() {
                    keeper.rescan();
                }
                self.not_before = super::company::later(office.now(), super::company::AGAIN_MS);
            }
        }
    }
}

/// Without hints, all files are looked at every few seconds.
fn look_often(office: &mut Office, error: &dyn std::error::Error) {
    tracing::warn!(%error, "all files are looked at every few seconds");
    if let Some(keeper) = office.keeper() {
        keeper.scan_every(SCAN_WITHOUT_WATCH_MS);
    }
}
