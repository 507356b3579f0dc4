//! Since when each agent and each routine is asked to do something by time, as this machine saw it: kept beside the
//! company, so that a daemon that lives for a moment (`corp up --once`) knows what an earlier one saw. Losing it delays the
//! first beat of who never beat, and nothing else.

use super::Office;
use crate::format::layout::{self, Kind};
use crate::model::{Scalar as _, Slug};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What is kept.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    #[serde(default)]
    agents: BTreeMap<String, Timestamp>,
    #[serde(default)]
    routines: BTreeMap<String, Timestamp>,
}

impl Office {
    /// Looks who is new since the last daemon, and notes it. `at_once`: who is asked to beat every so often and is new has a
    /// beat that is due now, since this daemon does not stay for the next one.
    ///
    /// Who has beaten, or fired, is left to what it did last: what was missed while no daemon was there is made up for.
    pub fn look_who_is_new(&mut self, at_once: bool) {
        self.notes_who_is_new = true;
        let known = self.read_seen();
        let now = self.snapshot.local.started;
        let mut seen = Seen::default();
        let (mut beats, mut fires) = (Vec::new(), Vec::new());
        for worker in self.snapshot.workers() {
            if self.snapshot.history().of(worker.slug).is_some_and(|history| history.last_slot.is_some()) {
                continue;
            }
            let first = known.agents.get(worker.slug.as_str()).copied();
            seen.agents.insert(worker.slug.to_string(), first.unwrap_or(now));
            let every = worker.beat().and_then(|beat| beat.every).map(|every| every.ms());
            let back = every.filter(|_| at_once && first.is_none()).unwrap_or(0);
            let back = SignedDuration::from_millis(i64::try_from(back).unwrap_or(0));
            let first = first.unwrap_or_else(|| now.checked_sub(back).unwrap_or(now));
            beats.push((worker.slug.clone(), first));
        }
        for slug in self.snapshot.routines().keys() {
            if self.snapshot.history().routines.get(slug).is_some_and(|history| !history.last_slots.is_empty()) {
                continue;
            }
            let first = known.routines.get(slug.as_str()).copied().unwrap_or(now);
            seen.routines.insert(slug.to_string(), first);
            fires.push((slug.clone(), first));
        }
        self.snapshot.local.agents_since.extend(beats);
        self.snapshot.local.routines_since.extend(fires);
        if seen != known {
            self.write_seen(&seen);
        }
    }

    /// Files changed: whoever they ask to do something by time is asked from now on.
    pub(super) fn asked_anew(&mut self, changed: &BTreeSet<String>) {
        let now = self.clock.now();
        let mut seen = None;
        for path in changed {
            let located = layout::locate(path);
            let Ok(slug) = Slug::parse(located.name) else { continue };
            let new = match located.kind {
                Kind::Agent | Kind::AgentSettings => !self.snapshot.local.agents_since.contains_key(&slug),
                Kind::Routine => !self.snapshot.local.routines_since.contains_key(&slug),
                _ => continue,
            };
            // The first time only: who changes a word must not lose a beat that waits for its turn.
            let fires = located.kind == Kind::Routine;
            let never = if fires {
                self.snapshot.history().routines.get(&slug).is_none_or(|history| history.last_slots.is_empty())
            } else {
                self.snapshot.history().of(&slug).is_none_or(|history| history.last_slot.is_none())
            };
            if !new || !never {
                continue;
            }
            let seen = seen.get_or_insert_with(|| self.read_seen());
            if fires {
                seen.routines.insert(slug.to_string(), now);
                self.snapshot.local.routines_since.insert(slug, now);
            } else {
                seen.agents.insert(slug.to_string(), now);
                self.snapshot.local.agents_since.insert(slug, now);
            }
        }
        if let Some(seen) = seen {
            self.write_seen(&seen);
        }
    }

    fn seen_path(&self) -> PathBuf {
        self.place.state.join("since.json")
    }

    fn read_seen(&self) -> Seen {
        let read = std::fs::read(self.seen_path()).ok();
        read.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    fn write_seen(&self, seen: &Seen) {
        let path = self.seen_path();
        let beside = path.with_extension("new");
        let write = || {
            std::fs::create_dir_all(&self.place.state)?;
            std::fs::write(&beside, serde_json::to_vec(seen)?)?;
            std::fs::rename(&beside, &path)
        };
        if let Err(error) = write() {
            tracing::warn!(path = %path.display(), %error, "since when agents are here cannot be noted");
        }
    }
}
