//! What becomes of what an agent changed on its desk: each change is read safely, judged by the company's policy, and merged
//! in the agent's name, or left with the run and told why.
//!
//! Which path may be changed is decided in [`crate::engine::proposal`]; here is what a text says: whether it can be read,
//! whether it adds an error, whether a secret stands in it.

use super::proposed::put_before;
use super::{Asked, Office, Outcome};
use crate::diag::Diagnostic;
use crate::engine::proposal::{self, TakenUp, Verdict};
use crate::engine::{What, is_memory};
use crate::format::package::limits::Limits;
use crate::format::package::name;
use crate::model::plan::Paper;
use crate::model::{RunId, Slug};
use crate::redact;
use crate::redact::live::Live;
use crate::runtime::desk::Desk;
use crate::runtime::desk::take::{self, Change, Now};
use crate::store::force::trial::Edit;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

/// How often a paper is merged again because the company's changed meanwhile.
const TRIES_MAX: usize = 20;

/// What of a run's desk was not taken up, in the run's folder.
const KEPT: &str = "desk";

/// Says in the run's folder that its thread was told what was not taken.
const TOLD: &str = "desk.told";

/// What is said of a change that the board would have to allow.
const WAITS: &str = "it needs the board's word, and the board is asked when the run is over";

/// Paths by how they are written in small letters; each spelling, with whether the company has it.
type Names = BTreeMap<String, BTreeMap<String, bool>>;

/// What is not taken: each path, with why.
pub(super) type Left = Vec<(String, String)>;

/// What was changed on a desk, judged.
pub(super) struct Judged {
    /// What may be taken.
    pub(super) good: Vec<Change>,
    /// What may not, with why.
    pub(super) left: Vec<(Change, String)>,
}

impl Office {
    /// Takes up what a run changed on its desk, once it is over. What it says again is taken up once.
    ///
    /// # Errors
    /// Why not, in words; the run stays open until it can.
    pub(super) fn take_up(&mut self, run: &RunId) -> Result<(), String> {
        let folder = self.folder(run);
        let Some((agent, desk)) = self.desk_of(run) else { return Ok(()) };
        let mut judged = self.judged(&agent, &desk)?;
        if judged.good.is_empty() && judged.left.is_empty() {
            return Ok(());
        }
        self.hide_values(&desk, &mut judged)?;
        keep(folder.path(), &desk.manifest().revision, &judged.left)?;
        let marker = folder.path().join(TOLD);
        let told = marker.exists();
        self.merge(run, &agent, judged, !told)?;
        std::fs::write(marker, []).map_err(|error| format!("the run's folder cannot be written: {error}"))
    }

    /// Takes the values of secrets out of what is not taken, on the desk and in what is kept of it: the run is over, and
    /// nobody answers for where they lie from now on.
    fn hide_values(&self, desk: &Desk, judged: &mut Judged) -> Result<(), String> {
        let live = self.live();
        for (change, _) in &mut judged.left {
            if let Now::Bytes(bytes) = &mut change.now
                && let Some(hidden) = live.hide_bytes(bytes)
            {
                desk.write_over(&change.path, &hidden)
                    .map_err(|error| format!("{} on the desk cannot be written over: {error}", change.path))?;
                *bytes = hidden;
            }
        }
        Ok(())
    }

    /// Takes up what a run has changed on its desk so far, because it asks for that, and says what became of it.
    ///
    /// # Errors
    /// Why not, in words.
    pub(super) fn propose(&mut self, run: &RunId) -> Result<serde_json::Value, String> {
        let (agent, desk) = self.desk_of(run).ok_or("this run has no desk")?;
        let judged = self.judged(&agent, &desk)?;
        let taken = self.merge(run, &agent, judged, false)?;
        // From now on what it changed is compared with what it became.
        self.refresh_desk(Some(run), &agent)?;
        let left = taken.left.iter().map(|(path, why)| json!({ "path": path, "why": why }));
        let merged: Vec<&str> = taken.papers.iter().map(|paper| paper.path.as_str()).collect();
        Ok(json!({ "merged": merged, "not_taken": left.collect::<Vec<_>>() }))
    }

