//! [`Shelf`]: the secrets in a company's files, and what of them this account can open.

use super::elsewhere::Elsewhere;
use super::error::SafeError;
use super::safe::{current, elsewhere, path_of, sealed_path};
use crate::format::kind::{SecretFile, VersionStatus};
use crate::model::secret::SecretStatus;
use crate::model::{Scalar as _, SecretName};
use crate::redact::live::Live;
use crate::runtime::place::Place;
use crate::secrets::{Identity, IdentityError, SealError, Value, provider, seal};
use crate::store::force::Force;

/// The secrets in a company's files.
#[derive(Debug, Clone, Copy)]
pub struct Shelf<'a> {
    /// The files in force.
    pub force: &'a Force,
    /// Where this account's keys lie.
    pub place: &'a Place,
}

impl<'a> Shelf<'a> {
    /// What the file of a secret says, deleted or not.
    pub fn file(self, name: &SecretName) -> Option<&'a SecretFile> {
        self.force.draft().secrets.get(&path_of(name)).map(AsRef::as_ref)
    }

    /// The same of one that is there.
    ///
    /// # Errors
    /// [`SafeError::None`].
    pub fn known(self, name: &SecretName) -> Result<&'a SecretFile, SafeError> {
        match self.file(name).filter(|file| file.status != Some(SecretStatus::Deleted)) {
            Some(file) => Ok(file),
            None => {
                let names: Vec<String> = self.names().map(|name| name.to_string()).collect();
                let near = crate::format::record::nearest(name.as_str(), names.iter().map(String::as_str));
                Err(SafeError::None { name: name.to_string(), near: near.map(str::to_owned) })
            }
        }
    }

    /// The secrets that are not deleted, the program's own among them.
    pub fn names(self) -> impl Iterator<Item = SecretName> + 'a {
        let there = self.force.draft().secrets.iter().filter(|(_, file)| file.status != Some(SecretStatus::Deleted));
        there.filter_map(|(path, _)| SecretName::parse(crate::format::layout::locate(path).name).ok())
    }

    /// The text of a committed file.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn text(self, path: &str) -> Result<Option<String>, SafeError> {
        Ok(self.force.text(path)?)
    }

    /// The value of a secret: the latest, or that of a version. Whether it may be used is not asked here.
    ///
    /// # Errors
    /// [`SafeError`].
    pub fn reveal(self, name: &SecretName, version: Option<u64>, identity: &Identity) -> Result<Value, SafeError> {
        let file = self.known(name)?;
        if let Some(there) = self.elsewhere(name) {
            return there.get();
        }
        let path = sealed_path(name, version.filter(|version| Some(*version) != current(file)));
        if let Some(version) = version
            && self.text(&path)?.is_none()
        {
            let message = format!("there is no version {version} of {name} here");
            let mut kept = Vec::new();
            for known in file.versions.iter().flatten().filter_map(|known| known.version) {
                if self.text(&sealed_path(name, Some(known).filter(|known| Some(*known) != current(file))))?.is_some() {
                    kept.push(known.to_string());
                }
            }
            let hint = match &kept[..] {
                [] => format!("`corp secret set {name}` gives it a value"),
                _ => format!("those that are kept: {}; `corp secret history {name}` shows all", kept.join(", ")),
            };
            return Err(SafeError::refused(message, hint));
        }
        self.unseal(name, &path, identity)
    }

    /// Where the value of a secret is, if it is not kept here.
    pub fn elsewhere(self, name: &SecretName) -> Option<Elsewhere> {
        let file = self.known(name).ok()?;
        let (name, provider, wanted) = (name.clone(), self.provider_of(file), elsewhere(file)?);
        Some(Elsewhere { name, provider, wanted, surroundings: self.surroundings() })
    }

    pub(super) fn unseal(self, name: &SecretName, path: &str, identity: &Identity) -> Result<Value, SafeError> {
        let Some(sealed) = self.text(path)? else {
            let message = format!("{path} is not there");
            return Err(SafeError::refused(message, format!("`corp secret set {name}` gives it a value")));
        };
        let failed = |source: SealError| SafeError::Seal { path: path.to_owned(), source };
        seal::open(sealed.as_bytes(), identity).map_err(failed)
    }

    /// The provider that a secret's file names.
    pub fn provider_of(self, file: &SecretFile) -> String {
        let vaults = &self.force.draft().vaults;
        let vault = file.vault.as_ref().and_then(|vault| vaults.get(&format!("vaults/{vault}.yaml")));
        let named = file.provider.clone().or_else(|| vault.and_then(|vault| vault.provider.clone()));
        let command = file.reference.as_ref().is_some_and(|reference| reference.command.is_some());
        named.unwrap_or_else(|| if command { "command" } else { provider::LOCAL }.to_owned())
    }

    /// What a provider's program sees of our surroundings: where programs are and whose they are.
    fn surroundings(self) -> Vec<(String, String)> {
        let path = std::env::join_paths(&self.place.programs).unwrap_or_default();
        vec![
            ("PATH".to_owned(), path.to_string_lossy().into_owned()),
            ("HOME".to_owned(), self.place.operator_home.to_string_lossy().into_owned()),
            ("LANG".to_owned(), "C.UTF-8".to_owned()),
        ]
    }

    /// Every value that lies here and can be opened, of every version that is kept. What cannot be opened here cannot be
    /// given away from here either.
    pub fn open_all(self) -> Vec<(SecretName, Value)> {
        self.opened().0
    }

    /// The same for whoever goes no further unless all of them are known.
    ///
    /// # Errors
    /// [`SafeError`]: this account has a key that cannot be used now, or a file cannot be read.
    pub fn open_every(self) -> Result<Vec<(SecretName, Value)>, SafeError> {
        let (found, failed) = self.opened();
        failed.map_or(Ok(found), Err)
    }

    /// The values that can be opened, and the first of what kept others from it that could be.
    fn opened(self) -> (Vec<(SecretName, Value)>, Option<SafeError>) {
        let (mut found, mut failed) = (Vec::new(), None);
        if self.names().next().is_none() {
            return (found, failed);
        }
        let identity = match Identity::load(&self.place.identity()) {
            Ok(identity) => identity,
            Err(IdentityError::Missing { .. }) => return (found, failed),
            Err(error) => return (found, Some(error.into())),
        };
        for name in self.names() {
            let Some(file) = self.file(&name).filter(|file| elsewhere(file).is_none()) else { continue };
            for path in sealed_paths(&name, file) {
                match self.text(&path) {
                    Ok(Some(sealed)) => {
                        // Else it is sealed for others, or damaged.
                        if let Ok(value) = seal::open(sealed.as_bytes(), &identity) {
                            found.push((name.clone(), value));
                        }
                    }
                    Ok(None) => {}
                    Err(error) => failed = failed.or(Some(error)),
                }
            }
        }
        (found, failed)
    }
}

/// Hides values in every text of a JSON value: what is written twice in one is written three times in its line.
pub fn hide_in(live: &Live, value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) => {
            if let std::borrow::Cow::Owned(hidden) = live.hide(text) {
                *text = hidden;
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| hide_in(live, item)),
        serde_json::Value::Object(entries) => entries.iter_mut().for_each(|(_, item)| hide_in(live, item)),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
    }
}

/// What hides these values.
pub fn live(values: &[(SecretName, Value)]) -> Live {
    Live::new(values.iter().map(|(name, value)| (name.as_str(), value.expose())))
}

/// Where the values of a secret that are kept lie, the latest first.
pub(super) fn sealed_paths(name: &SecretName, file: &SecretFile) -> Vec<String> {
    let earlier = file
        .versions
        .iter()
        .flatten()
        .filter(|version| !matches!(version.status, Some(VersionStatus::Destroyed | VersionStatus::Current)));
    let earlier = earlier.filter_map(|version| version.version).map(|version| sealed_path(name, Some(version)));
    std::iter::once(sealed_path(name, None)).chain(earlier).collect()
}
