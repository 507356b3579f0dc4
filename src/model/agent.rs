//! An agent: who it is, and how it is run, with what the company says where the agent is silent.

use super::heartbeat::HeartbeatFile;
use super::run::Ceiling;
use super::schedule::{ActiveHours, At, Cron};
use super::status::{AgentStatus, Confinement, Role, WakeReason};
use super::{Interval, SecretName, Slug, Zone};
use crate::choice;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Shortest time between the end of a run and the next start, if nobody says: long enough for what the run changed to
/// be seen, short enough to be no wait.
pub const COOLDOWN_MS: u64 = 10_000;

/// Most runs of an agent at the same time, if nobody says.
pub const CONCURRENT_RUNS: u64 = 1;

/// Longest run, silence and farewell, if nobody says, in milliseconds.
pub const TIMEOUT_MS: u64 = 30 * 60_000;
/// Longest silence of a run, if nobody says, in milliseconds.
pub const IDLE_TIMEOUT_MS: u64 = 10 * 60_000;
/// Time between asking a run to stop and ending it, if nobody says, in milliseconds.
pub const GRACE_MS: u64 = 15_000;

choice! {
    /// Whose login of an agent program is used.
    pub enum Login {
        /// The operator's own.
        "shared" => Shared,
        /// One kept for this agent.
        "own" => Own,
    }
}

choice! {
    /// Whether an agent may hire.
    pub enum HirePermission { "never" => Never, "ask" => Ask, "free" => Free }
}

choice! {
    /// To whom an agent may give work.
    pub enum AssignScope {
        "self" => Itself, "reports" => Reports, "team" => Team, "peers" => Peers, "anyone" => Anyone,
    }
}

/// The program that is the agent, as one file says it: every field may be silent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adapter {
    /// The kind of program: `script`, `process`, `claude_local`, `codex_local`, `http`.
    pub kind: Option<String>,
    /// The model it should use.
    pub model: Option<String>,
    /// Models to use when that one cannot be had.
    pub fallbacks: Option<Vec<String>>,
    /// Another binary than the usual one; for `process`, the command.
    pub command: Option<String>,
    /// Another working directory than the ticket's workspace.
    pub cwd: Option<String>,
    /// Further arguments.
    pub args: Option<Vec<String>>,
    /// Further environment.
    pub env: Option<BTreeMap<String, String>>,
    /// Whose login of that program is used.
    pub login: Option<Login>,
    /// Whether what it asks of models goes through the gateway.
    pub gateway: Option<bool>,
    /// Longest run.
    pub timeout: Option<Interval>,
    /// Longest silence.
    pub idle_timeout: Option<Interval>,
    /// Time between asking a run to stop and ending it.
    pub grace: Option<Interval>,
    /// For `http`: where the task is sent.
    pub url: Option<String>,
    /// For `http`: headers beside the usual ones.
    pub headers: Option<BTreeMap<String, String>>,
    /// For `http`: the body, as JSON with `{{…}}` in its strings.
    pub payload: Option<String>,
    /// For `http`: the name of what the body is signed with.
    pub signing_key: Option<String>,
    /// For `http`: the name of the token that is shown.
    pub token: Option<String>,
    /// For `script`: the script, relative to the agent's folder.
    pub script: Option<String>,
}

/// When an agent is woken by time, as one file says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BeatSettings {
    /// A length of time.
    pub every: Option<Interval>,
    /// A cron expression.
    pub cron: Option<Cron>,
    /// Once, at this time.
    pub at: Option<At>,
    /// The zone of `cron`, `at` and `active_hours`.
    pub timezone: Option<Zone>,
    /// The hours of the day in which it may be woken by time.
    pub active_hours: Option<ActiveHours>,
    /// What to do when there is no HEARTBEAT.md.
    pub prompt: Option<String>,
    /// Longest reply with `HEARTBEAT_OK` in it that is not delivered, in UTF-16 units.
    pub ack_max_chars: Option<u64>,
}

/// What the runs of an agent reach of the machine beside what every run does, as one file says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Files and folders that they read.
    pub read: Vec<String>,
    /// Files and folders that they write.
    pub write: Vec<String>,
    /// TCP ports that they connect to and listen on.
    pub ports: Vec<u16>,
}

/// What an agent may do in the company.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions {
    /// Whether it may hire. Default `ask`.
    pub hire: Option<HirePermission>,
    /// To whom it may give work. Default itself and its reports.
    pub assign: Option<Vec<AssignScope>>,
    /// Whether it may create tickets. Default true.
    pub create_tickets: Option<bool>,
}

