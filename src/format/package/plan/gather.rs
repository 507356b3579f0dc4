//! Every file of a package and where it goes: into its thing's folder, beside the company's files, or aside.

use super::arrive;
use super::collide::{Fate, Naming};
use super::content::Package;
use super::lock::PackageLock;
use super::obeyed::{hidden, is_front, is_record};
use super::origins::origins;
use super::preview::{Moved, Preview, Skipped};
use super::references::references;
use super::risks::{Risk, RiskKind, risks};
use super::wanted::secrets;
use super::{Live, Options};
use crate::diag::KeyPath;
use crate::format::layout::{self, Kind};
use crate::format::package::PackageFile;
use crate::format::package::things::{self, Thing};
use crate::format::patch::{Edit, Value, patch};
use std::collections::{BTreeMap, BTreeSet};

/// The file with the company's budgets.
pub(super) const BUDGETS: &str = "budgets.yaml";

/// What is sorted, and by what.
#[derive(Debug, Clone, Copy)]
pub struct Sorting<'a> {
    /// The package.
    pub package: &'a Package,
    /// What its things are called in the company.
    pub naming: &'a Naming,
    /// The company, if there is one already.
    pub live: Option<&'a Live<'a>>,
    /// What a person asked for.
    pub options: &'a Options,
    /// The slug under which the company keeps what belongs to the package as a whole.
    pub slug: &'a str,
    /// To whom agents report whose manager does not come.
    pub under: &'a BTreeMap<String, Option<String>>,
    /// What an earlier import brought, if this one brings a newer version.
    pub lock: Option<&'a PackageLock>,
}

/// A file in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether a newer version of the package may change it later.
    pub merges: bool,
}

/// All files in their places, and what is to be told about them.
#[derive(Debug, Default)]
pub struct Gathered {
    /// By their path in the company.
    pub placed: BTreeMap<String, Placed>,
    pub(super) files: Vec<String>,
    pub(super) written: Vec<String>,
    pub(super) aside: Vec<Moved>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) risks: Vec<Risk>,
    pub(super) notes: Vec<String>,
}

impl Gathered {
    /// Puts a file of the program's own somewhere.
    pub fn put(&mut self, path: String, bytes: Vec<u8>) {
        self.placed.insert(path, Placed { bytes, merges: false });
    }

    /// Every task that does not come again: its folder and its file's text.
    pub fn seeds(&self) -> Vec<(String, String)> {
        let again = |folder: &str, text: &str| {
            let document = crate::format::read(&format!("{folder}/TASK.md"), text).0;
            let crate::format::Document::Task(task) = document else { return true };
            task.recurring == Some(true)
                || task.schedule.is_some()
                || self.placed.contains_key(&format!("{folder}/routine.yaml"))
        };
        self.placed
            .iter()
            .filter(|(path, _)| layout::locate(path).kind == Kind::Task)
            .filter_map(|(path, placed)| {
                let folder = layout::locate(path).folder.to_owned();
                let text = std::str::from_utf8(&placed.bytes).ok()?.to_owned();
                (!again(&folder, &text)).then_some((folder, text))
            })
            .collect()
    }

    /// What there is to tell about the package and its files.
    pub fn preview(&mut self, package: &Package, naming: &Naming, options: &Options) -> Preview {
        let comes = |path: &str| things::owner(path).is_none() || naming.target(path).is_some();
        let mut notes = std::mem::take(&mut self.notes);
        notes.extend(package.adopted.notes.iter().cloned());
        let wrong: BTreeSet<&str> = package.errors.iter().map(|(path, _)| path.as_str()).collect();
        if let Some((path, message)) = package.errors.first() {
            let more = match wrong.len() - 1 {
                0 => String::new(),
                1 => ", and another file has errors".to_owned(),
                more => format!(", and {more} more files have errors"),
            };
            notes.push(format!("{path} has an error: {message}{more}; `corp check` shows where"));
        }
        self.risks.sort();
        Preview {
            name: package.name.clone(),
            slug: package.slug.clone(),
            version: package.draft.company.as_ref().and_then(|company| company.version.clone()),
            origin: options.origin.clone(),
            commit: options.commit.clone(),
            files: std::mem::take(&mut self.files),
            written: std::mem::take(&mut self.written),
            aside: std::mem::take(&mut self.aside),
            skipped: std::mem::take(&mut self.skipped),
            risks: std::mem::take(&mut self.risks),
            secrets: secrets(package, naming),
            origins: origins(&package.adopted.files, &package.draft, &comes),
            notes,
            ..Preview::default()
        }
    }
}

