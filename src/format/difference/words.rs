//! A difference in words: "cto: heartbeat every 30m → 1h; ACME-12: assigned to qa".
//!
//! Values that look like secrets are masked, whatever key they stand under.

use super::{Change, Difference, KeyChange};
use crate::diag::Step;
use crate::format::layout::{self, Kind, Located};
use crate::format::patch::Value;
use crate::redact;

/// Longest value that is quoted, in characters; a longer one is "changed".
const VALUE_CHARACTERS_MAX: usize = 40;

/// Most things a subject names; the others are counted.
const THINGS_MAX: usize = 4;

/// One line for a set of changes, as the subject of a commit.
pub fn subject(differences: &[Difference]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let told: Vec<&Difference> = differences.iter().filter(|difference| !silent(difference)).collect();
    for difference in told.iter().take(THINGS_MAX) {
        parts.push(line(difference));
    }
    if told.is_empty() {
        return match differences {
            [] => "nothing changed".to_owned(),
            [one] => format!("{}: tidied, nothing changed", thing(&one.path)),
            many => format!("{} files tidied, nothing changed", many.len()),
        };
    }
    let rest = told.len().saturating_sub(THINGS_MAX);
    if rest > 0 {
        parts.push(format!("and {rest} more"));
    }
    parts.join("; ")
}

/// Whether a difference means nothing.
fn silent(difference: &Difference) -> bool {
    matches!(difference.change, Change::Edited { layout_only: true, .. })
}

/// One line for one file: "ACME-12: todo → in_progress, assigned to qa".
pub fn line(difference: &Difference) -> String {
    let name = thing(&difference.path);
    match &difference.change {
        Change::Added { title: Some(title) } if title != &name => {
            format!("{name} {}: {}", born(&difference.path), masked(title))
        }
        Change::Added { .. } => format!("{name} {}", born(&difference.path)),
        Change::Removed => format!("{name} removed"),
        Change::Edited { keys, body, layout_only } => {
            let mut parts: Vec<String> = keys.iter().map(|key| key_words(&difference.path, key)).collect();
            if *body {
                parts.push(body_words(&difference.path).to_owned());
            }
            if *layout_only {
                parts.push("tidied".to_owned());
            }
            format!("{name}: {}", parts.join(", "))
        }
    }
}

/// What a path is about, as people call it.
pub fn thing(path: &str) -> String {
    let Located { kind, name, .. } = layout::locate(path);
    match kind {
        Kind::Company => "company".to_owned(),
        Kind::Agent | Kind::AgentSettings | Kind::Heartbeat | Kind::Ticket | Kind::Approval => name.to_owned(),
        Kind::Lock => format!("{name} checkout"),
        Kind::Entry => name.to_owned(),
        Kind::Team => format!("team {name}"),
        Kind::Goal => format!("goal {name}"),
        Kind::Project | Kind::ProjectSettings => format!("project {name}"),
        Kind::Task | Kind::Routine => format!("task {name}"),
        Kind::Skill => format!("skill {name}"),
        Kind::Secret | Kind::Ciphertext => format!("secret {name}"),
        Kind::Vault => format!("vault {name}"),
        Kind::Corp
        | Kind::Home
        | Kind::Budgets
        | Kind::Prices
        | Kind::LedgerRun
        | Kind::LedgerSegment
        | Kind::Other => path.to_owned(),
    }
}

fn born(path: &str) -> &'static str {
    match layout::locate(path).kind {
        Kind::Ticket => "created",
        Kind::Approval => "asked",
        Kind::Entry => "commented",
        Kind::AgentSettings => "got settings",
        Kind::Heartbeat => "got a heartbeat",
        Kind::Routine => "got a routine",
        Kind::ProjectSettings => "got settings",
        Kind::Lock => "taken",
        _ => "added",
    }
}

