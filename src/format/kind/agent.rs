//! `AGENTS.md`: who an agent is (`agentcompanies/v1`).

use super::shared::{Author, Metadata, Source};
use crate::format::record::Anything;
use crate::record;

record! {
    /// The front matter of `AGENTS.md`. The body is the agent's instructions.
    pub struct AgentFile {
        /// The agent's name, as people say it.
        "name" => name: String;
        /// The agent's job title.
        "title" => title: String;
        /// The slug of the agent it reports to; nothing at the top.
        "reportsTo" => reports_to: String;
        /// Short names of the skills it has.
        "skills" => skills: Vec<String>;
        /// Papers beside this file that belong to its instructions.
        "docs" => docs: Anything;
        /// The agent's slug; the folder's name counts.
        "slug" => slug: String;
        /// What the agent is for, in one sentence.
        "description" => description: String;
        /// What it does in the company; `agent.yaml` counts if it says something else.
        "role" => role: String;
        /// `agent`, if the file name does not say it.
        "kind" => kind: String;
        /// The format of the package, in a root file.
        "schema" => schema: String;
        /// The version of the agent.
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
