//! Settings as others can use them: what concerns only this company is taken out of the text, key by key.
//!
//! A person's file is never written anew: the edits are [`crate::format::patch`]'s, so comments and order stay.

use crate::diag::{Diagnostic, KeyPath, Place};
use crate::format::document;
use crate::format::layout::{self, Kind};
use crate::format::package::{sensitive, settings_heads};
use crate::format::patch::{Edit, patch};
use crate::format::yaml::{self, Node};
use crate::model::Scalar as _;
use crate::model::budget::Scope;

/// A settings file, cleaned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cleaned {
    /// The text; `None` if nothing is left of it.
    pub(super) text: Option<String>,
    /// What was taken out: the keys, and why if it is not plain.
    pub(super) removed: Vec<String>,
}

/// Takes out of the settings file at `path` what concerns only this company. `stays` says whether an agent's
/// slug is in the package.
///
/// # Errors
/// A diagnostic if the text has mistakes: what it says is then not known for certain.
pub(super) fn clean(path: &str, text: &str, stays: &dyn Fn(&Scope) -> bool) -> Result<Cleaned, Diagnostic> {
    let (_, diagnostics) = document::read(path, text);
    if let Some(mistake) = diagnostics.into_iter().find(|found| found.code.starts_with("yaml-")) {
        return Err(mistake.help("an export leaves things out of this file, and can only do so if it can be read"));
    }
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let Some(root) = yaml::parse(&text[start..], start).root else {
        return Ok(Cleaned { text: None, removed: Vec::new() });
    };
    let mut out = Removals::default();
    match layout::locate(path).kind {
        Kind::AgentSettings => agent(&root, &KeyPath::default(), &mut out),
        Kind::Routine => out.status(&root, &["active", "paused"]),
        Kind::ProjectSettings => project(&root, &mut out),
        Kind::Corp => corp(&root, &mut out),
        Kind::Budgets => budgets(&root, stays, &mut out),
        _ => {}
    }
    let edits: Vec<Edit> = out.paths(&root).into_iter().map(Edit::Remove).collect();
    let cleaned = patch(path, text, &edits).map_err(|error| error.diagnostic())?;
    let cleaned = if out.switched_off { without_head(&cleaned) } else { &cleaned };
    let left =
        yaml::parse(cleaned, 0).root.is_some_and(|root| root.entries().iter().any(|(_, value)| !is_empty(value)));
    Ok(Cleaned { text: left.then(|| cleaned.to_owned()), removed: out.told })
}

/// What is to be taken out, and what to tell about it.
#[derive(Debug, Default)]
struct Removals {
    paths: Vec<KeyPath>,
    told: Vec<String>,
    switched_off: bool,
}

impl Removals {
    fn take(&mut self, path: KeyPath, why: &str) {
        self.told.push(if why.is_empty() { format!("`{path}`") } else { format!("`{path}`, {why}") });
        self.paths.push(path);
    }

    /// Everything arrives switched off anyway, so whether it is on here is not said.
    fn status(&mut self, root: &Node<'_>, words: &[&str]) {
        if root.get("status").and_then(Node::text).is_some_and(|word| words.contains(&word)) {
            self.paths.push(KeyPath::from("status"));
            self.switched_off = true;
        }
    }

    /// The paths to remove, last first; a mapping or list of which nothing would be left goes as a whole.
    fn paths(&self, root: &Node<'_>) -> Vec<KeyPath> {
        let mut paths = self.paths.clone();
        loop {
            let whole = paths.iter().find_map(|path| {
                let mut parent = path.clone();
                parent.0.pop();
                let (_, node) = root.at(&parent).filter(|_| !parent.0.is_empty())?;
                let size = node.entries().len() + node.items().len();
                let gone = paths
                    .iter()
                    .filter(|other| other.0.len() == path.0.len() && other.0.starts_with(&parent.0))
                    .count();
                (gone >= size).then_some(parent)
            });
            let Some(parent) = whole else { break };
            paths.retain(|path| !path.0.starts_with(&parent.0));
            paths.push(parent);
        }
        paths.sort();
        paths.dedup();
        paths.reverse();
        paths
    }
}

fn agent(root: &Node<'_>, at: &KeyPath, out: &mut Removals) {
    if at.0.is_empty() {
        out.status(root, &["active", "paused", "pending_approval"]);
    }
    let Some(adapter) = root.get("adapter") else { return };
    let path = at.clone().key("adapter");
    for key in ["command", "cwd"] {
        if adapter.get(key).and_then(Node::text).is_some_and(sensitive::is_machine_path) {
            out.take(path.clone().key(key), "a path of this machine");
        }
    }
    if let Some(env) = adapter.get("env") {
        variables(env, &path.key("env"), out);
    }
}

fn variables(env: &Node<'_>, path: &KeyPath, out: &mut Removals) {
    for (key, value) in env.entries() {
        let (Some(key), Some(value)) = (key.text(), value.text()) else { continue };
        if sensitive::key_is_secret(key) {
            out.take(path.clone().key(key), "whose name says that it is secret");
        } else if sensitive::is_machine_path(value) {
            out.take(path.clone().key(key), "a path of this machine");
        }
    }
}

