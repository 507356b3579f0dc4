//! `claude_local`: the Claude Code program on this machine, one turn without a terminal.
//!
//! What it says is read in [`read`]. Measured with 2.1.329 and 2.1.197; `docs/adapters.md` is the page for people.

mod login;
mod read;

use super::gateway::Way;
use super::{
    Adapter, Around, Capabilities, Configuration, Invocation, Login, Metering, Need, Program, Proof, Reader,
    RunContext, Unusable, surroundings,
};
use crate::model::Currency;
use crate::model::run::Billing;
use std::collections::BTreeMap;

/// The program when the settings name none.
const USUAL: &str = "claude";

/// The folder of the run's skills that is a plugin for it, which is called like the folder.
const PLUGIN: &str = "corp";

/// The file, in the run's folder, with what is appended to its system prompt.
const SYSTEM: &str = "system.md";

/// What an unconfined run may use without being asked, beside editing in its folders: the company's door, and git in its
/// workspace. The program checks each part of a command that is put together.
const ALLOWED: &[&str] = &[
    "Bash(corp:*)",
    "Bash(git status:*)",
    "Bash(git diff:*)",
    "Bash(git log:*)",
    "Bash(git show:*)",
    "Bash(git add:*)",
    "Bash(git commit:*)",
    "Skill",
    // The company's own tools; what they may do is the company's to say.
    "mcp__corp",
];

/// The variable that says where its folder is.
const FOLDER: &str = "CLAUDE_CONFIG_DIR";

/// The file in it with the login.
const LOGIN: &str = ".credentials.json";

/// What the operator may be logged in by, and where to.
const INHERITED: &[&str] = &[
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_BASE_URL",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
    "ANTHROPIC_VERTEX_PROJECT_ID",
    "CLOUD_ML_REGION",
    "AWS_PROFILE",
    "AWS_REGION",
];

/// The variables of [`INHERITED`] that are a login.
const PROOFS: &[&str] = &[
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
];

/// Most turns of one run. What a run may spend is far below that; who goes round in circles for next to nothing is stopped. An
/// agent's own `args` come after it and count.
const TURNS_MAX: u32 = 1_000;

/// The Claude Code program.
#[derive(Debug, Clone, Copy)]
pub struct ClaudeLocal;

