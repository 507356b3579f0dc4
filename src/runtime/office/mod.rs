//! One company at work: its snapshot, its writer, its runs. Whoever holds an [`Office`] walks the one road:
//! event → decide → commit → perform.
//!
//! [`road`] is that road, [`asks`] and [`message`] are the words at its two ends, [`start`] begins runs, [`ended`] reads
//! how they ended, [`recover`] finds those of an earlier daemon, [`saves`] makes
//! commits of what people save, [`looks`] answers who only wants to see. Nothing here waits: waiting is the daemon's, and a
//! command that finds no daemon has nothing to wait for.

mod asks;
mod attachments;
mod branch;
mod came;
mod deliver;
mod desk;
mod ended;
mod foreign;
mod guard;
mod looks;
pub(in crate::runtime) mod message;
mod others;
mod perform;
mod prepare;
mod proposed;
mod reach;
mod recover;
mod road;
mod saves;
mod seal;
mod sealed;
mod secrets;
mod since;
mod standing;
mod start;
mod take_up;
mod taken;
mod texts;
mod told;
mod trespass;
mod word;

pub use deliver::ToLook;
pub use perform::Started;
pub use road::{Asked, Outcome};
pub use standing::{Standing, Void};
pub use word::signing_keys;

use super::chance;
use super::clock::Clock;
use super::holds;
use super::notify;
use super::place::Place;
use crate::engine::{Agenda, What, may, pending};
use crate::format::Draft;
use crate::format::snapshot as reading;
use crate::model::authority::Act;
use crate::model::local::LocalFacts;
use crate::model::{Actor, Nonce, RunId, Scalar as _, Slug, Snapshot};
use crate::runtime::secrets::elsewhere::Fetch;
use crate::runtime::wire::{Ask, Reply, Request};
use crate::store::force::{Force, ForceError};
use crate::store::hand::Keeper;
use crate::store::history::Id;
use crate::store::home::{self, HomeError};
use crate::store::search::Search;
use crate::store::writer::{Options, WriteError, Writer};
use secrets::Opened;
use serde_json::json;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

/// What a run is told that asks for what only people may.
const FOR_PEOPLE: &str = "that is for people";

/// One company at work.
#[derive(Debug)]
pub struct Office {
    /// Where its state lies on this machine.
    pub place: Place,
    clock: Clock,
    snapshot: Snapshot,
    /// The same as the sealed records alone tell it: those are read once.
    sealed: Snapshot,
    agenda: Agenda,
    force: Force,
    writer: Writer,
    /// Looks after what people save, if somebody asked for that.
    keeper: Option<Keeper>,
    /// Taken by whoever decides, so that several processes take turns.
    deciding: Arc<File>,
    /// This program, to start supervisors with.
    program: PathBuf,
    /// Runs whose supervisor is to be waited for, since the last time somebody asked.
    started: Vec<Started>,
    /// Whether it is noted who is new: only a daemon asks for anything by time.
    notes_who_is_new: bool,
    /// Whether the board is to be told something since the last time somebody asked.
    aside: bool,
    /// Tickets that were set to done by hand, and by whom: what they have to come with is to be looked at.
    looks: Vec<(crate::model::TicketId, Actor)>,
    /// What others changed, and nobody has decided about yet.
    foreign: Vec<What>,
    /// The commit up to which it is noted that what others changed was taken in.
    taken: Option<Id>,
    /// Whether this clone was home then: what came to another one nobody here has judged.
    was_home: bool,
    /// Whether something came that could not be judged.
    unjudged: bool,
    /// Runs that could not be started, with why: their end is an event of its own.
    failed: Vec<(RunId, String)>,
    /// Whether what is elsewhere is asked for beside deciding.
    fetches_beside: bool,
    /// What runs that wait need of what is elsewhere, since the last time somebody took it.
    fetches: Vec<Fetch>,
    /// Runs that wait for what is elsewhere.
    fetching: BTreeSet<RunId>,
    /// What is remembered of texts that were searched.
    search: RefCell<Search>,
    /// The values of secrets that can be opened here; `None`: they were not opened since their files changed.
    opened: RefCell<Option<Opened>>,
}

/// What this office did itself since it looked last.
#[derive(Debug, Default)]
struct Own {
    /// The files.
    paths: BTreeSet<String>,
    /// The commits.
    commits: BTreeSet<Id>,
}