fn body_words(path: &str) -> &'static str {
    match layout::locate(path).kind {
        Kind::Agent => "instructions edited",
        Kind::Company => "mission edited",
        Kind::Ticket | Kind::Task | Kind::Goal | Kind::Project => "description edited",
        Kind::Heartbeat => "heartbeat edited",
        Kind::Entry => "comment edited",
        Kind::Ciphertext => "new value",
        _ => "edited",
    }
}

fn key_words(path: &str, change: &KeyChange) -> String {
    let kind = layout::locate(path).kind;
    let key = change.path.to_string();
    let before = change.before.as_ref().and_then(short);
    let after = change.after.as_ref().and_then(short);
    match (kind, key.as_str(), before.as_deref(), after.as_deref()) {
        (Kind::Ticket, "assignee", _, Some(who)) => return format!("assigned to {who}"),
        (Kind::Ticket, "assignee", _, None) if change.after.is_none() => return "unassigned".to_owned(),
        (Kind::Ticket, "title", _, Some(title)) => return format!("now called {title}"),
        (Kind::Ticket | Kind::Approval, "status", Some(old), Some(new)) => return format!("{old} → {new}"),
        (Kind::Approval, "decision", _, Some(verdict)) => return verdict.to_owned(),
        (Kind::AgentSettings, "status", Some("active"), Some("paused")) => return "paused".to_owned(),
        (Kind::AgentSettings, "status", Some("paused"), Some("active")) => return "resumed".to_owned(),
        (Kind::AgentSettings, "status", _, Some("terminated")) => return "terminated".to_owned(),
        (Kind::Agent, "reportsTo", _, Some(boss)) => return format!("reports to {boss}"),
        (Kind::Agent, "reportsTo", _, None) => return "reports to nobody".to_owned(),
        _ => {}
    }
    let name = change
        .path
        .0
        .iter()
        .map(|step| match step {
            Step::Key(key) => key.clone(),
            Step::Index(index) => (index + 1).to_string(),
        })
        .collect::<Vec<_>>()
        .join(" ");
    if let (Some(old), Some(new)) = (plain_list(change.before.as_ref()), plain_list(change.after.as_ref())) {
        let list = |mark: char, these: &[String], those: &[String]| -> Vec<String> {
            these.iter().filter(|item| !those.contains(item)).map(|item| format!("{mark}{}", masked(item))).collect()
        };
        let changes: Vec<String> = list('+', &new, &old).into_iter().chain(list('-', &old, &new)).collect();
        return match changes.len() {
            0 => format!("{name} reordered"),
            1..=6 => format!("{name} {}", changes.join(" ")),
            _ => format!("{name} changed"),
        };
    }
    match (before, after, &change.after) {
        (Some(old), Some(new), _) => format!("{name} {old} → {new}"),
        (None, Some(new), _) if change.before.is_none() => format!("{name} {new}"),
        (_, None, None) => format!("{name} removed"),
        _ => format!("{name} changed"),
    }
}

/// The items of a list of single texts; an absent list is an empty one.
fn plain_list(value: Option<&Value>) -> Option<Vec<String>> {
    let Some(value) = value else { return Some(Vec::new()) };
    let Value::List(items) = value else { return None };
    items
        .iter()
        .map(|item| match item {
            Value::Text(text) | Value::Bare(text) if text.chars().count() <= VALUE_CHARACTERS_MAX => Some(text.clone()),
            _ => None,
        })
        .collect()
}

/// A value short enough to be quoted in a line.
fn short(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) | Value::Bare(text) => {
            let line = !text.contains('\n') && text.chars().count() <= VALUE_CHARACTERS_MAX && !text.is_empty();
            line.then(|| masked(text))
        }
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

