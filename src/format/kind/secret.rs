//! `secrets/<NAME>.yaml`: who may use a secret. The value is in `<NAME>.age`, or in a vault.

use crate::format::record::choice_fields;
use crate::model::Slug;
use crate::model::time::Instant;
use crate::{choice, record};

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
        /// When it should be replaced.
        "rotate_by" => rotate_by: Instant;
        /// Why it must be replaced, if it must.
        "to_be_rotated" => to_be_rotated: String;
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
        /// Whether a run starts without it. Default true.
        "required" => required: bool;
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
    }
}

choice! {
    /// Whether a secret may be used.
    pub enum SecretStatus { "active" => Active, "disabled" => Disabled, "deleted" => Deleted }
}

choice! {
    /// Where a version of a secret stands.
    pub enum VersionStatus {
        "pending" => Pending, "current" => Current, "previous" => Previous, "disabled" => Disabled, "destroyed" => Destroyed,
    }
}

choice_fields!(SecretStatus, VersionStatus);
