//! A newer version of a package, merged with what people have changed since the last one was imported.
//!
//! The base of every merge is the text that was imported, which the company keeps ([`super::lock`]). A person's
//! word counts wherever both changed the same thing, and what a person took out stays out.

use super::Change;
use super::collide::Naming;
use super::gather::{Gathered, Placed};
use super::lock::{LockedFile, PackageLock};
use super::obeyed::{hidden, is_record};
use super::preview::{Conflict, Preview, Skipped};
use super::risks::{Risk, RiskKind, risks};
use super::{Live, arrive};
use crate::diag::line_column;
use crate::format::layout::{self, Kind};
use crate::format::merge;
use crate::format::package::PackageFile;
use crate::format::package::things::{self, Thing};
use std::collections::{BTreeMap, BTreeSet};

/// The folder each thing of an earlier version got, or `None` where it stayed out or was taken out since.
pub fn known(lock: &PackageLock, live: &BTreeMap<String, Thing>) -> BTreeMap<String, Option<String>> {
    let here = |folder: &Option<String>| folder.clone().filter(|folder| live.contains_key(folder));
    lock.things.iter().map(|(thing, folder)| (thing.clone(), here(folder))).collect()
}

/// Merges what was gathered with what the company has, in place, and returns the files that go.
pub fn merge(
    gathered: &mut Gathered,
    lock: &PackageLock,
    live: &Live<'_>,
    naming: &Naming,
    preview: &mut Preview,
) -> Vec<Change> {
    preview.earlier.clone_from(&lock.version);
    let mut stays_out = Vec::new();
    for (path, placed) in gathered.placed.iter_mut().filter(|(_, placed)| placed.merges) {
        let theirs = std::mem::take(&mut placed.bytes);
        let found = match (lock.files.get(path), live.files.get(path).map(|file| file.bytes.as_slice())) {
            (None, None) => Found::Theirs,
            (None, Some(ours)) if ours == theirs.as_slice() => Found::Theirs,
            (None, Some(_)) => Found::Both(vec!["the whole file, which both made".to_owned()], None),
            (Some(_), None) => {
                stays_out.push(path.clone());
                continue;
            }
            (Some(base), Some(ours)) => meet(path, base, ours, &theirs),
        };
        let ours = live.files.get(path).map(|file| file.bytes.clone()).unwrap_or_default();
        placed.bytes = match found {
            Found::Theirs => theirs,
            Found::Ours => ours,
            Found::Both(keys, merged) => {
                preview.conflicts.extend(keys.into_iter().map(|key| Conflict { path: path.clone(), key }));
                merged.map_or(ours, String::into_bytes)
            }
        };
        stop(path, placed, live, preview);
    }
    for path in stays_out {
        gathered.placed.remove(&path);
        preview.skipped.push(Skipped { what: path, why: "you took it out".to_owned() });
    }
    tell_risks(gathered, live, preview);
    gone(gathered, lock, live, naming, preview)
}

/// Whose text a file has after the merge.
enum Found {
    Theirs,
    Ours,
    /// Merged (or ours, if it cannot be), with what both changed.
    Both(Vec<String>, Option<String>),
}

/// Merges one file that was imported and is still there.
fn meet(path: &str, base: &LockedFile, ours: &[u8], theirs: &[u8]) -> Found {
    if base.is(ours) {
        return Found::Theirs;
    }
    if base.is(theirs) || ours == theirs {
        return Found::Ours;
    }
    let texts = (base.text.as_deref(), std::str::from_utf8(ours).ok(), std::str::from_utf8(theirs).ok());
    let (Some(base), Some(ours), Some(theirs)) = texts else {
        return Found::Both(vec!["the whole file, which is no text".to_owned()], None);
    };
    let merged = merge::merge(path, base, ours, theirs);
    let key = |conflict: &merge::Conflict| match conflict {
        merge::Conflict::Value { path, .. } => format!("`{path}`"),
        merge::Conflict::Lines { at, .. } => format!("the text at line {}", line_column(&merged.text, *at).0),
    };
    Found::Both(merged.conflicts.iter().map(key).collect(), Some(merged.text))
}