fn masked(text: &str) -> String {
    redact::mask(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::difference::of_file;

    fn said(path: &str, before: Option<&str>, after: Option<&str>) -> String {
        line(&of_file(path, before, after).unwrap())
    }

    #[test]
    fn changes_are_told_as_a_person_would() {
        let agent = "agents/cto/agent.yaml";
        let ticket = "tickets/0000/ACME-12.md";
        for (path, before, after, expected) in [
            (agent, "heartbeat: {every: 30m}\n", "heartbeat: {every: 1h}\n", "cto: heartbeat every 30m → 1h"),
            (agent, "status: active\n", "status: paused\n", "cto: paused"),
            (agent, "status: paused\n", "status: active\nrole: cto\n", "cto: resumed, role cto"),
            (agent, "secrets: [A]\n", "secrets: [A, B]\n", "cto: secrets +B"),
            (agent, "adapter: {model: a}\n", "adapter: {}\n", "cto: adapter model removed"),
            (agent, "# a\nrole: cto\n", "role: cto # b\n", "cto: tidied"),
            (
                ticket,
                "---\nstatus: todo\n---\n",
                "---\nstatus: in_progress\nassignee: qa\n---\n",
                "ACME-12: todo → in_progress, assigned to qa",
            ),
            (ticket, "---\nassignee: qa\n---\n", "---\n---\nMore.\n", "ACME-12: unassigned, description edited"),
            (ticket, "---\nlabels: [a, b]\n---\n", "---\nlabels: [b, c]\n---\n", "ACME-12: labels +c -a"),
            (ticket, "---\nblocked_by: [ACME-1]\n---\n", "---\n---\n", "ACME-12: blocked_by -ACME-1"),
            (
                "agents/cto/AGENTS.md",
                "---\nreportsTo: ceo\n---\nA\n",
                "---\nreportsTo: null\n---\nB\n",
                "cto: reports to nobody, instructions edited",
            ),
            ("COMPANY.md", "---\nname: A\n---\nx\n", "---\nname: B\n---\ny\n", "company: name A → B, mission edited"),
            (
                "budgets.yaml",
                "budgets: [{limit: 1.00 USD}]\n",
                "budgets: [{limit: 2.00 USD}]\n",
                "budgets.yaml: budgets 1 limit 1.00 USD → 2.00 USD",
            ),
            ("README.md", "a", "b", "README.md: edited"),
        ] {
            assert_eq!(said(path, Some(before), Some(after)), expected);
        }
        assert_eq!(said(ticket, None, Some("---\ntitle: Do it\n---\n")), "ACME-12 created: Do it");
        assert_eq!(said("agents/cto/AGENTS.md", None, Some("---\nname: CTO\n---\n")), "cto added: CTO");
        assert_eq!(said("goals/launch.md", Some("x"), None), "goal launch removed");
    }

    #[test]
    fn a_subject_names_a_few_things_and_counts_the_rest() {
        let differences: Vec<Difference> = (1..=6)
            .map(|number| {
                of_file(
                    &format!("tickets/0000/ACME-{number}.md"),
                    Some("---\nstatus: todo\n---\n"),
                    Some("---\nstatus: done\n---\n"),
                )
                .unwrap()
            })
            .collect();
        assert_eq!(subject(&differences[..2]), "ACME-1: todo → done; ACME-2: todo → done");
        assert!(subject(&differences).ends_with("; and 2 more"));
        let tidy = of_file("corp.yaml", Some("a: 1"), Some("a: 1\n")).unwrap();
        assert_eq!(subject(std::slice::from_ref(&tidy)), "corp.yaml: tidied, nothing changed");
        assert_eq!(subject(&[tidy, differences[0].clone()]), "ACME-1: todo → done");
        assert_eq!(subject(&[]), "nothing changed");
    }

    #[test]
    fn a_secret_is_never_told() {
        let token = format!("ghp_{}", "a1B2c3D4e5".repeat(4));
        let after = format!("adapter: {{env: {{GH_TOKEN: {token}}}}}\n");
        let line = said("agents/cto/agent.yaml", Some("adapter: {env: {GH_TOKEN: x}}\n"), Some(&after));
        assert!(!line.contains(&token[4..20]), "{line}");
    }
}
