//! `corp adapter`: the programs that can be agents, whether they are here and logged in, and whether they answer.

use super::Context;
use crate::adapters::{self, Adapter, Around, Configuration, Invocation, Metering, Program, RunContext};
use crate::cli::Outcome;
use crate::cli::ask::office;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::model::agent::{Login, Reach};
use crate::model::{RunId, Scalar as _, Slug};
use crate::runtime::confine::{self, Given, Hold};
use crate::runtime::programs;
use crate::runtime::trial::{self, Trial};
use crate::sandbox::{Offer, Policy};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What the one turn of a test is told.
const ONE_WORD: &str = "Answer with the one word: ready";

/// Look at the programs that can be agents, try them, log in
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp adapter list                                   which programs are here, and logged in
  corp adapter test claude_local                      one word from the program itself
  corp adapter login codex_local --agent reviewer     a login of the agent's own")]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// All adapters: what is found here, in which version, and logged in
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// One adapter
    Show {
        /// The adapter
        name: String,
        /// As this agent calls it
        #[arg(long, value_name = "AGENT")]
        agent: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Have it answer with one word, as in a run
    Test {
        /// The adapter
        name: String,
        /// As this agent calls it
        #[arg(long, value_name = "AGENT")]
        agent: Option<String>,
    },
    /// Start the program's own login: the operator's, or one kept for an agent
    Login {
        /// The adapter
        name: String,
        /// The agent whose own login it is to be
        #[arg(long, value_name = "AGENT")]
        agent: Option<String>,
    },
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    match &args.verb {
        Verb::List { json } => list(*json, context, ui),
        Verb::Show { name, agent, json } => show(&Called::new(name, agent.as_deref(), context)?, *json, context, ui),
        Verb::Test { name, agent } => test(Called::new(name, agent.as_deref(), context)?, context, ui),
        Verb::Login { name, agent } => login(name, agent.as_deref(), context, ui),
    }
}

/// An adapter, as it is called by an agent or by nobody in particular.
struct Called {
    adapter: &'static dyn Adapter,
    configuration: Configuration,
    around: Around,
    agent: Option<Slug>,
    /// What its settings say of the gateway.
    gateway: Option<bool>,
    /// How its runs are held; of nobody in particular, not at all.
    hold: Hold,
}

impl Called {
    fn new(name: &str, agent: Option<&str>, context: &Context) -> Result<Self, CommandError> {
        let adapter = adapters::find(name).ok_or_else(|| {
            let known = adapters::ALL.iter().map(|adapter| adapter.name()).collect::<Vec<_>>().join(", ");
            CommandError::new(Exit::Refused, format!("there is no adapter `{name}`")).hint(format!("there are {known}"))
        })?;
        let roots = &context.environment.roots;
        let mut called = Self {
            adapter,
            configuration: Configuration { kind: name.to_owned(), ..Configuration::default() },
            around: Around {
                operator_home: roots.home.to_string_lossy().into_owned(),
                moved: programs::moved(&roots.moved),
                home: roots.state.join("corp/trial/home").to_string_lossy().into_owned(),
                ..Around::default()
            },
            agent: None,
            gateway: None,
            hold: Hold::Open("it is tried for no agent".to_owned()),
        };
        let Some(agent) = agent else { return Ok(called) };
        let office = office(context)?;
        let found = office.snapshot().worker(agent).ok_or_else(|| {
            CommandError::new(Exit::Refused, format!("there is no agent `{agent}`"))
                .hint("`corp agent list` shows them")
        })?;
        let settings = found.adapter();
        if settings.kind.as_deref().is_some_and(|kind| kind != name) {
            let kind = settings.kind.unwrap_or_default();
            let message = format!("{agent} is no {name}: its adapter is {kind}");
            return Err(CommandError::new(Exit::Refused, message));
        }
        called.around.own_login = settings.login == Some(Login::Own);
        called.around.home = office.place.home(agent).to_string_lossy().into_owned();
        called.configuration = Configuration::of(name, &settings);
        called.agent = Some(found.slug.clone());
        called.gateway = settings.gateway;
        let company = office.snapshot().company.confinement;
        called.hold = confine::hold(found.confinement(), company, Offer::here())
            .map_err(|why| CommandError::new(Exit::Refused, format!("no run of {agent} is started: {why}")))?;
        called.around.confined = called.hold.is_kernel();
        Ok(called)
    }

