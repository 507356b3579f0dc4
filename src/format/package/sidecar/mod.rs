//! `.paperclip.yaml` (`paperclip/v1`) as types with places. What becomes of it is [`super::paperclip`]'s business.
//!
//! The file comes from outside and is another program's: what cannot be read is a warning and is left out,
//! only a text that is no YAML is an error. Values that may be secret are never quoted, nor is their line shown.

mod hidden;

use super::Tree;
use crate::diag::{Diagnostic, KeyPath, Place, Severity};
use crate::format::document;
use crate::format::record::{Anything, Field, Parts, Reader, Record};
use crate::format::yaml::{self, Data, Node};
use crate::record;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::ops::Range;

/// The names under which a sidecar is looked for, in this order.
pub(super) const SIDECAR_NAMES: [&str; 2] = [".paperclip.yaml", ".paperclip.yml"];

/// A sidecar that was read.
#[derive(Debug)]
pub(super) struct Sidecar<'a> {
    /// Its path in the package.
    pub(super) path: &'static str,
    /// What it says.
    pub(super) content: Content,
    /// Its values with their places.
    root: Node<'a>,
    /// What could not be used.
    pub(super) diagnostics: Vec<Diagnostic>,
}

record! {
    /// The whole of `.paperclip.yaml`.
    pub(super) struct Content {
        /// `paperclip/v1`
        "schema" => schema: String;
        /// How the company looks and decides.
        "company" => company: Company;
        /// The order of menus.
        "sidebar" => sidebar: Anything;
        /// Agents by slug.
        "agents" => agents: BTreeMap<String, Agent>;
        /// Projects by slug.
        "projects" => projects: BTreeMap<String, Project>;
        /// Tasks by slug.
        "tasks" => tasks: BTreeMap<String, Task>;
        /// Routines by the slug of their task.
        "routines" => routines: BTreeMap<String, Routine>;
    }
}

record! {
    /// How the company looks and decides.
    pub(super) struct Company {
        "brandColor" => brand_color: Anything;
        "logoPath" => logo_path: Anything;
        "logo" => logo: Anything;
        "attachmentMaxBytes" => attachment_max_bytes: u64;
        "requireBoardApprovalForNewAgents" => require_board_approval: bool;
        "feedbackDataSharingEnabled" => feedback_enabled: Anything;
        "feedbackDataSharingConsentAt" => feedback_consent_at: Anything;
        "feedbackDataSharingConsentByUserId" => feedback_consent_by: Anything;
        "feedbackDataSharingTermsVersion" => feedback_terms: Anything;
    }
}

record! {
    /// One agent.
    pub(super) struct Agent {
        "role" => role: String;
        "icon" => icon: String;
        "capabilities" => capabilities: String;
        "reportsTo" => reports_to: String;
        "reportsToExistingAgentId" => reports_to_id: Anything;
        "reportsToExistingAgentSlug" => reports_to_slug: Anything;
        "adapter" => adapter: Adapter;
        "runtime" => runtime: Runtime;
        "permissions" => permissions: Open<Permissions>;
        "budgetMonthlyCents" => budget_monthly_cents: u64;
        "metadata" => metadata: Anything;
        "inputs" => inputs: Inputs;
    }
}

record! {
    /// The program that is the agent.
    pub(super) struct Adapter {
        "type" => kind: String;
        "config" => config: Open<Config>;
    }
}

record! {
    /// What the adapters have in common; each has more.
    pub(super) struct Config {
        "model" => model: String;
        "command" => command: String;
        "cwd" => cwd: String;
        "args" => args: Vec<String>;
        "extraArgs" => extra_args: Vec<String>;
        "env" => env: BTreeMap<String, EnvValue>;
        "timeoutSec" => timeout_sec: u64;
        "timeoutMs" => timeout_ms: u64;
        "graceSec" => grace_sec: u64;
        "url" => url: String;
    }
}

record! {
    /// How the agent is woken.
    pub(super) struct Runtime {
        "heartbeat" => heartbeat: Heartbeat;
    }
}

record! {
    /// How the agent is woken by time.
    pub(super) struct Heartbeat {
        "enabled" => enabled: bool;
        "intervalSec" => interval_sec: u64;
        "cooldownSec" => cooldown_sec: u64;
        "wakeOnDemand" => wake_on_demand: bool;
        "maxConcurrentRuns" => max_concurrent_runs: u64;
    }
}

