//! Giving a secret a value, replacing it, disabling, deleting: each one commit.
//!
//! The latest value lies in `secrets/<NAME>.age`. When it is replaced, its sealed text moves as it is to
//! `secrets/<NAME>.<version>.age`, where it stays until the value after that comes, or as long as somebody is bound to
//! that version.

use super::error::SafeError;
use super::recipients::is_sealed_for;
use super::safe::{Draft, Made, Safe, current, elsewhere, key, path_of, sealed_path, set};
use crate::format::kind::{SecretFile, VersionStatus};
use crate::format::patch::{Edit, Value as Text};
use crate::model::authority::Act;
use crate::model::secret::{FINGERPRINT_KEY, RESERVED_PREFIX, SecretStatus};
use crate::model::{Choice as _, Interval, SecretName, Slug};
use crate::secrets::{FingerprintKey, Identity, Recipient, Value, seal};
use jiff::Timestamp;

/// What comes with a value.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// What the secret is for.
    pub description: Option<String>,
    /// How long a value is good.
    pub rotate_every: Option<Interval>,
    /// When this one should be replaced.
    pub rotate_by: Option<Timestamp>,
}

/// Where a value is that stays elsewhere.
#[derive(Debug, Clone)]
pub struct Reference {
    /// The provider.
    pub provider: String,
    /// For `command`: the program and its arguments.
    pub command: Vec<String>,
}

/// What a change of a value came to.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The commit.
    pub made: Made,
    /// The version that is the latest now.
    pub version: u64,
    /// Names of other secrets that have the same value.
    pub same_as: Vec<String>,
}

impl Safe {
    /// Gives a secret a value: a new secret, or a further version of one that is there.
    ///
    /// # Errors
    /// [`SafeError`].
    pub fn set(&mut self, name: &SecretName, value: &Value, wish: &Wish) -> Result<Kept, SafeError> {
        self.give(&[(name.clone(), value.clone())], wish, None)
    }

    /// Replaces the value of a secret that is there; one that is the same is refused.
    ///
    /// # Errors
    /// [`SafeError`].
    pub fn rotate(&mut self, name: &SecretName, value: &Value, wish: &Wish) -> Result<Kept, SafeError> {
        let file = self.known(name)?;
        if elsewhere(file).is_some() {
            let message = format!("the value of {name} is not kept here: `{}` has it", self.provider_of(file));
            return Err(SafeError::refused(message, "replace it there"));
        }
        let (identity, latest) = (self.identity()?, file.fingerprint.clone());
        if latest.as_deref() == Some(&self.fingerprints(&identity)?.of(value)) {
            let message = format!("that is the value {name} has already");
            return Err(SafeError::refused(message, "make a new one where it is used, and give that"));
        }
        self.give(&[(name.clone(), value.clone())], wish, None)
    }

    /// Gives several secrets their values in one commit.
    ///
    /// # Errors
    /// [`SafeError`].
    pub fn set_all(&mut self, values: &[(SecretName, Value)], from: &str) -> Result<Kept, SafeError> {
        self.give(values, &Wish::default(), Some(from))
    }

    fn give(&mut self, values: &[(SecretName, Value)], wish: &Wish, from: Option<&str>) -> Result<Kept, SafeError> {
        self.allow(Act::Configure)?;
        for (name, _) in values {
            not_reserved(name)?;
        }
        let identity = self.identity()?;
        let mut version = 0;
        let mut same_as = Vec::new();
        let made = self.commit(|safe| {
            let sealed_for = safe.for_whom()?;
            let fingerprints = safe.fingerprints(&identity)?;
            let mut draft = Draft::new(match (values, from) {
                ([(name, _)], None) if safe.known(name).is_ok() => format!("{} gives {name} a new value", safe.by),
                ([(name, _)], None) => format!("{} adds the secret {name}", safe.by),
                (_, from) => format!("{} adds {} secrets from {}", safe.by, values.len(), from.unwrap_or("a file")),
            });
            if values.len() > 1 {
                draft.body = values.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
            }
            same_as.clear();
            for (name, value) in values {
                let fingerprint = fingerprints.of(value);
                same_as
                    .extend(safe.names_with(&fingerprint).filter(|other| other != name).map(|name| name.to_string()));
                version = safe.next(&mut draft, name, (value, &fingerprint), (&sealed_for, &identity), wish)?;
            }
            Ok(draft)
        })?;
        Ok(Kept { made, version, same_as })
    }