impl Adapter for ClaudeLocal {
    fn name(&self) -> &'static str {
        "claude_local"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            resumes: true,
            manages_context: true,
            system_prompt: true,
            metering: Metering::Stream,
            offline: false,
        }
    }

    fn invocation(&self, context: &RunContext) -> Result<Invocation, Unusable> {
        surroundings::refuse_empty(&context.prompt)?;
        let prompt = context.apart.as_ref().map_or(&context.prompt, |apart| &apart.message);
        let system = context.apart.iter().map(|apart| (SYSTEM.to_owned(), apart.system.clone()));
        let (configuration, around) = (&context.configuration, &context.around);
        let mut arguments: Vec<String> =
            ["-p", "-", "--output-format", "stream-json", "--verbose"].map(str::to_owned).to_vec();
        let mut add = |words: &[&str]| arguments.extend(words.iter().map(|word| (*word).to_owned()));
        if let Some(session) = &context.session {
            add(&["--resume", session]);
        }
        if let Some(model) = &configuration.model {
            add(&["--model", model]);
        }
        if let Some(fallback) = configuration.fallbacks.first() {
            add(&["--fallback-model", fallback]);
        }
        if context.apart.is_some() {
            add(&["--append-system-prompt-file", &format!("{}/{SYSTEM}", context.run_folder)]);
        }
        for folder in around.folders.iter().chain(&around.skills) {
            add(&["--add-dir", folder]);
        }
        if let Some(skills) = &around.skills {
            // As a plugin: from a folder that is only added it takes skills together with settings, or not at all.
            add(&["--plugin-dir", &format!("{skills}/{PLUGIN}")]);
        }
        // Without a file of ours there are no servers of tools: those of the operator are not the agent's.
        add(&["--strict-mcp-config"]);
        if let Some(file) = &around.mcp_config {
            add(&["--mcp-config", file]);
        }
        if let Some(money) = around.limits.money.filter(|money| money.currency() == Currency::USD) {
            add(&["--max-budget-usd", &decimal(money.micro())]);
        }
        add(&["--max-turns", &TURNS_MAX.to_string()]);
        if around.confined {
            // What the project's own repository says is read; it can loosen nothing that we confine.
            add(&["--dangerously-skip-permissions", "--setting-sources", "project"]);
        } else {
            // An agent writes in its workspace, and settings that lie there could allow it everything.
            add(&["--permission-mode", "acceptEdits", "--setting-sources", ""]);
            add(&["--allowedTools", &ALLOWED.join(",")]);
        }
        arguments.extend(configuration.arguments.iter().map(|argument| context.fill(argument)));
        let mut environment = environment(context);
        let mut ways = Vec::new();
        if around.gateway.is_some() {
            let way = Way::anthropic(configuration.environment.get("ANTHROPIC_BASE_URL"));
            environment.insert("ANTHROPIC_BASE_URL".to_owned(), way.address());
            ways.push(way);
        }
        let own = places(context);
        Ok(Invocation {
            arguments,
            environment,
            ways,
            writes: own.writes,
            folders: own.folders,
            links: own.links,
            stdin: Some(prompt.clone()),
            files: system.collect(),
            inherited: surroundings::inherited(around, INHERITED),
            ..Invocation::of(Program::Named(configuration.command.clone().unwrap_or_else(|| USUAL.to_owned())))
        })
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(read::ClaudeReader::default())
    }

    fn needs(&self, configuration: &Configuration) -> Vec<Need> {
        vec![Need::Program(configuration.command.clone().unwrap_or_else(|| USUAL.to_owned()))]
    }

    fn login(&self, configuration: &Configuration, around: &Around) -> Option<Login> {
        let mut shown_by: Vec<Proof> = PROOFS.iter().map(|name| Proof::Variable(name)).collect();
        let moved = configuration.environment.get(FOLDER);
        let folder = moved.cloned().unwrap_or_else(|| config_folder(around));
        shown_by.push(Proof::File(format!("{folder}/{LOGIN}")));
        // On a Mac the login is in the keychain, which is not looked into.
        shown_by.push(Proof::Keychain);
        let mut environment = own_places(around);
        environment.extend(configuration.environment.clone());
        Some(Login { shown_by, arguments: vec!["auth".to_owned(), "login".to_owned()], environment })
    }

    fn skills_below(&self) -> Option<&'static str> {
        Some("corp/skills")
    }

    fn moved_by(&self) -> Option<&'static str> {
        Some(FOLDER)
    }

    fn renewed(&self, before: &[u8], found: &[u8]) -> Option<Vec<u8>> {
        login::renewed(before, found)
    }

    fn provider(&self) -> Option<&'static str> {
        Some("anthropic")
    }

    fn billing(&self, variable: Option<&str>) -> Billing {
        match variable {
            None | Some("CLAUDE_CODE_OAUTH_TOKEN") => Billing::Subscription,
            Some(_) => Billing::Metered,
        }
    }

    fn usually_metered(&self, variable: &str) -> bool {
        matches!(variable, "ANTHROPIC_API_KEY" | "ANTHROPIC_AUTH_TOKEN")
    }

    fn installed_by(&self) -> Option<&'static str> {
        Some("npm install -g @anthropic-ai/claude-code")
    }

    fn version_arguments(&self) -> &'static [&'static str] {
        &["--version"]
    }
}

fn config_folder(around: &Around) -> String {
    match around.moved.get(FOLDER) {
        _ if around.own_login => format!("{}/.claude", around.home),
        Some(folder) => folder.clone(),
        None => format!("{}/.claude", around.operator_home),
    }
}

/// Where it keeps what it knows, for whoever logs in.
fn own_places(around: &Around) -> BTreeMap<String, String> {
    let home = if around.own_login { &around.home } else { &around.operator_home };
    let mut places = BTreeMap::from([("HOME".to_owned(), home.clone())]);
    // Said even where it says the usual, the variable has the program look for one of its files elsewhere.
    if around.own_login || around.moved.contains_key(FOLDER) {
        places.insert(FOLDER.to_owned(), config_folder(around));
    }
    places
}

