//! What an import would do to a company: a [`Plan`] of files and a [`Preview`] for a person, decided from the
//! package and the company alone.
//!
//! One file per idea: [`content`] (what the package says), [`select`] (what is wanted), [`collide`] (what it is
//! called here) and [`named`] (what of it has which name), [`managers`] and [`references`] (who means whom), [`gather`] (which file goes where), [`obeyed`]
//! (what must be kept aside), [`arrive`] (how it is switched off), [`complete`] (what is written for it),
//! [`tickets`] (work out of seeds), [`risks`], [`origins`] and [`wanted`] (what a person must see), [`lock`] and
//! [`update`] (what a newer version is merged with), [`preview`] (how it is told). Nothing is read or written here; `store` fetches before and places after.

pub mod arrive;
pub mod collide;
pub mod complete;
pub mod content;
pub mod gather;
pub mod legacy;
pub mod lock;
pub mod managers;
mod named;
pub mod obeyed;
pub mod origins;
pub mod preview;
pub mod references;
pub mod risks;
pub mod select;
pub mod tickets;
pub mod update;
pub mod wanted;

use super::Tree;
use super::things::ThingKind;
use crate::format::{Draft, document, template};
use arrive::Founder;
use collide::OnCollision;
use content::Package;
use lock::{LockedFile, PackageLock};
use preview::Preview;
use std::collections::{BTreeMap, BTreeSet};

/// What a person asked for.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the package comes from, as it is shown.
    pub origin: String,
    /// What it is called there: the last part of the path, for a package without a name.
    pub name: String,
    /// The commit it is at, if that is known.
    pub commit: Option<String>,
    /// The agent of the company that the package's first agent reports to.
    pub under: Option<String>,
    /// What is wanted of the package; empty: everything.
    pub only: Vec<String>,
    /// What to do with names the company has; `None`: rename, but not a whole package twice.
    pub on_collision: Option<OnCollision>,
    /// Whether a newer version is merged into what an earlier import brought.
    pub update: bool,
    /// Whether what comes is at work at once: it is a part of this program, and a person asked for it.
    pub at_work: bool,
    /// Who founds the company, if it becomes one.
    pub founder: Founder,
    /// When.
    pub now: jiff::Timestamp,
}

/// The company that a package comes into.
#[derive(Debug, Clone, Copy)]
pub struct Live<'a> {
    /// Its files, read.
    pub draft: &'a Draft,
    /// The bytes of its definitions: everything outside the folders of records.
    pub files: &'a Tree,
}

/// What is there before and after, of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where, relative to the company.
    pub path: String,
    /// What is there; `None`: nothing.
    pub before: Option<Vec<u8>>,
    /// What will be there; `None`: nothing.
    pub after: Option<Vec<u8>>,
}