    fn missing(&self, context: &Context) -> Vec<String> {
        let roots = &context.environment.roots;
        programs::missing(self.adapter, &self.configuration, &roots.home, &roots.programs)
    }

    /// Whether it is logged in; none: it needs no login.
    fn is_logged_in(&self) -> Option<bool> {
        let login = self.adapter.login(&self.configuration, &self.around)?;
        Some(programs::is_logged_in(&login, &self.configuration, self.around.own_login))
    }

    fn login_command(&self) -> String {
        let own = self.agent.as_ref().filter(|_| self.around.own_login);
        let agent = own.map(|agent| format!(" --agent {agent}")).unwrap_or_default();
        format!("corp adapter login {}{agent}", self.adapter.name())
    }

    /// The program and its version, where it has one of its own.
    fn program(&self, context: &Context) -> Option<(String, Option<String>)> {
        let roots = &context.environment.roots;
        let name = self.adapter.needs(&self.configuration).into_iter().find_map(|need| match need {
            adapters::Need::Program(name) => Some(name),
            adapters::Need::AgentFile(_) => None,
        })?;
        let path = programs::find(&name, &roots.home, &roots.programs)?;
        let arguments = self.adapter.version_arguments();
        let version = if arguments.is_empty() { None } else { trial::version(&path, arguments, &roots.home) };
        Some((path.to_string_lossy().into_owned(), version))
    }

    /// When what it uses becomes known, called like this.
    fn metering(&self) -> Metering {
        match programs::gateway(self.adapter, &self.configuration, &self.around, self.gateway) {
            Some(_) => Metering::Gateway,
            None => self.adapter.capabilities().metering,
        }
    }

    fn described(&self, context: &Context) -> Value {
        let program = self.program(context);
        let capabilities = self.adapter.capabilities();
        json!({
            "adapter": self.adapter.name(),
            "agent": self.agent.as_ref().map(Slug::as_str),
            "program": program.as_ref().map(|(path, _)| path),
            "version": program.as_ref().and_then(|(_, version)| version.as_deref()),
            "missing": self.missing(context),
            "login": self.is_logged_in().map(|there| if there { "there" } else { "missing" }),
            "whose_login": self.is_logged_in().map(|_| if self.around.own_login { "own" } else { "shared" }),
            "resumes": capabilities.resumes,
            "metering": match self.metering() {
                Metering::Gateway => "gateway: exact, with every request",
                Metering::Stream => "stream: as it says while it runs",
                Metering::End => "end: bounded by its reservation, its own limits and time",
            },
            "needs_network": !capabilities.offline,
        })
    }
}

fn list(as_json: bool, context: &Context, ui: &mut Ui) -> Outcome {
    let mut all = Vec::new();
    for adapter in adapters::ALL {
        all.push(Called::new(adapter.name(), None, context)?.described(context));
    }
    if as_json {
        ui.line(json!(all));
        return Ok(Exit::Done);
    }
    for one in &all {
        let text = |key: &str| one[key].as_str().unwrap_or("-").to_owned();
        let found = match one["missing"].as_array().and_then(|missing| missing.first()) {
            Some(missing) => format!("no `{}` here", missing.as_str().unwrap_or_default()),
            None => one["version"].as_str().unwrap_or("here").to_owned(),
        };
        let login = match one["login"].as_str() {
            Some("there") => "logged in",
            Some(_) if one["program"].is_null() => "-",
            Some(_) => "not logged in",
            None => "needs no login",
        };
        let metering = text("metering");
        let metering = metering.split(':').next().unwrap_or_default();
        ui.line(format_args!("{:<13} {:<26} {metering:<8} {login}", text("adapter"), found));
    }
    Ok(Exit::Done)
}