record! {
    /// What the agent may do.
    pub(super) struct Permissions {
        "canCreateAgents" => can_create_agents: bool;
    }
}

record! {
    /// What the importer is asked for.
    pub(super) struct Inputs {
        "env" => env: BTreeMap<String, Input>;
    }
}

record! {
    /// One variable that the importer is asked for.
    pub(super) struct Input {
        "kind" => kind: String;
        "requirement" => requirement: String;
        "default" => default: EnvValue;
        "description" => description: String;
        "portability" => portability: String;
    }
}

record! {
    /// One project.
    pub(super) struct Project {
        "leadAgentSlug" => lead: String;
        "targetDate" => target_date: String;
        "color" => color: String;
        "icon" => icon: String;
        "status" => status: String;
        "env" => env: BTreeMap<String, EnvValue>;
        "inputs" => inputs: Inputs;
        "executionWorkspacePolicy" => workspace_policy: Open<WorkspacePolicy>;
        "workspaces" => workspaces: BTreeMap<String, Workspace>;
        "metadata" => metadata: Anything;
    }
}

record! {
    /// Which workspace work happens in.
    pub(super) struct WorkspacePolicy {
        "defaultMode" => default_mode: String;
        "defaultProjectWorkspaceKey" => default_key: String;
    }
}

record! {
    /// One workspace of a project.
    pub(super) struct Workspace {
        "name" => name: Anything;
        "sourceType" => source_type: Anything;
        "repoUrl" => repo_url: String;
        "repoRef" => repo_ref: String;
        "defaultRef" => default_ref: String;
        "visibility" => visibility: Anything;
        "setupCommand" => setup: String;
        "cleanupCommand" => cleanup: String;
        "metadata" => metadata: Anything;
        "isPrimary" => is_primary: bool;
    }
}

record! {
    /// One task.
    pub(super) struct Task {
        "identifier" => identifier: Anything;
        "status" => status: Anything;
        "priority" => priority: String;
        "labelIds" => labels: Anything;
        "billingCode" => billing_code: Anything;
        "projectWorkspaceKey" => workspace_key: Anything;
        "executionWorkspaceSettings" => workspace_settings: Anything;
        "assigneeAdapterOverrides" => adapter_overrides: Anything;
        "comments" => comments: Anything;
        "recurrence" => recurrence: Anything;
        "metadata" => metadata: Anything;
    }
}

record! {
    /// One routine.
    pub(super) struct Routine {
        "status" => status: String;
        "priority" => priority: Anything;
        "concurrencyPolicy" => concurrency: String;
        "catchUpPolicy" => catch_up: String;
        "variables" => variables: Vec<Variable>;
        "triggers" => triggers: Vec<Trigger>;
    }
}

record! {
    /// A value for `{{name}}` in the task.
    pub(super) struct Variable {
        "name" => name: String;
        "label" => label: String;
        "type" => kind: String;
        "defaultValue" => default: EnvValue;
        "required" => required: bool;
        "options" => options: Vec<String>;
    }
}

record! {
    /// What makes a routine fire.
    pub(super) struct Trigger {
        "kind" => kind: String;
        "label" => label: String;
        "enabled" => enabled: bool;
        "cronExpression" => cron: String;
        "timezone" => timezone: String;
        "signingMode" => signing_mode: Anything;
        "replayWindowSec" => replay_window: Anything;
    }
}

/// A record to which others add keys of their own: those are no mistake.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Open<T>(pub(super) T);

impl<T: Record + Field> Field for Open<T> {
    fn read(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Self> {
        let before = reader.diagnostics.len();
        let value = T::read(node, reader).map(Self);
        let late: Vec<_> = reader.diagnostics.drain(before..).filter(|found| found.code != "unknown-key").collect();
        reader.diagnostics.extend(late);
        value
    }

    fn schema(parts: &mut Parts) -> Json {
        T::schema(parts)
    }
}

/// The value of a variable. Reading it never quotes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EnvValue {
    /// A text.
    Plain(String),
    /// A secret of the other program, without its value.
    SecretReference,
    /// Anything else.
    Other,
}

