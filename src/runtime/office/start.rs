//! Making a run ready and starting its supervisor: its folder, its words, its keys, what holds it.

use super::Office;
use super::prepare::Prepared;
use crate::adapters::{self, Apart, Around, Configuration, Invocation, Limits, Program, RunContext, TicketBrief};
use crate::engine::secrets::given;
use crate::engine::{Report, What, Work, account};
use crate::model::agent::{Adapter, Login, Reach};
use crate::model::company::ConfinementPolicy;
use crate::model::run::{Billing, Run, RunOutcome, Spent, Usage};
use crate::model::ticket::Ticket;
use crate::model::{Choice as _, RunId};
use crate::runtime::chance;
use crate::runtime::confine::{self, Given, Hold};
use crate::runtime::holds;
use crate::runtime::homes;
use crate::runtime::programs;
use crate::runtime::run::{Ceiling, Folder, Job, Meter, Passage};
use crate::runtime::secrets::elsewhere::Fetched;
use crate::runtime::secrets::given::Letter;
use crate::runtime::workspace;
use crate::sandbox::{Offer, Policy};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Most of a run's transcript that is kept, in bytes: hours of talk, and no more than a disk holds of many runs.
const TRANSCRIPT_BYTES_MAX: u64 = 16 << 20;

/// The file in a run's folder that names the company as a server of tools.
const MCP_CONFIG: &str = "mcp.json";

/// The company as a server of tools. What opens the run's door stands here, in a folder that is the run's alone: the
/// arguments of a program are for everybody to read, and not every program hands its surroundings on.
fn servers(corp: &Path, job: &Job) -> serde_json::Value {
    serde_json::json!({ "mcpServers": { "corp": {
        "type": "stdio",
        "command": corp,
        "args": ["mcp"],
        "env": { "CORP_DOOR": job.door, "CORP_TOKEN": job.token },
    } } })
}

impl Office {
    /// The folder of a run.
    pub fn folder(&self, run: &RunId) -> Folder {
        Folder::at(self.place.runs().join(run.as_str()))
    }