/// Why a company cannot be worked with.
#[derive(Debug, thiserror::Error)]
pub enum OfficeError {
    /// The company could not be read.
    #[error("the company could not be read: {0}")]
    Force(#[from] ForceError),
    /// It could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// It could not be told which clone this is.
    #[error(transparent)]
    Home(Box<HomeError>),
    /// The system refused.
    #[error("could not {doing}: {source}")]
    System {
        /// What was being done.
        doing: String,
        /// Why not.
        source: std::io::Error,
    },
}

impl From<HomeError> for OfficeError {
    fn from(error: HomeError) -> Self {
        Self::Home(Box::new(error))
    }
}

fn system(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> OfficeError {
    let doing = doing.into();
    move |source| OfficeError::System { doing, source }
}

impl Office {
    /// Opens the company at `place`.
    ///
    /// # Errors
    /// [`OfficeError`].
    pub fn open(place: Place, clock: Clock) -> Result<Self, OfficeError> {
        // What is committed says on which branch, not what happens to be checked out.
        let options = Options::of(&place.root);
        let branch = options.branch.clone();
        let writer = Writer::open(options)?;
        let mut local = LocalFacts::new(clock.now());
        let program = std::env::current_exe().map_err(system("find this program"))?;
        // Drawn before it is known whether it is needed: an id that is no chance could be another clone's.
        let chance = u64::from_le_bytes(chance::bytes().map_err(system("read /dev/urandom"))?);
        let (opened, identity) = std::thread::scope(|scope| {
            // One that is new waits for the disk, and reading the company for the processor.
            let identity = scope.spawn(|| home::identity(&place.root, &mut || chance));
            (sealed::open(&place, &branch, &program, &local), identity.join())
        });
        let (force, sealed) = opened?;
        let ended = |_| system("learn which clone this is")(std::io::Error::other("its thread came to an end"));
        let identity = identity.map_err(ended)??;
        local.clone = Some(identity.clone);
        local.machine = Some(identity.machine);
        local.host = Some(identity.host);
        local.told = notify::told(&place);
        let mut snapshot = reading::load_upon(&sealed, force.draft(), local);
        snapshot.revision = texts::revision(force.tip());
        let lock = place.root.join(".git/corp/decide");
        std::fs::create_dir_all(place.root.join(".git/corp")).map_err(system("make .git/corp"))?;
        let deciding = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock)
            .map_err(system(format!("open {}", lock.display())))?;
        let search = RefCell::new(Search::new(force.history()));
        let mut office = Self {
            place,
            clock,
            snapshot,
            sealed,
            agenda: Agenda::default(),
            force,
            writer,
            keeper: None,
            deciding: Arc::new(deciding),
            program,
            started: Vec::new(),
            notes_who_is_new: false,
            aside: false,
            looks: Vec::new(),
            foreign: Vec::new(),
            taken: None,
            was_home: false,
            unjudged: false,
            failed: Vec::new(),
            fetches_beside: false,
            fetches: Vec::new(),
            fetching: BTreeSet::new(),
            search,
            opened: RefCell::new(None),
        };
        office.take_up_missed().map_err(ForceError::from)?;
        // Whoever only looks is told as well.
        let unopened = office.unopened();
        office.snapshot.put_unopened(unopened);
        Ok(office)
    }

    /// The company as it is.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The company's files in force, read.
    pub fn draft(&self) -> &Draft {
        self.force.draft()
    }

    /// The company's branch.
    pub fn branch(&self) -> &str {
        self.force.branch()
    }

    /// Whether time passes for this office.
    pub fn is_by_the_machine(&self) -> bool {
        self.clock == Clock::Machine
    }

    /// Runs that were started or found since the last call, to be waited for.
    pub fn take_started(&mut self) -> Vec<Started> {
        std::mem::take(&mut self.started)
    }

    /// Whether something was put aside that the board is to be told, since the last call.
    pub fn take_told(&mut self) -> bool {
        std::mem::take(&mut self.aside)
    }

    /// Runs that are announced and have not ended.
    pub fn open_runs(&self) -> BTreeSet<RunId> {
        self.snapshot.open_runs().map(|run| run.id.clone()).collect()
    }

    /// Now, by the clock of this office.
    pub fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    /// Whether something will be due by then, if nothing else happens. A clock that stands never gets there.
    pub fn is_due_by(&self, then: jiff::Timestamp) -> bool {
        self.clock == Clock::Machine && !pending(&self.snapshot, then).due.is_empty()
    }

    /// Settles down to stay: what lies loose is packed beside, and nobody who is served waits for it.
    pub fn stay(&mut self) {
        self.writer.pack_beside();
    }

    /// Has this clone execute if no clone does yet.
    pub fn settle_in(&mut self) {
        if self.snapshot.home.is_none() {
            // A refusal is an answer to whoever asks for something next.
            drop(self.walk(&[Asked::Happened(What::Started)]));
        }
    }

    /// Lets a request in: `Ok(None)`, it is to walk the road; `Ok(Some)`, it is answered, since it is no change of the company
    /// that is asked for. A run's request is let in only with the token of a run that is open.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn admit(&mut self, request: &Request) -> Result<Option<Reply>, String> {
        if let Some(run) = &request.run {
            let id = RunId::parse(run)?;
            let known = self.snapshot.run(run).filter(|run| run.is_open()).ok_or("the run is over")?;
            let job = self.folder(&id).job().map_err(|error| error.to_string())?;
            if request.token.as_deref() != Some(&job.token) || known.id != id {
                return Err("the token is not this run's".to_owned());
            }
            if !request.ask.is_for_runs() {
                return Err(FOR_PEOPLE.to_owned());
            }
        }
        let done = match &request.ask {
            Ask::Look(look) => return Ok(Some(Reply::Seen(Box::new(self.look(request, look)?)))),
            Ask::Status => self.status(),
            Ask::RefreshDesk { agent } => self.refresh_asked(request, agent.as_deref())?,
            Ask::Propose => {
                let run = request.run.as_deref();
                let run = run.ok_or("people change the company's files themselves; this is for runs")?;
                self.propose(&RunId::parse(run)?)?
            }
            Ask::ProposeBranch { branch } => self.propose_branch(request, branch)?,
            Ask::ClearHold { account } => self.clear_hold(request, account)?,
            _ => return Ok(None),
        };
        Ok(Some(Reply::Ok(done)))
    }

