//! `TEAM.md`: a group of agents (`agentcompanies/v1`).

use super::shared::{Author, Metadata, Source};
use crate::record;

record! {
    /// The front matter of `TEAM.md`. The body says what the team is for.
    pub struct TeamFile {
        /// The team's name.
        "name" => name: String;
        /// What the team does, in one sentence.
        "description" => description: String;
        /// The team's slug; the folder's name counts.
        "slug" => slug: String;
        /// The format of the package, in a root file.
        "schema" => schema: String;
        /// `team`, if the file name does not say it.
        "kind" => kind: String;
        /// The path of the leading agent's AGENTS.md, relative to this file, or its slug.
        "manager" => manager: String;
        /// Paths of members' AGENTS.md, of teams and of skills, relative to this file.
        "includes" => includes: Vec<String>;
        /// The version of the team.
        "version" => version: String;
        /// Its licence, as an SPDX expression.
        "license" => license: String;
        /// Who wrote it.
        "authors" => authors: Vec<Author>;
        /// Where to read more.
        "homepage" => homepage: String;
        /// Words to find it by.
        "tags" => tags: Vec<String>;
        /// Where it comes from.
        "sources" => sources: Vec<Source>;
        /// Anything else.
        "metadata" => metadata: Metadata;
    }
}
