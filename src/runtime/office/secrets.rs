//! The company's secrets for the office: what can be opened here, what cannot and why, and what must not be seen anywhere.

use super::Office;
use crate::model::SecretName;
use crate::model::company::Means;
use crate::model::secret::SecretStatus;
use crate::redact::live::Live;
use crate::runtime::secrets::access::{self, DIGESTS};
use crate::runtime::secrets::elsewhere::{Key, Signing};
use crate::runtime::secrets::{Shelf, hide_in, live};
use crate::runtime::wire::Ask;
use crate::secrets::{Identity, Value};
use crate::store::writer::{Expect, FileChange, Mutation};
use std::collections::BTreeMap;

/// The values that can be opened here, and what hides them.
#[derive(Debug, Clone)]
pub(super) struct Opened {
    values: Vec<(SecretName, Value)>,
    live: Live,
}

impl Office {
    /// The secrets in the company's files.
    pub(super) fn shelf(&self) -> Shelf<'_> {
        Shelf { force: &self.force, place: &self.place }
    }

    fn opened(&self) -> Opened {
        if let Some(opened) = &*self.opened.borrow() {
            return opened.clone();
        }
        let values = self.shelf().open_all();
        let opened = Opened { live: live(&values), values };
        // Without this account's key nothing was opened, and it may come: then it is tried again.
        let nothing = opened.values.is_empty() && !self.snapshot.secrets().is_empty();
        if !nothing {
            self.opened.replace(Some(opened.clone()));
        }
        opened
    }

    /// The values that can be opened here.
    pub(super) fn known(&self) -> Vec<(SecretName, Value)> {
        self.opened().values
    }

    /// What hides the values that can be opened here.
    pub fn live(&self) -> Live {
        self.opened().live
    }

    /// The secrets of the company's files that this machine cannot open, with why and what to type.
    pub(super) fn unopened(&self) -> BTreeMap<SecretName, String> {
        let secrets = self.snapshot.secrets();
        let mut here = secrets.iter().filter(|(_, secret)| {
            secret.here == Some(true) && secret.status == SecretStatus::Active && !secret.bindings.is_empty()
        });
        let mut found = BTreeMap::new();
        let Some(first) = here.next() else { return found };
        let identity = Identity::load(&self.place.identity());
        for (name, secret) in std::iter::once(first).chain(here) {
            let why = match &identity {
                Err(error) => format!("the secret {name} cannot be opened here: {error}; {}", error.hint()),
                Ok(identity) => {
                    let own = identity.recipients();
                    let opens = |key: &String| own.iter().any(|own| own.to_string() == *key);
                    // Of one that was sealed by hand nobody knows for whom: that is found out when it is opened.
                    if secret.sealed_for.is_empty() || secret.sealed_for.iter().any(opens) {
                        continue;
                    }
                    let own = own.first().map(ToString::to_string).unwrap_or_default();
                    format!(
                        "the secret {name} is not sealed for this machine; have an owner say `corp secret recipients add MACHINE {own}`"
                    )
                }
            };
            found.insert(name.clone(), why);
        }
        found
    }

    /// The secret that a channel to the board signs with; `None`: it names none of the company's. One that is elsewhere is asked
    /// for by [`Signing::value`].
    pub fn signing(&self, means: &Means) -> Option<Signing> {
        let Means::Webhook { secret: Some(name), .. } = means else { return None };
        let secret = self.snapshot.secrets().get(name).filter(|secret| secret.status != SecretStatus::Deleted)?;
        let key = match self.shelf().elsewhere(name) {
            _ if secret.status == SecretStatus::Disabled => {
                Err(format!("the secret {name}, which it is signed with, is disabled"))
            }
            Some(there) => Ok(Key::Elsewhere(there)),
            None => Identity::load(&self.place.identity())
                .map_err(|error| error.to_string())
                .and_then(|identity| self.shelf().reveal(name, None, &identity).map_err(|error| error.to_string()))
                .map(Key::Here),
        };
        Some(Signing { name: name.clone(), clock: self.clock, place: self.place.clone(), key })
    }

    /// What a run asks for without the values of secrets; `None`: there is none in it.
    pub(super) fn without_values(&self, ask: &Ask) -> Option<Ask> {
        let live = self.live();
        if live.is_empty() {
            return None;
        }
        let before = serde_json::to_value(ask).ok()?;
        let mut hidden = before.clone();
        hide_in(&live, &mut hidden);
        if hidden == before { None } else { serde_json::from_value(hidden).ok() }
    }

    /// Commits the digests of what was noted of secrets on days that are over. False: others committed meanwhile.
    ///
    /// # Errors
    /// [`super::OfficeError`].
    pub fn seal_access(&mut self) -> Result<bool, super::OfficeError> {
        if !self.snapshot.is_home() {
            return Ok(true);
        }
        let before = self.force.text(DIGESTS)?;
        let known = before.clone().unwrap_or_default();
        let digests = access::digests(&self.place, &known, self.clock.now());
        let Some(last) = digests.last() else { return Ok(true) };
        let message =
            crate::store::message::Message::new(&format!("corp notes who was given secrets until {}", last.day));
        let mut after = known;
        for digest in &digests {
            after += &serde_json::to_string(digest).unwrap_or_default();
            after.push('\n');
        }
        let change = FileChange {
            path: DIGESTS.to_owned(),
            before: before.map_or(Expect::Absent, |text| Expect::Content(text.into_bytes())),
            after: Some(after.into_bytes()),
        };
        let author = super::message::corp();
        let mutation = Mutation { author, at: self.clock.now(), message, changes: vec![change] };
        // What moved meanwhile is noted at the next look.
        let done = match self.writer.commit(std::slice::from_ref(&mutation)).pop() {
            Some(Err(crate::store::writer::WriteError::Moved { .. })) => false,
            Some(Err(error)) => return Err(error.into()),
            Some(Ok(_)) | None => true,
        };
        self.catch_up()?;
        Ok(done)
    }
}