fn show(called: &Called, as_json: bool, context: &Context, ui: &mut Ui) -> Outcome {
    let described = called.described(context);
    if as_json {
        ui.line(described);
        return Ok(Exit::Done);
    }
    for (key, value) in described.as_object().into_iter().flatten() {
        let value = match value {
            Value::Null => continue,
            Value::String(text) => text.clone(),
            Value::Array(parts) if parts.is_empty() => continue,
            other => other.to_string(),
        };
        ui.line(format_args!("{key:<14} {value}"));
    }
    if called.is_logged_in() == Some(false) {
        ui.note(format_args!("hint: `{}`", called.login_command()));
    }
    Ok(Exit::Done)
}

fn test(called: Called, context: &Context, ui: &mut Ui) -> Outcome {
    let name = called.adapter.name();
    let file = called.adapter.needs(&called.configuration).into_iter().find_map(|need| match need {
        adapters::Need::AgentFile(file) => Some(file),
        adapters::Need::Program(_) => None,
    });
    if let Some(file) = file {
        let agent = called.agent.as_ref().map_or("AGENT", Slug::as_str);
        let message = format!("{name} plays {file} of an agent: there is no program that could answer");
        return Err(CommandError::new(Exit::Refused, message).hint(format!("`corp wake {agent}` has it played")));
    }
    if let Some(missing) = called.missing(context).first() {
        let message = format!("there is no program `{missing}` here");
        return Err(
            CommandError::new(Exit::Environment, message).hint(programs::to_install(called.adapter.installed_by()))
        );
    }
    if called.is_logged_in() == Some(false) {
        let message = format!("{name} is not logged in");
        return Err(CommandError::new(Exit::Environment, message).hint(format!("`{}`", called.login_command())));
    }
    if let Some((path, version)) = called.program(context) {
        ui.note(format_args!("{path} {}", version.unwrap_or_default()));
    }
    let roots = &context.environment.roots;
    let folder = trial::folder(roots).map_err(|error| {
        CommandError::new(Exit::Environment, format!("no folder for the test could be made: {error}"))
    })?;
    let run = RunContext::of_trial(
        called.agent.clone().unwrap_or_else(|| Slug::parse("somebody").expect("that is a slug")),
        RunId::parse("r-test").expect("that is the id of a run"),
        ONE_WORD,
        called.configuration.clone(),
        called.around.clone(),
        &folder.to_string_lossy(),
    );
    let invocation = called.adapter.invocation(&run).map_err(|unusable| match &called.agent {
        Some(agent) => CommandError::new(Exit::Refused, format!("{agent} cannot be called: {unusable}")),
        None => CommandError::new(
            Exit::Refused,
            format!("{name} is nothing by itself: what it does stands in the folder or the settings of an agent"),
        )
        .hint(format!("name one: `corp adapter test {name} --agent AGENT`; `corp agent list` shows them")),
    })?;
    let program = match invocation.program.clone() {
        Program::Ourselves => Program::Ourselves,
        Program::Named(name) => {
            let found = programs::find(&name, &roots.home, &roots.programs);
            Program::Named(found.map_or(name, |path| path.to_string_lossy().into_owned()))
        }
    };
    let (confinement, unconfined) = held(&called, &invocation, &program, &folder, context)?;
    if let Some(why) = &unconfined {
        ui.note(format_args!("note: this test is not confined, {why}: what the program does, it does as your account"));
    }
    let agents_home = PathBuf::from(&called.around.home);
    let trial = Trial { adapter: name, invocation, program, agents_home, confinement, unconfined, folder, roots };
    let end = trial.run().map_err(|error| CommandError::new(Exit::Environment, error.to_string()))?;
    if end.completion != crate::runtime::run::Completion::Succeeded {
        return Err(CommandError::new(Exit::Environment, format!("{name} did not answer: {}", end.why)));
    }
    let used = &end.used;
    let cost = used.cost.as_deref().map(|cost| format!(", {cost}")).unwrap_or_default();
    ui.line(format_args!("{}", end.reply.trim()));
    ui.note(format_args!(
        "{name} answered: {} tokens in, {} from the cache, {} out{cost}",
        used.input, used.cached_input, used.output
    ));
    Ok(Exit::Done)
}

