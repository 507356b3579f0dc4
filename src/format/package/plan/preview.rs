//! What an import would do, as data and as text for a person to decide on.

use super::Change;
use super::origins::Origins;
use super::risks::{Risk, RiskKind};
use crate::format::package::things::ThingKind;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Most names in one line; the rest is counted. `--json` has them all.
const NAMES_SHOWN_MAX: usize = 12;
/// Most lines of one group; the rest is counted.
const LINES_SHOWN_MAX: usize = 40;
/// Longest text of the package shown in a line, in characters.
const TEXT_CHARACTERS_MAX: usize = 160;

/// What an import would do.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Preview {
    /// The package's name.
    pub name: String,
    /// The package's slug.
    pub slug: String,
    /// Its version, if it says one.
    pub version: Option<String>,
    /// The version that is there, for an update.
    pub earlier: Option<String>,
    /// Where it comes from.
    pub origin: String,
    /// The commit it is at, if that is known.
    pub commit: Option<String>,
    /// Whether it becomes a company of its own.
    pub new_company: bool,
    /// Whether it is a part of this program, and so under its licence.
    #[serde(skip)]
    pub ours: bool,
    /// Things that come in, by their name in the company.
    pub added: BTreeMap<ThingKind, Vec<String>>,
    /// Other files that come in as they are.
    pub files: Vec<String>,
    /// Files written so that the company can be run.
    pub written: Vec<String>,
    /// Tickets made of tasks.
    pub tickets: Vec<TicketLine>,
    /// The company's files that change.
    pub changed: Vec<String>,
    /// The company's files that go.
    pub removed: Vec<String>,
    /// Things that get another name.
    pub renamed: Vec<Moved>,
    /// Files that are kept, but where nothing obeys them.
    pub aside: Vec<Moved>,
    /// What stays out.
    pub skipped: Vec<Skipped>,
    /// Where both a person and the package changed something; the person's stays.
    pub conflicts: Vec<Conflict>,
    /// What executes, comes again by itself, or spends.
    pub risks: Vec<Risk>,
    /// Secrets that the package asks for.
    pub secrets: Vec<SecretLine>,
    /// Licences and sources.
    pub origins: Origins,
    /// What else a person should know.
    pub notes: Vec<String>,
}

/// A ticket made of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TicketLine {
    /// Its file.
    pub path: String,
    /// Its title.
    pub title: String,
    /// Who does it.
    pub assignee: Option<String>,
}

/// Something that is in the company under another name or path than in the package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// In the package.
    pub from: String,
    /// In the company.
    pub to: String,
    /// Why.
    pub why: String,
}

/// Something that stays out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
}

/// Something that both a person and the package changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Conflict {
    /// The file.
    pub path: String,
    /// The key or part of it.
    pub key: String,
}

/// A secret that the package asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretLine {
    /// Its name.
    pub name: String,
    /// Whether the package says that it does not work without it.
    pub required: bool,
    /// Who asks: `agents/cto`.
    pub wanted_by: Vec<String>,
}

impl Preview {
    /// Leaves out what does not change anything, and lists what does.
    pub fn keep_only(&mut self, changes: &[Change], lock: &str) {
        let changing: BTreeSet<&str> = changes.iter().map(|change| change.path.as_str()).collect();
        self.files.retain(|path| changing.contains(path.as_str()));
        self.written.retain(|path| changing.contains(path.as_str()));
        self.aside.retain(|moved| changing.contains(moved.to.as_str()));
        let others = || changes.iter().filter(|change| change.path != lock && change.before.is_some());
        let (gone, changed): (Vec<&Change>, Vec<&Change>) = others().partition(|change| change.after.is_none());
        let paths = |changes: Vec<&Change>| changes.into_iter().map(|change| change.path.clone()).collect();
        self.removed = paths(gone);
        self.changed = paths(changed);
        self.files.retain(|path| !self.changed.contains(path));
        self.written.retain(|path| !self.changed.contains(path));
    }

