//! `COMPANY.md`: name, mission and goals of the company (`agentcompanies/v1`).

use super::shared::{Author, Metadata, Source};
use crate::model::Slug;
use crate::record;

record! {
    /// The front matter of `COMPANY.md`. The body is the mission: every agent's prompt begins with it.
    pub struct CompanyFile {
        /// The company's name.
        "name" => name: String, required;
        /// What the company does, in one sentence.
        "description" => description: String;
        /// The company's short name.
        "slug" => slug: Slug;
        /// The format of the package: `agentcompanies/v1`.
        "schema" => schema: String;
        /// `company`, if the file name does not say it.
        "kind" => kind: String;
        /// The version of the package.
        "version" => version: String;
        /// The licence of the package, as an SPDX expression.
        "license" => license: String;
        /// Who wrote the package.
        "authors" => authors: Vec<Author>;
        /// Where to read more.
        "homepage" => homepage: String;
        /// Words to find the package by.
        "tags" => tags: Vec<String>;
        /// What the company wants to reach, one sentence each.
        "goals" => goals: Vec<String>;
        /// Paths of parts that the usual folders do not hold.
        "includes" => includes: Vec<String>;
        /// What the company needs to run.
        "requirements" => requirements: Requirements;
        /// Where parts of the package come from.
        "sources" => sources: Vec<Source>;
        /// Anything else.
        "metadata" => metadata: Metadata;
    }
}

record! {
    /// What a company needs to run.
    pub struct Requirements {
        /// Names of the secrets it wants.
        "secrets" => secrets: Vec<String>;
    }
}