    /// The agent of an open run, and its desk. What a run that is settled left was taken up before.
    fn desk_of(&self, run: &RunId) -> Option<(Slug, Desk)> {
        let place = self.folder(run).job().ok()?.desk?;
        let open = self.snapshot.run(run.as_str()).filter(|run| run.is_open())?;
        Some((open.agent().clone(), Desk::at(place)))
    }

    fn judged(&mut self, agent: &Slug, desk: &Desk) -> Result<Judged, String> {
        self.catch_up().map_err(|error| error.to_string())?;
        let changes = take::changes(desk, |path| is_memory(agent, path)).map_err(|error| error.to_string())?;
        let mut judged = Judged { good: Vec::new(), left: Vec::new() };
        if changes.is_empty() {
            // As after most runs; what follows asks all of the company.
            return Ok(judged);
        }
        let names = self.names(agent, &changes);
        for change in changes {
            match self.wrong(agent, &change, &names) {
                Some(why) => judged.left.push((change, why)),
                None => judged.good.push(change),
            }
        }
        self.tried(&mut judged);
        let (asked, good) = judged
            .good
            .into_iter()
            .partition(|change| proposal::judge(&self.snapshot, agent, &change.path) == Verdict::Ask);
        let asked: Vec<Change> = asked;
        judged.good = good;
        judged.left.extend(asked.into_iter().map(|change| (change, WAITS.to_owned())));
        Ok(judged)
    }

    /// How each path, and each folder on its way, is spelled: by small letters, and whether the company has it so.
    fn names(&self, agent: &Slug, changes: &[Change]) -> Names {
        let mut names = Names::new();
        let there = self.force.draft().entries.keys().map(|path| (path.as_str(), true));
        // What is refused for its path alone stands in nobody's way.
        let may_come = |path: &&str| !matches!(proposal::judge(&self.snapshot, agent, path), Verdict::Refuse(_));
        let coming = changes.iter().map(|change| change.path.as_str()).filter(may_come).map(|path| (path, false));
        for (path, is_there) in there.chain(coming) {
            for part in ways(path) {
                *names.entry(part.to_lowercase()).or_default().entry(part.to_owned()).or_default() |= is_there;
            }
        }
        names
    }

    /// Why a change is not taken, as far as it can be told by itself.
    fn wrong(&self, agent: &Slug, change: &Change, names: &Names) -> Option<String> {
        let path = change.path.as_str();
        // What could not even be read says more than what its path says.
        if let Now::Refused(why) = &change.now {
            return Some(why.clone());
        }
        if let Verdict::Refuse(why) = proposal::judge(&self.snapshot, agent, path) {
            return Some(why);
        }
        if let Err(reason) = name::check(path.as_bytes(), &Limits::default()) {
            return Some(format!("its name cannot lie in a company: {reason}"));
        }
        // What the company has is not put in doubt by what is laid beside it.
        let clash = ways(path).find_map(|part| {
            let spelled = names.get(&part.to_lowercase())?;
            let is_there = spelled.get(part).copied().unwrap_or_default();
            spelled.keys().find(|other| !is_there && *other != part)
        });
        if let Some(other) = clash {
            return Some(format!("it differs from {other} by capitals only"));
        }
        match &change.now {
            Now::Gone | Now::Refused(_) => None,
            Now::Bytes(bytes) => {
                let base = change.base.as_deref().and_then(|id| self.text_of(id)).unwrap_or_default();
                unreadable(bytes, &base, &self.live())
            }
        }
    }

    /// Leaves out what would add an error to the company: what cannot be read as what it is, or breaks a rule.
    pub(super) fn tried(&mut self, judged: &mut Judged) {
        let edits: Vec<Edit<'_>> = judged
            .good
            .iter()
            .map(|change| Edit {
                path: &change.path,
                after: match &change.now {
                    Now::Bytes(bytes) => Some(bytes),
                    Now::Gone | Now::Refused(_) => None,
                },
            })
            .collect();
        let refused = self.force.trial(&edits);
        let (good, bad): (Vec<Change>, Vec<Change>) =
            std::mem::take(&mut judged.good).into_iter().partition(|change| !refused.contains_key(&change.path));
        judged.good = good;
        let why = |change: &Change| {
            let first = refused.get(&change.path).and_then(|found| found.first());
            first.map_or_else(|| "it adds an error".to_owned(), words)
        };
        judged.left.extend(bad.into_iter().map(|change| {
            let why = why(&change);
            (change, why)
        }));
    }

