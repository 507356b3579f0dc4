//! One run of a real program, supervised as the daemon has it supervised, against the stand-in.

use crate::harness::job;
use crate::standin::StandIn;
use corp::adapters::{self, Adapter, Apart, Around, Configuration, Invocation, Program, RunContext, TicketBrief};
use corp::model::agent::Reach;
use corp::model::{RunId, Scalar as _, Slug, TicketId};
use corp::runtime::confine::{self, Given};
use corp::runtime::place::{Place, Roots};
use corp::runtime::run::{End, Folder, Job, Used};
use corp::sandbox::{Offer, Policy};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU64, Ordering};

/// A program in a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Installed {
    pub(super) adapter: &'static str,
    pub(super) version: &'static str,
    /// The folder it is installed in, below `CORP_AGENTS`.
    folder: &'static str,
    binary: &'static str,
}

pub(super) const CLAUDE: Installed =
    Installed { adapter: "claude_local", version: "2.1.329", folder: "claude-2.1.329", binary: "claude" };
pub(super) const OLD_CLAUDE: Installed =
    Installed { adapter: "claude_local", version: "2.1.197", folder: "claude-2.1.197", binary: "claude" };
pub(super) const CODEX: Installed =
    Installed { adapter: "codex_local", version: "0.169.0", folder: "codex-0.169.0", binary: "codex" };

/// All of them.
pub(super) const INSTALLED: [Installed; 3] = [CLAUDE, OLD_CLAUDE, CODEX];

impl Installed {
    pub(super) fn program(self) -> PathBuf {
        let root = std::env::var_os("CORP_AGENTS").expect("CORP_AGENTS names no folder: run `.ci/agents`");
        let program = Path::new(&root).join(self.folder).join("node_modules/.bin").join(self.binary);
        assert!(program.exists(), "{} is not there: run `.ci/agents`", program.display());
        program
    }

    pub(super) fn is_codex(self) -> bool {
        self.adapter == "codex_local"
    }

    /// What its settings say, so that it talks to the stand-in.
    pub(super) fn settings(self, standin: &StandIn) -> Configuration {
        let text = |pairs: &[(&str, String)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<BTreeMap<_, _>>()
        };
        let usual = Configuration {
            kind: self.adapter.to_owned(),
            model: Some("stand-in".to_owned()),
            command: Some(self.program().to_str().unwrap().to_owned()),
            ..Configuration::default()
        };
        if self.is_codex() {
            let provider = format!(
                "model_providers.standin={{name=\"stand-in\",base_url=\"{}/v1\",env_key=\"STANDIN_KEY\",wire_api=\"responses\",request_max_retries=1,stream_max_retries=1}}",
                standin.url()
            );
            let arguments = ["-c", "model_provider=standin", "-c", &provider];
            Configuration {
                arguments: arguments.map(str::to_owned).to_vec(),
                environment: text(&[("STANDIN_KEY", "any".to_owned())]),
                ..usual
            }
        } else {
            Configuration {
                model: Some("claude-sonnet-4-6".to_owned()),
                environment: text(&[
                    ("ANTHROPIC_BASE_URL", standin.url()),
                    ("ANTHROPIC_API_KEY", "any".to_owned()),
                    ("CLAUDE_CODE_MAX_RETRIES", "2".to_owned()),
                ]),
                ..usual
            }
        }
    }
}

/// A place for runs of one agent.
pub(super) struct Bench {
    pub(super) standin: StandIn,
    pub(super) installed: Installed,
    pub(super) place: tempfile::TempDir,
    pub(super) configuration: Configuration,
    pub(super) confined: bool,
    /// At the strict level, with the one port of the stand-in, as of a gateway.
    pub(super) strict: bool,
    pub(super) around: Around,
    /// What it is told apart from its prompt, if anything.
    pub(super) system: Option<String>,
    pub(super) patience_ms: u64,
    next: AtomicU64,
}

/// A run that goes on.
pub(super) struct Going {
    pub(super) folder: Folder,
    supervisor: Child,
}

impl Bench {
    pub(super) fn new(installed: Installed) -> Self {
        let standin = StandIn::start();
        // Not in the machine's folder for temporary files: there a program refuses to have its sandbox.
        let place = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let home = place.path().join("home");
        std::fs::create_dir_all(&home).unwrap();
        let home = home.to_str().unwrap().to_owned();
        let configuration = installed.settings(&standin);
        let around = Around { operator_home: format!("{home}/operator"), home, own_login: true, ..Around::default() };
        Self {
            standin,
            installed,
            place,
            configuration,
            confined: true,
            strict: false,
            around,
            system: None,
            patience_ms: 300_000,
            next: AtomicU64::new(1),
        }
    }