/// What a run writes beside its agent's own, and what it finds made.
#[derive(Debug, Default)]
struct Places {
    /// Its folder, if that is not where the environment says.
    folder: Option<String>,
    writes: Vec<String>,
    folders: Vec<String>,
    links: BTreeMap<String, String>,
}

/// What a run has of the operator's. Where it is confined, a shared login is the operator's file with the login, linked into a
/// folder of the agent's own, and nothing else: settings, plugins, servers of tools and what the program notes of itself hold for
/// the operator's own sessions, and who could write those would run there, unconfined.
fn places(context: &RunContext) -> Places {
    let around = &context.around;
    let named = context.configuration.environment.get(FOLDER);
    if around.own_login || !around.confined {
        // A folder that the board named for this agent is its own. A run that nothing confines has all of the operator's.
        return Places {
            writes: named.filter(|_| around.own_login).into_iter().cloned().collect(),
            ..Places::default()
        };
    }
    let folder = format!("{}/.claude", around.home);
    let login = format!("{}/{LOGIN}", named.cloned().unwrap_or_else(|| config_folder(around)));
    Places {
        writes: vec![login.clone()],
        folders: vec![folder.clone()],
        links: BTreeMap::from([(format!("{folder}/{LOGIN}"), login)]),
        folder: Some(folder),
    }
}

fn environment(context: &RunContext) -> BTreeMap<String, String> {
    let mut environment = own_places(&context.around);
    let ours = [("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"), ("DISABLE_AUTOUPDATER", "1")];
    environment.extend(ours.map(|(name, value)| (name.to_owned(), value.to_owned())));
    if context.around.confined {
        // Root may skip the questions only where it says that it is confined, which it is.
        environment.insert("IS_SANDBOX".to_owned(), "1".to_owned());
    }
    environment.extend(context.environment());
    environment.extend(places(context).folder.map(|folder| (FOLDER.to_owned(), folder)));
    environment
}