    /// Writes what may be taken into the company, upon what others did meanwhile, and says what was not, if `tells`.
    fn merge(&mut self, run: &RunId, agent: &Slug, judged: Judged, tells: bool) -> Result<TakenUp, String> {
        let mut left: Left = judged.left.iter().map(|(change, why)| (change.path.clone(), why.clone())).collect();
        let waits: Vec<Change> =
            judged.left.iter().filter(|(_, why)| why == WAITS).map(|(change, _)| change.clone()).collect();
        let asked =
            if tells && !waits.is_empty() { Some(put_before(self, run.as_str(), agent, &waits)?) } else { None };
        for _ in 0..TRIES_MAX {
            self.catch_up().map_err(|error| error.to_string())?;
            let (papers, beside) =
                self.merged(&judged.good, &|office, change| office.may_merge(agent, &change.path), &|path| {
                    self.beside(run, agent, path)
                })?;
            for (path, why) in beside {
                if !left.iter().any(|(known, _)| *known == path) {
                    left.push((path, why));
                }
            }
            let told = if tells { left.clone() } else { Vec::new() };
            let taken = TakenUp { papers, left: told, asked: asked.clone() };
            if taken.papers.is_empty() && taken.left.is_empty() && taken.asked.is_none() {
                return Ok(TakenUp { left, ..taken });
            }
            let what = What::Papers { run: run.clone(), taken: Box::new(taken.clone()) };
            match self.walk(&[Asked::Happened(what)]).pop() {
                Some(Outcome::Done(_)) => return Ok(TakenUp { left, ..taken }),
                // Somebody changed one of them meanwhile.
                Some(Outcome::Not(reply)) => tracing::debug!(?reply, "the papers are merged again"),
                // Papers come with nothing that would have to be looked at.
                Some(Outcome::Look(look)) => tracing::error!(ticket = %look.ticket, "papers asked for a look"),
                Some(Outcome::Failed(error)) => return Err(error.to_string()),
                None => return Err("nothing came of it".to_owned()),
            }
        }
        Err(format!("the papers of {agent} changed {TRIES_MAX} times while they were merged"))
    }

    /// Where an agent finds its own of a paper that somebody else changed too; `None`: in the run's folder.
    pub(super) fn beside(&self, run: &RunId, agent: &Slug, path: &str) -> Option<String> {
        let name = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".md");
        let beside = format!("agents/{agent}/memory/{name}-{run}.md");
        self.may_merge(agent, &beside).then_some(beside)
    }

    fn may_merge(&self, agent: &Slug, path: &str) -> bool {
        proposal::judge(&self.snapshot, agent, path) == Verdict::Merge
    }

    /// What the papers become: what the agent did to them, upon what others did meanwhile; and what it finds beside its own
    /// because both changed the same lines.
    pub(super) fn merged(
        &self,
        good: &[Change],
        allowed: &dyn Fn(&Self, &Change) -> bool,
        beside: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(Vec<Paper>, Left), String> {
        let mut papers = Vec::new();
        let mut conflicts = Vec::new();
        for change in good {
            let theirs = match &change.now {
                Now::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
                Now::Gone => None,
                Now::Refused(_) => continue,
            };
            // What the company allows may have changed meanwhile.
            if !allowed(self, change) {
                conflicts.push((change.path.clone(), WAITS.to_owned()));
                continue;
            }
            let base = change.base.as_deref().and_then(|id| self.text_of(id));
            let ours = self.text(&change.path)?;
            let (path, before, after) = if ours == base {
                (change.path.clone(), ours, theirs)
            } else if ours == theirs {
                continue;
            } else {
                match (&base, &ours, &theirs) {
                    // Gone on the one side and changed on the other: what says something stays.
                    (_, Some(_), None) => continue,
                    (_, None, Some(_)) => (change.path.clone(), ours, theirs),
                    (base, Some(now), Some(own)) => match diffy::merge(base.as_deref().unwrap_or_default(), now, own) {
                        Ok(merged) => (change.path.clone(), ours.clone(), Some(merged)),
                        Err(_) => {
                            // Both changed the same lines. The company's stays, and whoever it was finds its own beside it.
                            let Some(beside) = beside(&change.path) else {
                                let why = "somebody else changed the same lines; yours stays where it is";
                                conflicts.push((change.path.clone(), why.to_owned()));
                                continue;
                            };
                            let why = format!("somebody else changed the same lines; yours is in {beside}");
                            conflicts.push((change.path.clone(), why));
                            let before = self.text(&beside)?;
                            (beside, before, theirs.clone())
                        }
                    },
                    (_, None, None) => continue,
                }
            };
            if before != after {
                papers.push(Paper { path, before, after });
            }
        }
        Ok((papers, conflicts))
    }
}