    /// Adds the next version of a value to a change, and says which it is.
    fn next(
        &self,
        draft: &mut Draft,
        name: &SecretName,
        (value, fingerprint): (&Value, &str),
        (sealed_for, identity): (&[(Slug, Recipient)], &Identity),
        wish: &Wish,
    ) -> Result<u64, SafeError> {
        let path = path_of(name);
        let none = SecretFile::default();
        let file = self.file(name).unwrap_or(&none);
        let deleted = file.status == Some(SecretStatus::Deleted);
        let latest = current(file);
        let mut edits = described(wish, file, self.now);
        if !deleted && elsewhere(file).is_none() && file.fingerprint.as_deref() == Some(fingerprint) {
            // The same value: nothing is sealed anew, and it is no new version.
            draft.edit(self, &path, &edits)?;
            return Ok(latest.unwrap_or(1));
        }
        let version = latest.unwrap_or(0) + 1;
        let sealed = sealed_path(name, None);
        let before = draft.now(self, &sealed)?;
        let recipients: Vec<Recipient> = sealed_for.iter().map(|(_, recipient)| recipient.clone()).collect();
        let same = is_sealed_for(file, sealed_for);
        // The file tells one list of recipients for all that is kept: an earlier version that stays is sealed for those as well.
        let anew = |text: String, pinned: bool| match (same, seal::open(text.as_bytes(), identity)) {
            (true, _) => Ok(Some(text)),
            (false, Ok(value)) => seal::seal(&value, &recipients).map(Some),
            (false, Err(error)) if pinned => Err(error),
            // Nobody needs it, and nobody can seal it anew.
            (false, Err(_)) => Ok(None),
        };
        for (at, old) in file.versions.iter().flatten().enumerate() {
            let Some(number) = old.version else { continue };
            let pinned = file.bindings.iter().flatten().any(|binding| binding.version == Some(number));
            let status =
                |word: VersionStatus| Edit::Set(key("versions").index(at).key("status"), Text::text(word.word()));
            let earlier = sealed_path(name, Some(number));
            match old.status {
                _ if Some(number) == latest && !deleted && before.is_some() => {
                    let kept = before.clone().map_or(Ok(None), |text| anew(text, pinned));
                    let kept = kept.map_err(|source| SafeError::Seal { path: sealed.clone(), source })?;
                    let word = if kept.is_some() { VersionStatus::Previous } else { VersionStatus::Destroyed };
                    draft.put(self, &earlier, kept)?;
                    edits.push(status(word));
                }
                Some(VersionStatus::Previous) if pinned => {
                    if let Some(text) = draft.now(self, &earlier)?.filter(|_| !same) {
                        let kept = anew(text, pinned);
                        let kept = kept.map_err(|source| SafeError::Seal { path: earlier.clone(), source })?;
                        draft.put(self, &earlier, kept)?;
                    }
                }
                Some(VersionStatus::Destroyed) => {}
                _ => {
                    if draft.now(self, &earlier)?.is_some() {
                        draft.put(self, &earlier, None)?;
                    }
                    edits.push(status(VersionStatus::Destroyed));
                }
            }
        }
        let text = seal::seal(value, &recipients).map_err(|source| SafeError::Seal { path: sealed.clone(), source })?;
        draft.put(self, &sealed, Some(text))?;
        if file.status.is_some() || deleted {
            edits.push(set("status", Text::text(SecretStatus::Active.word())));
        }
        for gone in ["to_be_rotated", "deleted", "recover_until"] {
            if present(file, gone) {
                edits.push(Edit::Remove(key(gone)));
            }
        }
        // It is kept here from now on.
        for gone in ["provider", "reference", "vault"] {
            if elsewhere(file).is_some() && present(file, gone) {
                edits.push(Edit::Remove(key(gone)));
            }
        }
        let one = vec![
            ("version".to_owned(), Text::Bare(version.to_string())),
            ("status".to_owned(), Text::text(VersionStatus::Current.word())),
            ("created".to_owned(), Text::text(self.now.to_string())),
            ("by".to_owned(), Text::text(self.by.as_str())),
            ("fingerprint".to_owned(), Text::text(fingerprint)),
        ];
        edits.push(Edit::Append(key("versions"), Text::Map(one)));
        edits.push(set("fingerprint", Text::text(fingerprint)));
        edits.push(set("recipients", sealed_list(sealed_for)));
        draft.edit(self, &path, &edits)?;
        Ok(version)
    }

