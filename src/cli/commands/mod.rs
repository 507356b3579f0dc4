//! The commands, one per file, and what they share: the surroundings and the company's folder.

mod adapter;
mod agent;
mod approval;
mod archive;
mod bench;
mod blame;
mod board;
mod budget;
mod check;
mod clone;
mod commit;
mod completions;
mod config;
pub(in crate::cli) mod confine;
mod cost;
mod demo;
mod desk;
mod diff;
mod doctor;
mod down;
mod explain;
mod export;
mod goal;
mod grow;
mod heartbeat;
mod hold;
mod home;
mod import;
mod inbox;
mod init;
mod log;
mod man;
mod mcp;
mod merge;
mod merge_driver;
mod next;
mod org;
mod pause;
mod plan;
mod play_script;
mod price;
mod prompt;
mod propose;
mod repack;
mod rescue;
mod restore;
mod run;
mod schedule;
mod schema;
mod secret;
mod self_check;
mod send_task;
mod service;
mod show;
mod skill;
mod status;
pub(in crate::cli) mod supervise;
mod sync;
mod ticket;
mod unarchive;
mod undo;
mod unlock;
mod up;
mod wake;
mod why;
mod workspace;

use super::environment::Environment;
use super::error::{CommandError, Exit};
use super::preferences::{Chosen, Origin, Preferences};
use super::ui::Ui;
use super::{Edges, Flags, Outcome};
use crate::store::found::{self, Author};
use clap::Subcommand;
use std::path::{Path, PathBuf};

/// What every command is given.
#[derive(Debug)]
pub struct Context {
    /// The surroundings.
    pub environment: Environment,
    /// What the person likes.
    pub preferences: Preferences,
    /// The folder given with `-C`.
    pub company: Option<PathBuf>,
    /// The other edges.
    pub edges: Edges,
}

impl Context {
    /// The surroundings, as the person wants them.
    pub fn new(mut environment: Environment, flags: &Flags, edges: Edges) -> Self {
        let preferences = Preferences::read(&environment, flags);
        environment.editor = preferences.editor.as_ref().map(|editor| editor.value.clone());
        Self { environment, company: flags.company.clone(), preferences, edges }
    }

    /// The same with another company.
    pub fn at(&self, company: PathBuf) -> Self {
        let (environment, preferences) = (self.environment.clone(), self.preferences.clone());
        Self { environment, preferences, company: Some(company), edges: self.edges }
    }

    /// The company's folder that somebody named.
    pub fn named_company(&self) -> Option<Chosen<PathBuf>> {
        let flag = self.company.clone().map(|value| Chosen { value, origin: Origin::Flag("-C") });
        flag.or_else(|| self.preferences.company.clone())
    }

    /// The person at this machine, as git knows them.
    pub fn person(&self) -> Author {
        let user = self.environment.user.clone().unwrap_or_else(|| "owner".to_owned());
        found::identity().unwrap_or_else(|| Author { email: format!("{user}@localhost"), name: user })
    }

    /// The company's folder: `-C`, then `CORP_COMPANY`, then the nearest folder upwards that holds a COMPANY.md, then the
    /// one in the person's settings.
    ///
    /// # Errors
    /// There is none.
    pub fn company_root(&self) -> Result<PathBuf, CommandError> {
        if let Some(Chosen { value, origin }) = self.named_company() {
            return if value.is_dir() { Ok(value) } else { Err(no_folder(&value, &origin)) };
        }
        let here = std::env::current_dir().map_err(|error| {
            CommandError::new(Exit::Environment, format!("the current folder cannot be read: {error}"))
        })?;
        let root =
            here.ancestors().find(|folder| folder.join("COMPANY.md").is_file() || folder.join("corp.yaml").is_file());
        match (root, &self.preferences.usual_company) {
            (Some(root), _) => Ok(root.to_owned()),
            (None, Some(usual)) if usual.value.is_dir() => Ok(usual.value.clone()),
            (None, Some(usual)) => Err(no_folder(&usual.value, &usual.origin)),
            (None, None) => Err(CommandError::new(
                Exit::Environment,
                "there is no company here: no COMPANY.md in this folder or above",
            )
            .hint("make one with `corp init DIR`, or name one with `-C DIR`")),
        }
    }
}

