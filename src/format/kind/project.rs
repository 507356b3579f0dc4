//! `PROJECT.md`: where work is done (`agentcompanies/v1`).

use super::shared::{Metadata, Source};
use crate::record;

record! {
    /// The front matter of `PROJECT.md`. The body says what the project is about.
    pub struct ProjectFile {
        /// The project's name.
        "name" => name: String;
        /// What the project is about, in one sentence.
        "description" => description: String;
        /// The project's slug; the folder's name counts.
        "slug" => slug: String;
        /// The agent or person who answers for it.
        "owner" => owner: String;
        /// Paths of parts that belong to it.
        "includes" => includes: Vec<String>;
        /// The format of the package, in a root file.
        "schema" => schema: String;
        /// `project`, if the file name does not say it.
        "kind" => kind: String;
        /// The version of the project.
        "version" => version: String;
        /// Its licence, as an SPDX expression.
        "license" => license: String;
        /// Words to find it by.
        "tags" => tags: Vec<String>;
        /// Where it comes from.
        "sources" => sources: Vec<Source>;
        /// Anything else.
        "metadata" => metadata: Metadata;
    }
}
