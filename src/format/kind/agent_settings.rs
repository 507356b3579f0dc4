//! `agent.yaml`: how an agent is run. Also the `defaults` of `corp.yaml`.

use crate::format::record::choice_fields;
use crate::model::money::Count;
use crate::model::schedule::{ActiveHours, At, Cron};
use crate::model::status::{AgentStatus, Confinement, Role, WakeReason};
use crate::model::{Interval, Money, SecretName, Zone};
use crate::record;
use std::collections::BTreeMap;

pub use crate::model::agent::{AssignScope, HirePermission, Login};

record! {
    /// How an agent is run: `agent.yaml`.
    pub struct AgentSettings {
        /// Whether it works. Default `active`.
        "status" => status: AgentStatus;
        /// What it does in the company. Default `general`.
        "role" => role: Role;
        /// What it can do, for people and for agents who delegate.
        "capabilities" => capabilities: String;
        /// An icon for the org chart.
        "icon" => icon: String;
        /// The program that is the agent.
        "adapter" => adapter: Adapter;
        /// The program it is meanwhile, where the account of its own was told to come back later. It has another account: another
        /// `type`, or `login: own`. What it is silent about is as in `adapter` if the `type` is the same.
        "fallback" => fallback: Adapter;
        /// The prompt of a run; `{{agent.name}}`, `{{ticket.id}}`, `{{wake.reason}}` … are filled in.
        "prompt_template" => prompt_template: String;
        /// The prompt of a run in a fresh session.
        "bootstrap_template" => bootstrap_template: String;
        /// When it is woken by time.
        "heartbeat" => heartbeat: HeartbeatSettings;
        /// Which events wake it. Default: all.
        "wake_on" => wake_on: Vec<WakeReason>;
        /// Most runs of this agent at the same time. Default 1.
        "max_concurrent_runs" => max_concurrent_runs: u64;
        /// Shortest time between the end of a run and the next start. Default `10s`.
        "cooldown" => cooldown: Interval;
        /// Names of the secrets its runs get.
        "secrets" => secrets: Vec<SecretName>;
        /// Names of the secrets its runs get if there are any, and start without otherwise.
        "optional_secrets" => optional_secrets: Vec<SecretName>;
        /// What it may do in the company.
        "permissions" => permissions: Permissions;
        /// How tightly its runs are confined. Default `standard`.
        "confinement" => confinement: Confinement;
        /// What its runs reach of the machine beside what every run does.
        "reach" => reach: Reach;
        /// The most one run may spend; this is what is reserved.
        "run_ceiling" => run_ceiling: Ceiling;
    }
}

record! {
    /// The program that is the agent, and how it is called.
    pub struct Adapter {
        /// The kind of program: `script`, `process`, `claude_local`, `codex_local`, `http`.
        "type" => kind: String;
        /// The model it should use.
        "model" => model: String;
        /// Models to use when that one cannot be had.
        "fallbacks" => fallbacks: Vec<String>;
        /// Another binary than the usual one; for `process`, the command.
        "command" => command: String;
        /// Another working directory than the ticket's workspace.
        "cwd" => cwd: String;
        /// Further arguments.
        "args" => args: Vec<String>;
        /// Further environment. Secrets belong into `secrets`.
        "env" => env: BTreeMap<String, String>;
        /// Whose login of that program is used. Default `shared`.
        "login" => login: Login;
        /// Whether what it asks of models goes through the gateway, where it is counted exactly. Default: where it is
        /// logged in by a key. `process`: `false`.
        "gateway" => gateway: bool;
        /// Longest run. Default `30m`.
        "timeout" => timeout: Interval;
        /// Longest silence. Default `10m`.
        "idle_timeout" => idle_timeout: Interval;
        /// Time between asking a run to stop and ending it. Default `15s`.
        "grace" => grace: Interval;
        /// For `http`: where the task is sent.
        "url" => url: String;
        /// For `http`: headers beside the usual ones. No secrets: this file is in the history.
        "headers" => headers: BTreeMap<String, String>;
        /// For `http`: the body instead of the usual one: JSON, with `{{prompt}}`, `{{ticket.id}}` and their like in its
        /// strings.
        "payload" => payload: String;
        /// For `http`: the name of the variable that holds the key which the body is signed with.
        "signing_key" => signing_key: String;
        /// For `http`: the name of the variable that holds the token which is shown (`Authorization: Bearer`).
        "token" => token: String;
        /// For `script`: the script, relative to the agent's folder. Default `script.txt`.
        "script" => script: String;
    }
}

record! {
    /// When an agent is woken by time. Without `every`, `cron` and `at` it is woken by events only.
    pub struct HeartbeatSettings {
        /// A length of time.
        "every" => every: Interval;
        /// A cron expression with 5 or 6 fields.
        "cron" => cron: Cron;
        /// Once, at this time.
        "at" => at: At;
        /// The zone of `cron`, `at` and `active_hours`. Default: the company's.
        "timezone" => timezone: Zone;
        /// The hours of the day in which it may be woken by time, such as `08:00-20:00`.
        "active_hours" => active_hours: ActiveHours;
        /// What to do when there is no HEARTBEAT.md.
        "prompt" => prompt: String;
        /// Longest reply with `HEARTBEAT_OK` in it that is not delivered, in UTF-16 units. Default 300.
        "ack_max_chars" => ack_max_chars: u64;
    }
    at_most_one ["every", "cron", "at"]
}

record! {
    /// What an agent may do in the company.
    pub struct Permissions {
        /// Whether it may hire. Default `ask`.
        "hire" => hire: HirePermission;
        /// To whom it may give work. Default itself and its reports.
        "assign" => assign: Vec<AssignScope>;
        /// Whether it may create tickets. Default true.
        "create_tickets" => create_tickets: bool;
    }
}

record! {
    /// What the runs of an agent reach of the machine beside what every run does.
    pub struct Reach {
        /// Files and folders that they read; `~/` is the home of the account.
        "read" => read: Vec<String>;
        /// Files and folders that they write.
        "write" => write: Vec<String>;
        /// TCP ports that they connect to and listen on, beside 53, 80, 443 and those of addresses in `adapter`.
        "ports" => ports: Vec<u64>;
    }
}

record! {
    /// The most one run may spend.
    pub struct Ceiling {
        /// Money.
        "money" => money: Money;
        /// Tokens.
        "tokens" => tokens: Count;
    }
}

choice_fields!(Login, HirePermission, AssignScope);
