//! `agents.<slug>` becomes `agents/<slug>/agent.yaml`, and its monthly budget a limit in `budgets.yaml`.

use super::{CONCURRENT_RUNS_MAX, Conversion, INTERVAL_SEC_MAX, TIMEOUT_SEC_MAX, Variables};
use crate::diag::KeyPath;
use crate::format::package::emit::Emit;
use crate::format::package::sensitive;
use crate::format::package::sidecar::{Adapter, Agent, Config, Heartbeat, Sidecar};
use crate::model::status::Role;
use crate::model::{Choice as _, Currency, Interval, Money, Scalar as _, Slug};

/// The adapters both programs have.
const ADAPTERS: [&str; 4] = ["claude_local", "codex_local", "process", "http"];
/// Micro-units in a cent.
const MICRO_PER_CENT: u64 = 10_000;
/// The largest monthly budget that is taken over, in cents: beyond it our own files cannot say it.
const BUDGET_CENTS_MAX: u64 = 99_999_999_999_999;

impl Conversion<'_> {
    /// Every agent of the package gets an agent.yaml, so that it arrives paused.
    pub(super) fn agents(&mut self) {
        let mut folders: Vec<String> = self.things.agents.values().cloned().collect();
        folders.sort();
        folders.dedup();
        let parts = self.sidecar.and_then(|sidecar| sidecar.content.agents.as_ref());
        let mut by_folder = std::collections::BTreeMap::new();
        if let Some(sidecar) = self.sidecar {
            for (slug, agent) in parts.into_iter().flatten() {
                match self.things.agents.get(slug).filter(|_| !slug.is_empty()) {
                    Some(folder) => drop(by_folder.insert(folder.clone(), (slug, agent))),
                    None => {
                        self.warn(sidecar, &KeyPath::from("agents").key(slug), "the package has no agent of this name");
                    }
                }
            }
        }
        for folder in folders {
            let path = format!("{folder}/agent.yaml");
            let part = by_folder.get(&folder).and_then(|(slug, agent)| Some((self.sidecar?, *slug, *agent)));
            if self.tree.contains_key(&path) {
                if let Some((sidecar, slug, _)) = part {
                    self.note(
                        sidecar,
                        KeyPath::from("agents").key(slug),
                        "the package has an agent.yaml for this agent, which counts",
                    );
                }
                continue;
            }
            let text = match part {
                Some((sidecar, slug, agent)) => self.agent(sidecar, slug, agent, &folder),
                None => {
                    let mut emit = Emit::with_comment("Arrived paused: nothing is started until this says `active`.");
                    emit.bare(0, "status", "paused");
                    if let Some(role) = self.things.roles.get(&folder) {
                        emit.bare(0, "role", role);
                    }
                    emit.finish()
                }
            };
            self.done.files.insert(path, text);
        }
    }

    fn agent(&mut self, sidecar: &Sidecar<'_>, slug: &str, agent: &Agent, folder: &str) -> String {
        let path = KeyPath::from("agents").key(slug);
        let mut emit = Emit::with_comment(&format!(
            "From {}. Arrived paused: nothing is started until `status` says `active`.",
            sidecar.path
        ));
        emit.bare(0, "status", "paused");
        let said = agent.role.as_ref().and_then(|word| Role::from_word(&word.to_ascii_lowercase()));
        if agent.role.is_some() && said.is_none() {
            self.warn(sidecar, &path.clone().key("role"), "there is no such role here");
        }
        if let Some(role) = said.or_else(|| self.things.roles.get(folder).copied()) {
            emit.bare(0, "role", role);
        }
        for (key, text) in [("capabilities", &agent.capabilities), ("icon", &agent.icon)] {
            if let Some(text) = self.fair(sidecar, &path.clone().key(key), text.as_ref()) {
                emit.text(0, key, &text);
            }
        }
        let mut env = Variables::default();
        self.inputs(sidecar, &path, folder, agent.inputs.as_ref().and_then(|inputs| inputs.env.as_ref()), &mut env);
        self.adapter(sidecar, &path, folder, agent.adapter.as_ref(), &mut env, &mut emit);
        if let Some(heartbeat) = agent.runtime.as_ref().and_then(|runtime| runtime.heartbeat.as_ref()) {
            self.heartbeat(sidecar, &path.clone().key("runtime").key("heartbeat"), heartbeat, &mut emit);
        }
        env.write_secrets(&mut emit);
        // Asking is what an agent may do anyway, so only the refusal is written down.
        if agent.permissions.as_ref().and_then(|permissions| permissions.0.can_create_agents) == Some(false) {
            emit.open(0, "permissions");
            emit.bare(1, "hire", "never");
        }
        self.agent_rest(sidecar, &path, agent, folder);
        self.budget(sidecar, &path, agent, folder);
        emit.finish()
    }

    /// What an agent's part says that does not go into agent.yaml.
    fn agent_rest(&mut self, sidecar: &Sidecar<'_>, path: &KeyPath, agent: &Agent, folder: &str) {
        if let Some(manager) = &agent.reports_to {
            let own = self.things.reports_to.get(folder);
            if own.is_none() {
                self.note(
                    sidecar,
                    path.clone().key("reportsTo"),
                    "to whom an agent reports stands in its AGENTS.md; write `reportsTo` there",
                );
            } else if own != Some(manager) {
                self.warn(
                    sidecar,
                    &path.clone().key("reportsTo"),
                    "the agent's AGENTS.md says something else, which counts",
                );
            }
        }
        for key in sidecar.keys(path) {
            if key.starts_with("reportsToExisting") {
                self.note(
                    sidecar,
                    path.clone().key(key),
                    "it names an agent of another company; write `reportsTo` into AGENTS.md",
                );
            }
        }
        if agent.metadata.is_some() {
            self.note(sidecar, path.clone().key("metadata"), "nothing here reads it");
        }
        let permissions = path.clone().key("permissions");
        for key in sidecar.keys(&permissions).into_iter().filter(|key| key != "canCreateAgents") {
            self.note(sidecar, permissions.clone().key(key), "nothing here reads it; see `permissions` in agent.yaml");
        }
    }

    fn budget(&mut self, sidecar: &Sidecar<'_>, path: &KeyPath, agent: &Agent, folder: &str) {
        // Nothing and zero mean "no limit" there.
        let Some(cents) = agent.budget_monthly_cents.filter(|cents| *cents > 0) else { return };
        let place = path.clone().key("budgetMonthlyCents");
        let slug = folder.rsplit('/').next().and_then(|slug| Slug::parse(slug).ok());
        let micro = i64::try_from(cents.saturating_mul(MICRO_PER_CENT)).ok().filter(|_| cents <= BUDGET_CENTS_MAX);
        match (slug, micro) {
            (Some(slug), Some(micro)) => self.budgets.push((slug, Money::from_micro(micro, Currency::USD))),
            (Some(_), None) => self.warn(sidecar, &place, "more than a budget can say; no limit was set"),
            (None, _) => self.warn(sidecar, &place, "the agent's folder is not a slug, so no limit can name it"),
        }
    }

    fn adapter(
        &mut self,
        sidecar: &Sidecar<'_>,
        path: &KeyPath,
        folder: &str,
        adapter: Option<&Adapter>,
        env: &mut Variables,
        emit: &mut Emit,
    ) {
        let path = path.clone().key("adapter");
        let kind = adapter.and_then(|adapter| adapter.kind.as_deref());
        let known = kind.and_then(|kind| ADAPTERS.into_iter().find(|known| *known == kind));
        let mut lines = Emit::default();
        if let Some(known) = known {
            lines.bare(1, "type", known);
        } else if kind.is_some_and(|kind| !kind.is_empty()) {
            self.warn(
                sidecar,
                &path.clone().key("type"),
                "there is no such adapter here; the agent gets the company's default",
            );
        }
        let config_path = path.clone().key("config");
        let config = adapter.and_then(|adapter| adapter.config.as_ref()).map(|config| &config.0);
        if let Some(config) = config.filter(|_| known.is_some() || kind.is_none()) {
            self.config(sidecar, &config_path, config, known.unwrap_or_default(), &mut lines);
        }
        self.env(sidecar, &config_path, folder, config.and_then(|config| config.env.as_ref()), env);
        env.write_plain(&mut lines, 1);
        let lines = lines.finish();
        if !lines.is_empty() {
            emit.open(0, "adapter");
            emit.line(0, lines.trim_end());
        }
        for key in sidecar.keys(&config_path) {
            let what = match key.as_str() {
                "model" | "command" | "cwd" | "args" | "extraArgs" | "env" | "timeoutSec" | "timeoutMs"
                | "graceSec" | "url" => continue,
                "promptTemplate" | "bootstrapPromptTemplate" => {
                    "templates fill in other words there than `prompt_template` does here"
                }
                "instructionsFilePath" => "an agent's instructions are its AGENTS.md",
                key if sensitive::is_reckless(key) => {
                    "how tightly runs are confined is `confinement` here, and the operator's decision"
                }
                _ => "nothing here reads it",
            };
            self.note_hidden(sidecar, &config_path.clone().key(key), what);
        }
    }

    fn config(&mut self, sidecar: &Sidecar<'_>, path: &KeyPath, config: &Config, kind: &str, emit: &mut Emit) {
        if let Some(model) = self.fair(sidecar, &path.clone().key("model"), config.model.as_ref()) {
            emit.text(1, "model", &model);
        }
        let command = self.fair(sidecar, &path.clone().key("command"), config.command.as_ref());
        match command {
            Some(command) if sensitive::is_machine_path(&command) => {
                self.note(
                    sidecar,
                    path.clone().key("command"),
                    "the program's path belongs to one machine and was not taken over",
                );
            }
            Some(command) => {
                self.executes(sidecar, &format!("`{command}`, as the program of an agent"));
                emit.text(1, "command", &command);
            }
            None => {}
        }
        match self.fair(sidecar, &path.clone().key("cwd"), config.cwd.as_ref()) {
            Some(cwd) if sensitive::is_machine_path(&cwd) => {
                self.note(sidecar, path.clone().key("cwd"), "the folder belongs to one machine and was not taken over");
            }
            Some(cwd) => emit.text(1, "cwd", &cwd),
            None => {}
        }
        let mut args = Vec::new();
        for (key, list) in [("args", &config.args), ("extraArgs", &config.extra_args)] {
            for (at, argument) in list.iter().flatten().enumerate() {
                let place = path.clone().key(key).index(at);
                if sensitive::is_reckless(argument) {
                    self.warn(
                        sidecar,
                        &place,
                        "the argument switches off what keeps an agent in bounds; it was not taken over",
                    );
                } else if let Some(argument) = self.fair(sidecar, &place, Some(argument)) {
                    args.push(argument);
                }
            }
        }
        if !args.is_empty() {
            self.executes(sidecar, &format!("arguments of an agent's program: {}", args.join(" ")));
            emit.list(1, "args", &args);
        }
        let timeout_ms = config.timeout_ms.map(|ms| ms.div_ceil(1_000));
        for (from, to, seconds) in [
            ("timeoutSec", "timeout", config.timeout_sec),
            ("timeoutMs", "timeout", timeout_ms.filter(|_| config.timeout_sec.is_none())),
            ("graceSec", "grace", config.grace_sec),
        ] {
            if let Some(length) = self.seconds(sidecar, &path.clone().key(from), seconds, TIMEOUT_SEC_MAX) {
                emit.bare(1, to, length);
            }
        }
        if let Some(url) = self.fair(sidecar, &path.clone().key("url"), config.url.as_ref()) {
            let web = url.starts_with("https://") || url.starts_with("http://");
            if sensitive::has_login(&url) {
                self.warn_hidden(
                    sidecar,
                    &path.clone().key("url"),
                    "the address holds a name and password; it was not taken over",
                );
            } else if web && kind == "http" {
                self.executes(sidecar, &format!("sends an agent's work to {url}"));
                emit.text(1, "url", &url);
            } else {
                self.note(
                    sidecar,
                    path.clone().key("url"),
                    "an address belongs to the adapter `http` and begins with `https://`",
                );
            }
        }
    }

    fn heartbeat(&mut self, sidecar: &Sidecar<'_>, path: &KeyPath, heartbeat: &Heartbeat, emit: &mut Emit) {
        if let Some(every) =
            self.seconds(sidecar, &path.clone().key("intervalSec"), heartbeat.interval_sec, INTERVAL_SEC_MAX)
        {
            let was = if heartbeat.enabled == Some(false) { "It was off in the package, too. " } else { "" };
            emit.comment(0, &format!("Timers arrive switched off. {was}To switch this one on, take the `#` away:"));
            emit.comment(0, &format!("heartbeat: {{every: {every}}}"));
        }
        if heartbeat.wake_on_demand == Some(false) {
            emit.line(0, "wake_on: []");
        }
        if let Some(runs) = heartbeat.max_concurrent_runs {
            if (1..=CONCURRENT_RUNS_MAX).contains(&runs) {
                emit.bare(0, "max_concurrent_runs", runs);
            } else {
                let message = format!("the number lies between 1 and {CONCURRENT_RUNS_MAX}; the default of 1 counts");
                self.warn(sidecar, &path.clone().key("maxConcurrentRuns"), &message);
            }
        }
        if let Some(cooldown) =
            self.seconds(sidecar, &path.clone().key("cooldownSec"), heartbeat.cooldown_sec, INTERVAL_SEC_MAX)
        {
            emit.bare(0, "cooldown", cooldown);
        }
    }

    /// A length of time up to `most`; nothing and zero mean "none" there.
    fn seconds(&mut self, sidecar: &Sidecar<'_>, path: &KeyPath, seconds: Option<u64>, most: u64) -> Option<Interval> {
        let seconds = seconds.filter(|seconds| *seconds > 0)?;
        if seconds > most {
            self.warn(sidecar, path, &format!("longer than {}; it was left out", Interval::from_ms(most * 1_000)));
            return None;
        }
        Some(Interval::from_ms(seconds * 1_000))
    }
}
