//! What a run is about, as an adapter is told it; and the environment every run gets, whatever the adapter.

use crate::model::agent::Adapter as Settings;
use crate::model::{Money, RunId, Slug, TicketId};
use std::collections::BTreeMap;

/// What a run is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunContext {
    /// The company's name.
    pub company: String,
    /// The agent.
    pub agent: Slug,
    /// The agent's name, for people.
    pub agent_name: String,
    /// The run.
    pub run: RunId,
    /// Why it was started, in one word, such as `assignment`.
    pub wake_reason: String,
    /// What else is known of why, as JSON.
    pub wake_payload: String,
    /// The ticket it is about.
    pub ticket: Option<TicketBrief>,
    /// What the agent is told, all of it.
    pub prompt: String,
    /// The same in two parts, for programs that take instructions apart from the prompt.
    pub apart: Option<Apart>,
    /// How the program is called.
    pub configuration: Configuration,
    /// The folder of the run.
    pub run_folder: String,
    /// The file that holds the prompt.
    pub prompt_file: String,
    /// The folder to work in.
    pub workspace: String,
    /// The conversation to go on with. Who resumes one that is gone is told so by its reader.
    pub session: Option<String>,
    /// What was prepared around it.
    pub around: Around,
}

/// What an agent is told, in two parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apart {
    /// Who it is and how it works here: the same for every run of a conversation.
    pub system: String,
    /// What is to be done now.
    pub message: String,
}

/// What was prepared around a run: folders and files of this machine, and what the run is allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Around {
    /// The home of the account that `corp` runs under.
    pub operator_home: String,
    /// Folders of programs that this account keeps elsewhere, by the variable that says so ([`super::Adapter::moved_by`]).
    pub moved: BTreeMap<&'static str, String>,
    /// A home kept for this agent: what its program keeps lies there from run to run.
    pub home: String,
    /// Whether the program's login is the agent's own, in its home; otherwise it is the operator's.
    pub own_login: bool,
    /// Whether what it asks of models goes through the gateway; with the variable that shows its login, where one does.
    pub gateway: Option<Option<&'static str>>,
    /// A folder with the run's skills, each in a folder of its name below [`super::Adapter::skills_below`].
    pub skills: Option<String>,
    /// A file with the servers of tools (`mcpServers`), for programs that take one.
    pub mcp_config: Option<String>,
    /// The `corp` that it calls, for programs that are told of a server of tools in another way.
    pub corp: Option<String>,
    /// Folders beside the workspace that it is to read and write, such as its desk.
    pub folders: Vec<String>,
    /// Whether the workspace is a clone, in which it is to commit.
    pub in_clone: bool,
    /// Whether the run is confined by us, and enforced to be. Only then may a program's own questions be skipped.
    pub confined: bool,
    /// The most it may use.
    pub limits: Limits,
}

/// The most a run may use, for programs that keep to a limit themselves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Money.
    pub money: Option<Money>,
    /// Tokens, of every kind together.
    pub tokens: Option<u64>,
}

/// What a run needs to know of its ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketBrief {
    /// The ticket.
    pub id: TicketId,
    /// Its title.
    pub title: String,
}

/// How the program of an agent is called: `adapter` in its settings, with the company's defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Configuration {
    /// The kind of program.
    pub kind: String,
    /// The model it should use.
    pub model: Option<String>,
    /// Models to use when that one cannot be had.
    pub fallbacks: Vec<String>,
    /// Another binary than the usual one; for `process`, the command.
    pub command: Option<String>,
    /// Further arguments.
    pub arguments: Vec<String>,
    /// Further environment.
    pub environment: BTreeMap<String, String>,
    /// For `http`: where the task is sent.
    pub url: Option<String>,
    /// For `http`: headers beside the usual ones.
    pub headers: BTreeMap<String, String>,
    /// For `http`: the body, as JSON with `{{…}}` in its strings.
    pub payload: Option<String>,
    /// For `http`: the variable that holds what the body is signed with.
    pub signing_key: Option<String>,
    /// For `http`: the variable that holds the token which is shown.
    pub token: Option<String>,
    /// For `script`: the file in the agent's folder.
    pub script: Option<String>,
    /// The text of that file.
    pub script_text: Option<String>,
}

impl Configuration {
    /// What the settings say of this kind of program.
    pub fn of(kind: &str, settings: &Settings) -> Self {
        Self {
            kind: kind.to_owned(),
            model: settings.model.clone(),
            fallbacks: settings.fallbacks.clone().unwrap_or_default(),
            command: settings.command.clone(),
            arguments: settings.args.clone().unwrap_or_default(),
            environment: settings.env.clone().unwrap_or_default(),
            url: settings.url.clone(),
            headers: settings.headers.clone().unwrap_or_default(),
            payload: settings.payload.clone(),
            signing_key: settings.signing_key.clone(),
            token: settings.token.clone(),
            script: settings.script.clone(),
            script_text: None,
        }
    }
}

