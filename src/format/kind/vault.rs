//! `vaults/<id>.yaml`: a place where secrets may live instead. Holds no credentials.

use crate::format::record::choice_fields;
use crate::{choice, record};
use std::collections::BTreeMap;

record! {
    /// A place where secrets may live instead of this repository: `vaults/<id>.yaml`. Holds no credentials.
    pub struct VaultFile {
        /// The kind of place, such as `aws_secrets_manager`.
        "provider" => provider: String, required;
        /// Whether it is used. Default `active`.
        "status" => status: VaultStatus;
        /// Whether new secrets go there.
        "default" => default: bool;
        /// Its name, for people.
        "name" => name: String;
        /// Its region.
        "region" => region: String;
        /// Its address, if not the usual one.
        "endpoint" => endpoint: String;
        /// What the names of secrets there begin with.
        "prefix" => prefix: String;
        /// Its namespace.
        "namespace" => namespace: String;
        /// The key that encrypts there, by id.
        "kms_key_id" => kms_key_id: String;
        /// The profile of the operator's own configuration that is used.
        "profile" => profile: String;
        /// Tags put on secrets there.
        "tags" => tags: BTreeMap<String, String>;
    }
}

choice! {
    /// Whether a vault is used.
    pub enum VaultStatus { "active" => Active, "disabled" => Disabled, "coming_soon" => ComingSoon }
}

choice_fields!(VaultStatus);