    /// Makes a run's folder ready and starts its supervisor.
    pub(super) fn start(&self, id: &RunId, fetched: &Fetched) -> Result<Child, String> {
        let run = self.snapshot.run(id.as_str()).ok_or("it is not in the ledger")?.clone();
        let folder = self.folder(id);
        if folder.exists() {
            return Err("it has a folder already".to_owned());
        }
        let settings = self.adapter_of(&run)?;
        let kind = settings.kind.clone().unwrap_or_default();
        let adapter = adapters::find(&kind).ok_or_else(|| {
            let known = adapters::ALL.iter().map(|adapter| adapter.name()).collect::<Vec<_>>().join(", ");
            format!("the adapter `{kind}` is not here yet; there are {known}")
        })?;
        let ticket = self.ticket_of(&run);
        let letter = self.letter(&run, fetched)?;
        let prepared = self.prepare(&run, adapter, ticket)?;
        let mut context = self.context(&run, &settings, ticket, &prepared)?;
        let worker = self.snapshot.worker(run.agent().as_str()).ok_or("the agent is gone")?;
        let hold = confine::hold(worker.confinement(), self.snapshot.company.confinement, Offer::here())?;
        context.around.confined = hold.is_kernel();
        for (name, shown) in letter.shown() {
            context.configuration.environment.insert(name.to_owned(), shown);
        }
        context.around.gateway = programs::gateway(adapter, &context.configuration, &context.around, settings.gateway);
        let mut invocation = adapter.invocation(&context).map_err(|unusable| unusable.to_string())?;
        let ready = programs::ready(adapter, &context, &invocation, &self.place);
        invocation.program = ready.map_err(|missing| missing.to_string())?;
        // Another program that stands in while an account rests may need no key.
        if let Some((name, _)) = letter.stand_ins().next()
            && invocation.ways.is_empty()
            && settings.kind == worker.adapter().kind
        {
            return Err(format!(
                "configuration incomplete: the gateway is to add {name}, and this run does not go through it; \
                 `corp secret bind {name} {} --as env` gives it to the run",
                run.agent()
            ));
        }
        let billing = programs::billing(adapter, &context);
        let meter = Meter {
            provider: adapter.provider().map(str::to_owned),
            billing: (billing != Billing::Unknown).then(|| billing.to_string()),
            model: context.configuration.model.clone(),
            prices: Meter::rates(self.snapshot.prices(), self.clock.now()),
            hold: worker.account_of(&settings).map(|account| holds::file(&self.place, &account)),
            passage: match &invocation.ways[..] {
                [] => None,
                ways => Some(Passage { token: token()?, ways: ways.to_vec() }),
            },
        };
        let (confinement, unconfined) = self.held(&hold, &run, &context, &invocation, &prepared)?;
        let begun = Some(prepared.begun.clone());
        let base = self.job(&run, &settings, &context, &invocation, &prepared)?;
        let letter_comes = !letter.is_empty();
        let mut job = Job { meter, begun, confinement, unconfined, letter: letter_comes, ..base };
        self.place.make_sockets().map_err(|error| error.to_string())?;
        let home = Path::new(&context.around.home);
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(home);
        made.map_err(|error| format!("{} could not be made: {error}", home.display()))?;
        let shared = homes::furnish(&invocation, home);
        job.shared = shared.map_err(|error| format!("its program's folder could not be made: {error}"))?;
        let mut files: Vec<(&str, &str)> =
            invocation.files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        files.push(("prompt.md", &context.prompt));
        let servers = servers(&self.place.bin().join("corp"), &job).to_string();
        files.push((MCP_CONFIG, &servers));
        if let Some(stdin) = &invocation.stdin {
            files.push(("stdin", stdin));
        }
        folder.create(&job, files).map_err(|error| error.to_string())?;
        self.put_program().map_err(|error| format!("the `corp` of runs could not be put down: {error}"))?;
        self.spawn(&folder, &invocation.inherited, &letter)
            .map_err(|error| format!("its supervisor could not be started: {error}"))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "supervisors are started here and nowhere else, with what logs the operator in"
    )]
    fn spawn(&self, folder: &Folder, inherited: &[String], letter: &Letter) -> std::io::Result<Child> {
        let mut command = Command::new(&self.program);
        // What the operator is logged in by goes from here to the supervisor, and nobody between sees it.
        let inherited = inherited.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        // And what the person's git needs to reach a project's repository; the run itself gets none of it.
        let git = workspace::git::surroundings(|name| std::env::var_os(name));
        command.arg("supervise").arg(folder.path()).env_clear().envs(git).envs(inherited);
        if let crate::runtime::clock::Clock::Fixed(at) = self.clock {
            command.env("CORP_NOW", at.to_string());
        }
        command
            .current_dir("/")
            .stdin(if letter.is_empty() { Stdio::null() } else { Stdio::piped() })
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        let mut child = command.spawn()?;
        if let Some(mut pipe) = child.stdin.take() {
            let letter = serde_json::to_vec(letter).map_err(std::io::Error::other)?;
            // Of its own, so that nobody waits for a supervisor that is slow to begin. One that is gone reads nothing.
            std::thread::spawn(move || drop(pipe.write_all(&letter)));
        }
        Ok(child)
    }

    /// What the run is given of the company's secrets.
    fn letter(&self, run: &Run, fetched: &Fetched) -> Result<Letter, String> {
        let agent = run.agent();
        let worker = self.snapshot.worker(agent.as_str()).ok_or_else(|| format!("there is no agent `{agent}`"))?;
        let wanted = given(&self.snapshot, worker, run.project.as_ref(), run.routine.as_ref())?;
        let asks = (agent.as_str(), run.id.as_str());
        let stand_in = || token().map(|token| format!("corp-{token}"));
        Letter::write(self.shelf(), asks, &wanted, (&self.known(), fetched), (self.clock.now(), &stand_in))
    }

    /// The program that is the run's agent now.
    fn adapter_of(&self, run: &Run) -> Result<Adapter, String> {
        let agent = run.agent();
        let worker = self.snapshot.worker(agent.as_str()).ok_or_else(|| format!("there is no agent `{agent}`"))?;
        let adapter = account::adapter(&self.snapshot, worker, self.clock.now());
        if adapter.kind.is_none() {
            let file = format!("agents/{agent}/agent.yaml");
            return Err(format!("{agent} has no adapter: write `adapter: {{type: …}}` in {file}"));
        }
        Ok(adapter)
    }

    /// The ticket a run is about.
    fn ticket_of(&self, run: &Run) -> Option<&Ticket> {
        let id = run.ticket.as_ref().or(run.wake.ticket.as_ref())?;
        self.snapshot.ticket(id).map(AsRef::as_ref)
    }

    /// Makes sure that runs find `corp`: this very program, whatever else of that name is on the machine.
    fn put_program(&self) -> std::io::Result<()> {
        let bin = self.place.bin();
        let link = bin.join("corp");
        if std::fs::read_link(&link).is_ok_and(|target| target == self.program) {
            return Ok(());
        }
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&bin)?;
        // Beside its place, then renamed: a run that looks for it meanwhile finds one.
        let beside = bin.join(format!("corp.{}.new", std::process::id()));
        std::os::unix::fs::symlink(&self.program, &beside)?;
        std::fs::rename(&beside, &link)
    }

    /// Where runs find programs, in order.
    pub(super) fn programs(&self) -> Vec<PathBuf> {
        std::env::split_paths(&self.search_path()).collect()
    }

    /// The search path of runs, their own `corp` left out.
    pub(super) fn search_path(&self) -> String {
        programs::search_path(self.program.parent(), &self.place.operator_home, &self.place.programs)
    }

    fn context(
        &self,
        run: &Run,
        settings: &Adapter,
        ticket: Option<&Ticket>,
        prepared: &Prepared,
    ) -> Result<RunContext, String> {
        let snapshot = &self.snapshot;
        let agent = run.agent();
        let worker = snapshot.worker(agent.as_str()).ok_or_else(|| format!("there is no agent `{agent}`"))?;
        let kind = settings.kind.as_deref().unwrap_or_default();
        let script = settings.script.clone().unwrap_or_else(|| adapters::script::USUAL.to_owned());
        let script_path = format!("agents/{agent}/{script}");
        let script_text = if kind == "script" { self.text(&script_path)? } else { None };
        let folder = self.folder(&run.id);
        let place = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
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
            prompt: prepared.prompt.whole(),
            apart: Some(Apart { system: prepared.prompt.system(), message: prepared.prompt.message() }),
            configuration: Configuration { script_text, ..Configuration::of(kind, settings) },
            run_folder: folder.path().to_string_lossy().into_owned(),
            prompt_file: place("prompt.md"),
            workspace: prepared.work.folder.to_string_lossy().into_owned(),
            session: prepared.session.clone(),
            around: Around {
                operator_home: self.place.operator_home.to_string_lossy().into_owned(),
                moved: programs::moved(&self.place.moved),
                home: self.place.home(agent.as_str()).to_string_lossy().into_owned(),
                own_login: settings.login == Some(Login::Own),
                limits: Limits { money: run.reserved.money, tokens: run.reserved.tokens },
                skills: prepared.skills.as_ref().map(|folder| folder.to_string_lossy().into_owned()),
                in_clone: prepared.work.source.is_some(),
                folders: vec![prepared.desk.to_string_lossy().into_owned()],
                mcp_config: Some(place(MCP_CONFIG)),
                corp: Some(self.place.bin().join("corp").to_string_lossy().into_owned()),
                ..Around::default()
            },
        })
    }

    fn job(
        &self,
        run: &Run,
        settings: &Adapter,
        context: &RunContext,
        invocation: &Invocation,
        prepared: &Prepared,
    ) -> Result<Job, String> {
        let mut environment = BTreeMap::from([
            ("PATH".to_owned(), format!("{}:{}", self.place.bin().display(), self.search_path())),
            ("LANG".to_owned(), "C.UTF-8".to_owned()),
            ("TERM".to_owned(), "dumb".to_owned()),
            // A home of its own: what an agent program leaves there is not the operator's.
            ("HOME".to_owned(), context.around.home.clone()),
        ]);
        environment.extend(invocation.environment.clone());
        // Whatever an agent's settings say, these are where they are.
        environment.insert("AGENT_HOME".to_owned(), prepared.home.to_string_lossy().into_owned());
        environment.insert("CORP_DESK".to_owned(), prepared.desk.to_string_lossy().into_owned());
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
            used_before: prepared.used_before.clone(),
            begun: None,
            letter: false,
            stdin: invocation.stdin.as_ref().map(|_| self.folder(&run.id).path().join("stdin")),
            workspace: context.workspace.clone().into(),
            work: Some(prepared.work.clone()),
            desk: Some(prepared.desk.clone()),
            passing: invocation.passing_links.keys().map(PathBuf::from).chain(prepared.skills.clone()).collect(),
            shared: Vec::new(),
            timeout_ms: settings.timeout_ms(),
            idle_timeout_ms: settings.idle_timeout_ms(),
            grace_ms: settings.grace_ms(),
            transcript_bytes_max: TRANSCRIPT_BYTES_MAX,
            ceiling: Ceiling::from(&run.reserved),
            meter: Meter::default(),
            confinement: None,
            unconfined: None,
            token: token()?,
            door: self.place.door(run.id.as_str()),
            daemon: self.place.socket(),
        })
    }

    /// What the run may touch, if the kernel holds it; and what is to be told of that.
    fn held(
        &self,
        hold: &Hold,
        run: &Run,
        context: &RunContext,
        invocation: &Invocation,
        prepared: &Prepared,
    ) -> Result<(Option<Policy>, Option<String>), String> {
        let Hold::Kernel { strict, wall, lacks } = hold else {
            let Hold::Open(why) = hold else { return Ok((None, None)) };
            return Ok((None, Some(why.clone())));
        };
        let worker = self.snapshot.worker(run.agent().as_str()).ok_or("the agent is gone")?;
        let usual = Reach::default();
        let home = PathBuf::from(&context.around.home);
        let made = confine::policy(
            &Given {
                place: &self.place,
                run: Path::new(&context.run_folder),
                workspace: &prepared.work.folder,
                own: [prepared.desk.clone(), home].into_iter().chain(prepared.skills.clone()).collect(),
                invocation,
                configuration: &context.configuration,
                reach: worker.reach().unwrap_or(&usual),
                others: &confine::others(&self.snapshot, &self.place),
                ourselves: &self.program,
                search: &self.programs(),
                inherited: &confine::inherited_values(&invocation.inherited),
            },
            *strict,
            wall.as_deref(),
        )?;
        let exposed = confine::exposed(&made.policy, &self.place);
        if !exposed.is_empty() && self.snapshot.company.confinement == ConfinementPolicy::Required {
            let why = exposed.join("; ");
            return Err(format!("the company requires confinement, and {why}: move it to a folder of its own"));
        }
        let left_out = made.left_out.into_iter().map(|what| format!("left out: {what}"));
        let less: Vec<String> = lacks.iter().cloned().chain(exposed).chain(left_out).collect();
        Ok((Some(made.policy), (!less.is_empty()).then(|| less.join("; "))))
    }

    /// The end of a run that never began.
    pub(super) fn not_started(&self, run: RunId, why: String) -> What {
        let spent = Spent { usage: Some(Usage::default()), cost: None, ..Spent::default() };
        let report = Report {
            outcome: RunOutcome::Failed,
            at: self.clock.now(),
            started: None,
            spent,
            at_least: None,
            over_ceiling: false,
            changed: false,
            note: Some(why),
            transcript: None,
            last_words: None,
            alert: None,
            talked: None,
            confinement: None,
            work: Work::default(),
        };
        What::RunEnded { run, report: Box::new(report) }
    }
}

/// What a run shows: nobody guesses it.
fn token() -> Result<String, String> {
    Ok(chance::bytes::<32>().map_err(|error| error.to_string())?.map(|byte| format!("{byte:02x}")).concat())
}