/// A company's folder that is not there, by whoever named it.
fn no_folder(folder: &Path, origin: &Origin) -> CommandError {
    CommandError::new(Exit::Environment, format!("there is no folder {}", folder.display()))
        .hint(format!("{origin} names it as the company's; `corp init DIR` makes one"))
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    Adapter(adapter::Args),
    Approval(approval::Args),
    Archive(archive::Args),
    Agent(agent::Args),
    Down(down::Args),
    Next(next::Args),
    Pause(pause::Pause),
    Resume(pause::Resume),
    Run(run::Args),
    Service(service::Args),
    Status(status::Args),
    Ticket(Box<ticket::Args>),
    Unlock(unlock::Args),
    Up(up::Args),
    Wake(wake::Args),
    Bench(bench::Args),
    Blame(blame::Args),
    Board(board::Args),
    Budget(budget::Args),
    Cost(cost::Args),
    Price(price::Args),
    Goal(goal::Args),
    Inbox(inbox::Args),
    Org(org::Args),
    Why(why::Args),
    Check(check::Args),
    Clone(clone::Args),
    Commit(commit::Args),
    Completions(completions::Args),
    Config(config::Args),
    Demo(demo::Args),
    Desk(desk::Args),
    Diff(diff::Args),
    Doctor(doctor::Args),
    Explain(explain::Args),
    Export(export::Args),
    Grow(grow::Args),
    Heartbeat(heartbeat::Args),
    Hold(hold::Args),
    Home(home::Args),
    Import(import::Args),
    Init(init::Args),
    Log(log::Args),
    Man(man::Args),
    Mcp(mcp::Args),
    Merge(merge::Args),
    MergeDriver(merge_driver::Args),
    Plan(plan::Args),
    PlayScript(play_script::Args),
    Prompt(prompt::Args),
    Propose(propose::Args),
    Rescue(rescue::Args),
    Repack(repack::Args),
    Restore(restore::Args),
    Schedule(schedule::Args),
    Schema(schema::Args),
    Secret(secret::Args),
    SelfCheck(self_check::Args),
    SendTask(send_task::Args),
    Show(show::Args),
    Skill(skill::Args),
    Sync(sync::Args),
    Supervise(supervise::Args),
    Confine(confine::Args),
    Unarchive(unarchive::Args),
    Undo(undo::Args),
    Workspace(workspace::Args),
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// What kept it from being done.
    pub fn run(&self, context: &Context, ui: &mut Ui) -> Outcome {
        let outcome = self.dispatch(context, ui);
        if self.reminds() {
            rescue::remind(context, ui);
        }
        outcome
    }

    /// Whether it shows something to be read, which may be long.
    pub(in crate::cli) fn is_read(&self) -> bool {
        match self {
            Self::Blame(_)
            | Self::Board(_)
            | Self::Diff(_)
            | Self::Explain(_)
            | Self::Goal(_)
            | Self::Log(_)
            | Self::Org(_)
            | Self::Plan(_)
            | Self::Prompt(_)
            | Self::Schema(_)
            | Self::Show(_)
            | Self::Why(_) => true,
            Self::Inbox(args) => args.is_read(),
            Self::Run(args) => args.is_read(),
            Self::Ticket(args) => args.is_read(),
            _ => false,
        }
    }

    /// Has it told on standard error what the program does. `up` tells always, and more then; `log` and `archive` mean
    /// their own thing by it.
    pub(in crate::cli) fn tell(&self, colour: bool) {
        if !matches!(self, Self::Archive(_) | Self::Log(_) | Self::Up(_)) {
            up::log(up::Format::Text, tracing::Level::DEBUG, colour);
        }
    }

    /// Whether the command is about a company, so that what its branch has lost is told after it.
    fn reminds(&self) -> bool {
        matches!(
            self,
            Self::Blame(_)
                | Self::Check(_)
                | Self::Diff(_)
                | Self::Log(_)
                | Self::Restore(_)
                | Self::Schedule(_)
                | Self::Show(_)
                | Self::Undo(_)
        )
    }

    fn dispatch(&self, context: &Context, ui: &mut Ui) -> Outcome {
        match self {
            Self::Adapter(args) => adapter::run(args, context, ui),
            Self::Secret(args) => secret::run(args, context, ui),
            Self::SendTask(args) => send_task::run(args, &context.environment),
            Self::Approval(args) => approval::run(args, context, ui),
            Self::Archive(args) => archive::run(args, context, ui),
            Self::Unarchive(args) => unarchive::run(args, context, ui),
            Self::Agent(args) => agent::run(args, context, ui),
            Self::Down(args) => down::run(args, context, ui),
            Self::Next(args) => next::run(args, context, ui),
            Self::Pause(args) => pause::pause(args, context, ui),
            Self::Resume(args) => pause::resume(args, context, ui),
            Self::Run(args) => run::run(args, context, ui),
            Self::Service(args) => service::run(args, context, ui),
            Self::Status(args) => status::run(args, context, ui),
            Self::Ticket(args) => ticket::run(args, context, ui),
            Self::Unlock(args) => unlock::run(args, context, ui),
            Self::Up(args) => up::run(args, context, ui),
            Self::Wake(args) => wake::run(args, context, ui),
            Self::Bench(args) => bench::run(args, context, ui),
            Self::Repack(args) => repack::run(args, context, ui),
            Self::Blame(args) => blame::run(args, context, ui),
            Self::Board(args) => board::run(args, context, ui),
            Self::Budget(args) => budget::run(args, context, ui),
            Self::Cost(args) => cost::run(args, context, ui),
            Self::Price(args) => price::run(args, context, ui),
            Self::Goal(args) => goal::run(args, context, ui),
            Self::Inbox(args) => inbox::run(args, context, ui),
            Self::Org(args) => org::run(args, context, ui),
            Self::Why(args) => why::run(args, context, ui),
            Self::Doctor(args) => doctor::run(args, context, ui),
            Self::Demo(args) => demo::run(args, context, ui),
            Self::Desk(args) => desk::run(args, context, ui),
            Self::Prompt(args) => prompt::run(args, context, ui),
            Self::Propose(args) => propose::run(args, context, ui),
            Self::Skill(args) => skill::run(args, context, ui),
            Self::Workspace(args) => workspace::run(args, context, ui),
            Self::Diff(args) => diff::run(args, context, ui),
            Self::Log(args) => log::run(args, context, ui),
            Self::Rescue(args) => rescue::run(args, context, ui),
            Self::Restore(args) => restore::run(args, context, ui),
            Self::Plan(args) => plan::run(args, context, ui),
            Self::PlayScript(args) => play_script::run(args, &context.environment),
            Self::Supervise(args) => supervise::run(args, &context.environment),
            Self::Confine(args) => Ok(confine::run(args)),
            Self::Undo(args) => undo::run(args, context, ui),
            Self::Show(args) => show::run(args, context, ui),
            Self::Check(args) => check::run(args, context, ui),
            Self::Clone(args) => clone::run(args, context, ui),
            Self::Hold(args) => hold::run(args, context, ui),
            Self::Home(args) => home::run(args, context, ui),
            Self::Mcp(args) => mcp::run(args, context),
            Self::Merge(args) => merge::run(args, context, ui),
            Self::Sync(args) => sync::run(args, context, ui),
            Self::Commit(args) => commit::run(args, context, ui),
            Self::Completions(args) => completions::run(args, ui),
            Self::Config(args) => config::run(args, context, ui),
            Self::Export(args) => export::run(args, context, ui),
            Self::Explain(args) => explain::run(args, context, ui),
            Self::Import(args) => import::run(args, context, ui),
            Self::Grow(args) => grow::run(args, context, ui),
            Self::Heartbeat(args) => heartbeat::run(args, context, ui),
            Self::Init(args) => init::run(args, context, ui),
            Self::MergeDriver(args) => merge_driver::run(args, ui),
            Self::Schedule(args) => schedule::run(args, context, ui),
            Self::Man(args) => man::run(args, ui),
            Self::Schema(args) => schema::run(args, ui),
            Self::SelfCheck(args) => self_check::run(args, context, ui),
        }
    }
}