fn project(root: &Node<'_>, out: &mut Removals) {
    let url = root.get("repository").and_then(|repository| repository.get("url")).and_then(Node::text);
    if let Some(url) = url {
        if sensitive::has_login(url) {
            out.take(KeyPath::from("repository"), "whose address holds a name and password");
        } else if !sensitive::is_repository_url(url) {
            out.take(KeyPath::from("repository"), "a path of this machine");
        }
    }
    if let Some(env) = root.get("env") {
        variables(env, &KeyPath::from("env"), out);
    }
}

fn corp(root: &Node<'_>, out: &mut Removals) {
    for (key, why) in [("board", "the people of this company"), ("notify", "how they hear of things")] {
        if root.get(key).is_some() {
            out.take(KeyPath::from(key), why);
        }
    }
    if let Some(defaults) = root.get("defaults") {
        agent(defaults, &KeyPath::from("defaults"), out);
    }
}

fn budgets(root: &Node<'_>, stays: &dyn Fn(&Scope) -> bool, out: &mut Removals) {
    let items = root.get("budgets").map_or(&[][..], Node::items);
    for (at, budget) in items.iter().enumerate() {
        let Some(text) = budget.get("scope").and_then(Node::text) else { continue };
        if Scope::parse(text).is_ok_and(|scope| !stays(&scope)) {
            out.take(KeyPath::from("budgets").index(at), &format!("for `{text}`, which is not in the package"));
        }
    }
}

/// The text without the line that told that a file of ours arrived switched off.
fn without_head(text: &str) -> &str {
    match text.split_once('\n') {
        Some((first, rest)) if settings_heads(first) => rest,
        _ => text,
    }
}

fn is_empty(node: &Node<'_>) -> bool {
    node.is_null() || (node.text().is_none() && node.entries().is_empty() && node.items().is_empty())
}

/// The place of a settings file that is told about.
pub(super) fn told(path: &str, removed: &[String]) -> (Place, String) {
    (Place::file(path), format!("left out {}", removed.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_concerns_only_this_company_goes() {
        for (path, before, after, told) in [
            ("agents/a/agent.yaml", "status: active\n", None, ""),
            (
                "agents/a/agent.yaml",
                "# Came with a package. It works once its status is `active`.\nstatus: paused\nrole: qa\n",
                Some("role: qa\n"),
                "",
            ),
            ("agents/a/agent.yaml", "# mine\nstatus: active # now\nrole: qa\n", Some("# mine\nrole: qa\n"), ""),
            (
                "agents/a/agent.yaml",
                "adapter:\n  type: process # p\n  command: /usr/bin/x\n  cwd: ~/x\n",
                Some("adapter:\n  type: process # p\n"),
                "`adapter.command`, a path of this machine; `adapter.cwd`, a path of this machine",
            ),
            (
                "agents/a/agent.yaml",
                "adapter:\n  command: /usr/bin/x\n",
                None,
                "`adapter.command`, a path of this machine",
            ),
            (
                "agents/a/agent.yaml",
                "role: qa\nadapter:\n  env: {API_TOKEN: x, LEVEL: info}\n",
                Some("role: qa\nadapter:\n  env: {LEVEL: info}\n"),
                "`adapter.env.API_TOKEN`, whose name says that it is secret",
            ),
            (
                "projects/p/project.yaml",
                "color: red\nrepository:\n  url: /srv/p\n  branch: x\n",
                Some("color: red\n"),
                "`repository`, a path of this machine",
            ),
            (
                "projects/p/project.yaml",
                "repository: {url: https://h/x}\n",
                Some("repository: {url: https://h/x}\n"),
                "",
            ),
            (
                "tasks/t/routine.yaml",
                "status: paused\ntriggers:\n  - every: 1h\n",
                Some("triggers:\n  - every: 1h\n"),
                "",
            ),
            ("tasks/t/routine.yaml", "status: archived\n", Some("status: archived\n"), ""),
            (
                "corp.yaml",
                "schema: corp/v1\nticket_prefix: A\nboard:\n  - id: ada\n    email: a@b\ndefaults:\n  adapter:\n    cwd: /x\n    type: t\n",
                Some("schema: corp/v1\nticket_prefix: A\ndefaults:\n  adapter:\n    type: t\n"),
                "`board`, the people of this company; `defaults.adapter.cwd`, a path of this machine",
            ),
            (
                "budgets.yaml",
                "budgets:\n  - {scope: company, window: day, limit: 1 runs}\n  - scope: agent:gone\n    window: day\n    limit: 1 runs\n",
                Some("budgets:\n  - {scope: company, window: day, limit: 1 runs}\n"),
                "`budgets[1]`, for `agent:gone`, which is not in the package",
            ),
            (
                "budgets.yaml",
                "budgets:\n  - {scope: 'agent:gone', window: day, limit: 1 runs}\n",
                None,
                "`budgets[0]`, for `agent:gone`, which is not in the package",
            ),
        ] {
            let cleaned = clean(path, before, &|scope| *scope == Scope::Company).unwrap();
            assert_eq!(cleaned.text.as_deref(), after, "{before}");
            assert_eq!(cleaned.removed.join("; "), told, "{before}");
        }
        assert_eq!(clean("agents/a/agent.yaml", "a: [", &|_| true).unwrap_err().code, "yaml-syntax");
    }
}
