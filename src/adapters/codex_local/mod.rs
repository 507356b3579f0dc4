//! `codex_local`: the Codex program on this machine, one turn without a terminal.
//!
//! What it says is read in [`read`]. Measured with 0.169.0; `docs/adapters.md` is the page for people.

mod read;

use super::gateway::{OPEN_ADDRESS, TOKEN_HEADER, TOKEN_VARIABLE, Way};
use super::{
    Adapter, Around, Capabilities, Configuration, Invocation, Login, Metering, Need, Program, Proof, Reader,
    RunContext, Unusable, surroundings,
};
use crate::model::run::Billing;
use std::collections::BTreeMap;

/// The program when the settings name none.
const USUAL: &str = "codex";

/// The file, in the run's folder, with its instructions. It takes them by a profile: a file in its folder, which the run
/// links to this one. As an argument everybody on the machine could read them.
const INSTRUCTIONS: &str = "instructions.toml";

/// The variable that says where its folder is.
const FOLDER: &str = "CODEX_HOME";

/// What the operator may be logged in by.
const INHERITED: &[&str] = &["CODEX_API_KEY", "OPENAI_API_KEY", "CODEX_ACCESS_TOKEN"];

/// The Codex program.
#[derive(Debug, Clone, Copy)]
pub struct CodexLocal;

impl Adapter for CodexLocal {
    fn name(&self) -> &'static str {
        "codex_local"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            resumes: true,
            manages_context: true,
            system_prompt: true,
            metering: Metering::End,
            offline: false,
        }
    }

    fn invocation(&self, context: &RunContext) -> Result<Invocation, Unusable> {
        surroundings::refuse_empty(&context.prompt)?;
        let apart = context.apart.as_ref().filter(|_| may_be_apart(&context.configuration));
        let prompt = apart.map_or(&context.prompt, |apart| &apart.message);
        let (configuration, around) = (&context.configuration, &context.around);
        let mut arguments: Vec<String> = vec!["exec".to_owned()];
        let mut add = |words: &[&str]| arguments.extend(words.iter().map(|word| (*word).to_owned()));
        // A login shell would put the machine's search path in the place of the run's, in which `corp` is found.
        add(&["-c", "allow_login_shell=false"]);
        if around.confined {
            // Its own sandbox cannot start inside ours.
            add(&["--dangerously-bypass-approvals-and-sandbox"]);
        } else {
            // The company's door is a socket, which its sandbox closes together with the network.
            add(&["--sandbox", "workspace-write", "-c", "sandbox_workspace_write.network_access=true"]);
        }
        for folder in &around.folders {
            add(&["--add-dir", folder]);
        }
        if around.in_clone && !around.confined {
            // Its sandbox closes this folder of a workspace by itself, and nothing could be committed. No git of ours runs
            // there.
            add(&["--add-dir", &format!("{}/.git", context.workspace)]);
        }
        let profile = format!("corp-{}", context.run);
        if apart.is_some() {
            add(&["-p", &profile]);
        }
        if let Some(corp) = &around.corp {
            // It takes no file of servers. The run's door and what opens it are in its surroundings, and it hands on only
            // what is named.
            let server = format!(
                "mcp_servers.corp={{command={},args=[\"mcp\"],env_vars=[\"CORP_DOOR\",\"CORP_TOKEN\"]{}}}",
                toml(corp),
                // Nobody watches who could be asked, and what the tools may do is the company's to say.
                ",default_tools_approval_mode=\"approve\"",
            );
            add(&["-c", &server]);
        }
        if context.session.is_some() {
            add(&["resume"]);
        }
        add(&["--json", "--skip-git-repo-check"]);
        if let Some(model) = &configuration.model {
            add(&["-m", model]);
        }
        let mut ways = Vec::new();
        if let Some(login) = around.gateway.filter(|_| !has_own_provider(configuration)) {
            arguments.extend(provider(login));
            ways.push(Way::openai(configuration.environment.get("OPENAI_BASE_URL")));
        }
        arguments.extend(configuration.arguments.iter().map(|argument| context.fill(argument)));
        arguments.extend(context.session.clone());
        arguments.push("-".to_owned());
        let folder = config_folder(around);
        let mut environment = places(around);
        if let Some(skills) = &around.skills {
            // It looks for skills in its home, and for everything else in the folder above.
            environment.insert("HOME".to_owned(), skills.clone());
        }
        environment.extend(context.environment());
        let links = if around.own_login || environment.get(FOLDER) != Some(&folder) {
            BTreeMap::new()
        } else {
            // A login that is renewed is written through the link, in place.
            BTreeMap::from([(format!("{folder}/auth.json"), operators(around))])
        };
        // A folder that the board named for this agent is its own.
        let named = environment.get(FOLDER).filter(|named| **named != folder).cloned();
        Ok(Invocation {
            arguments,
            environment,
            stdin: Some(prompt.clone()),
            files: apart.iter().map(|apart| (INSTRUCTIONS.to_owned(), instructions(&apart.system))).collect(),
            inherited: surroundings::inherited(around, INHERITED),
            ways,
            writes: links.values().cloned().chain(named).collect(),
            // It refuses to make the folder that it is told of.
            passing_links: apart
                .iter()
                .map(|_| (format!("{folder}/{profile}.config.toml"), format!("{}/{INSTRUCTIONS}", context.run_folder)))
                .collect(),
            folders: vec![folder],
            links,
            ..Invocation::of(Program::Named(configuration.command.clone().unwrap_or_else(|| USUAL.to_owned())))
        })
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(read::CodexReader::default())
    }

    fn needs(&self, configuration: &Configuration) -> Vec<Need> {
        vec![Need::Program(configuration.command.clone().unwrap_or_else(|| USUAL.to_owned()))]
    }

    fn login(&self, configuration: &Configuration, around: &Around) -> Option<Login> {
        // A provider of the agent's own is asked with a key of its own, whose name the program alone knows.
        if has_own_provider(configuration) {
            return None;
        }
        let mut shown_by: Vec<Proof> = INHERITED.iter().map(|name| Proof::Variable(name)).collect();
        let mut environment = if around.own_login {
            places(around)
        } else {
            let home = BTreeMap::from([("HOME".to_owned(), around.operator_home.clone())]);
            home.into_iter().chain(around.moved.get(FOLDER).map(|folder| (FOLDER.to_owned(), folder.clone()))).collect()
        };
        environment.extend(configuration.environment.clone());
        let moved = configuration.environment.get(FOLDER);
        shown_by.push(Proof::File(match moved {
            Some(folder) => format!("{folder}/auth.json"),
            None if around.own_login => format!("{}/auth.json", config_folder(around)),
            None => operators(around),
        }));
        Some(Login { shown_by, arguments: vec!["login".to_owned()], environment })
    }

    fn skills_below(&self) -> Option<&'static str> {
        Some(".agents/skills")
    }

    fn moved_by(&self) -> Option<&'static str> {
        Some(FOLDER)
    }

    fn provider(&self) -> Option<&'static str> {
        Some("openai")
    }

    fn billing(&self, variable: Option<&str>) -> Billing {
        match variable {
            // Its file holds either.
            None => Billing::Unknown,
            Some("CODEX_ACCESS_TOKEN") => Billing::Subscription,
            Some(_) => Billing::Metered,
        }
    }

    fn usually_metered(&self, variable: &str) -> bool {
        matches!(variable, "CODEX_API_KEY" | "OPENAI_API_KEY")
    }

    fn installed_by(&self) -> Option<&'static str> {
        Some("npm install -g @openai/codex")
    }

    fn version_arguments(&self) -> &'static [&'static str] {
        &["--version"]
    }
}

