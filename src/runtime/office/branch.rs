//! What somebody proposes on a branch: judged file by file, as what an agent changed on its desk is. What their role allows is
//! merged in their name, what it does not is put before the board, and what nobody may is told with why.

use super::foreign::Trusted;
use super::proposed::{Kept, put_before};
use super::take_up::{Judged, unreadable};
use super::trespass::touched;
use super::{Asked, Office, Outcome};
use crate::engine::What;
use crate::engine::proposal::{Branch, TakenUp};
use crate::engine::trespass::{Touched, act, why_not};
use crate::format::layout::{self, Kind};
use crate::format::package::limits::Limits;
use crate::format::package::name;
use crate::model::authority::Act;
use crate::model::plan::Paper;
use crate::model::{Actor, Slug};
use crate::runtime::desk::take::{CHANGES_MAX, Change, Now, PAPER_BYTES_MAX};
use crate::runtime::wire::{Reply, Request};
use crate::store::history::{Content, Entry};
use serde_json::{Value, json};

/// How often a branch is merged again because the company changed meanwhile.
const TRIES_MAX: usize = 20;

impl Office {
    /// Takes up what `branch` has beyond the company's own, and says what became of it.
    ///
    /// # Errors
    /// Why not, in words.
    pub(super) fn propose_branch(&mut self, request: &Request, branch: &str) -> Result<Value, String> {
        let by = self.actor(request)?;
        let Actor::Person(who) = &by else { return Err("an agent proposes on its desk".to_owned()) };
        self.catch_up().map_err(|error| error.to_string())?;
        if !self.snapshot.is_home() {
            return Err("proposals are taken at home; push the branch, and propose it there".to_owned());
        }
        let changes = self.changes_on(branch)?;
        if changes.len() > CHANGES_MAX {
            return Err(format!(
                "{branch} changes {} files, and {CHANGES_MAX} are read; `corp merge` is for more",
                changes.len()
            ));
        }
        let mut judged = Judged { good: Vec::new(), left: Vec::new() };
        for change in changes {
            match self.never(&change) {
                Some(why) => judged.left.push((change, why)),
                None => judged.good.push(change),
            }
        }
        self.tried(&mut judged);
        let (good, asked): (Vec<Change>, Vec<Change>) =
            judged.good.into_iter().partition(|change| self.why_asked(who, change).is_none());
        let name = format!("branch-{}", branch.replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
        let asked = if asked.is_empty() { None } else { Some(put_before(self, &name, who, &asked)?) };
        let mut left: Vec<(String, String)> = judged.left.into_iter().map(|(change, why)| (change.path, why)).collect();
        for _ in 0..TRIES_MAX {
            self.catch_up().map_err(|error| error.to_string())?;
            let allowed = |office: &Self, change: &Change| office.why_asked(who, change).is_none();
            let (papers, conflicts) = self.merged(&good, &allowed, &|_| None)?;
            left.retain(|(path, _)| !conflicts.iter().any(|(other, _)| other == path));
            left.extend(conflicts);
            let acts = papers.iter().map(|paper| self.act_of(paper)).collect();
            let merged: Vec<String> = papers.iter().map(|paper| paper.path.clone()).collect();
            let taken = TakenUp { papers, left: Vec::new(), asked: asked.clone() };
            let told = left.iter().map(|(path, why)| json!({ "path": path, "why": why })).collect::<Vec<_>>();
            let name = branch.to_owned();
            let what = What::Branch(Box::new(Branch { by: by.clone(), name, taken, acts }));
            match self.walk(&[Asked::Happened(what)]).pop() {
                Some(Outcome::Done(reply)) => {
                    let asked = match reply {
                        Reply::Ok(answer) => answer["approval"].clone(),
                        _ => Value::Null,
                    };
                    return Ok(json!({ "merged": merged, "asked": asked, "not_taken": told }));
                }
                Some(Outcome::Not(reply)) => match reply {
                    Reply::Refused(why) => return Err(why),
                    reply => tracing::debug!(?reply, "the branch is merged again"),
                },
                Some(Outcome::Failed(error)) => return Err(error.to_string()),
                Some(Outcome::Look(_)) | None => return Err("nothing came of it".to_owned()),
            }
        }
        Err(format!("the company changed {TRIES_MAX} times while {branch} was merged"))
    }

    /// What a branch of this repository has beyond the company's.
    fn changes_on(&self, branch: &str) -> Result<Vec<Change>, String> {
        let history = self.force.history();
        let failed = |error: crate::store::history::HistoryError| error.to_string();
        let theirs = history.branch_tip(branch).map_err(failed)?;
        let theirs = theirs.ok_or_else(|| format!("there is no branch `{branch}` in this repository"))?;
        let ours = self.force.tip().ok_or("nothing was committed yet")?;
        let base = history.parting(ours, theirs).map_err(failed)?;
        let base = base.ok_or_else(|| format!("`{branch}` has nothing in common with this company"))?;
        let found = history.changed(Some(base), theirs).map_err(failed)?;
        if found.cut {
            return Err(format!("`{branch}` changes more files than are read; `corp merge` is for more"));
        }
        let changes = found.files.into_iter().map(|file| {
            let now = match file.after {
                None => Now::Gone,
                Some(entry) => self.read(entry)?,
            };
            Ok(Change { path: file.path, base: file.before.map(|entry| entry.id.to_string()), now })
        });
        changes.collect()
    }

    fn read(&self, entry: Entry) -> Result<Now, String> {
        let content = self.force.history().content(entry).map_err(|error| error.to_string())?;
        Ok(match content {
            Content::Text(text) if text.len() as u64 <= PAPER_BYTES_MAX => Now::Bytes(text.into_bytes()),
            Content::Text(_) | Content::Large(_) => {
                Now::Refused(format!("it is larger than the {} KiB that are read", PAPER_BYTES_MAX >> 10))
            }
            Content::Binary(_) => Now::Refused("it is not UTF-8 text".to_owned()),
        })
    }

    /// Why nobody's branch brings a change in, if so.
    fn never(&self, change: &Change) -> Option<String> {
        let path = change.path.as_str();
        if let Now::Refused(why) = &change.now {
            return Some(why.clone());
        }
        if path.split('/').any(|part| part.to_ascii_lowercase().starts_with(".git")) {
            return Some("what git reads for itself is brought in with `git merge`".to_owned());
        }
        if let Err(reason) = name::check(path.as_bytes(), &Limits::default()) {
            return Some(format!("its name cannot lie in a company: {reason}"));
        }
        match (layout::locate(path).kind, self.touched(change)) {
            (_, Touched::Record) => Some("the program keeps it".to_owned()),
            (_, Touched::Board) => {
                Some("who is on the board is an owner's to change, on the company's own branch".to_owned())
            }
            (Kind::Approval, _) => Some("what the board is asked is decided with `corp approval`".to_owned()),
            _ => match &change.now {
                Now::Bytes(bytes) => {
                    let base = change.base.as_deref().and_then(|id| self.text_of(id)).unwrap_or_default();
                    unreadable(bytes, &base, &self.live())
                }
                Now::Gone | Now::Refused(_) => None,
            },
        }
    }

    /// Why the board is asked about a change of somebody's, if it is.
    fn why_asked(&self, who: &Slug, change: &Change) -> Option<String> {
        let act = act(&self.touched(change)).unwrap_or(Act::Board);
        why_not(Trusted::of(&self.snapshot).board, who, act)
    }

    fn touched(&self, change: &Change) -> Touched {
        let before = self.text(&change.path).ok().flatten();
        let after = match &change.now {
            Now::Bytes(bytes) => Some(bytes.as_slice()),
            Now::Gone | Now::Refused(_) => None,
        };
        touched(&change.path, before.as_deref().map(str::as_bytes), after)
    }

    fn act_of(&self, paper: &Paper) -> Act {
        let bytes = |text: &Option<String>| text.as_ref().map(|text| text.as_bytes().to_vec());
        let (before, after) = (bytes(&paper.before), bytes(&paper.after));
        act(&touched(&paper.path, before.as_deref(), after.as_deref())).unwrap_or(Act::Board)
    }

    /// The change that is kept of a branch, if it may still come in.
    pub(super) fn of_branch(&self, kept: Kept) -> Result<Change, (String, String)> {
        let now = kept.text.map_or(Now::Gone, |text| Now::Bytes(text.into_bytes()));
        let change = Change { path: kept.path, base: kept.base, now };
        match self.never(&change) {
            Some(why) => Err((change.path, why)),
            None => Ok(change),
        }
    }

    /// Whether what is kept was on a branch, and not on a desk.
    pub(super) fn is_branch(named: &str) -> bool {
        named.starts_with("branch-")
    }
}
