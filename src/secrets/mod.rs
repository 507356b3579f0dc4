//! Values nobody else may read: held in memory, sealed for the people and machines of a company in age's format, opened
//! with this account's identity, fetched from where else they may live.
//!
//! | file | holds |
//! | --- | --- |
//! | [`value`] | a value that no message, no log and no `Debug` can show |
//! | [`seal`] | age: sealing for several recipients, opening, in files that the `age` program reads and writes |
//! | [`identity`] | this account's key: where it lies, who may read it, its copy |
//! | [`ssh`] | keys of ssh, as the `age` program takes them |
//! | [`fingerprint`] | telling whether two values are equal without saying anything about either |
//! | [`mac`] | the code by which messages are signed and fingerprints made |
//! | [`provider`] | where values come from: the company's own files, a command, later a vault of somebody else's |
//!
//! Which file of a company says what, who may change it and who is given a value is decided elsewhere
//! (`format::kind::secret`, `runtime::secrets`). Hiding values in what is written is [`crate::redact::live`].

pub mod fingerprint;
pub mod identity;
pub mod mac;
pub mod provider;
pub mod seal;
pub mod ssh;
pub mod value;

pub use fingerprint::FingerprintKey;
pub use identity::{Identity, IdentityError};
pub use provider::{Provider, ProviderError};
pub use seal::{Recipient, SealError};
pub use value::{Value, ValueError};