    pub(super) fn workspace(&self) -> PathBuf {
        self.place.path().join("workspace")
    }

    /// Starts a run that is told `prompt`.
    pub(super) fn start(&self, prompt: &str, session: Option<&str>, before: Option<Used>) -> Going {
        let run = format!("r-{}", self.next.fetch_add(1, Ordering::Relaxed));
        let path = self.place.path().join(&run);
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let context = RunContext {
            company: "Acme".to_owned(),
            agent: Slug::parse("cto").unwrap(),
            agent_name: "The CTO".to_owned(),
            run: RunId::parse(&run).unwrap(),
            wake_reason: "ticket_assigned".to_owned(),
            wake_payload: "{}".to_owned(),
            ticket: Some(TicketBrief { id: TicketId::parse("ACME-1").unwrap(), title: "Try".to_owned() }),
            prompt: prompt.to_owned(),
            apart: self.system.clone().map(|system| Apart { system, message: prompt.to_owned() }),
            configuration: self.configuration.clone(),
            run_folder: text(&path),
            prompt_file: text(&path.join("prompt.md")),
            workspace: text(&self.workspace()),
            session: session.map(str::to_owned),
            around: Around { confined: self.confined, ..self.around.clone() },
        };
        let adapter: &dyn Adapter = adapters::find(self.installed.adapter).unwrap();
        let invocation = adapter.invocation(&context).unwrap();
        let policy = self.policy(&path, &invocation);
        let Program::Named(program) = invocation.program.clone() else { panic!("not a program of its own") };
        let shared = corp::runtime::homes::furnish(&invocation, Path::new(&self.around.home)).unwrap();
        let mut environment = BTreeMap::from([
            ("PATH".to_owned(), std::env::var("PATH").unwrap()),
            ("LANG".to_owned(), "C.UTF-8".to_owned()),
        ]);
        environment.extend(invocation.environment);
        let job = Job {
            run,
            program: Some(program),
            arguments: invocation.arguments,
            environment,
            stdin: Some(path.join("stdin")),
            session: session.map(str::to_owned),
            used_before: before,
            workspace: self.workspace(),
            timeout_ms: self.patience_ms,
            idle_timeout_ms: self.patience_ms,
            grace_ms: 20_000,
            transcript_bytes_max: 16 << 20,
            confinement: self.confined.then_some(policy),
            door: path.join("door"),
            shared,
            ..job(self.place.path(), self.installed.adapter)
        };
        let folder = Folder::at(&path);
        let stdin = invocation.stdin.unwrap();
        let mut files: Vec<(&str, &str)> =
            invocation.files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        files.extend([("stdin", stdin.as_str()), ("prompt.md", prompt)]);
        folder.create(&job, files).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_corp"));
        let supervisor = command.arg("supervise").arg(folder.path()).spawn().unwrap();
        Going { folder, supervisor }
    }

    /// What a run may touch.
    fn policy(&self, run: &Path, invocation: &Invocation) -> Policy {
        let roots = Roots {
            config: self.place.path().join("config"),
            state: self.place.path().join("state"),
            sockets: None,
            scratch: std::env::temp_dir(),
            home: self.around.operator_home.clone().into(),
            programs: Vec::new(),
            moved: BTreeMap::new(),
        };
        let own = [Some(&self.around.home), self.around.skills.as_ref()];
        let made = confine::policy(
            &Given {
                place: &Place::new(&roots, &self.place.path().join("company")),
                run,
                workspace: &self.workspace(),
                own: own.into_iter().flatten().map(PathBuf::from).collect(),
                invocation,
                configuration: &self.configuration,
                reach: &Reach::default(),
                others: &[],
                ourselves: Path::new(env!("CARGO_BIN_EXE_corp")),
                search: &std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect::<Vec<_>>(),
                inherited: &[],
            },
            self.strict,
            self.strict.then(|| Offer::here().bubblewrap().ok()).flatten(),
        );
        let mut policy = made.unwrap().policy;
        if self.strict {
            policy.connect.push(self.standin.url().rsplit_once(':').unwrap().1.parse().unwrap());
        }
        policy
    }

    /// A run from its start to its end.
    pub(super) fn run(&self, prompt: &str) -> End {
        self.start(prompt, None, None).end()
    }
}

impl Going {
    pub(super) fn end(mut self) -> End {
        self.supervisor.wait().unwrap();
        self.folder.end().unwrap().expect("it ended without a record")
    }
}