/// What an import would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The package's slug.
    pub slug: String,
    /// The files to write and remove, by path.
    pub changes: Vec<Change>,
    /// The same for a person.
    pub preview: Preview,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A company was to be founded from a package that is none.
    #[error("this package is no company: it has no COMPANY.md")]
    NoCompany,
    /// There is nothing in it.
    #[error("there is nothing in this package that a company has a place for")]
    Empty,
    /// The package's first agent must report to somebody.
    #[error("say whom the package's {} reports to", list(roots))]
    UnderNeeded {
        /// The package's agents that report to nobody.
        roots: Vec<String>,
        /// The company's agents.
        agents: Vec<String>,
    },
    /// There is no such agent.
    #[error("the company has no agent `{slug}`")]
    NoSuchAgent {
        /// What was asked for.
        slug: String,
        /// The company's agents.
        agents: Vec<String>,
    },
    /// There is no company to put it under.
    #[error("`--under {slug}` needs a company that is there already")]
    UnderNew {
        /// What was asked for.
        slug: String,
    },
    /// Nothing answers to a word of `--only`.
    #[error("there is no `{word}` in this package")]
    NoSuchThing {
        /// The word.
        word: String,
        /// What there is.
        things: Vec<String>,
    },
    /// Content of the package is not what the package says it is.
    #[error("{path} is not what its source says it is: {why}")]
    Mismatch {
        /// The file.
        path: String,
        /// What was compared.
        why: String,
    },
    /// There is nothing to update.
    #[error("`{slug}` was never imported here")]
    NeverImported {
        /// The package's slug.
        slug: String,
        /// What was imported.
        packages: Vec<String>,
    },
    /// What was imported before cannot be read.
    #[error("{path}: {why}")]
    BadLock {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: lock::LockError,
    },
    /// The package is in the company already.
    #[error("`{slug}` was imported here before")]
    AlreadyImported {
        /// The package's slug.
        slug: String,
    },
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Decides what importing `tree` would do: to `live`, or as a new company.
///
/// # Errors
/// [`PlanError`]: what must be said or changed first.
pub fn plan(tree: &Tree, live: Option<&Live<'_>>, options: &Options) -> Result<Plan, PlanError> {
    let package = Package::read(tree, &options.name);
    if live.is_none() && !package.adopted.files.contains_key("COMPANY.md") {
        return Err(PlanError::NoCompany);
    }
    if package.things.is_empty() && package.draft.company.is_none() {
        return Err(PlanError::Empty);
    }
    if let (None, Some(slug)) = (live, &options.under) {
        return Err(PlanError::UnderNew { slug: slug.clone() });
    }
    let (slug, lock) = home(&package, live, options)?;
    let naming = named::names(&package, live, options, lock.as_ref())?;
    let options = &Options { founder: named::beside(&options.founder, &naming), ..options.clone() };
    let under = managers::managers(&package, &naming, live, options, lock.as_ref())?;
    let mut gathered = gather::gather(&gather::Sorting {
        package: &package,
        naming: &naming,
        live,
        options,
        slug: &slug,
        under: &under,
        lock: lock.as_ref(),
    });
    let mut preview = gathered.preview(&package, &naming, options);
    if let Some((path, why)) = preview.origins.mismatched.pop_first() {
        return Err(PlanError::Mismatch { path, why });
    }
    preview.new_company = live.is_none();
    preview.ours = options.at_work;
    named::tell_names(&naming, &package, &mut preview);
    if preview.added.contains_key(&ThingKind::Agent) && !options.at_work {
        preview.notes.push("the agents arrive paused, and nothing that comes again is switched on".to_owned());
    }
    found(&mut gathered, live, &package, options, &mut preview);
    seed(&mut gathered, live, &package, options, lock.as_ref(), &mut preview);
    let brought: BTreeMap<String, Vec<u8>> =
        gathered.placed.iter().filter(|(_, p)| p.merges).map(|(path, p)| (path.clone(), p.bytes.clone())).collect();
    let removed = match (live, &lock) {
        (Some(live), Some(lock)) => update::merge(&mut gathered, lock, live, &naming, &mut preview),
        _ => Vec::new(),
    };
    let mut changes = changes(&gathered, live);
    changes.extend(removed);
    let new = PackageLock {
        origin: options.origin.clone(),
        commit: options.commit.clone(),
        version: preview.version.clone(),
        under: options.under.clone().or_else(|| lock.as_ref()?.under.clone()),
        only: lock.as_ref().map_or_else(|| options.only.clone(), |lock| lock.only.clone()),
        things: naming.named.values().map(locked).collect(),
        files: brought.into_iter().map(|(path, bytes)| (path, LockedFile::new(&bytes))).collect(),
    };
    // A package that is the same, and only lies elsewhere now, is no change.
    let same = lock.is_some_and(|lock| lock.things == new.things && lock.files == new.files && changes.is_empty());
    let path = lock::path(&slug);
    if !same {
        let before = live.and_then(|live| live.files.get(&path)).map(|file| file.bytes.clone());
        changes.push(Change { path: path.clone(), before, after: Some(new.write().into_bytes()) });
    }
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    preview.keep_only(&changes, &path);
    Ok(Plan { slug, changes, preview })
}

fn locked(named: &collide::Named) -> (String, Option<String>) {
    (named.thing.folder.clone(), named.fate.comes().then(|| named.folder.clone()))
}

