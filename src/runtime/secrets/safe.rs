//! [`Safe`]: a company's secrets at hand. Values are opened here and nowhere else, and changes are committed here.

use super::error::SafeError;
use super::shelf::Shelf;
use crate::diag::KeyPath;
use crate::engine::may;
use crate::format::kind::{SecretFile, VersionStatus};
use crate::format::patch::{Edit, Value as Text, patch};
use crate::format::snapshot;
use crate::model::authority::Act;
use crate::model::secret::FINGERPRINT_KEY;
use crate::model::{LocalFacts, Scalar as _, SecretName, Slug, Snapshot};
use crate::redact::live::Live;
use crate::runtime::office::message;
use crate::runtime::place::Place;
use crate::runtime::wire::Who;
use crate::secrets::provider::Wanted;
use crate::secrets::{FingerprintKey, Identity, IdentityError, Recipient, Value};
use crate::store::force::Force;
use crate::store::found::Author;
use crate::store::message::Message;
use crate::store::writer::{Expect, FileChange, How, Mutation, Options, WriteError, Writer};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// How often a change is made anew when others commit between.
const TRIES_MAX: usize = 10;

/// A company's secrets at hand.
#[derive(Debug)]
pub struct Safe {
    pub(super) place: Place,
    pub(super) force: Force,
    pub(super) snapshot: Snapshot,
    who: Who,
    /// Who that is in the company.
    pub(super) by: Slug,
    pub(super) now: Timestamp,
}

/// A change that is committed, or nothing that was to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The commit; `None`: it is as wanted already.
    pub commit: Option<String>,
    /// What it says.
    pub subject: String,
}

/// A change of files, with what its commit says.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub subject: String,
    pub body: String,
    files: BTreeMap<String, (Option<String>, Option<String>)>,
}

impl Safe {
    /// The secrets of the company at `place`, for somebody.
    ///
    /// # Errors
    /// [`SafeError`].
    pub fn open(place: Place, who: Who, now: Timestamp) -> Result<Self, SafeError> {
        let branch = Options::of(&place.root).branch;
        let force = Force::load_without_records(&place.root, &branch)?;
        let snapshot = snapshot::load(force.draft(), LocalFacts::new(now));
        let by = message::person(&who, &snapshot).ok_or(SafeError::Nameless)?;
        Ok(Self { place, force, snapshot, who, by, now })
    }

    /// Whether whoever asks may do that.
    ///
    /// # Errors
    /// [`SafeError::NotAllowed`].
    pub fn allow(&self, act: Act) -> Result<(), SafeError> {
        may(&self.snapshot, &self.by, act).map_err(|refusal| SafeError::NotAllowed(Box::new(refusal)))
    }

    /// This account's keys.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn identity(&self) -> Result<Identity, IdentityError> {
        Identity::load(&self.place.identity())
    }

    /// Where this account's keys lie.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Who asks, as the company knows them.
    pub fn by(&self) -> &Slug {
        &self.by
    }

    /// The company.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// A text as the name of a secret.
    ///
    /// # Errors
    /// [`SafeError::Name`].
    pub fn name(text: &str) -> Result<SecretName, SafeError> {
        SecretName::parse(text).map_err(|why| SafeError::Name { name: text.to_owned(), why })
    }

    /// The company's files of secrets.
    pub(super) fn shelf(&self) -> Shelf<'_> {
        Shelf { force: &self.force, place: &self.place }
    }

    /// What the file of a secret says, deleted or not.
    pub fn file(&self, name: &SecretName) -> Option<&SecretFile> {
        self.shelf().file(name)
    }

    /// The same of one that is there.
    ///
    /// # Errors
    /// [`SafeError::None`].
    pub fn known(&self, name: &SecretName) -> Result<&SecretFile, SafeError> {
        self.shelf().known(name)
    }

    /// The secrets that are not deleted, the program's own among them.
    pub fn names(&self) -> impl Iterator<Item = SecretName> + '_ {
        self.shelf().names()
    }

    /// The text of a committed file.
    pub(super) fn text(&self, path: &str) -> Result<Option<String>, SafeError> {
        self.shelf().text(path)
    }

    /// The value of a secret: the latest, or that of a version. Whether it may be used is not asked here.
    ///
    /// # Errors
    /// [`SafeError`].
    pub fn reveal(&self, name: &SecretName, version: Option<u64>, identity: &Identity) -> Result<Value, SafeError> {
        self.shelf().reveal(name, version, identity)
    }

    pub(super) fn unseal(&self, name: &SecretName, path: &str, identity: &Identity) -> Result<Value, SafeError> {
        self.shelf().unseal(name, path, identity)
    }

    /// The provider that a secret's file names.
    pub fn provider_of(&self, file: &SecretFile) -> String {
        self.shelf().provider_of(file)
    }

    /// The values that can be opened here, to be hidden wherever they stand.
    pub fn live(&self) -> Live {
        super::shelf::live(&self.shelf().open_all())
    }

    /// What fingerprints of this company are made with.
    ///
    /// # Errors
    /// [`SafeError`].
    pub fn fingerprints(&self, identity: &Identity) -> Result<FingerprintKey, SafeError> {
        let name = Self::name(FINGERPRINT_KEY)?;
        if self.file(&name).is_none() {
            return Err(SafeError::NoRecipients);
        }
        Ok(FingerprintKey::new(self.unseal(&name, &sealed_path(&name, None), identity)?))
    }

    /// Everybody who is to be able to open the company's secrets: whoever of the board has a key, and the machines.
    ///
    /// # Errors
    /// A key cannot be used.
    pub fn recipients(&self) -> Result<Vec<(Slug, Recipient)>, SafeError> {
        let Some(corp) = &self.force.draft().corp else { return Ok(Vec::new()) };
        recipients_of(corp)
    }

    /// Makes a change and commits it; makes it anew if others committed between.
    pub(super) fn commit(
        &mut self,
        mut make: impl FnMut(&Self) -> Result<Draft, SafeError>,
    ) -> Result<Made, SafeError> {
        let mut writer = Writer::open(Options::of(&self.place.root))?;
        for _ in 0..TRIES_MAX {
            let draft = make(self)?;
            let changes: Vec<FileChange> = draft
                .files
                .into_iter()
                .filter(|(_, (before, after))| before != after)
                .map(|(path, (before, after))| FileChange {
                    path,
                    before: before.map_or(Expect::Absent, |text| Expect::Content(text.into_bytes())),
                    after: after.map(String::into_bytes),
                })
                .collect();
            if changes.is_empty() {
                return Ok(Made { commit: None, subject: draft.subject });
            }
            let mut message = Message::new(&draft.subject).with_body(&draft.body);
            message.trailers.actor = Some(self.by.clone());
            let author = Author { name: self.who.name.clone(), email: self.who.email.clone() };
            let mutation = Mutation { author, at: self.now, message, changes };
            let answer = writer.commit(std::slice::from_ref(&mutation)).pop();
            match answer {
                Some(Ok(committed)) => {
                    let commit = (committed.how != How::Nothing).then_some(committed.commit);
                    self.refresh()?;
                    return Ok(Made { commit, subject: draft.subject });
                }
                Some(Err(WriteError::Moved { .. })) => self.refresh()?,
                Some(Err(error)) => return Err(error.into()),
                None => break,
            }
        }
        Err(WriteError::Contended { times: TRIES_MAX }.into())
    }

    fn refresh(&mut self) -> Result<(), SafeError> {
        self.force.advance()?;
        self.snapshot = snapshot::load(self.force.draft(), LocalFacts::new(self.now));
        Ok(())
    }
}

