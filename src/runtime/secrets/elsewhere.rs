//! Values that are elsewhere, asked for beside whoever decides: a program that is slow keeps one run waiting, and nobody else.

use super::access::{self, Access, GIVEN};
use super::error::SafeError;
use crate::model::{RunId, SecretName};
use crate::runtime::clock::Clock;
use crate::runtime::place::Place;
use crate::secrets::provider::{self, Wanted};
use crate::secrets::{ProviderError, Value};
use std::collections::BTreeMap;

/// A value that is elsewhere, and all that is needed to ask for it.
#[derive(Debug, Clone)]
pub struct Elsewhere {
    pub(super) name: SecretName,
    pub(super) provider: String,
    pub(super) wanted: Wanted,
    /// What the provider's program sees of our surroundings.
    pub(super) surroundings: Vec<(String, String)>,
}

impl Elsewhere {
    /// Asks for it. Takes as long as its provider may.
    ///
    /// # Errors
    /// [`SafeError`].
    pub fn get(&self) -> Result<Value, SafeError> {
        let failed = |source| {
            let (name, provider) = (self.name.to_string(), self.provider.clone());
            SafeError::Provider { name, provider, source }
        };
        match provider::find(&self.provider, &self.surroundings).map_err(failed)? {
            Some(found) => found.get(&self.wanted).map_err(failed),
            None => Err(failed(ProviderError::InvalidRequest)),
        }
    }
}

/// What a run needs of what is elsewhere.
#[derive(Debug)]
pub struct Fetch {
    /// The run.
    pub run: RunId,
    /// What it needs.
    pub asks: Vec<Elsewhere>,
}

/// What became of it, by the names of the secrets: the value, or why there is none and what to type.
pub type Fetched = BTreeMap<SecretName, Result<Value, String>>;

impl Fetch {
    /// Asks for all of it.
    pub fn get(self) -> Fetched {
        let told = |error: SafeError| error.hint().map_or_else(|| error.to_string(), |hint| format!("{error}; {hint}"));
        self.asks.into_iter().map(|ask| (ask.name.clone(), ask.get().map_err(told))).collect()
    }
}

/// The secret that a message to the board is signed with.
#[derive(Debug)]
pub struct Signing {
    /// Its name.
    pub name: SecretName,
    /// Tells when it came.
    pub clock: Clock,
    /// Where it is noted that it was.
    pub place: Place,
    /// Its value, or where that is, or why it cannot be had.
    pub key: Result<Key, String>,
}

/// A key, or where it is.
#[derive(Debug)]
pub enum Key {
    /// The key.
    Here(Value),
    /// Where it is.
    Elsewhere(Elsewhere),
}

impl Signing {
    /// The key, noted as given. Takes as long as its provider may.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub fn value(self) -> Result<Value, String> {
        let value = self.key.and_then(|key| match key {
            Key::Here(value) => Ok(value),
            Key::Elsewhere(there) => there.get().map_err(|error| error.to_string()),
        });
        let outcome = value.as_ref().map_or_else(Clone::clone, |_| GIVEN.to_owned());
        // Not when it was asked for: that may have been yesterday, of which a digest is committed.
        let (at, secret) = (self.clock.now(), self.name.to_string());
        let noted = Access { at, who: "notify".to_owned(), run: None, secret, version: None, outcome };
        access::note(&self.place, &[noted]);
        value
    }
}
