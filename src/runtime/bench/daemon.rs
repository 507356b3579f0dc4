//! The daemon that is measured: a process of its own, as people start it.

use super::{Finding, RunsError, system};
use crate::model::RunId;
use crate::runtime::client;
use crate::runtime::clock::Clock;
use crate::runtime::place::{Place, Roots};
use crate::runtime::run::Folder;
use crate::runtime::wire::{Ask, Reply, Request, Who};
use crate::store::bench::company::Measured;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Longest wait for anything that happens in a moment, in seconds.
const PATIENCE_S: f64 = 240.0;

/// Between two looks at a file that is waited for: short, since it is measured by them.
pub(super) const LOOK_EVERY: Duration = Duration::from_micros(300);

/// A daemon, ended with this.
#[derive(Debug)]
pub(super) struct Daemon {
    child: Child,
    pub(super) place: Place,
    root: PathBuf,
    log: PathBuf,
    asked: AtomicUsize,
    /// How long it took from being started to answering, in milliseconds.
    pub(super) ready_ms: f64,
}

/// Processor time, in milliseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cpu {
    /// Of the daemon itself.
    pub(super) own: f64,
    /// Of all it started that have ended.
    pub(super) children: f64,
}

/// This program, to be called in the measured company's surroundings.
#[expect(clippy::disallowed_methods, reason = "the daemon that is measured is this program, started once more")]
pub(super) fn program(company: &Measured, args: &[&str]) -> Result<Command, RunsError> {
    let beside = company.beside();
    let mut command = Command::new(std::env::current_exe().map_err(system("find this program"))?);
    command.arg("-C").arg(company.root()).args(args).current_dir(beside).env_clear();
    command.env("HOME", beside.join("home")).env("XDG_STATE_HOME", beside.join("state"));
    command.env("PATH", "/usr/local/bin:/usr/bin:/bin").env("USER", "ada").env("TMPDIR", beside);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    command.stdin(Stdio::null()).stdout(Stdio::null());
    Ok(command)
}

/// How long each of so many calls of this program takes, process and all, in milliseconds.
pub(super) fn called(company: &Measured, args: &[&str], count: usize) -> Result<Vec<f64>, RunsError> {
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let started = Clock::Machine.now();
        let status = program(company, args)?
            .stderr(Stdio::null())
            .status()
            .map_err(system(format!("call corp {}", args.join(" "))))?;
        times.push(super::since(started, Clock::Machine.now()));
        if !status.success() {
            let failed = io::Error::other(format!("it ended with {status}"));
            return Err(system(format!("call corp {}", args.join(" ")))(failed));
        }
    }
    Ok(times)
}

/// Where the measured company's state lies.
pub(super) fn place(company: &Measured) -> Result<Place, RunsError> {
    let beside = company.beside();
    let roots = Roots {
        state: beside.join("state"),
        sockets: None,
        scratch: beside.to_owned(),
        config: beside.join("config"),
        home: beside.join("home"),
        programs: Vec::new(),
        moved: BTreeMap::new(),
    };
    Ok(Place::new(&roots, &company.root().canonicalize().map_err(system("find the company"))?))
}

impl Daemon {
    /// Starts it, and waits until it answers.
    pub(super) fn start(company: &Measured) -> Result<Self, RunsError> {
        let (beside, place) = (company.beside(), place(company)?);
        let root = place.root.clone();
        let log = beside.join("daemon.log");
        std::fs::create_dir_all(beside.join("home")).map_err(system("make a home"))?;
        let said = File::create(&log).map_err(system("make a log"))?;
        let started = Clock::Machine.now();
        let child = program(company, &["up"])?.stderr(said).spawn().map_err(system("start the daemon"))?;
        let mut daemon = Self { child, place, root, log, asked: AtomicUsize::new(0), ready_ms: 0.0 };
        daemon.until("the daemon did not come up", || client::ask(&daemon.place, &status()).is_ok())?;
        daemon.ready_ms = super::since(started, Clock::Machine.now());
        Ok(daemon)
    }

    /// Asks it.
    pub(super) fn ask(&self, ask: Ask) -> Result<Value, RunsError> {
        let who = Who { name: "Ada".to_owned(), email: "ada@localhost".to_owned() };
        let id = format!("bench-{}", self.asked.fetch_add(1, Ordering::Relaxed));
        let request = Request { id, by: Some(who), run: None, token: None, ask };
        match client::ask(&self.place, &request)? {
            Reply::Ok(value) => Ok(value),
            other => Err(self.not(format!("it was not done: {other:?}"))),
        }
    }