/// Whether it can be given its instructions apart: there is room for one profile, in the folder that we know.
fn may_be_apart(configuration: &Configuration) -> bool {
    let profile =
        |argument: &String| argument.starts_with("-p") || argument == "--profile" || argument.starts_with("--profile=");
    !configuration.environment.contains_key(FOLDER) && !configuration.arguments.iter().any(profile)
}

/// A profile that says this beside what the program says by itself.
fn instructions(text: &str) -> String {
    // A text of JSON is one of TOML, but for a character that JSON leaves as it is.
    format!("developer_instructions = {}\n", toml(text))
}

/// A text as TOML writes it.
fn toml(text: &str) -> String {
    // A text of JSON is one of TOML, but for a character that JSON leaves as it is.
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

/// Whether the agent's settings name a provider of its own.
fn has_own_provider(configuration: &Configuration) -> bool {
    configuration.arguments.iter().any(|argument| argument.starts_with("model_provider="))
}

/// The gateway as its provider. The token of the run stands in its environment: arguments can be read by everybody.
fn provider(login: Option<&str>) -> [String; 4] {
    let key = match login {
        Some(variable) => format!("env_key=\"{variable}\""),
        None => "requires_openai_auth=true".to_owned(),
    };
    let provider = format!(
        "model_providers.corp={{name=\"corp\",base_url=\"{OPEN_ADDRESS}/openai\",{key},wire_api=\"responses\",env_http_headers={{\"{TOKEN_HEADER}\"=\"{TOKEN_VARIABLE}\"}}}}"
    );
    ["-c".to_owned(), "model_provider=corp".to_owned(), "-c".to_owned(), provider]
}

/// Its folder is the agent's own even where the login is the operator's: what the operator told it for themselves, and
/// their servers of tools, are not the agent's.
fn config_folder(around: &Around) -> String {
    format!("{}/.codex", around.home)
}

fn operators(around: &Around) -> String {
    match around.moved.get(FOLDER) {
        Some(folder) => format!("{folder}/auth.json"),
        None => format!("{}/.codex/auth.json", around.operator_home),
    }
}

fn places(around: &Around) -> BTreeMap<String, String> {
    BTreeMap::from([("HOME".to_owned(), around.home.clone()), (FOLDER.to_owned(), config_folder(around))])
}

#[cfg(test)]
mod tests {
    use super::super::Apart;
    use super::super::context::tests::context;
    use super::*;

    fn arguments(context: &RunContext) -> String {
        CodexLocal.invocation(context).unwrap().arguments.join(" ")
    }

    #[test]
    fn its_sandbox_is_left_out_only_inside_our_own() {
        let mut context = context();
        context.configuration.model = Some("m".to_owned());
        context.around.folders = vec!["/desk".to_owned()];
        assert_eq!(
            arguments(&context),
            "exec -c allow_login_shell=false --sandbox workspace-write -c sandbox_workspace_write.network_access=true --add-dir /desk --json \
             --skip-git-repo-check -m m -"
        );
        context.around.in_clone = true;
        assert!(arguments(&context).contains("--add-dir /desk --add-dir /state/w/.git --json"));
        context.around.confined = true;
        context.around.folders.clear();
        context.session = Some("abc".to_owned());
        context.configuration.arguments = vec!["-c".to_owned(), "x={{ticket.id}}".to_owned()];
        assert_eq!(
            arguments(&context),
            "exec -c allow_login_shell=false --dangerously-bypass-approvals-and-sandbox resume --json --skip-git-repo-check -m m -c x=ACME-1 abc -"
        );
        context.apart = Some(Apart { system: "you \"are\"\n\u{7f}".to_owned(), message: "go on".to_owned() });
        let called = CodexLocal.invocation(&context).unwrap();
        assert!(called.arguments.join(" ").contains(" -p corp-r-1 resume "), "{:?}", called.arguments);
        assert_eq!(called.stdin.as_deref(), Some("go on"));
        assert_eq!(called.files["instructions.toml"], "developer_instructions = \"you \\\"are\\\"\\n\\u007f\"\n");
        let link = "/state/homes/cto/.codex/corp-r-1.config.toml";
        assert_eq!(called.passing_links[link], "/state/r-1/instructions.toml");
        // Somebody's own profile, or another folder: it is told all of it in its message.
        context.configuration.arguments = vec!["-p".to_owned(), "fast".to_owned()];
        let called = CodexLocal.invocation(&context).unwrap();
        assert!(called.stdin.as_deref() == Some("do it") && called.passing_links.is_empty() && called.files.is_empty());
        context.prompt.clear();
        assert!(CodexLocal.invocation(&context).is_err());
    }

    #[test]
    fn a_login_is_the_operators_or_the_agents_own() {
        let mut context = context();
        context.around.skills = Some("/run/skills".to_owned());
        let shared = CodexLocal.invocation(&context).unwrap();
        assert_eq!(shared.environment["HOME"], "/run/skills");
        assert_eq!(shared.environment["CODEX_HOME"], "/state/homes/cto/.codex");
        assert_eq!(shared.links["/state/homes/cto/.codex/auth.json"], "/home/ada/.codex/auth.json");
        assert!(shared.inherited.contains(&"OPENAI_API_KEY".to_owned()));
        let login = CodexLocal.login(&context.configuration, &context.around).unwrap();
        assert!(login.shown_by.contains(&Proof::File("/home/ada/.codex/auth.json".to_owned())));
        assert!(!login.environment.contains_key("CODEX_HOME"));
        context.around.moved.insert("CODEX_HOME", "/srv/codex".to_owned());
        let moved = CodexLocal.invocation(&context).unwrap();
        assert_eq!(moved.links["/state/homes/cto/.codex/auth.json"], "/srv/codex/auth.json");
        assert_eq!(moved.environment["CODEX_HOME"], "/state/homes/cto/.codex");
        let login = CodexLocal.login(&context.configuration, &context.around).unwrap();
        assert!(login.shown_by.contains(&Proof::File("/srv/codex/auth.json".to_owned())));
        assert_eq!(login.environment["CODEX_HOME"], "/srv/codex");
        context.around.own_login = true;
        let own = CodexLocal.invocation(&context).unwrap();
        assert_eq!(own.folders, ["/state/homes/cto/.codex"]);
        assert!(own.links.is_empty() && !own.inherited.contains(&"OPENAI_API_KEY".to_owned()));
        let login = CodexLocal.login(&context.configuration, &context.around).unwrap();
        assert!(login.shown_by.contains(&Proof::File("/state/homes/cto/.codex/auth.json".to_owned())));
        assert_eq!(login.environment["CODEX_HOME"], "/state/homes/cto/.codex");
    }
}
