//! What is shown of secrets, as rows: never a value.

use super::safe::{Safe, current, elsewhere};
use crate::model::secret::{RESERVED_PREFIX, SecretStatus};
use crate::model::{Choice as _, SecretName};
use serde::Serialize;

/// A secret as it is listed.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// `active`, `disabled` or `deleted`.
    pub status: String,
    /// Where its value is.
    pub provider: String,
    /// The version that is the latest.
    pub version: Option<u64>,
    /// Who may use it.
    pub users: Vec<String>,
    /// What it is for.
    pub description: Option<String>,
    /// When it should be replaced.
    pub rotate_by: Option<String>,
    /// Whether that is past.
    pub late: bool,
    /// Why it must be replaced, if it must.
    pub to_be_rotated: Option<String>,
    /// Whether it is the program's own.
    pub own: bool,
}

/// A version of a secret.
#[derive(Debug, Clone, Serialize)]
pub struct VersionRow {
    /// Its number.
    pub version: u64,
    /// Where it stands.
    pub status: String,
    /// When it was made.
    pub created: Option<String>,
    /// Who made it.
    pub by: Option<String>,
    /// By which equal values are told.
    pub fingerprint: Option<String>,
}

/// Somebody who can open the company's secrets.
#[derive(Debug, Clone, Serialize)]
pub struct RecipientRow {
    /// The person or machine.
    pub id: String,
    /// The public key.
    pub key: String,
    /// Whether it is one of this account's.
    pub own: bool,
    /// How many secrets are not sealed for it yet.
    pub missing: usize,
}

impl Safe {
    /// The company's secrets.
    pub fn rows(&self, deleted: bool) -> Vec<Row> {
        let all = self.force.draft().secrets.iter().map(|(path, file)| (path, file.as_ref()));
        let row = |(path, file): (&String, &crate::format::kind::SecretFile)| {
            use crate::model::Scalar as _;
            let name = SecretName::parse(crate::format::layout::locate(path).name).ok()?;
            let status = file.status.unwrap_or(SecretStatus::Active);
            if status == SecretStatus::Deleted && !deleted {
                return None;
            }
            Some(Row {
                status: status.word().to_owned(),
                provider: self.provider_of(file),
                version: elsewhere(file).is_none().then(|| current(file)).flatten(),
                users: self.users(&name),
                description: file.description.clone(),
                rotate_by: file.rotate_by.map(|at| at.0.to_string()),
                late: file.rotate_by.is_some_and(|at| at.0 <= self.now),
                to_be_rotated: file.to_be_rotated.clone(),
                own: name.as_str().starts_with(RESERVED_PREFIX),
                name: name.to_string(),
            })
        };
        all.filter_map(row).collect()
    }

    /// The versions of a secret, latest first.
    pub fn versions(&self, name: &SecretName) -> Vec<VersionRow> {
        let versions = self.file(name).and_then(|file| file.versions.as_ref()).into_iter().flatten();
        let mut rows: Vec<VersionRow> = versions
            .filter_map(|version| {
                Some(VersionRow {
                    version: version.version?,
                    status: version.status.map_or("current", |status| status.word()).to_owned(),
                    created: version.created.map(|at| at.0.to_string()),
                    by: version.by.as_ref().map(ToString::to_string),
                    fingerprint: version.fingerprint.clone(),
                })
            })
            .collect();
        rows.reverse();
        rows
    }

    /// Who can open the company's secrets, and who is to.
    ///
    /// # Errors
    /// A key cannot be used.
    pub fn recipient_rows(&self) -> Result<Vec<RecipientRow>, super::SafeError> {
        let own: Vec<String> = match self.identity() {
            Ok(identity) => identity.recipients().iter().map(ToString::to_string).collect(),
            Err(_) => Vec::new(),
        };
        let rows = self.recipients()?.into_iter().map(|(id, recipient)| {
            let key = recipient.to_string();
            let lacks = |name: &SecretName| {
                self.file(name).is_some_and(|file| {
                    elsewhere(file).is_none()
                        && !file.recipients.iter().flatten().any(|sealed| sealed.key.as_deref() == Some(key.as_str()))
                })
            };
            let missing = self.names().filter(lacks).count();
            RecipientRow { id: id.to_string(), own: own.contains(&key), missing, key }
        });
        Ok(rows.collect())
    }
}
