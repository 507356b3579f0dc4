//! Durable changes of a company, beside `git commit` and beside plain writes of the same files.

use super::company::Measured;
use super::{BenchError, Clock, Cost, Watch};
use crate::store::message::Message;
use crate::store::writer::{Author, Durability, Expect, FileChange, Mutation, Options, Shared, Writer};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Callers that wait at the same time.
pub const CALLERS: usize = 16;

/// Changes of a figure that are made one after the other, unless another number is asked for.
pub const CHANGES: usize = 200;

/// How many times as many all callers make together.
const TOGETHER: usize = 8;

/// The part of them that git makes, which takes longer.
const BY_GIT: usize = 10;

/// One way of changing files, and what it costs.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Row {
    /// Who changes them.
    pub what: &'static str,
    /// How many callers wait at the same time.
    pub callers: usize,
    /// Whether a change is on the platter before it is answered.
    pub durable: bool,
    /// What it costs.
    #[serde(flatten)]
    pub cost: Cost,
}

/// Measures every way in a company of this many tickets, by this many changes. `tell` hears of each as it is done.
///
/// # Errors
/// [`BenchError`].
pub fn measure(
    parent: &Path,
    tickets: usize,
    count: usize,
    clock: &dyn Clock,
    tell: &mut dyn FnMut(&Row),
) -> Result<Vec<Row>, BenchError> {
    let company = Measured::new(parent, tickets)?;
    let mut changes = Changes::new(&company);
    let mut rows = Vec::new();
    let mut row = |what, callers, durable, cost| {
        let row = Row { what, callers, durable, cost };
        tell(&row);
        rows.push(row);
    };
    for durable in [false, true] {
        row("plain files", 1, durable, plain(&company, &changes.take(count), clock, durable)?);
    }
    let before = company.commits()?;
    let mut answered = 0;
    for (durable, durability) in [(false, Durability::Relaxed), (true, Durability::Full)] {
        let options = Options { durability, patience_ms: 60_000, ..Options::new(company.root()) };
        let mutations = changes.take(count + 1);
        row("corp", 1, durable, one_by_one(Writer::open(options.clone())?, &mutations, clock)?);
        let together = changes.take(count * TOGETHER + 1);
        row("corp", CALLERS, durable, by_many(Writer::open(options)?, &together, clock)?);
        answered += mutations.len() + together.len();
    }
    let mutations = changes.take(count);
    let opened = Options { patience_ms: 60_000, ..Options::new(company.root()) };
    row("corp, opened each time", 1, true, opened_each_time(&opened, &mutations, clock)?);
    answered += mutations.len();
    let found = company.commits()?.saturating_sub(before);
    if found != answered {
        return Err(BenchError::Lost { wanted: answered, found });
    }
    for (durable, setting) in [(false, "core.fsync=none"), (true, "core.fsync=all")] {
        row("git add and commit", 1, durable, by_git(&company, &changes.take(count.div_ceil(BY_GIT)), clock, setting)?);
    }
    Ok(rows)
}

/// What is changed: of four changes two are of tickets, one is a new comment and one a new ticket.
#[derive(Debug)]
pub(super) struct Changes {
    tickets: Vec<(String, String)>,
    count: usize,
}

impl Changes {
    pub(super) fn new(company: &Measured) -> Self {
        Self { tickets: company.tickets.clone(), count: 0 }
    }

    /// The next `count` mutations.
    pub(super) fn take(&mut self, count: usize) -> Vec<Mutation> {
        (0..count).map(|_| self.next()).collect()
    }

    fn next(&mut self) -> Mutation {
        let (subject, path, before, text) = self.next_file();
        Mutation {
            author: Author { name: "Ada".to_owned(), email: "ada@localhost".to_owned() },
            at: jiff::Timestamp::UNIX_EPOCH,
            message: Message::new(&subject),
            changes: vec![FileChange { path, before, after: Some(text.into_bytes()) }],
        }
    }

    fn next_file(&mut self) -> (String, String, Expect, String) {
        self.count += 1;
        let count = self.count;
        // Far apart, as in real life: neighbours would share their folders' objects.
        let at = count.wrapping_mul(7_919) % self.tickets.len();
        let (path, text) = self.tickets[at].clone();
        match count % 4 {
            0 => {
                let number = self.tickets.len() + 1;
                let path = format!("tickets/{:04}/SPEC-{number}.md", number / 100);
                let text = text.replacen("title: ", "title: Also ", 1);
                self.tickets.push((path.clone(), text.clone()));
                (format!("SPEC-{number}: made"), path, Expect::Absent, text)
            }
            1 => {
                let path = format!("{}/20261120T{count:06}Z-ada-{count:04x}.md", path.trim_end_matches(".md"));
                let text = format!("---\nauthor: ada\nkind: comment\n---\nThis is comment {count}, and says enough.\n");
                (format!("comment {count}"), path, Expect::Absent, text)
            }
            _ => {
                let changed = text.replacen("\nfence: ", &format!("\nstarted: {count}\nfence: "), 1);
                (format!("{path}: changed"), path, Expect::Anything, changed)
            }
        }
    }
}