/// Sorts every file.
pub fn gather(sorting: &Sorting<'_>) -> Gathered {
    let mut gathered = Gathered::default();
    let package = sorting.package;
    for (path, file) in &package.adopted.files {
        sorting.own(path, file, &mut gathered);
    }
    for (path, file) in &package.adopted.made {
        if !package.adopted.files.contains_key(path) {
            sorting.made(path, file, &mut gathered);
        }
    }
    sorting.settings(&mut gathered);
    sorting.budgets(&mut gathered);
    sorting.routines(&mut gathered);
    for executes in &package.adopted.executes {
        gathered.risks.push(Risk {
            kind: RiskKind::Executes,
            path: executes.file.clone(),
            what: executes.what.trim_end_matches(" (arrives switched off)").to_owned(),
            off: Some("it arrives switched off".to_owned()),
        });
    }
    gathered
}

impl Sorting<'_> {
    /// A file of the package.
    fn own(&self, path: &str, file: &PackageFile, gathered: &mut Gathered) {
        if let Some(owner) = things::owner(path) {
            // A thing that was not asked for, or stays out, was told of as a whole.
            let Some(target) = self.naming.target(path) else { return };
            if hidden(path) {
                return self.aside(path, file, "other programs obey files like this", gathered);
            }
            return self.of_thing(&owner, path, &target, file, gathered);
        }
        let front = is_front(path);
        if !self.options.only.is_empty() && self.live.is_some() && !front {
            return;
        }
        if is_record(path) {
            return self.aside(path, file, "only this company's own count", gathered);
        }
        if hidden(path) {
            return self.aside(path, file, "other programs obey files like this", gathered);
        }
        if self.brought(path) {
            return self.place(path, path, file, gathered, true);
        }
        if path == BUDGETS && self.live.is_some() {
            return self.aside(path, file, "what it says about what comes in is in the company's own", gathered);
        }
        if front && self.live.is_some() {
            return self.aside(path, file, "it speaks for the package, not for the company", gathered);
        }
        match self.there(path) {
            Some(bytes) if bytes == file.bytes => {
                let why = "the company has the very same".to_owned();
                gathered.skipped.push(Skipped { what: path.to_owned(), why });
            }
            Some(_) => self.aside(path, file, "the company has a file of that name", gathered),
            None => self.place(path, path, file, gathered, true),
        }
    }

    /// A file of an agent, team, project, task, skill or goal.
    fn of_thing(&self, owner: &Thing, path: &str, target: &str, file: &PackageFile, gathered: &mut Gathered) {
        let replaced = self.naming.named.get(&owner.folder).is_some_and(|named| named.fate == Fate::Replaced);
        if let Some(bytes) = self.there(target) {
            // How an agent is run was decided by people here; who it is, is what was asked to be replaced.
            let settings = layout::locate(target).kind == Kind::AgentSettings;
            if bytes != file.bytes && (!replaced || settings) {
                let why = if settings { "the agent keeps its settings" } else { "the company has a file of that name" };
                return self.aside(path, file, why, gathered);
            }
        }
        self.place(path, target, file, gathered, true);
    }

    /// A file that was made out of other programs' words.
    fn made(&self, path: &str, file: &PackageFile, gathered: &mut Gathered) {
        let target = match things::owner(path) {
            Some(_) => match self.naming.target(path) {
                Some(target) => target,
                None => return,
            },
            None if self.live.is_none() => path.to_owned(),
            None if self.brought(path) => path.to_owned(),
            // The one such file is budgets.yaml, whose lines are put into the company's own.
            None => return,
        };
        if self.there(&target).is_some() {
            return;
        }
        // A timer of another program is a comment in the settings made for it.
        let timer = file.as_text().and_then(|text| text.lines().find_map(|line| line.strip_prefix("# heartbeat: ")));
        if let Some(timer) = timer {
            let off = Some("its timer is a comment in the file".to_owned());
            let what = format!("wakes by time: {timer}");
            gathered.risks.push(Risk { kind: RiskKind::Schedule, path: target.clone(), what, off });
        }
        gathered.written.push(target.clone());
        self.place(path, &target, file, gathered, false);
    }

    /// Puts a file in its place, with its references set and switched off.
    fn place(&self, path: &str, target: &str, file: &PackageFile, gathered: &mut Gathered, own: bool) {
        let text = file.as_text().map(|text| self.rewritten(path, target, text, gathered));
        let kind = layout::locate(target).kind;
        let off = match (kind, &text) {
            (Kind::AgentSettings | Kind::Routine, Some(text)) if self.options.at_work => Some(text.clone()),
            (Kind::AgentSettings, Some(text)) => arrive::agent_off(target, text),
            (Kind::Routine, Some(text)) => arrive::routine_off(target, text),
            (Kind::ProjectSettings, Some(text)) => arrive::project_off(target, text),
            (Kind::AgentSettings | Kind::Routine | Kind::ProjectSettings, None) => None,
            (_, text) => {
                let bytes = text.clone().map_or_else(|| file.bytes.clone(), String::into_bytes);
                gathered.risks.extend(risks(target, file, text.as_deref()));
                self.note_file(path, own, gathered);
                gathered.placed.insert(target.to_owned(), Placed { bytes, merges: true });
                return;
            }
        };
        let Some(off) = off else {
            return self.aside(path, file, "it cannot be read, so it cannot be switched off", gathered);
        };
        gathered.risks.extend(risks(target, file, Some(&off)));
        if own && kind == Kind::ProjectSettings && text.as_deref() != Some(off.as_str()) {
            self.aside(path, file, "its commands were taken out", gathered);
        }
        gathered.placed.insert(target.to_owned(), Placed { bytes: off.into_bytes(), merges: true });
    }

    fn note_file(&self, path: &str, own: bool, gathered: &mut Gathered) {
        if own && things::owner(path).is_none() {
            gathered.files.push(path.to_owned());
        }
    }

    /// The text with every reference meaning what it meant.
    pub(super) fn rewritten(&self, path: &str, target: &str, text: &str, gathered: &mut Gathered) -> String {
        let mut edits = references(path, target, text, self.naming);
        let located = layout::locate(path);
        if let Some(manager) = (located.kind == Kind::Agent).then(|| self.under.get(located.folder)).flatten() {
            let key = KeyPath::from("reportsTo");
            edits.retain(|edit| !matches!(edit, Edit::Set(path, _) if *path == key));
            edits.push(Edit::Set(key, manager.as_ref().map_or(Value::Null, Value::text)));
        }
        patch(path, text, &edits).unwrap_or_else(|why| {
            gathered.notes.push(format!("{target}: the names in it are still the package's: {why}"));
            text.to_owned()
        })
    }

    /// Whether an earlier import brought the file.
    fn brought(&self, path: &str) -> bool {
        self.lock.is_some_and(|lock| lock.files.contains_key(path))
    }

    /// Keeps a file where nothing obeys it.
    fn aside(&self, path: &str, file: &PackageFile, why: &str, gathered: &mut Gathered) {
        let to = format!("packages/{}/files/{path}", self.slug);
        gathered.aside.push(Moved { from: path.to_owned(), to: to.clone(), why: why.to_owned() });
        if file.executable {
            let what = "is executable".to_owned();
            let off = Some("it arrives without the executable bit".to_owned());
            gathered.risks.push(Risk { kind: RiskKind::Executes, path: to.clone(), what, off });
        }
        gathered.placed.insert(to, Placed { bytes: file.bytes.clone(), merges: true });
    }

    /// What the company has of its own at a path; what an earlier import brought is merged later.
    pub(super) fn there(&self, path: &str) -> Option<&[u8]> {
        if self.brought(path) {
            return None;
        }
        Some(self.live?.files.get(path)?.bytes.as_slice())
    }
}