    /// Lets an account try again that was told to come back later. Where it waits is a fact of this machine.
    fn clear_hold(&self, request: &Request, account: &str) -> Result<serde_json::Value, String> {
        if let Actor::Person(who) = self.actor(request)? {
            may(&self.snapshot, &who, Act::Operate).map_err(|refusal| refusal.to_string())?;
        }
        // What is no account of those that wait is no name of a file either.
        if !holds::read(&self.place).contains_key(account) {
            return Err(format!("{account} was not told to come back later; `corp hold list` names those that were"));
        }
        let cleared = holds::clear(&self.place, account);
        cleared.map_err(|error| format!("the hold of {account} cannot be removed: {error}"))?;
        Ok(json!({ "cleared": account }))
    }

    /// Brings along the desk of whoever asks, or of the agent a person names.
    fn refresh_asked(&self, request: &Request, agent: Option<&str>) -> Result<serde_json::Value, String> {
        let run = request.run.as_deref().and_then(|run| self.snapshot.run(run));
        let agent = match (run, agent) {
            (Some(run), None) => run.agent().clone(),
            (Some(run), Some(agent)) if run.agent().as_str() == agent => run.agent().clone(),
            (Some(_), Some(_)) => return Err("that is not your desk".to_owned()),
            (None, Some(agent)) => Slug::parse(agent)?,
            (None, None) => return Err("name the agent whose desk it is".to_owned()),
        };
        let refreshed = self.refresh_desk(run.map(|run| &run.id), &agent)?;
        Ok(json!({ "changed": refreshed.changed, "yours": refreshed.yours }))
    }

    fn status(&self) -> serde_json::Value {
        let runs = self.snapshot.open_runs().map(|run| {
            json!({
                "run": run.id.as_str(),
                "agent": run.agent().as_str(),
                "ticket": run.ticket.as_ref().map(ToString::to_string),
                "since": run.announced().map(|at| at.to_string()),
            })
        });
        let standing = self.standing();
        json!({
            "pid": std::process::id(),
            "company": self.snapshot.company.name,
            "revision": self.snapshot.revision.to_string(),
            "since": self.snapshot.local.started.to_string(),
            "runs": runs.collect::<Vec<_>>(),
            "notify": standing.channels,
            "standing": standing,
        })
    }

    /// Files whose committed version has errors, while an older one is in force.
    pub fn out_of_force(&self) -> impl Iterator<Item = &str> {
        self.force.broken().iter().filter(|(_, broken)| broken.in_force.is_some()).map(|(path, _)| path.as_str())
    }

    /// The text of a file in force.
    fn text(&self, path: &str) -> Result<Option<String>, String> {
        self.force.text(path).map_err(|error| format!("{path} cannot be read: {error}"))
    }

    fn nonce() -> Result<Nonce, OfficeError> {
        chance::bytes().map(Nonce).map_err(system("read /dev/urandom"))
    }
}