    /// Names a secret whose value stays elsewhere.
    ///
    /// # Errors
    /// [`SafeError`].
    pub fn refer(&mut self, name: &SecretName, reference: &Reference, wish: &Wish) -> Result<Made, SafeError> {
        self.allow(Act::Configure)?;
        not_reserved(name)?;
        self.commit(|safe| {
            let none = SecretFile::default();
            let file = safe.file(name).unwrap_or(&none);
            let is_here = elsewhere(file).is_none() && file.versions.iter().flatten().next().is_some();
            if file.status != Some(SecretStatus::Deleted) && is_here {
                let message = format!("the value of {name} is kept here");
                return Err(SafeError::refused(message, format!("`corp secret delete {name}` first")));
            }
            let mut draft = Draft::new(format!("{} takes the secret {name} from `{}`", safe.by, reference.provider));
            let mut edits = described(wish, file, safe.now);
            let words = reference.command.iter().map(Text::text).collect();
            edits.push(set("provider", Text::text(&reference.provider)));
            edits.push(set("reference", Text::Map(vec![("command".to_owned(), Text::List(words))])));
            // What a value that was kept here had, or one that was elsewhere.
            for gone in ["vault", "deleted", "recover_until", "to_be_rotated", "fingerprint", "recipients"] {
                if present(file, gone) {
                    edits.push(Edit::Remove(key(gone)));
                }
            }
            if file.status.is_some() {
                edits.push(set("status", Text::text(SecretStatus::Active.word())));
            }
            draft.edit(safe, &path_of(name), &edits)?;
            Ok(draft)
        })
    }

    /// Has nobody be given a secret, or has it be given again.
    ///
    /// # Errors
    /// [`SafeError`].
    pub fn able(&mut self, name: &SecretName, usable: bool) -> Result<Made, SafeError> {
        self.allow(Act::Configure)?;
        not_reserved(name)?;
        let status = if usable { SecretStatus::Active } else { SecretStatus::Disabled };
        self.commit(|safe| {
            let file = safe.known(name)?;
            let verb = if usable { "enables" } else { "disables" };
            let mut draft = Draft::new(format!("{} {verb} the secret {name}", safe.by));
            if file.status.unwrap_or(SecretStatus::Active) != status {
                draft.edit(safe, &path_of(name), &[set("status", Text::text(status.word()))])?;
            }
            Ok(draft)
        })
    }

    /// Deletes a secret nobody is bound to: its values leave the files, not the history, and its name is free.
    ///
    /// # Errors
    /// [`SafeError`]; also where somebody is bound to it, with who.
    pub fn delete(&mut self, name: &SecretName) -> Result<Made, SafeError> {
        self.allow(Act::Configure)?;
        not_reserved(name)?;
        self.commit(|safe| {
            let file = safe.known(name)?;
            let users = safe.users(name);
            if !users.is_empty() {
                let message = format!("{name} is in use: {}", users.join(", "));
                return Err(SafeError::refused(
                    message,
                    format!(
                        "take it from them first: `corp secret unbind {name} WHO`; or `corp secret disable {name}`"
                    ),
                ));
            }
            let mut draft = Draft::new(format!("{} deletes the secret {name}", safe.by));
            let versions = file.versions.iter().flatten().filter_map(|version| version.version);
            let paths = versions.map(|version| sealed_path(name, Some(version))).chain([sealed_path(name, None)]);
            for path in paths {
                if safe.text(&path)?.is_some() {
                    draft.put(safe, &path, None)?;
                }
            }
            let mut edits = vec![
                set("status", Text::text(SecretStatus::Deleted.word())),
                set("deleted", Text::text(safe.now.to_string())),
            ];
            let destroyed = |(at, _)| {
                Edit::Set(key("versions").index(at).key("status"), Text::text(VersionStatus::Destroyed.word()))
            };
            edits.extend(file.versions.iter().flatten().enumerate().map(destroyed));
            if present(file, "to_be_rotated") {
                edits.push(Edit::Remove(key("to_be_rotated")));
            }
            draft.edit(safe, &path_of(name), &edits)?;
            Ok(draft)
        })
    }