    /// Wakes an agent, and says which run comes of it.
    pub(super) fn wake(&self, agent: &str) -> Result<RunId, RunsError> {
        let answer = self.ask(Ask::Wake { agent: agent.to_owned(), ticket: None, why: None })?;
        let run = answer.get("starting").or_else(|| answer.get("queued")).and_then(Value::as_str);
        let run = run.and_then(|run| <RunId as crate::model::Scalar>::parse(run).ok());
        run.ok_or_else(|| self.not(format!("no run came of it: {answer}")))
    }

    /// When the program of a run began, by its supervisor's word, once it has ended.
    pub(super) fn began(&self, run: &str) -> Result<Timestamp, RunsError> {
        let folder = Folder::at(self.place.runs().join(run));
        let mut end = None;
        self.until("a run did not end", || {
            end = folder.end().ok().flatten();
            end.is_some()
        })?;
        let began = end.and_then(|end| end.started);
        began.ok_or_else(|| self.not(format!("the run {run} never began")))
    }

    /// Waits until a run is settled: it is written down how it ended, or it is sealed, which comes later.
    pub(super) fn until_settled(&self, run: &str) -> Result<(), RunsError> {
        let path = self.root.join(format!("ledger/open/{run}.json"));
        self.until("a run was not settled", || {
            std::fs::read_to_string(&path).map_or(true, |text| text.contains("\"outcome\""))
        })
    }

    /// Waits until something is so.
    pub(super) fn until(&self, what: &str, mut so: impl FnMut() -> bool) -> Result<(), RunsError> {
        let started = Clock::Machine.now();
        while !so() {
            if super::since(started, Clock::Machine.now()) > PATIENCE_S * 1e3 {
                return Err(self.not(what.to_owned()));
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    pub(super) fn not(&self, what: String) -> RunsError {
        RunsError::Not { what, log: self.log.clone() }
    }

    /// The names of all run folders.
    pub(super) fn runs(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.place.runs()).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }

    /// The memory that is its own, in MiB: its proportional set. None: the system does not say it to this account, since a daemon
    /// does not show its memory to others of the account.
    pub(super) fn memory(&self, what: &str) -> Result<Option<Finding>, RunsError> {
        let path = format!("/proc/{}/smaps_rollup", self.child.id());
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(None),
            read => read.map_err(system(format!("read {path}")))?,
        };
        let kib =
            text.lines().find_map(|line| line.strip_prefix("Pss:")?.trim().strip_suffix(" kB")?.parse::<f64>().ok());
        Ok(Some(Finding::figure(format!("{what} (PSS)"), 1, "MiB", kib.unwrap_or(0.0) / 1024.0)))
    }

    /// The processor time it has used so far.
    pub(super) fn cpu(&self) -> Result<Cpu, RunsError> {
        let process = format!("/proc/{}", self.child.id());
        let path = format!("{process}/stat");
        let text = std::fs::read_to_string(&path).map_err(system(format!("read {path}")))?;
        // After the name, which may hold anything, fields 16 and 17 of proc(5): user and system time of children.
        let fields = text.rsplit_once(')').map_or("", |(_, rest)| rest);
        let ticks: f64 = fields.split_whitespace().skip(13).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
        let tick = 1e3 / rustix::param::clock_ticks_per_second() as f64;
        // Its own, to the nanosecond: what is measured may be less than a tick.
        let threads = std::fs::read_dir(format!("{process}/task")).into_iter().flatten().flatten();
        let nanos: f64 = threads.filter_map(|thread| nanos(&thread.path())).sum();
        Ok(Cpu { own: nanos / 1e6, children: ticks * tick })
    }

    /// Ends it as people do.
    pub(super) fn end(&mut self) -> Result<(), RunsError> {
        self.ask(Ask::Down)?;
        self.child.wait().map_err(system("wait for the daemon"))?;
        Ok(())
    }
}

/// The processor time of a thread, in nanoseconds.
fn nanos(thread: &Path) -> Option<f64> {
    std::fs::read_to_string(thread.join("schedstat")).ok()?.split_whitespace().next()?.parse().ok()
}

fn status() -> Request {
    Request { id: String::new(), by: None, run: None, token: None, ask: Ask::Status }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It is gone already when everything went well.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