    /// The preview for a person: groups with a title, each line one thing.
    pub fn text(&self) -> String {
        let mut page = Page::default();
        let earlier = self.earlier.as_ref().map(|version| format!(" ({version} is here)")).unwrap_or_default();
        let version = self.version.as_ref().map(|version| format!(" {version}{earlier}")).unwrap_or_default();
        let commit = self.commit.as_ref().map(|commit| format!(" at {commit}")).unwrap_or_default();
        page.plain(&format!("{}{version}, from {}{commit}", self.name, self.origin));
        page.group("Added", self.added_lines());
        page.group("Changed", self.changed.iter().cloned());
        page.group("Removed", self.removed.iter().cloned());
        let moved = |moved: &Moved| format!("{} -> {} ({})", moved.from, moved.to, moved.why);
        page.group("Renamed", self.renamed.iter().map(moved));
        page.group("Kept aside, where nothing obeys it", self.aside.iter().map(moved));
        page.group("Skipped", self.skipped.iter().map(|skipped| format!("{} ({})", skipped.what, skipped.why)));
        page.group(
            "Changed by you and by the package; yours stays",
            self.conflicts.iter().map(|conflict| format!("{}: {}", conflict.path, conflict.key)),
        );
        for (kind, title) in
            [(RiskKind::Executes, "Executes"), (RiskKind::Schedule, "Starts by itself"), (RiskKind::Budget, "Spends")]
        {
            page.group(title, self.risk_lines(kind));
        }
        page.group("Secrets wanted", self.secrets.iter().map(secret));
        page.group("Licences and sources", self.origin_lines());
        page.group("Good to know", self.notes.iter().cloned());
        page.text
    }

    fn added_lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (kind, names) in &self.added {
            let word = if names.len() == 1 { kind.noun() } else { kind.folder() };
            lines.push(format!("{} {word}: {}", names.len(), some(names)));
        }
        let count = |names: &[String], one: &str, many: &str| {
            (!names.is_empty()).then(|| {
                let word = if names.len() == 1 { one } else { many };
                format!("{} {word}: {}", names.len(), some(names))
            })
        };
        lines.extend(count(&self.files, "other file", "other files"));
        lines.extend(self.written_line());
        let tickets: Vec<String> = self.tickets.iter().map(|ticket| ticket_name(&ticket.path).to_owned()).collect();
        lines.extend(count(&tickets, "ticket out of its tasks", "tickets out of its tasks"));
        lines
    }

    /// The files written for it, those of one name together: `corp.yaml`, `agent.yaml (49)`.
    fn written_line(&self) -> Option<String> {
        let mut names: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
        for path in &self.written {
            names.entry(path.rsplit_once('/').map_or(path, |(_, name)| name)).or_default().push(path);
        }
        let names: Vec<String> = names
            .into_iter()
            .map(|(name, paths)| match paths[..] {
                [path] => path.clone(),
                _ => format!("{name} of {}", paths.len()),
            })
            .collect();
        (!names.is_empty()).then(|| format!("written for it: {}", some(&names)))
    }

    fn risk_lines(&self, kind: RiskKind) -> Vec<String> {
        let of_kind = self.risks.iter().filter(|risk| risk.kind == kind);
        let line = |risk: &Risk| {
            let off = risk.off.as_ref().map(|off| format!(" (off: {off})")).unwrap_or_default();
            format!("{}: {}{off}", risk.path, shown(&risk.what))
        };
        // What is in force comes first: it is what a person has to decide about.
        let (force, off): (Vec<&Risk>, Vec<&Risk>) = of_kind.partition(|risk| risk.off.is_none());
        force.into_iter().chain(off).map(line).collect()
    }

    fn origin_lines(&self) -> Vec<String> {
        let origins = &self.origins;
        let mut lines = Vec::new();
        match (&origins.license, &origins.license_file) {
            (Some(license), Some(file)) => lines.push(format!("the package: {license}, with {file}")),
            (Some(license), None) => lines.push(format!("the package: {license}, without its text")),
            (None, Some(file)) => lines.push(format!("the package names no licence; see {file}")),
            (None, None) if self.ours => {}
            (None, None) => lines.push("the package has no licence: nobody said that you may use it".to_owned()),
        }
        for (license, count) in origins.restrictive() {
            lines.push(format!("{count} of {} sources: {license}; look whether you may", origins.sources));
        }
        let files = |lines: &mut Vec<String>, files: &BTreeSet<String>, what: &str| {
            if !files.is_empty() {
                let names: Vec<String> = files.iter().cloned().collect();
                lines.push(format!("{} {what}: {}", names.len(), some(&names)));
            }
        };
        files(&mut lines, &origins.unlicensed, "with a source that names no licence");
        files(&mut lines, &origins.unpinned, "with a source that is pinned to no commit");
        if !origins.verified.is_empty() {
            lines.push(format!("{} compared with the digest of their source", origins.verified.len()));
        }
        files(&mut lines, &origins.referenced, "with a text elsewhere; an import fetches nothing of it");
        lines
    }
}

