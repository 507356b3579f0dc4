//! Looking whether a company's secrets are as they should be, and whether this account can open them.

use super::error::SafeError;
use super::safe::{Safe, elsewhere};
use super::shelf::sealed_paths;
use crate::model::secret::SecretStatus;
use crate::secrets::{Identity, ProviderError, provider};
use serde::Serialize;
use std::collections::BTreeSet;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Whether something does not work because of it.
    pub serious: bool,
    /// What it is.
    pub message: String,
    /// What to type.
    pub hint: Option<String>,
}

impl Finding {
    fn new(serious: bool, message: impl Into<String>, hint: Option<String>) -> Self {
        Self { serious, message: message.into(), hint }
    }
}

impl Safe {
    /// Everything that is not as it should be. Providers elsewhere are not asked for values.
    ///
    /// # Errors
    /// The company's files cannot be read.
    pub fn examine(&self) -> Result<Vec<Finding>, SafeError> {
        let mut found = Vec::new();
        let keys: BTreeSet<String> = match self.recipients() {
            Ok(recipients) => recipients.iter().map(|(_, recipient)| recipient.to_string()).collect(),
            Err(error) => {
                found.push(Finding::new(true, error.to_string(), error.hint()));
                BTreeSet::new()
            }
        };
        if self.names().next().is_none() && keys.is_empty() {
            return Ok(found);
        }
        let identity = self.identity();
        match &identity {
            Err(error) => found.push(Finding::new(true, error.to_string(), Some(error.hint()))),
            Ok(identity) => {
                if let Err(error) = Identity::load(&self.place().identity_copy()) {
                    let hint = "`corp secret init --copy PATH` makes one, best on another disk".to_owned();
                    found.push(Finding::new(false, format!("this account's key has no copy: {error}"), Some(hint)));
                }
                if !identity.recipients().iter().any(|own| keys.contains(&own.to_string())) {
                    let hint = "`corp secret init` enters it, or has an owner do so".to_owned();
                    let message = "this account's key is none of those the company's secrets are sealed for";
                    found.push(Finding::new(true, message, Some(hint)));
                }
            }
        }
        if keys.len() == 1 {
            let hint = "`corp secret recipients add NAME KEY` lets somebody else open them, such as another machine"
                .to_owned();
            found.push(Finding::new(false, "one key alone opens the company's secrets", Some(hint)));
        }
        for name in self.names() {
            let Some(file) = self.file(&name) else { continue };
            if let Some(why) = &file.to_be_rotated {
                let hint = format!("`corp secret rotate {name}`, once it has a new value where it is used");
                found.push(Finding::new(false, format!("{name} is to be replaced: {why}"), Some(hint)));
            }
            if file.rotate_by.is_some_and(|at| at.0 <= self.now) {
                let hint = format!("`corp secret rotate {name}`");
                found.push(Finding::new(false, format!("the time of {name} is over"), Some(hint)));
            }
            if elsewhere(file).is_some() {
                let provider = self.provider_of(file);
                if let Err(ProviderError::Unknown) = provider::find(&provider, &[]).map(drop) {
                    let soon = if provider::COMING_SOON.contains(&provider.as_str()) { " yet" } else { "" };
                    found.push(Finding::new(true, format!("{name}: `{provider}` is not here{soon}"), None));
                }
                continue;
            }
            if file.status == Some(SecretStatus::Disabled) {
                found.push(Finding::new(false, format!("{name} is disabled"), None));
            }
            let sealed: BTreeSet<&str> =
                file.recipients.iter().flatten().filter_map(|sealed| sealed.key.as_deref()).collect();
            if !sealed.iter().copied().eq(keys.iter().map(String::as_str)) {
                let message = format!("{name} is not sealed for exactly those who are to open it");
                found.push(Finding::new(false, message, Some("`corp secret rekey` seals it anew".to_owned())));
            }
            let Ok(identity) = &identity else { continue };
            for path in sealed_paths(&name, file) {
                if let Err(error) = self.unseal(&name, &path, identity) {
                    found.push(Finding::new(true, error.to_string(), error.hint()));
                }
            }
        }
        Ok(found)
    }
}