/// The slug under which the company keeps what belongs to the package as a whole, and, for an update, what was
/// imported before.
fn home(
    package: &Package,
    live: Option<&Live<'_>>,
    options: &Options,
) -> Result<(String, Option<PackageLock>), PlanError> {
    let found = |slug: &str| live.and_then(|live| live.files.get(&lock::path(slug)));
    if options.update {
        let Some(file) = found(&package.slug) else {
            let packages = live.map(|live| imported(live.files)).unwrap_or_default();
            return Err(PlanError::NeverImported { slug: package.slug.clone(), packages });
        };
        let text = file.as_text().unwrap_or_default();
        let lock =
            PackageLock::read(text).map_err(|why| PlanError::BadLock { path: lock::path(&package.slug), why })?;
        return Ok((package.slug.clone(), Some(lock)));
    }
    if found(&package.slug).is_none() {
        return Ok((package.slug.clone(), None));
    }
    if options.on_collision.is_none() {
        return Err(PlanError::AlreadyImported { slug: package.slug.clone() });
    }
    let numbered = |number| format!("{}-{number}", package.slug);
    Ok(((2..).map(numbered).find(|slug| found(slug).is_none()).expect("some number is free"), None))
}

/// The packages that were imported into a company with these files.
fn imported(files: &Tree) -> Vec<String> {
    let slug = |path: &String| Some(path.strip_prefix("packages/")?.strip_suffix("/package.lock")?.to_owned());
    files.keys().filter_map(slug).collect()
}

/// Writes what makes a package a company that can be run.
fn found(
    gathered: &mut gather::Gathered,
    live: Option<&Live<'_>>,
    package: &Package,
    options: &Options,
    preview: &mut Preview,
) {
    if live.is_some() {
        return;
    }
    let prefix = template::prefix_of(&package.slug);
    gathered.put("corp.yaml".to_owned(), arrive::corp_file(&prefix, &options.founder).into_bytes());
    preview.written.push("corp.yaml".to_owned());
    for (path, text) in template::hints() {
        gathered.put(path, text.into_bytes());
    }
}

/// Makes a ticket of every task that does not come again and has had none.
fn seed(
    gathered: &mut gather::Gathered,
    live: Option<&Live<'_>>,
    package: &Package,
    options: &Options,
    lock: Option<&PackageLock>,
    preview: &mut Preview,
) {
    let prefix = live.and_then(|live| live.draft.corp.as_ref()?.ticket_prefix.clone());
    let prefix = prefix.filter(|prefix| crate::model::id::check_ticket_prefix(prefix).is_ok());
    let prefix = prefix.unwrap_or_else(|| template::prefix_of(&package.slug));
    let mut numbers = match live {
        Some(live) => tickets::Numbers::after(live.draft, &prefix),
        None => tickets::Numbers::fresh(&prefix),
    };
    let had: BTreeSet<&str> = live.map(|live| tickets::seeds(live.draft)).unwrap_or_default();
    let by = options.founder.board.as_ref().map(|person| person.id.as_str());
    for (folder, text) in gathered.seeds() {
        let seeded = lock.is_some_and(|lock| lock.files.contains_key(&format!("{folder}/TASK.md")));
        if seeded || had.contains(folder.as_str()) {
            continue;
        }
        let document::Document::Task(file) = document::read(&format!("{folder}/TASK.md"), &text).0 else { continue };
        if let Some(made) = tickets::ticket(&folder, &file, &text, &mut numbers, options.now, by) {
            preview.tickets.push(preview::TicketLine {
                path: made.path.clone(),
                title: made.title,
                assignee: made.assignee,
            });
            gathered.put(made.path, made.text.into_bytes());
        }
    }
}

/// Every file that is not as it will be.
fn changes(gathered: &gather::Gathered, live: Option<&Live<'_>>) -> Vec<Change> {
    let before = |path: &str| live.and_then(|live| live.files.get(path)).map(|file| file.bytes.clone());
    gathered
        .placed
        .iter()
        .map(|(path, placed)| Change { path: path.clone(), before: before(path), after: Some(placed.bytes.clone()) })
        .filter(|change| change.before != change.after)
        .collect()
}

/// The slug of a package, by which a new company's folder is called.
pub fn slug_of(tree: &Tree, name: &str) -> String {
    Package::read(tree, name).slug
}

#[cfg(test)]
mod tests;