impl RunContext {
    /// A turn that belongs to no company, in a folder of its own: to see whether a program answers.
    pub fn of_trial(
        agent: Slug,
        run: RunId,
        prompt: &str,
        configuration: Configuration,
        around: Around,
        folder: &str,
    ) -> Self {
        Self {
            company: "none".to_owned(),
            agent_name: agent.to_string(),
            agent,
            run,
            wake_reason: "test".to_owned(),
            wake_payload: "{}".to_owned(),
            ticket: None,
            prompt: prompt.to_owned(),
            apart: None,
            configuration,
            run_folder: format!("{folder}/run"),
            prompt_file: format!("{folder}/run/prompt.md"),
            workspace: format!("{folder}/workspace"),
            session: None,
            around,
        }
    }

    /// What every run is told by environment. Stronger than what the agent's settings say, so that no run passes
    /// itself off as another.
    pub fn environment(&self) -> BTreeMap<String, String> {
        let ticket = self.ticket.as_ref();
        let pairs = [
            ("CORP_COMPANY_NAME", self.company.clone()),
            ("CORP_AGENT", self.agent.to_string()),
            ("CORP_AGENT_NAME", one_line(&self.agent_name)),
            ("CORP_RUN", self.run.to_string()),
            ("CORP_WAKE_REASON", self.wake_reason.clone()),
            ("CORP_WAKE_PAYLOAD", self.wake_payload.clone()),
            ("CORP_TICKET", ticket.map(|ticket| ticket.id.to_string()).unwrap_or_default()),
            ("CORP_TICKET_TITLE", ticket.map(|ticket| one_line(&ticket.title)).unwrap_or_default()),
            ("CORP_PROMPT_FILE", self.prompt_file.clone()),
            ("CORP_WORKSPACE", self.workspace.clone()),
        ];
        let mut environment = self.configuration.environment.clone();
        environment.retain(|name, _| !name.starts_with("CORP_"));
        environment.extend(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)));
        environment
    }

    /// Fills in `{{agent.name}}`, `{{ticket.id}}` and their like; each value on one line. What is not known stays as
    /// it is written, so that a slip of the pen shows.
    pub fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find("{{") {
            let Some(length) = rest[start..].find("}}") else { break };
            let end = start + length + 2;
            filled.push_str(&rest[..start]);
            match self.value(rest[start + 2..end - 2].trim()) {
                Some(value) => filled.push_str(&one_line(&value)),
                None => filled.push_str(&rest[start..end]),
            }
            rest = &rest[end..];
        }
        filled.push_str(rest);
        filled
    }

    pub(super) fn value(&self, name: &str) -> Option<String> {
        let ticket = self.ticket.as_ref();
        match name {
            "company.name" => Some(self.company.clone()),
            "agent.slug" => Some(self.agent.to_string()),
            "agent.name" => Some(self.agent_name.clone()),
            "run.id" => Some(self.run.to_string()),
            "ticket.id" => Some(ticket.map(|ticket| ticket.id.to_string()).unwrap_or_default()),
            "ticket.title" => Some(ticket.map(|ticket| ticket.title.clone()).unwrap_or_default()),
            "wake.reason" => Some(self.wake_reason.clone()),
            _ => None,
        }
    }
}

/// A value that can stand in an environment or a line: no line breaks, no NUL.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::Scalar as _;

    pub(crate) fn context() -> RunContext {
        RunContext {
            company: "Acme".to_owned(),
            agent: Slug::parse("cto").unwrap(),
            agent_name: "The CTO".to_owned(),
            run: RunId::parse("r-1").unwrap(),
            wake_reason: "assignment".to_owned(),
            wake_payload: "{}".to_owned(),
            ticket: Some(TicketBrief {
                id: TicketId::parse("ACME-1").unwrap(),
                title: "a\nfail {{run.id}}".to_owned(),
            }),
            prompt: "do it".to_owned(),
            apart: None,
            configuration: Configuration::default(),
            run_folder: "/state/r-1".to_owned(),
            prompt_file: "/state/r-1/prompt.md".to_owned(),
            workspace: "/state/w".to_owned(),
            session: None,
            around: Around {
                operator_home: "/home/ada".to_owned(),
                home: "/state/homes/cto".to_owned(),
                ..Around::default()
            },
        }
    }

    #[test]
    fn a_value_brings_no_line_and_no_further_value() {
        let filled = context().fill("{{ ticket.id }}: {{ticket.title}} {{ticket.nothing}} {{open");
        assert_eq!(filled, "ACME-1: a fail {{run.id}} {{ticket.nothing}} {{open");
    }

    #[test]
    fn settings_cannot_say_who_a_run_is() {
        let mut context = context();
        let mine = [("CORP_RUN", "r-2"), ("CORP_TOKEN", "x"), ("LEVEL", "info")];
        context.configuration.environment = mine.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let environment = context.environment();
        assert_eq!(environment["CORP_RUN"], "r-1");
        assert_eq!(environment["LEVEL"], "info");
        assert!(!environment.contains_key("CORP_TOKEN"));
    }
}