/// Millionths as the program reads an amount.
fn decimal(micro: i64) -> String {
    format!("{}.{:06}", micro / 1_000_000, micro % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::super::context::tests::context;
    use super::*;
    use crate::adapters::Apart;
    use crate::model::{Money, Scalar as _};

    fn arguments(context: &RunContext) -> String {
        ClaudeLocal.invocation(context).unwrap().arguments.join(" ")
    }

    #[test]
    fn questions_are_skipped_only_inside_our_own_confinement() {
        let mut context = context();
        let open = ClaudeLocal.invocation(&context).unwrap();
        let text = open.arguments.join(" ");
        assert!(
            text.contains("--permission-mode acceptEdits") && text.contains("--allowedTools Bash(corp:*),"),
            "{text}"
        );
        assert!(!text.contains("dangerously"), "{text}");
        assert!(!open.environment.contains_key("IS_SANDBOX"));
        context.around.confined = true;
        let confined = ClaudeLocal.invocation(&context).unwrap();
        assert!(confined.arguments.iter().any(|argument| argument == "--dangerously-skip-permissions"));
        assert!(!confined.arguments.iter().any(|argument| argument == "--permission-mode"));
        assert_eq!(confined.environment["IS_SANDBOX"], "1");
    }

    #[test]
    fn what_was_prepared_is_said() {
        let mut context = context();
        context.session = Some("abc".to_owned());
        context.configuration.model = Some("m".to_owned());
        context.configuration.fallbacks = vec!["n".to_owned()];
        context.configuration.arguments = vec!["--effort".to_owned(), "{{ticket.id}}".to_owned()];
        context.apart = Some(Apart { system: "you are".to_owned(), message: "go on".to_owned() });
        context.around.skills = Some("/skills".to_owned());
        context.around.folders = vec!["/desk".to_owned()];
        context.around.mcp_config = Some("/mcp.json".to_owned());
        context.around.limits.money = Some(Money::parse("2.05 USD").unwrap());
        let text = arguments(&context);
        for part in [
            "-p - --output-format stream-json --verbose --resume abc --model m --fallback-model n",
            "--append-system-prompt-file /state/r-1/system.md --add-dir /desk --add-dir /skills --plugin-dir /skills/corp --strict-mcp-config --mcp-config /mcp.json",
            "--max-budget-usd 2.050000 --max-turns 1000",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(text.ends_with("--effort ACME-1"), "{text}");
        let called = ClaudeLocal.invocation(&context).unwrap();
        assert_eq!((called.stdin.as_deref(), called.files["system.md"].as_str()), (Some("go on"), "you are"));
        context.apart = None;
        assert_eq!(ClaudeLocal.invocation(&context).unwrap().stdin.as_deref(), Some("do it"));
        context.around.limits.money = Some(Money::parse("2.05 EUR").unwrap());
        assert!(!arguments(&context).contains("budget"));
        context.prompt = " \n".to_owned();
        assert!(ClaudeLocal.invocation(&context).is_err());
    }

    #[test]
    fn a_login_is_the_operators_or_the_agents_own() {
        let mut context = context();
        let open = ClaudeLocal.invocation(&context).unwrap();
        assert!(!open.environment.contains_key("CLAUDE_CONFIG_DIR") && open.links.is_empty(), "all is the operator's");
        context.around.confined = true;
        let shared = ClaudeLocal.invocation(&context).unwrap();
        assert_eq!(shared.environment["HOME"], "/home/ada");
        assert!(shared.inherited.contains(&"ANTHROPIC_API_KEY".to_owned()));
        // Of the operator's home it is the one file, in a folder of its own.
        assert_eq!(shared.environment["CLAUDE_CONFIG_DIR"], "/state/homes/cto/.claude");
        assert_eq!((&*shared.writes, shared.reads.len()), (&["/home/ada/.claude/.credentials.json".to_owned()][..], 0));
        assert_eq!(shared.folders, ["/state/homes/cto/.claude"]);
        let link = "/state/homes/cto/.claude/.credentials.json";
        assert_eq!(shared.links[link], "/home/ada/.claude/.credentials.json");
        let login = ClaudeLocal.login(&context.configuration, &context.around).unwrap();
        assert!(login.shown_by.contains(&Proof::File("/home/ada/.claude/.credentials.json".to_owned())));
        context.around.moved.insert("CLAUDE_CONFIG_DIR", "/srv/claude".to_owned());
        let moved = ClaudeLocal.invocation(&context).unwrap();
        assert_eq!(moved.environment["CLAUDE_CONFIG_DIR"], "/state/homes/cto/.claude");
        assert_eq!(
            (&moved.writes[..], &*moved.links[link]),
            (&["/srv/claude/.credentials.json".to_owned()][..], "/srv/claude/.credentials.json")
        );
        let login = ClaudeLocal.login(&context.configuration, &context.around).unwrap();
        assert!(login.shown_by.contains(&Proof::File("/srv/claude/.credentials.json".to_owned())));
        // So it is where the board names another login.
        context.configuration.environment.insert(FOLDER.to_owned(), "/home/ada/.claude-work".to_owned());
        let named = ClaudeLocal.invocation(&context).unwrap();
        assert_eq!(named.environment["CLAUDE_CONFIG_DIR"], "/state/homes/cto/.claude");
        assert_eq!(named.links[link], "/home/ada/.claude-work/.credentials.json");
        context.configuration.environment.clear();
        context.around.own_login = true;
        let own = ClaudeLocal.invocation(&context).unwrap();
        assert_eq!(own.environment["CLAUDE_CONFIG_DIR"], "/state/homes/cto/.claude");
        assert!(!own.inherited.contains(&"ANTHROPIC_API_KEY".to_owned()), "the operator's login is not this agent's");
        let login = ClaudeLocal.login(&context.configuration, &context.around).unwrap();
        assert!(login.shown_by.contains(&Proof::File("/state/homes/cto/.claude/.credentials.json".to_owned())));
        assert_eq!(login.environment["CLAUDE_CONFIG_DIR"], "/state/homes/cto/.claude");
    }
}
