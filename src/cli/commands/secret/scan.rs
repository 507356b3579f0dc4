//! `corp secret scan`: values of secrets, and what looks like one, in the company's files.

use super::{Context, told};
use crate::cli::Outcome;
use crate::cli::ask::live;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::redact;
use crate::redact::live::Live;
use crate::store::history::versions::Version;
use crate::store::history::{History, HistoryError};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Largest file that is searched, in bytes: texts are smaller, and what is larger is data.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// Most places that are told.
const PLACES_MAX: usize = 1_000;

/// Look for values of secrets, and for what looks like one, in the company's files
#[derive(Debug, clap::Args)]
pub(super) struct Scan {
    /// These files and folders, in place of the whole company
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Only values that are known, not what merely looks like one
    #[arg(long)]
    known: bool,
    /// Also values that are known in every version that was ever committed, on any branch, and in what commits say
    #[arg(long)]
    history: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// A place.
#[derive(Debug, serde::Serialize)]
struct Hit {
    file: String,
    line: usize,
    what: String,
    /// The commit it was found in, the earliest that is known; none: the file as it lies there.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
}

pub(super) fn run(scan: &Scan, context: &Context, ui: &mut Ui) -> Outcome {
    let root = context.company_root()?;
    let live = live(context, &root)?;
    let paths = if scan.paths.is_empty() { vec![root.clone()] } else { scan.paths.clone() };
    let mut files = Vec::new();
    for path in &paths {
        gather(path, &mut files)
            .map_err(|error| CommandError::new(Exit::Environment, format!("{} cannot be read: {error}", told(path))))?;
    }
    files.sort();
    let mut hits = Vec::new();
    let mut unread = Vec::new();
    for file in &files {
        let small = std::fs::metadata(file).is_ok_and(|found| found.len() <= FILE_BYTES_MAX);
        let Some(bytes) = std::fs::read(file).ok().filter(|_| small) else {
            unread.push(told(file));
            continue;
        };
        let shown = told(file.strip_prefix(&root).unwrap_or(file));
        let line = |at: usize| 1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count();
        let found = live.find(&bytes);
        let known = found.iter().map(|seen| (seen.span.clone(), format!("the value of the secret {}", seen.name)));
        let mut places: Vec<_> = known.collect();
        if !scan.known
            && let Ok(text) = std::str::from_utf8(&bytes)
        {
            let looks = redact::find(text).into_iter();
            let own = looks.filter(|look| {
                !found.iter().any(|seen| seen.span.start < look.span.end && look.span.start < seen.span.end)
            });
            places.extend(own.map(|look| (look.span, look.kind.to_owned())));
        }
        places.sort_by_key(|(span, _)| span.start);
        hits.extend(places.into_iter().map(|(span, what)| Hit {
            file: shown.clone(),
            line: line(span.start),
            what,
            commit: None,
        }));
        if hits.len() > PLACES_MAX {
            hits.truncate(PLACES_MAX);
            ui.note(format_args!("more than {PLACES_MAX} places; the rest was not looked at"));
            break;
        }
    }
    let mut commits = 0;
    if scan.history {
        let past;
        (past, commits) = committed(&root, &live, &mut unread)?;
        hits.extend(past);
        hits.truncate(PLACES_MAX);
    }
    if scan.json {
        ui.line(format_args!("{:#}", json!(hits)));
    } else {
        for hit in &hits {
            let commit = hit.commit.as_ref().map(|commit| format!("{commit} ")).unwrap_or_default();
            ui.line(format_args!("{commit}{}:{}: {}", hit.file, hit.line, hit.what));
        }
        unread.iter().for_each(|file| ui.note(format_args!("{file}: not searched")));
        if live.is_empty() {
            ui.note("no value is known to this account; only looks were searched for");
        }
    }
    if hits.is_empty() {
        if !scan.json {
            let past = if scan.history { format!(" and {commits} commits") } else { String::new() };
            ui.note(format_args!("nothing found in {} files{past}", files.len()));
        }
        return Ok(Exit::Done);
    }
    if !scan.json {
        ui.hint("take it out, and give the secret a new value: what was committed once is known");
    }
    Ok(Exit::Refused)
}

/// Where values stand in what was ever committed, each with the earliest commit of its file, and how many commits there are.
fn committed(root: &Path, live: &Live, unread: &mut Vec<String>) -> Result<(Vec<Hit>, usize), CommandError> {
    let failed = |error: HistoryError| CommandError::new(Exit::Environment, error.to_string());
    let history = History::open(root).map_err(failed)?;
    let mut found: BTreeMap<(String, String), Hit> = BTreeMap::new();
    let mut visit = |version: &Version<'_>| {
        let commit = || history.short(version.commit);
        let file = told(Path::new(version.path));
        let Some(bytes) = version.bytes else {
            unread.push(format!("{} {file}", commit()));
            return;
        };
        for seen in live.find(bytes) {
            if found.len() >= PLACES_MAX {
                return;
            }
            let line = 1 + bytes[..seen.span.start].iter().filter(|byte| **byte == b'\n').count();
            let what = format!("the value of the secret {}", seen.name);
            found.entry((file.clone(), what.clone())).or_insert_with(|| {
                let file = file.clone();
                Hit { file, line, what, commit: Some(commit()) }
            });
        }
    };
    let commits = history.versions(&mut visit).map_err(failed)?;
    Ok((found.into_values().collect(), commits))
}

/// All files below a path, but git's own. Links are not followed.
fn gather(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let found = std::fs::symlink_metadata(path)?;
    if found.is_file() {
        files.push(path.to_owned());
    } else if found.is_dir() && path.file_name().is_none_or(|name| name != ".git") {
        for entry in std::fs::read_dir(path)? {
            gather(&entry?.path(), files)?;
        }
    }
    Ok(())
}