/// A path and the folders on its way to it: those clash like files do.
fn ways(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| at).chain([path.len()]).map(|end| &path[..end])
}

/// A diagnostic in one line.
fn words(found: &Diagnostic) -> String {
    format!("{} ({})", found.message, found.code)
}

/// Why a text cannot be written into the company, where it was `base` before.
pub(super) fn unreadable(bytes: &[u8], base: &str, live: &Live) -> Option<String> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Some("it is not UTF-8 text".to_owned()) };
    if text.lines().any(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ")) {
        return Some("it has the marks of a merge in it that was left half done".to_owned());
    }
    if let Some(seen) = live.find(bytes).first() {
        let line = text[..seen.span.start].lines().count().max(1);
        return Some(format!("the value of the secret {} stands in line {line}, and history is for ever", seen.name));
    }
    let new = redact::find(text).into_iter().find(|found| !base.contains(&text[found.hidden()]));
    new.map(|_| "it looks as if a secret stood in it, and history is for ever".to_owned())
}

/// Keeps what was not taken up in the run's folder, with why.
fn keep(folder: &Path, revision: &str, kept: &[(Change, String)]) -> Result<(), String> {
    if kept.is_empty() {
        return Ok(());
    }
    let failed = |error: std::io::Error| format!("what was on the desk cannot be kept: {error}");
    let place = folder.join(KEPT);
    let mut list = Vec::new();
    for (change, why) in kept {
        let now = match &change.now {
            Now::Bytes(bytes) => {
                let file = place.join(&change.path);
                if let Some(above) = file.parent() {
                    std::fs::create_dir_all(above).map_err(failed)?;
                }
                std::fs::write(&file, bytes).map_err(failed)?;
                "changed"
            }
            Now::Gone => "gone",
            Now::Refused(_) => "refused",
        };
        list.push(json!({ "path": change.path, "base": change.base, "now": now, "why": why }));
    }
    let list = json!({ "revision": revision, "changes": list });
    std::fs::write(folder.join("desk.json"), list.to_string()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_too_much_is_not_written_down() {
        let secret = concat!("ghp_", "R8sKq2LmZx7TbVn4WcYd9FhJp3GtQe6AuXrM");
        let told = |text: &str, base: &str| unreadable(text.as_bytes(), base, &Live::default());
        assert_eq!(told("fine", ""), None);
        let why = told(&format!("the token is {secret}"), "").unwrap();
        assert!(why.contains("secret") && !why.contains(secret));
        // What a person wrote is theirs to answer for.
        assert_eq!(told(&format!("still {secret}"), &format!("a person wrote {secret}")), None);
        assert!(told("a\n<<<<<<< HEAD\nb\n", "").unwrap().contains("merge"));
        let live = Live::new([("KEY", "correct horse")]);
        let why = unreadable(b"one\ntwo correct horse\n", "", &live).unwrap();
        assert_eq!(why, "the value of the secret KEY stands in line 2, and history is for ever");
        assert!(unreadable(&[0xff], "", &live).unwrap().contains("UTF-8"));
    }
}