/// Switches off what would now execute something, or start by itself, that it did not before.
fn stop(path: &str, placed: &mut Placed, live: &Live<'_>, preview: &mut Preview) {
    let kind = layout::locate(path).kind;
    if !matches!(kind, Kind::AgentSettings | Kind::Routine) {
        return;
    }
    let before: BTreeSet<String> = live.files.get(path).map(|file| words(&risks(path, file, None))).unwrap_or_default();
    let Ok(text) = std::str::from_utf8(&placed.bytes).map(str::to_owned) else { return };
    let now = words(&risks(path, &PackageFile::text(text.as_str()), None));
    if now.is_subset(&before) {
        return;
    }
    let off = if kind == Kind::Routine { arrive::routine_off(path, &text) } else { arrive::agent_off(path, &text) };
    if let Some(off) = off.filter(|off| *off != text) {
        preview.notes.push(format!("{path} is paused: it would run or start something new"));
        placed.bytes = off.into_bytes();
    }
}

/// What executes or starts by itself, without why it does not do so yet.
fn words(risks: &[Risk]) -> BTreeSet<String> {
    risks.iter().filter(|risk| risk.kind != RiskKind::Budget).map(|risk| risk.what.clone()).collect()
}

/// Only what this update changes is to be told again.
fn tell_risks(gathered: &Gathered, live: &Live<'_>, preview: &mut Preview) {
    let unchanged = |path: &str| match (gathered.placed.get(path), live.files.get(path)) {
        (Some(placed), Some(file)) => placed.bytes == file.bytes,
        (None, _) => true,
        _ => false,
    };
    preview.risks.retain(|risk| match live.files.get(&risk.path) {
        _ if unchanged(&risk.path) => false,
        Some(file) => {
            let before = risks(&risk.path, file, None);
            // A script that changed is told again even though it was a script before.
            let same = before.iter().any(|before| before.kind == risk.kind && before.what == risk.what);
            !same || layout::locate(&risk.path).kind == Kind::Other
        }
        None => true,
    });
}

/// Files the package no longer has: they go if nobody here has touched them or what they belong to.
fn gone(
    gathered: &mut Gathered,
    lock: &PackageLock,
    live: &Live<'_>,
    naming: &Naming,
    preview: &mut Preview,
) -> Vec<Change> {
    let here: BTreeSet<&str> =
        naming.named.values().filter(|named| named.fate.comes()).map(|named| named.folder.as_str()).collect();
    let touched = |path: &str| match (lock.files.get(path), live.files.get(path)) {
        (Some(base), Some(file)) => !base.is(&file.bytes),
        (None, Some(_)) => true,
        (_, None) => false,
    };
    let aside = format!("packages/{}/files/", preview.slug);
    let mut kept: BTreeSet<String> = BTreeSet::new();
    let mut going = Vec::new();
    for path in lock.files.keys() {
        // A lock is a file like any other; it cannot take away what no package can bring.
        let brought = !is_record(path) && !hidden(path) || path.starts_with(&aside);
        let still = gathered.placed.contains_key(path);
        let Some(file) = live.files.get(path).filter(|_| brought && !still) else { continue };
        // A thing is kept whole: half an agent is worse than one too many.
        let owner = things::owner(path).map(|thing| thing.folder).filter(|folder| !here.contains(folder.as_str()));
        let any = owner.as_ref().is_some_and(|folder| {
            let inside = format!("{folder}/");
            live.files.keys().any(|other| other.starts_with(&inside) && touched(other))
        });
        if any || touched(path) {
            kept.insert(owner.filter(|_| any).unwrap_or_else(|| path.clone()));
            continue;
        }
        going.push(Change { path: path.clone(), before: Some(file.bytes.clone()), after: None });
    }
    for path in kept {
        let why = "the package no longer has it; it is kept, because you changed it".to_owned();
        preview.skipped.push(Skipped { what: path, why });
    }
    going
}