fn secret(line: &SecretLine) -> String {
    let need = if line.required { "required" } else { "optional" };
    format!("{} ({need}) for {}", line.name, some(&line.wanted_by))
}

fn ticket_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name).trim_end_matches(".md")
}

/// The first few names, and how many more there are.
fn some(names: &[String]) -> String {
    let first = names.iter().take(NAMES_SHOWN_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES_SHOWN_MAX) {
        0 => first,
        more => format!("{first}, and {more} more"),
    }
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn plain(&mut self, line: &str) {
        self.text.push_str(&printable(line));
        self.text.push('\n');
    }

    fn group(&mut self, title: &str, lines: impl IntoIterator<Item = String>) {
        let lines: Vec<String> = lines.into_iter().collect();
        if lines.is_empty() {
            return;
        }
        self.text.push('\n');
        self.plain(title);
        for line in lines.iter().take(LINES_SHOWN_MAX) {
            self.plain(&format!("  {line}"));
        }
        if lines.len() > LINES_SHOWN_MAX {
            self.plain(&format!("  and {} more; `--json` has them all", lines.len() - LINES_SHOWN_MAX));
        }
    }
}

/// A text of the package in one line, not longer than a line can be.
pub fn shown(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= TEXT_CHARACTERS_MAX {
        return line;
    }
    format!("{}…", line.chars().take(TEXT_CHARACTERS_MAX).collect::<String>())
}

/// The text without anything that a terminal obeys or that turns the reading direction: a package must not be
/// able to change what a person sees of it.
fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        let turns = matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        if character.is_control() || turns {
            write!(safe, "{}", character.escape_unicode()).expect("a string takes any text");
        } else {
            safe.push(character);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_cannot_change_what_is_seen_of_it() {
        let preview = Preview {
            name: "Evil\u{1b}[2J\u{202e}live".to_owned(),
            origin: "./x".to_owned(),
            notes: vec!["a\nb".to_owned()],
            ..Preview::default()
        };
        let text = preview.text();
        assert!(text.starts_with("Evil\\u{1b}[2J\\u{202e}live, from ./x\n"), "{text}");
        assert!(text.ends_with("  a\\u{a}b\n"), "{text}");
        assert_eq!(shown("a\n  b\tc"), "a b c");
        assert_eq!(shown(&"x".repeat(500)).chars().count(), TEXT_CHARACTERS_MAX + 1);
    }

    #[test]
    fn long_lists_are_counted() {
        let names: Vec<String> = (0..20).map(|number| format!("n{number}")).collect();
        assert!(some(&names).ends_with("n11, and 8 more"), "{}", some(&names));
        assert_eq!(some(&names[..2]), "n0, n1");
    }
}
