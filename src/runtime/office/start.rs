//! Beginning a run, and asking one to stop: what an announced plan is followed by.

use super::{Office, prompt, workspace};
use crate::adapters::{self, Around, Configuration, Invocation, Limits, Program, RunContext, TicketBrief};
use crate::engine::{Report, What};
use crate::model::agent::Login;
use crate::model::plan::{Effect, StopReason};
use crate::model::run::{Run, RunOutcome, Spent, Usage};
use crate::model::{Choice as _, RunId};
use crate::runtime::chance;
use crate::runtime::programs;
use crate::runtime::run::{Ceiling, Folder, Job, Stop};
use crate::runtime::trial;
use std::collections::BTreeMap;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Most of a run's transcript that is kept, in bytes: hours of talk, and no more than a disk holds of many runs.
const TRANSCRIPT_BYTES_MAX: u64 = 16 << 20;

/// A run whose supervisor is to be waited for.
#[derive(Debug)]
pub struct Started {
    /// The run.
    pub run: RunId,
    /// The supervisor, if this process started it; its lock means something only once this is gone.
    pub child: Option<Child>,
}

impl Office {
    /// Does what follows a commit.
    pub(super) fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Start { run } => match self.start(&run) {
                Ok(child) => self.begun(run, Some(child)),
                Err(why) => {
                    tracing::warn!(run = run.as_str(), why, "a run could not be started");
                    self.failed.push((run, why));
                }
            },
            Effect::Stop { run, why, words } => {
                let folder = self.folder(&run);
                let stop = Stop { why: words, cancelled: why == StopReason::Cancelled };
                if folder.exists()
                    && let Err(error) = folder.ask_to_stop(&stop)
                {
                    tracing::error!(run = run.as_str(), %error, "a run could not be asked to stop");
                }
            }
            Effect::Tell(notice) => {
                tracing::info!(about = notice.about, "{}", notice.title);
                self.notices.push(notice);
            }
        }
    }

    /// Notes that a run's supervisor is to be waited for.
    pub(super) fn begun(&mut self, run: RunId, child: Option<Child>) {
        self.snapshot.local.live.insert(run.clone());
        self.started.push(Started { run, child });
    }

    /// The folder of a run.
    pub fn folder(&self, run: &RunId) -> Folder {
        Folder::at(self.place.runs().join(run.as_str()))
    }

    fn start(&self, id: &RunId) -> Result<Child, String> {
        let run = self.snapshot.run(id.as_str()).ok_or("it is not in the ledger")?.clone();
        let folder = self.folder(id);
        if folder.exists() {
            return Err("it has a folder already".to_owned());
        }
        let context = self.context(&run)?;
        let adapter = adapters::find(&context.configuration.kind).ok_or_else(|| {
            let known = adapters::ALL.iter().map(|adapter| adapter.name()).collect::<Vec<_>>().join(", ");
            format!("the adapter `{}` is not here yet; there are {known}", context.configuration.kind)
        })?;
        let mut invocation = adapter.invocation(&context).map_err(|unusable| unusable.to_string())?;
        let ready = programs::ready(adapter, &context, &invocation, &self.place);
        invocation.program = ready.map_err(|missing| missing.to_string())?;
        let job = self.job(&run, &context, &invocation)?;
        self.place.make_sockets().map_err(|error| error.to_string())?;
        let home = Path::new(&context.around.home);
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(home);
        made.map_err(|error| format!("{} could not be made: {error}", home.display()))?;
        let before = workspace::fingerprint(&job.workspace).to_string();
        let mut files: Vec<(&str, &str)> =
            invocation.files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        files.push(("prompt.md", &context.prompt));
        files.push(("workspace", &before));
        if let Some(stdin) = &invocation.stdin {
            files.push(("stdin", stdin));
        }
        folder.create(&job, files).map_err(|error| error.to_string())?;
        trial::make_places(&invocation).map_err(|error| format!("its program's folder could not be made: {error}"))?;
        self.spawn(&folder, &invocation.inherited)
            .map_err(|error| format!("its supervisor could not be started: {error}"))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "supervisors are started here and nowhere else, with what logs the operator in"
    )]
    fn spawn(&self, folder: &Folder, inherited: &[String]) -> std::io::Result<Child> {
        let mut command = Command::new(&self.program);
        // What the operator is logged in by goes from here to the supervisor, and nobody between sees it.
        let inherited = inherited.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        command.arg("supervise").arg(folder.path()).env_clear().envs(inherited);
        if let crate::runtime::clock::Clock::Fixed(at) = self.clock {
            command.env("CORP_NOW", at.to_string());
        }
        command
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
    }

    fn context(&self, run: &Run) -> Result<RunContext, String> {
        let snapshot = &self.snapshot;
        let agent = run.agent();
        let worker = snapshot.worker(agent.as_str()).ok_or_else(|| format!("there is no agent `{agent}`"))?;
        let settings = worker.adapter();
        let kind = settings.kind.clone().ok_or_else(|| {
            format!("{agent} has no adapter: write `adapter: {{type: …}}` in agents/{agent}/agent.yaml")
        })?;
        let script = settings.script.clone().unwrap_or_else(|| adapters::script::USUAL.to_owned());
        let script_path = format!("agents/{agent}/{script}");
        let script_text = if kind == "script" { self.text(&script_path)? } else { None };
        let ticket = run.ticket.as_ref().or(run.wake.ticket.as_ref()).and_then(|id| snapshot.ticket(id));
        let folder = self.folder(&run.id);
        let place = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        let workspace = self.place.workspace(&ticket.map_or_else(|| agent.to_string(), |ticket| ticket.id.to_string()));
        let workspace = settings.cwd.clone().map_or(workspace, |cwd| self.place.root.join(cwd));
        let wake = &run.wake;
        Ok(RunContext {
            company: snapshot.company.name.clone(),
            agent: agent.clone(),
            agent_name: worker.agent.name.clone().unwrap_or_else(|| agent.to_string()),
            run: run.id.clone(),
            wake_reason: wake.cause.word().to_owned(),
            wake_payload: serde_json::json!({
                "source": wake.cause.source().word(),
                "by": wake.by.as_ref().map(|by| by.as_str()),
                "note": wake.note,
                "tasks": wake.tasks,
            })
            .to_string(),
            ticket: ticket.map(|ticket| TicketBrief { id: ticket.id.clone(), title: ticket.head.title.clone() }),
            prompt: prompt::prompt(self, run, ticket.map(AsRef::as_ref))?,
            configuration: Configuration { script_text, ..Configuration::of(&kind, &settings) },
            run_folder: folder.path().to_string_lossy().into_owned(),
            prompt_file: place("prompt.md"),
            workspace: workspace.to_string_lossy().into_owned(),
            session: None,
            around: Around {
                operator_home: self.place.operator_home.to_string_lossy().into_owned(),
                home: self.place.home(agent.as_str()).to_string_lossy().into_owned(),
                own_login: settings.login == Some(Login::Own),
                limits: Limits { money: run.reserved.money, tokens: run.reserved.tokens },
                ..Around::default()
            },
        })
    }

    fn job(&self, run: &Run, context: &RunContext, invocation: &Invocation) -> Result<Job, String> {
        let worker = self.snapshot.worker(run.agent().as_str()).ok_or("the agent is gone")?;
        let settings = worker.adapter();
        let mut environment = BTreeMap::from([
            (
                "PATH".to_owned(),
                programs::search_path(self.program.parent(), &self.place.operator_home, &self.place.programs),
            ),
            ("LANG".to_owned(), "C.UTF-8".to_owned()),
            ("TERM".to_owned(), "dumb".to_owned()),
            // A home of its own: what an agent program leaves there is not the operator's.
            ("HOME".to_owned(), context.around.home.clone()),
        ]);
        environment.extend(invocation.environment.clone());
        Ok(Job {
            company: self.place.key.clone(),
            run: run.id.to_string(),
            agent: run.agent().to_string(),
            ticket: context.ticket.as_ref().map(|ticket| ticket.id.to_string()),
            adapter: context.configuration.kind.clone(),
            program: match &invocation.program {
                Program::Ourselves => None,
                Program::Named(name) => Some(name.clone()),
            },
            arguments: invocation.arguments.clone(),
            environment,
            inherited: invocation.inherited.clone(),
            session: context.session.clone(),
            used_before: None,
            stdin: invocation.stdin.as_ref().map(|_| self.folder(&run.id).path().join("stdin")),
            workspace: context.workspace.clone().into(),
            timeout_ms: settings.timeout_ms(),
            idle_timeout_ms: settings.idle_timeout_ms(),
            grace_ms: settings.grace_ms(),
            transcript_bytes_max: TRANSCRIPT_BYTES_MAX,
            ceiling: Ceiling { money: run.reserved.money.map(|money| money.to_string()), tokens: run.reserved.tokens },
            token: chance::bytes::<32>().map_err(|error| error.to_string())?.map(|byte| format!("{byte:02x}")).concat(),
            door: self.place.door(run.id.as_str()),
            daemon: self.place.socket(),
        })
    }

    /// The end of a run that never began.
    pub(super) fn not_started(&self, run: RunId, why: String) -> What {
        let spent = Spent { usage: Some(Usage::default()), cost: None, ..Spent::default() };
        let report = Report {
            outcome: RunOutcome::Failed,
            at: self.clock.now(),
            started: None,
            spent,
            changed: false,
            note: Some(why),
            transcript: None,
            alert: None,
        };
        What::RunEnded { run, report: Box::new(report) }
    }
}
