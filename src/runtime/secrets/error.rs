//! [`SafeError`]: why something about a secret was not done, and what to type next.

use crate::engine::Refusal;
use crate::format::patch;
use crate::secrets::{IdentityError, ProviderError, SealError};
use crate::store::force::ForceError;
use crate::store::writer::WriteError;

/// Why something about a secret was not done.
#[derive(Debug, thiserror::Error)]
pub enum SafeError {
    /// This account has no identity that can be used.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Whoever asks may not.
    #[error("{0}")]
    NotAllowed(Box<Refusal>),
    /// Whoever asks has no name.
    #[error("git has no name for you")]
    Nameless,
    /// A name cannot be a secret's.
    #[error("`{name}` is no name of a secret: {why}")]
    Name {
        /// The name.
        name: String,
        /// Why not.
        why: String,
    },
    /// There is none of that name.
    #[error("there is no secret {name}")]
    None {
        /// The name.
        name: String,
        /// One that was probably meant.
        near: Option<String>,
    },
    /// It is not as it must be for this.
    #[error("{message}")]
    Refused {
        /// What is wrong.
        message: String,
        /// What to type next.
        hint: String,
    },
    /// Nobody can open the company's secrets yet.
    #[error("nobody can open this company's secrets yet")]
    NoRecipients,
    /// A public key cannot be used.
    #[error("the key of {id} cannot be used: {source}")]
    Recipient {
        /// Whose.
        id: String,
        /// Why.
        source: SealError,
    },
    /// A value cannot be opened.
    #[error("{path} cannot be opened: {source}")]
    Seal {
        /// The file.
        path: String,
        /// Why.
        source: SealError,
    },
    /// A value's provider did not give it.
    #[error("{name} could not be had from `{provider}`: {source}")]
    Provider {
        /// The secret.
        name: String,
        /// The provider.
        provider: String,
        /// Why.
        source: ProviderError,
    },
    /// A file cannot be changed.
    #[error("{path}: {source}")]
    Patch {
        /// The file.
        path: String,
        /// Why.
        source: Box<patch::PatchError>,
    },
    /// The company cannot be read.
    #[error("the company could not be read: {0}")]
    Force(#[from] ForceError),
    /// The change could not be committed.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl SafeError {
    pub(super) fn refused(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Refused { message: message.into(), hint: hint.into() }
    }

    /// What to type next, if there is something.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Identity(error) => Some(error.hint()),
            Self::Nameless => Some("`git config user.name NAME` tells it".to_owned()),
            Self::None { near: Some(near), .. } => Some(format!("did you mean {near}?")),
            Self::None { near: None, name } => Some(format!("`corp secret set {name}` makes it")),
            Self::Refused { hint, .. } if hint.is_empty() => None,
            Self::Refused { hint, .. } => Some(hint.clone()),
            Self::NoRecipients => Some("`corp secret init` makes a key for this account".to_owned()),
            Self::Seal { source: SealError::Others, .. } => Some(
                "ask somebody who can open it: `corp secret recipients add NAME KEY`, with the key `corp secret init` shows"
                    .to_owned(),
            ),
            Self::Seal { .. } => Some("`corp log` shows who changed it last; `corp restore FILE@REV` brings it back".to_owned()),
            Self::Name { .. } => Some("write capitals, digits and `_`, such as `GH_TOKEN`".to_owned()),
            Self::Patch { source, .. } => Some(source.help.clone()),
            Self::Provider { source, .. } => source.hint(),
            Self::NotAllowed(_) | Self::Recipient { .. } | Self::Force(_) | Self::Write(_) => None,
        }
    }
}