/// What the test may touch: what a run of the agent may. And why nothing holds it, if nothing does.
fn held(
    called: &Called,
    invocation: &Invocation,
    program: &Program,
    folder: &Path,
    context: &Context,
) -> Result<(Option<Policy>, Option<String>), CommandError> {
    let (strict, wall, agent) = match (&called.hold, &called.agent) {
        (Hold::Kernel { strict, wall, .. }, Some(agent)) => (*strict, wall.as_deref(), agent),
        (Hold::Open(why), _) => return Ok((None, Some(why.clone()))),
        (Hold::Kernel { .. }, None) => return Ok((None, None)),
    };
    let office = office(context)?;
    let found = |what: String| CommandError::new(Exit::Environment, what);
    let worker = office.snapshot().worker(agent.as_str()).ok_or_else(|| found(format!("{agent} is gone")))?;
    let ourselves = std::env::current_exe().map_err(|error| found(format!("this program cannot be found: {error}")))?;
    let roots = &context.environment.roots;
    let search = programs::search_path(ourselves.parent(), &roots.home, &roots.programs);
    let usual = Reach::default();
    let given = Given {
        place: &office.place,
        run: &folder.join("run"),
        workspace: &folder.join("workspace"),
        own: vec![PathBuf::from(&called.around.home)],
        invocation: &Invocation { program: program.clone(), ..invocation.clone() },
        configuration: &called.configuration,
        reach: worker.reach().unwrap_or(&usual),
        others: &confine::others(office.snapshot(), &office.place),
        ourselves: &ourselves,
        search: &std::env::split_paths(&search).collect::<Vec<_>>(),
        inherited: &confine::inherited_values(&invocation.inherited),
    };
    let made = confine::policy(&given, strict, wall).map_err(found)?;
    Ok((Some(made.policy), None))
}

fn login(name: &str, agent: Option<&str>, context: &Context, ui: &mut Ui) -> Outcome {
    let mut called = Called::new(name, agent, context)?;
    if agent.is_some() && !called.around.own_login {
        let agent = agent.unwrap_or_default();
        ui.note(format_args!(
            "note: {agent} uses the operator's login until agents/{agent}/agent.yaml says `login: own` below `adapter:`"
        ));
        called.around.own_login = true;
    }
    let Some(login) = called.adapter.login(&called.configuration, &called.around) else {
        ui.note(format_args!("{name} needs no login"));
        return Ok(Exit::Done);
    };
    let Some((program, _)) = called.program(context) else {
        let missing = called.missing(context).join(", ");
        return Err(CommandError::new(Exit::Environment, format!("there is no program `{missing}` here"))
            .hint(programs::to_install(called.adapter.installed_by())));
    };
    let shown: Vec<String> = login.environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let command = format!("{} {program} {}", shown.join(" "), login.arguments.join(" "));
    if !context.environment.interactive {
        // The program asks a person; without one, the command is what helps.
        if called.agent.is_some() {
            ui.note(format_args!(
                "note: typed by hand it is not confined, and reads what the agent left in that home; at a terminal `corp` begins in an empty one"
            ));
        }
        ui.line(command.trim());
        return Ok(Exit::Done);
    }
    ui.note(format_args!("starting: {}", command.trim()));
    let agents_home = called.agent.is_some().then(|| Path::new(&called.around.home));
    if agents_home.is_some() {
        ui.note(format_args!(
            "note: it is not confined, to ask you and your browser; it begins in an empty folder, and its login is moved to the agent's"
        ));
    }
    let ended = trial::log_in(&program, &login, agents_home, &context.environment.roots)
        .map_err(|error| CommandError::new(Exit::Environment, format!("{program} could not be started: {error}")))?;
    if !ended {
        return Err(CommandError::new(Exit::Environment, format!("{program} says that it is not logged in")));
    }
    Ok(Exit::Done)
}