/// How an agent is run, as one file says it: `agent.yaml`, or the `defaults` of `corp.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Whether it works. Default `active`.
    pub status: Option<AgentStatus>,
    /// What it does in the company.
    pub role: Option<Role>,
    /// What it can do, for people and for agents who delegate.
    pub capabilities: Option<String>,
    /// The program that is the agent.
    pub adapter: Option<Adapter>,
    /// The program it is while the account of its own rests.
    pub fallback: Option<Adapter>,
    /// The prompt of a run.
    pub prompt_template: Option<String>,
    /// The prompt of a run in a fresh session.
    pub bootstrap_template: Option<String>,
    /// When it is woken by time.
    pub heartbeat: Option<BeatSettings>,
    /// Which events wake it. Default: all.
    pub wake_on: Option<Vec<WakeReason>>,
    /// Most runs of this agent at the same time.
    pub max_concurrent_runs: Option<u64>,
    /// Shortest time between the end of a run and the next start.
    pub cooldown: Option<Interval>,
    /// Names of the secrets its runs get.
    pub secrets: Option<Vec<SecretName>>,
    /// Names of the secrets its runs get if there are any.
    pub optional_secrets: Option<Vec<SecretName>>,
    /// What it may do in the company.
    pub permissions: Option<Permissions>,
    /// How tightly its runs are confined.
    pub confinement: Option<Confinement>,
    /// What they reach beside that.
    pub reach: Option<Reach>,
    /// The most one run may spend.
    pub run_ceiling: Option<Ceiling>,
}

/// An agent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agent {
    /// The path of its `AGENTS.md`; `None` for a folder that has only settings, which is nobody.
    pub path: Option<String>,
    /// Its name, as people say it.
    pub name: Option<String>,
    /// Its job title.
    pub title: Option<String>,
    /// What `AGENTS.md` says of its role; the settings count if they say something else.
    pub role: Option<Role>,
    /// The agent it reports to.
    pub reports_to: Option<Slug>,
    /// Short names of the skills it has.
    pub skills: Vec<String>,
    /// Its own settings.
    pub settings: Option<Box<Settings>>,
    /// Its `HEARTBEAT.md`.
    pub heartbeat: Option<Arc<HeartbeatFile>>,
}

/// An agent with what the company says where it is silent.
#[derive(Debug, Clone, Copy)]
pub struct Worker<'s> {
    /// Its slug.
    pub slug: &'s Slug,
    /// What it says itself.
    pub agent: &'s Agent,
    /// What the company says for all.
    pub defaults: &'s Settings,
}

impl<'s> Worker<'s> {
    /// The first of both that says something.
    fn said<T>(self, what: impl Fn(&'s Settings) -> Option<T>) -> Option<T> {
        self.agent.settings.as_deref().and_then(&what).or_else(|| what(self.defaults))
    }

    /// Whether it works.
    pub fn status(self) -> AgentStatus {
        self.said(|settings| settings.status).unwrap_or(AgentStatus::Active)
    }

    /// What it does in the company.
    pub fn role(self) -> Role {
        let own = self.agent.settings.as_deref().and_then(|settings| settings.role);
        own.or(self.agent.role).or(self.defaults.role).unwrap_or(Role::General)
    }

    /// The most one run of it may spend. There is always a limit on both.
    pub fn ceiling(self) -> Ceiling {
        let money = self.said(|settings| settings.run_ceiling?.money);
        let tokens = self.said(|settings| settings.run_ceiling?.tokens);
        Ceiling {
            money: Some(money.unwrap_or(super::Money::from_micro(CEILING_MICRO_USD, super::Currency::USD))),
            tokens: Some(tokens.unwrap_or(CEILING_TOKENS)),
        }
    }

    /// Most runs of it at the same time; at least one.
    pub fn max_concurrent_runs(self) -> u64 {
        self.said(|settings| settings.max_concurrent_runs).unwrap_or(CONCURRENT_RUNS).max(1)
    }

    /// Shortest time between the end of a run and the next start.
    pub fn cooldown(self) -> Interval {
        self.said(|settings| settings.cooldown).unwrap_or(Interval::from_ms(COOLDOWN_MS))
    }

    /// Whether events of this kind wake it.
    pub fn wakes_on(self, reason: WakeReason) -> bool {
        self.said(|settings| settings.wake_on.as_ref()).is_none_or(|list| list.contains(&reason))
    }

    /// The account on which it asks for models: that of the operator with the program, or one of its own. `None`: it has no
    /// program yet.
    pub fn account(self) -> Option<String> {
        self.account_of(&self.adapter())
    }

    /// The account on which it asks for models where this is its program.
    pub fn account_of(self, adapter: &Adapter) -> Option<String> {
        let kind = adapter.kind.as_deref()?;
        // Programs on this machine share the login of whoever operates it; whatever else there is has its own.
        let shared = kind.ends_with("_local") && adapter.login != Some(Login::Own);
        Some(if shared { kind.to_owned() } else { format!("{kind}:{}", self.slug) })
    }

    /// When it is woken by time: its own settings, whole, or the company's.
    pub fn beat(self) -> Option<&'s BeatSettings> {
        self.said(|settings| settings.heartbeat.as_ref())
    }

