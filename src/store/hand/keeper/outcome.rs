//! What comes of saved files: a commit in the name of whoever saved them, or a note that they are not in force.

use super::super::saved::{self, Edit};
use super::super::{Changed, Done, Edits, HandError, Held, Looked, Told, Why, differences, first_name};
use super::{Company, Keeper, PAUSED_EVERY_MS, later};
use crate::format::difference::words;
use crate::model::Slug;
use crate::store::force::Force;
use crate::store::found::{self, Author};
use crate::store::message::{Message, Trailers};
use crate::store::writer::{Expect, FileChange, Mutation, WriteError};
use gix::ObjectId;
use jiff::Timestamp;

/// A save that counts although something newer of the same was there.
pub(super) fn overruled(path: &str, diagnostics: Vec<crate::diag::Diagnostic>) -> Told {
    let words = "it was saved over a newer change of the same; the save counts".to_owned();
    Told { path: path.to_owned(), why: Why::Overruled, words, diagnostics }
}

impl Keeper {
    pub(super) fn commit(
        &mut self,
        company: &mut Company<'_>,
        taken: Vec<Edit>,
        now: Timestamp,
        looked: &mut Looked,
    ) -> Result<(), HandError> {
        let seen = taken.iter().filter_map(|edit| Some((edit.path.clone(), edit.saved.clone()?))).collect();
        let changed =
            |edit: &Edit| Changed { path: edit.path.clone(), before: edit.last.clone(), after: edit.wanted.clone() };
        let edits = Edits { taken: taken.iter().map(changed).collect(), ..Edits::default() };
        let mutation = self.mutation(company.force, &edits, now);
        let subject = mutation.message.subject().to_owned();
        let done = match company.writer.commit_seen(mutation, seen) {
            Ok(done) => done,
            // Somebody committed one of them in the meantime: everything is looked at anew.
            Err(WriteError::Moved { .. } | WriteError::Contended { .. }) => {
                taken.iter().for_each(|edit| self.still.again(&edit.path, now));
                return Ok(());
            }
            Err(WriteError::Paused(paused)) => {
                looked.paused = Some(paused);
                self.paused_until = Some(later(now, PAUSED_EVERY_MS));
                return Ok(());
            }
            Err(error) => {
                taken.iter().for_each(|edit| self.still.again(&edit.path, now));
                return Err(error.into());
            }
        };
        company.writer.quiet(|repository, _, memory| {
            for edit in &taken {
                let id =
                    |content: &Option<Vec<u8>>| content.as_deref().and_then(|bytes| saved::id_of(repository, bytes));
                memory.committed(&edit.path, id(&edit.saved), id(&edit.wanted), now);
            }
        })?;
        for edit in &taken {
            self.held.remove(&edit.path);
            self.still.forget(&edit.path);
            // The work tree is looked at once more: the person may have saved again.
            self.still.hint(&edit.path);
            if !edit.conflicts.is_empty() {
                let found = edit.conflicts.iter().map(|conflict| conflict.diagnostic(&edit.path)).collect();
                looked.told.push(overruled(&edit.path, found));
            }
        }
        let paths = taken.into_iter().map(|edit| edit.path).collect();
        looked.committed.push(Done { commit: done.commit, subject, paths });
        let step = company.force.advance()?;
        self.step(company, step, now);
        Ok(())
    }

    fn mutation(&self, force: &Force, edits: &Edits, at: Timestamp) -> Mutation {
        let (author, actor) = self.author(force);
        let differences = differences(edits);
        let mut message = Message::new(&words::subject(&differences));
        if differences.len() > 1 {
            message = message.with_body(&differences.iter().map(words::line).collect::<Vec<_>>().join("\n"));
        }
        let changes = edits.taken.iter().map(|file| FileChange {
            path: file.path.clone(),
            before: file.before.clone().map_or(Expect::Absent, Expect::Content),
            after: file.after.clone(),
        });
        let trailers = Trailers { actor, ..Trailers::default() };
        Mutation { author, at, message: message.with_trailers(trailers), changes: changes.collect() }
    }

    /// The person at this machine: as git knows them, and as the board does.
    fn author(&self, force: &Force) -> (Author, Option<Slug>) {
        let user = &self.options.user;
        let author = force.history().identity().or_else(found::identity);
        let author = author.unwrap_or_else(|| Author { name: user.clone(), email: format!("{user}@localhost") });
        let corp = force.draft().corp.as_ref();
        let member = corp.into_iter().flat_map(|corp| corp.board.iter().flatten()).find(|member| {
            let email = member.email.as_ref();
            email.is_some_and(|email| email.eq_ignore_ascii_case(&author.email))
        });
        let known = member.and_then(|member| member.id.clone());
        let actor = known.or_else(|| Slug::from_name(first_name(&author.name)));
        (author, actor)
    }

    /// Notes that a file is not in force, and tells it once for each content.
    pub(super) fn hold(
        &mut self,
        path: &str,
        content: Option<ObjectId>,
        why: Why,
        words: String,
        diagnostics: Vec<crate::diag::Diagnostic>,
        looked: &mut Looked,
    ) {
        let told = Told { path: path.to_owned(), why, words, diagnostics };
        let held = Held { content, told: told.clone() };
        if self.held.get(path) != Some(&held) {
            looked.told.push(told);
        }
        self.held.insert(path.to_owned(), held);
    }
}
