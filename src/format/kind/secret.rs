//! `secrets/<NAME>.yaml`: who may use a secret. The value is in `<NAME>.age`, or in a vault.

use crate::format::record::choice_fields;
use crate::model::time::Instant;
use crate::model::{Interval, Slug};
use crate::{choice, record};

pub use crate::model::secret::{SecretDelivery, SecretStatus};

record! {
    /// Who may use a secret, and where its value is: `secrets/<NAME>.yaml`.
    pub struct SecretFile {
        /// What it is for.
        "description" => description: String;
        /// Whether it may be used. Default `active`.
        "status" => status: SecretStatus;
        /// Where the value is: `age` (in the file beside this one), `command`, or a vault's provider. Default `age`.
        "provider" => provider: String;
        /// The vault, if the value is not here.
        "vault" => vault: Slug;
        /// Where in the vault, or which command.
        "reference" => reference: ExternalReference;
        /// Who may use it.
        "bindings" => bindings: Vec<Binding>;
        /// The versions so far, oldest first.
        "versions" => versions: Vec<SecretVersion>;
        /// Keyed hash of the value, to see whether two are equal.
        "fingerprint" => fingerprint: String;
        /// Whom the value is sealed for: people of the board and machines. The program's.
        "recipients" => recipients: Vec<SealedFor>;
        /// How long a value is good; a new one gets `rotate_by` from it.
        "rotate_every" => rotate_every: Interval;
        /// When it should be replaced.
        "rotate_by" => rotate_by: Instant;
        /// Why it must be replaced, if it must.
        "to_be_rotated" => to_be_rotated: String;
        /// When it was deleted; its name is free again.
        "deleted" => deleted: Instant;
        /// Until when a deleted one can be brought back at its provider.
        "recover_until" => recover_until: Instant;
    }
}

record! {
    /// Somebody who may use a secret.
    pub struct Binding {
        /// An agent.
        "agent" => agent: Slug;
        /// Runs on a project.
        "project" => project: Slug;
        /// Runs of a routine.
        "routine" => routine: Slug;
        /// The version that is used. Default: the latest.
        "version" => version: u64;
        /// Whether a run needs it to start. Default true.
        "required" => required: bool;
        /// How a run gets it. Default `file`.
        "as" => delivery: SecretDelivery;
    }
    exactly_one ["agent", "project", "routine"]
}

record! {
    /// Where a value is, if it is not here.
    pub struct ExternalReference {
        /// Its name or address at the provider.
        "id" => id: String;
        /// Its version or stage there.
        "version" => version: String;
        /// A field of a structured value.
        "field" => field: String;
        /// For `command`: the program and its arguments.
        "command" => command: Vec<String>;
        /// Whether the program made it there, and so may change and delete it. Default false: it is only read.
        "managed" => managed: bool;
    }
    exactly_one ["id", "command"]
}

record! {
    /// One version of a secret.
    pub struct SecretVersion {
        /// Its number, from 1.
        "version" => version: u64, required;
        /// Where it stands.
        "status" => status: VersionStatus;
        /// When it was made.
        "created" => created: Instant;
        /// Who made it.
        "by" => by: Slug;
        /// Keyed hash of its value.
        "fingerprint" => fingerprint: String;
        /// Its version at a provider elsewhere.
        "provider_version" => provider_version: String;
    }
}

record! {
    /// Somebody a value is sealed for.
    pub struct SealedFor {
        /// The person or machine.
        "id" => id: Slug, required;
        /// The public key.
        "key" => key: String, required;
    }
}

choice! {
    /// Where a version of a secret stands.
    pub enum VersionStatus {
        "pending" => Pending, "current" => Current, "previous" => Previous, "disabled" => Disabled, "destroyed" => Destroyed,
    }
}

choice_fields!(SecretStatus, SecretDelivery, VersionStatus);