    /// Whom values are sealed for now.
    pub(super) fn for_whom(&self) -> Result<Vec<(Slug, Recipient)>, SafeError> {
        let found = self.recipients()?;
        if found.is_empty() { Err(SafeError::NoRecipients) } else { Ok(found) }
    }

    fn names_with<'s>(&'s self, fingerprint: &'s str) -> impl Iterator<Item = SecretName> + 's {
        self.names()
            .filter(move |name| self.file(name).is_some_and(|file| file.fingerprint.as_deref() == Some(fingerprint)))
    }

    /// Makes the key of fingerprints as part of a change, if there is none yet.
    pub(super) fn with_fingerprint_key(
        &self,
        draft: &mut Draft,
        sealed_for: (&[(Slug, Recipient)], &Identity),
        fresh: &Value,
    ) -> Result<(), SafeError> {
        let name = Self::name(FINGERPRINT_KEY)?;
        if self.file(&name).is_some() {
            return Ok(());
        }
        let fingerprint = FingerprintKey::new(fresh.clone()).of(fresh);
        let description = "fingerprints of the company's other secrets are made with this; no run gets it".to_owned();
        let wish = Wish { description: Some(description), ..Wish::default() };
        self.next(draft, &name, (fresh, &fingerprint), sealed_for, &wish)?;
        Ok(())
    }
}

/// What is said beside a value.
fn described(wish: &Wish, file: &SecretFile, now: Timestamp) -> Vec<Edit> {
    let mut edits = Vec::new();
    if let Some(description) = &wish.description {
        edits.push(set("description", Text::text(description)));
    }
    if let Some(every) = wish.rotate_every {
        edits.push(set("rotate_every", Text::text(every.to_string())));
    }
    let every = wish.rotate_every.or(file.rotate_every);
    let by_then = every.and_then(|every| {
        let span = jiff::SignedDuration::from_millis(i64::try_from(every.ms()).ok()?);
        now.checked_add(span).ok()
    });
    match wish.rotate_by.or(by_then) {
        Some(at) => edits.push(set("rotate_by", Text::text(at.to_string()))),
        // The date was that of the value before.
        None if file.rotate_by.is_some_and(|at| at.0 <= now) => edits.push(Edit::Remove(key("rotate_by"))),
        None => {}
    }
    edits
}

fn present(file: &SecretFile, key: &str) -> bool {
    match key {
        "to_be_rotated" => file.to_be_rotated.is_some(),
        "deleted" => file.deleted.is_some(),
        "recover_until" => file.recover_until.is_some(),
        "provider" => file.provider.is_some(),
        "reference" => file.reference.is_some(),
        "vault" => file.vault.is_some(),
        "fingerprint" => file.fingerprint.is_some(),
        "recipients" => file.recipients.is_some(),
        _ => false,
    }
}

pub(super) fn sealed_list(sealed_for: &[(Slug, Recipient)]) -> Text {
    let one = |(id, recipient): &(Slug, Recipient)| {
        Text::Map(vec![
            ("id".to_owned(), Text::text(id.as_str())),
            ("key".to_owned(), Text::text(recipient.to_string())),
        ])
    };
    Text::List(sealed_for.iter().map(one).collect())
}

/// Names that begin as the program's own are not for people.
pub(super) fn not_reserved(name: &SecretName) -> Result<(), SafeError> {
    if name.as_str().starts_with(RESERVED_PREFIX) {
        let why = format!("names that begin with `{RESERVED_PREFIX}` are the program's own");
        return Err(SafeError::Name { name: name.to_string(), why });
    }
    // Of what a program finds by these names, nobody would think of a secret.
    if ["PATH", "HOME", "LANG", "TERM", "SHELL", "USER", "TMPDIR", "LD_PRELOAD", "AGENT_HOME"].contains(&name.as_str())
    {
        let why = "programs expect something else under that name".to_owned();
        return Err(SafeError::Name { name: name.to_string(), why });
    }
    Ok(())
}

/// Where the value of a version lies, for those who look for what should be there.
pub(super) fn place_of(name: &SecretName, file: &SecretFile, version: Option<u64>) -> String {
    sealed_path(name, version.filter(|version| Some(*version) != current(file)))
}