    /// How tightly its runs are confined.
    pub fn confinement(self) -> Confinement {
        self.said(|settings| settings.confinement).unwrap_or(Confinement::Standard)
    }

    /// What its runs reach of the machine beside what every run does: its own settings, whole, or the company's.
    pub fn reach(self) -> Option<&'s Reach> {
        self.said(|settings| settings.reach.as_ref())
    }

    /// Names of the secrets its runs get.
    pub fn secrets(self) -> &'s [SecretName] {
        self.said(|settings| settings.secrets.as_deref()).unwrap_or_default()
    }

    /// Names of the secrets its runs get if there are any, and start without otherwise.
    pub fn optional_secrets(self) -> &'s [SecretName] {
        self.said(|settings| settings.optional_secrets.as_deref()).unwrap_or_default()
    }

    /// Its permissions, field by field.
    pub fn permissions(self) -> Permissions {
        Permissions {
            hire: self.said(|settings| settings.permissions.as_ref()?.hire),
            assign: self.said(|settings| settings.permissions.as_ref()?.assign.clone()),
            create_tickets: self.said(|settings| settings.permissions.as_ref()?.create_tickets),
        }
    }

    /// The prompt of a run, if one was given.
    pub fn prompt_template(self) -> Option<&'s str> {
        self.said(|settings| settings.prompt_template.as_deref())
    }

    /// The prompt of a run in a fresh session, if one was given.
    pub fn bootstrap_template(self) -> Option<&'s str> {
        self.said(|settings| settings.bootstrap_template.as_deref())
    }

    /// The program that is the agent. What the company says of a program holds for agents of the same kind.
    pub fn adapter(self) -> Adapter {
        let own = self.agent.settings.as_deref().and_then(|settings| settings.adapter.clone()).unwrap_or_default();
        match &self.defaults.adapter {
            Some(all) => own.filled(all),
            None => own,
        }
    }

    /// The program it is while the account of its own rests, if it has one. What is not said of it is as in its own program,
    /// if that is of the same kind.
    pub fn fallback(self) -> Option<Adapter> {
        Some(self.said(|settings| settings.fallback.clone())?.filled(&self.adapter()))
    }
}

impl Adapter {
    /// The same, and where it is silent what `all` says, unless that is about another kind of program.
    fn filled(mut self, all: &Self) -> Self {
        if self.kind.is_some() && self.kind != all.kind {
            return self;
        }
        let Self {
            kind,
            model,
            fallbacks,
            command,
            cwd,
            args,
            env,
            login,
            gateway,
            timeout,
            idle_timeout,
            grace,
            url,
            headers,
            payload,
            signing_key,
            token,
            script,
        } = all.clone();
        self.kind = self.kind.or(kind);
        self.model = self.model.or(model);
        self.fallbacks = self.fallbacks.or(fallbacks);
        self.command = self.command.or(command);
        self.cwd = self.cwd.or(cwd);
        self.args = self.args.or(args);
        self.env = self.env.or(env);
        self.login = self.login.or(login);
        self.gateway = self.gateway.or(gateway);
        self.timeout = self.timeout.or(timeout);
        self.idle_timeout = self.idle_timeout.or(idle_timeout);
        self.grace = self.grace.or(grace);
        self.url = self.url.or(url);
        self.headers = self.headers.or(headers);
        self.payload = self.payload.or(payload);
        self.signing_key = self.signing_key.or(signing_key);
        self.token = self.token.or(token);
        self.script = self.script.or(script);
        self
    }
}

/// What one run may spend if nobody says, in millionths of a US dollar: a heartbeat of today's models with room.
pub const CEILING_MICRO_USD: i64 = 2_000_000;

/// Tokens one run may use if nobody says.
pub const CEILING_TOKENS: u64 = 4_000_000;

impl Adapter {
    /// Longest run, in milliseconds.
    pub fn timeout_ms(&self) -> u64 {
        self.timeout.map_or(TIMEOUT_MS, Interval::ms)
    }

    /// Longest silence, in milliseconds.
    pub fn idle_timeout_ms(&self) -> u64 {
        self.idle_timeout.map_or(IDLE_TIMEOUT_MS, Interval::ms)
    }

    /// Time between asking a run to stop and ending it, in milliseconds.
    pub fn grace_ms(&self) -> u64 {
        self.grace.map_or(GRACE_MS, Interval::ms)
    }
}