/// The files alone: written beside, renamed into place; with a barrier, the file and its folder are synced.
fn plain(company: &Measured, changes: &[Mutation], clock: &dyn Clock, durable: bool) -> Result<Cost, BenchError> {
    let root = company.beside().join("plain");
    let files: Vec<&FileChange> = changes.iter().flat_map(|mutation| &mutation.changes).collect();
    for change in &files {
        let folder = folder_of(&root, &change.path);
        fs::create_dir_all(&folder).map_err(BenchError::io(folder))?;
    }
    timed(clock, &files, |change| {
        let path = root.join(&change.path);
        let write = || {
            let new = path.with_extension("new");
            fs::write(&new, change.after.as_deref().unwrap_or_default())?;
            if durable {
                File::open(&new)?.sync_data()?;
            }
            fs::rename(&new, &path)?;
            if durable { File::open(folder_of(&root, &change.path))?.sync_all() } else { Ok(()) }
        };
        write().map_err(BenchError::io(&path))
    })
}

fn folder_of(root: &Path, path: &str) -> PathBuf {
    root.join(path.rsplit_once('/').map_or("", |(folder, _)| folder))
}

fn one_by_one(mut writer: Writer, mutations: &[Mutation], clock: &dyn Clock) -> Result<Cost, BenchError> {
    // The first one opens the journal and reads the index.
    let (first, others) = mutations.split_at(1);
    commit(&mut writer, &first[0])?;
    timed(clock, others, |mutation| commit(&mut writer, mutation))
}

fn opened_each_time(options: &Options, mutations: &[Mutation], clock: &dyn Clock) -> Result<Cost, BenchError> {
    timed(clock, mutations, |mutation| commit(&mut Writer::open(options.clone())?, mutation))
}

fn commit(writer: &mut Writer, mutation: &Mutation) -> Result<(), BenchError> {
    for answer in writer.commit(std::slice::from_ref(mutation)) {
        answer?;
    }
    Ok(())
}

/// All callers at once, each with the next change as soon as its last one is answered.
fn by_many(mut writer: Writer, mutations: &[Mutation], clock: &dyn Clock) -> Result<Cost, BenchError> {
    let (first, others) = mutations.split_at(1);
    commit(&mut writer, &first[0])?;
    let shared = Shared::new(writer).map_err(BenchError::io("a thread"))?;
    let next = AtomicUsize::new(0);
    let waits = Mutex::new(Ok(Vec::new()));
    let watch = Watch::start(clock);
    let call = || {
        let mut mine = Vec::new();
        while let Some(mutation) = others.get(next.fetch_add(1, Ordering::Relaxed)) {
            let start = clock.wall();
            let answer = shared.commit(mutation.clone());
            mine.push(answer.map(|_| clock.wall() - start));
        }
        if let Ok(mut waits) = waits.lock() {
            for wait in mine {
                match (wait, &mut *waits) {
                    (Ok(wait), Ok(waits)) => waits.push(wait),
                    (Err(error), Ok(_)) => *waits = Err(error),
                    (_, Err(_)) => {}
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(call);
        }
    });
    let waits = waits.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)?;
    Ok(watch.stop(waits))
}

fn by_git(company: &Measured, changes: &[Mutation], clock: &dyn Clock, setting: &str) -> Result<Cost, BenchError> {
    let files: Vec<&FileChange> = changes.iter().flat_map(|mutation| &mutation.changes).collect();
    timed(clock, &files, |change| {
        let path = company.root().join(&change.path);
        let folder = folder_of(&company.root(), &change.path);
        fs::create_dir_all(&folder).map_err(BenchError::io(folder))?;
        fs::write(&path, change.after.as_deref().unwrap_or_default()).map_err(BenchError::io(path))?;
        company.git(&["-c", setting, "add", "--", &change.path])?;
        company.git(&["-c", setting, "commit", "-qm", "by git"])
    })
}

fn timed<T>(
    clock: &dyn Clock,
    things: &[T],
    mut change: impl FnMut(&T) -> Result<(), BenchError>,
) -> Result<Cost, BenchError> {
    let watch = Watch::start(clock);
    let waits: Result<Vec<Duration>, BenchError> = things
        .iter()
        .map(|thing| {
            let start = clock.wall();
            change(thing)?;
            Ok(clock.wall() - start)
        })
        .collect();
    Ok(watch.stop(waits?))
}
