//! Which mutation ids are in the history already: asked again, they are answered from there.

use super::{Committed, Mutation, WriteError, journal};
use crate::store::message::Message;
use crate::store::reading::Reading as _;
use gix::{ObjectId, Repository};
use std::collections::BTreeMap;

/// How many commits are searched for a mutation id that is asked again: weeks of a busy company.
const ANSWERED_COMMITS_MAX: usize = 20_000;

/// Mutation ids that are in the history, and their commits.
#[derive(Debug, Default)]
pub(super) struct Answered {
    commits: BTreeMap<String, ObjectId>,
    /// The newest commit that was looked at.
    upto: Option<ObjectId>,
}

impl Answered {
    /// The commit that answered the mutation with this id.
    pub(super) fn commit_of(&self, id: &str) -> Option<ObjectId> {
        self.commits.get(id).copied()
    }

    /// Learns the ids of the commits that are new since the last look, if anybody asks for one.
    pub(super) fn learn(
        &mut self,
        repository: &Repository,
        tip: Option<ObjectId>,
        mutations: &[Mutation],
    ) -> Result<(), WriteError> {
        let asked = mutations.iter().any(|mutation| mutation.message.trailers.mutation.is_some());
        let Some(tip) = tip.filter(|tip| asked && Some(*tip) != self.upto) else { return Ok(()) };
        let mut walked = repository.read_back(&[tip], self.upto, ANSWERED_COMMITS_MAX);
        if walked.broken.is_some() && self.upto.is_some() {
            walked = repository.read_back(&[tip], None, ANSWERED_COMMITS_MAX);
        }
        // A shallow clone ends somewhere; what is there counts.
        for commit in walked.commits {
            let Ok(object) = repository.read_commit(commit.id) else { break };
            let Ok(raw) = object.message_raw() else { continue };
            if let Some(id) = Message::parse(&raw.to_string()).trailers.mutation {
                self.commits.entry(id.as_str().to_owned()).or_insert(commit.id);
            }
        }
        self.upto = Some(tip);
        Ok(())
    }

    /// Adds what was just committed.
    pub(super) fn add(&mut self, mutations: &[Mutation], answers: &[Result<Committed, WriteError>], tip: ObjectId) {
        for (mutation, answer) in mutations.iter().zip(answers) {
            let id = mutation.message.trailers.mutation.as_ref();
            if let (Some(id), Ok(answer)) = (id, answer)
                && let Some(commit) = journal::id(&answer.commit)
            {
                self.commits.insert(id.as_str().to_owned(), commit);
            }
        }
        if self.upto.is_some() {
            self.upto = Some(tip);
        }
    }
}