impl Draft {
    pub(super) fn new(subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), ..Self::default() }
    }

    /// What a file is now, with what was changed of it so far.
    pub(super) fn now(&self, safe: &Safe, path: &str) -> Result<Option<String>, SafeError> {
        match self.files.get(path) {
            Some((_, after)) => Ok(after.clone()),
            None => safe.text(path),
        }
    }

    /// Writes a file whole, or removes it.
    pub(super) fn put(&mut self, safe: &Safe, path: &str, text: Option<String>) -> Result<(), SafeError> {
        if let Some((_, after)) = self.files.get_mut(path) {
            *after = text;
        } else {
            let before = safe.text(path)?;
            self.files.insert(path.to_owned(), (before, text));
        }
        Ok(())
    }

    /// Changes keys of a file; one that is not there is made.
    pub(super) fn edit(&mut self, safe: &Safe, path: &str, edits: &[Edit]) -> Result<(), SafeError> {
        let text = self.now(safe, path)?.unwrap_or_default();
        let text = patch(path, &text, edits)
            .map_err(|source| SafeError::Patch { path: path.to_owned(), source: Box::new(source) })?;
        self.put(safe, path, Some(text))
    }
}

/// Whom the secrets of a company with this `corp.yaml` are sealed for.
pub(super) fn recipients_of(corp: &crate::format::kind::CorpFile) -> Result<Vec<(Slug, Recipient)>, SafeError> {
    let people = corp.board.iter().flatten().filter_map(|person| Some((person.id.as_ref()?, person)));
    let people = people.flat_map(|(id, person)| person.age_keys.iter().flatten().map(move |key| (id, key)));
    let others = corp.secrets.iter().filter_map(|secrets| secrets.recipients.as_ref()).flatten();
    let others = others.filter_map(|other| Some((other.id.as_ref()?, other.key.as_ref()?)));
    let mut found: BTreeMap<String, (Slug, Recipient)> = BTreeMap::new();
    for (id, key) in people.chain(others) {
        let recipient = Recipient::parse(key).map_err(|source| SafeError::Recipient { id: id.to_string(), source })?;
        found.entry(recipient.to_string()).or_insert_with(|| (id.clone(), recipient));
    }
    // By name, so that two who seal the same say it in the same order.
    let mut found: Vec<(Slug, Recipient)> = found.into_values().collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(found)
}

/// Where a secret's file lies.
pub(super) fn path_of(name: &SecretName) -> String {
    format!("secrets/{name}.yaml")
}

/// Where a value lies: the latest, or an earlier version.
pub(super) fn sealed_path(name: &SecretName, version: Option<u64>) -> String {
    match version {
        None => format!("secrets/{name}.age"),
        Some(version) => format!("secrets/{name}.{version}.age"),
    }
}

/// The number of a secret's latest value.
pub(super) fn current(file: &SecretFile) -> Option<u64> {
    let versions = file.versions.iter().flatten();
    let current = versions.clone().filter(|version| version.status == Some(VersionStatus::Current));
    current.filter_map(|version| version.version).max().or_else(|| versions.filter_map(|version| version.version).max())
}

/// Where a value is, if it is not in the company's own files.
pub(super) fn elsewhere(file: &SecretFile) -> Option<Wanted> {
    let reference = file.reference.as_ref()?;
    match (&reference.command, &reference.id) {
        (Some(command), _) => Some(Wanted::Command(command.clone())),
        (None, Some(id)) => {
            Some(Wanted::Id { id: id.clone(), version: reference.version.clone(), field: reference.field.clone() })
        }
        (None, None) => None,
    }
}

pub(super) fn key(name: &str) -> KeyPath {
    KeyPath::default().key(name)
}

pub(super) fn set(name: &str, value: Text) -> Edit {
    Edit::Set(key(name), value)
}
