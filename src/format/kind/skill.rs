//! `SKILL.md`: something an agent knows how to do (Agent Skills).

use super::shared::Metadata;
use crate::format::record::Anything;
use crate::record;

record! {
    /// The front matter of `SKILL.md`. The body is read by the agent when it needs the skill.
    pub struct SkillFile {
        /// The skill's short name.
        "name" => name: String;
        /// What it does and when to use it; this is what the agent sees first.
        "description" => description: String;
        /// The skill's slug; the folder's name counts.
        "slug" => slug: String;
        /// Its licence.
        "license" => license: String;
        /// What it needs around it.
        "compatibility" => compatibility: String;
        /// Tools it may use without asking.
        "allowed-tools" => allowed_tools: Anything;
        /// Its version.
        "version" => version: String;
        /// Who wrote it.
        "author" => author: String;
        /// Where to read more.
        "homepage" => homepage: String;
        /// Words to find it by.
        "tags" => tags: Anything;
        /// Whether people may call it by name.
        "user-invocable" => user_invocable: bool;
        /// Whether the model may not use it by itself.
        "disable-model-invocation" => disable_model_invocation: bool;
        /// What its argument is, for people.
        "argument-hint" => argument_hint: String;
        /// The model it wants.
        "model" => model: String;
        /// Where it comes from and what else programs keep here.
        "metadata" => metadata: Metadata;
    }
}
