//! A decision as a commit that its person signs: the word alone, in their name. What comes of it is decided when it is taken
//! in, by the same road as one that was signed with git.

use super::road::Asked;
use super::texts::Texts;
use super::{Office, asks, message};
use crate::engine::{Event, Verb, What, decide};
use crate::format::snapshot as reading;
use crate::model::Actor;
use crate::model::approval::{ApprovalChange, Verdict};
use crate::model::company::Person;
use crate::model::plan::{Answer, Edit, Reason};
use crate::runtime::wire::{Reply, Request, Who};
use crate::store::force;
use crate::store::found::Author;
use crate::store::history::History;
use crate::store::signature;
use crate::store::signature::word::{self, Word};
use crate::store::sync::{self, Chosen, SyncError};
use std::path::Path;

/// How often a word is made again since both changed the same question.
const TRIES_MAX: usize = 3;

/// The keys one of which has to sign what somebody decides; empty: it need not be signed. Of a company that cannot be read
/// there are none, and deciding says why it cannot.
pub fn signing_keys(root: &Path, who: &Who) -> Vec<String> {
    let read = || {
        let corp = force::corp(&History::open(root).ok()?).ok()??;
        let board: Vec<Person> = corp.board.iter().flatten().filter_map(reading::person).collect();
        let id = message::member(who, &board)?;
        Some(board.into_iter().find(|person| person.id == id)?.signing_keys)
    };
    read().unwrap_or_default()
}

impl Office {
    /// Makes the decision that is asked for a commit with a signature, and brings it in. Returns what is to be answered.
    ///
    /// # Errors
    /// Why not, as an answer.
    pub fn decide_signed(
        &mut self,
        request: &Request,
        sign: &mut dyn FnMut(&[u8]) -> Result<String, String>,
    ) -> Result<serde_json::Value, Reply> {
        let failed = |error: &dyn std::fmt::Display| Reply::Failed(error.to_string());
        for _ in 0..TRIES_MAX {
            self.catch_up().map_err(|error| failed(&error))?;
            self.look_at_proposals(&Asked::Request(request.clone()));
            let by = self.actor(request).map_err(Reply::Refused)?;
            let verb = asks::verb(&request.ask, &self.snapshot).map_err(Reply::Refused)?;
            let Verb::Decide { approval, verdict, terms, on_behalf_of, comment, .. } = verb else {
                return Err(Reply::Refused("only decisions are signed".to_owned()));
            };
            let title = self.snapshot.approvals().get(&approval).map(|asked| asked.title.clone()).unwrap_or_default();
            let word = match verdict {
                Verdict::Approved => "yes",
                Verdict::Rejected => "no",
                Verdict::RevisionRequested => "not yet",
            };
            // What comes of it is said by the commit that takes it in.
            let subject = format!("{by} says {word} to {approval}: {title}");
            let verb = Verb::Decide { approval, verdict, terms, on_behalf_of, comment, signed: true };
            let nonce = Self::nonce().map_err(|error| failed(&error))?;
            let what = What::Request { by: by.clone(), verb };
            let plan = decide(&self.snapshot, &Event { nonce, what }, self.now()).map_err(|no| asks::refusal(&no))?;
            let answer = asks::answer(&plan.answer);
            if plan.edits.is_empty() || plan.answer == Answer::Already {
                return Ok(answer);
            }
            let is_word = |edit: &Edit| match edit {
                Edit::Approval { change, .. } => matches!(
                    change,
                    ApprovalChange::Decisions(_) | ApprovalChange::RaiseTo(_) | ApprovalChange::Lasts(_)
                ),
                _ => false,
            };
            let edits: Vec<Edit> = plan.edits.iter().filter(|edit| is_word(edit)).cloned().collect();
            let changes = Texts::default().changes(&self.force, &self.snapshot, &edits).map_err(Reply::Refused)?;
            let author = message::author(&by, request.by.as_ref(), &self.snapshot, &self.domain());
            let said = message::message(&Reason { subject, ..plan.reason.clone() }, &request.id);
            let onto = self.force.tip().ok_or_else(|| Reply::Refused("nothing was committed yet".to_owned()))?;
            let word = Word { onto, author: &author, message: &said, changes: &changes, at: self.now() };
            let commit = word::make(&self.place.root, &word, sign).map_err(|error| failed(&error))?;
            let keys = self.keys_of(&by);
            let zone = self.snapshot.company.timezone.clone();
            if let Err(why) = signature::verify_commit(self.force.history(), commit, &keys, &zone) {
                return Err(Reply::Refused(format!("what was decided {why}")));
            }
            match self.bring_in(&author, commit.to_string()) {
                Ok(()) => return Ok(answer),
                // Somebody decided the same question meanwhile.
                Err(SyncError::Conflicts { .. }) => {}
                Err(error) => return Err(failed(&error)),
            }
        }
        Err(Reply::Failed("others decide the same question; try again".to_owned()))
    }

    fn keys_of(&self, by: &Actor) -> Vec<String> {
        let Actor::Person(id) = by else { return Vec::new() };
        self.snapshot.company.person(id).map(|person| person.signing_keys.clone()).unwrap_or_default()
    }

    fn bring_in(&mut self, author: &Author, commit: String) -> Result<(), SyncError> {
        let Some(clone) = self.snapshot.local.clone.clone() else { return Ok(()) };
        let request = sync::Request {
            root: self.place.root.clone(),
            branch: self.force.branch().to_owned(),
            remote: None,
            author: author.clone(),
            clone,
            accept: None,
            chosen: Chosen::default(),
            ask: false,
            at: self.now(),
        };
        sync::take(&mut self.writer, &request, "a signed decision", &commit).map(drop)
    }
}