impl Field for EnvValue {
    fn read(node: &Node<'_>, _: &mut Reader<'_>) -> Option<Self> {
        let word = |key: &str| node.get(key).and_then(Node::text);
        Some(match (&node.data, word("type")) {
            (Data::Scalar(text, _), _) => Self::Plain(text.clone().into_owned()),
            (Data::Map(_), Some("secret_ref")) => Self::SecretReference,
            (Data::Map(_), Some("plain") | None) => {
                word("value").map_or(Self::Other, |text| Self::Plain(text.to_owned()))
            }
            _ => Self::Other,
        })
    }

    fn schema(_: &mut Parts) -> Json {
        Json::Object(serde_json::Map::new())
    }
}

impl<'a> Sidecar<'a> {
    /// Reads the sidecar of a package, if it has one.
    pub(super) fn read(tree: &'a Tree) -> Option<Self> {
        let (path, file) = SIDECAR_NAMES.iter().find_map(|name| Some((*name, tree.get(*name)?)))?;
        let mut diagnostics = Vec::new();
        let mut root = Node { span: 0..0, data: Data::Map(Vec::new()) };
        if let Some(text) = file.as_text() {
            let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
            let parsed = yaml::parse(&text[start..], start);
            diagnostics.extend(parsed.problems.iter().map(|problem| document::diagnostic(problem, path)));
            root = parsed.root.unwrap_or(root);
        } else {
            diagnostics.push(Diagnostic::error("not-utf8", Place::file(path), "this file is not UTF-8 text"));
        }
        if !matches!(root.data, Data::Map(_)) && !root.is_null() {
            let message = format!("keys with values belong here, not {}", root.kind());
            diagnostics.push(Diagnostic::error("bad-value", Place::span(path, first_line(&root, tree, path)), message));
            root = Node { span: 0..0, data: Data::Map(Vec::new()) };
        }
        let mut reader = Reader::new(path);
        let content = Content::read_record(&root, &mut reader);
        let mut sidecar = Self { path, content, root, diagnostics };
        let hidden = sidecar.hidden();
        for mut diagnostic in reader.finish() {
            diagnostic.severity = Severity::Warning;
            sidecar.diagnostics.push(diagnostic);
        }
        for diagnostic in &mut sidecar.diagnostics {
            hidden::hide(diagnostic, &hidden);
        }
        sidecar.check_schema();
        Some(sidecar)
    }

    /// The place of the value at `path`, or of the nearest thing around it that is there.
    pub(super) fn place(&self, path: &KeyPath) -> Place {
        let mut path = path.clone();
        loop {
            match self.root.at(&path) {
                Some((Some(key), value)) if !matches!(value.data, Data::Scalar(..)) => {
                    return Place::span(self.path, key.span.clone());
                }
                Some((_, value)) if !path.0.is_empty() && !value.span.is_empty() => {
                    return Place::span(self.path, value.span.clone());
                }
                Some((Some(key), _)) => return Place::span(self.path, key.span.clone()),
                _ if path.0.is_empty() => return Place::file(self.path),
                _ => drop(path.0.pop()),
            }
        }
    }

    /// The keys with a value under `path`, in the order of the text.
    pub(super) fn keys(&self, path: &KeyPath) -> Vec<String> {
        let entries = self.root.at(path).map_or(&[][..], |(_, node)| node.entries());
        entries
            .iter()
            .filter(|(_, value)| !value.is_null())
            .filter_map(|(key, _)| key.text().map(str::to_owned))
            .collect()
    }

    fn check_schema(&mut self) {
        let message = match self.content.schema.as_deref() {
            Some("paperclip/v1") => return,
            Some(_) => "this is not a version of the file that is known here; what is known of it was read",
            None => "the key `schema` is missing; the file was read as `paperclip/v1`",
        };
        let place = self.place(&KeyPath::from("schema"));
        self.diagnostics.push(Diagnostic::warning("unknown-schema", place, message));
    }
}

fn first_line(root: &Node<'_>, tree: &Tree, path: &str) -> Range<usize> {
    let text = tree.get(path).and_then(|file| file.as_text()).unwrap_or_default();
    let rest = text.get(root.span.start..).unwrap_or_default();
    root.span.start..root.span.start + rest.find('\n').unwrap_or(rest.len())
}
