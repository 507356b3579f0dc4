//! What in a package executes, comes again by itself, or spends, and whether it arrives switched off.

use crate::format::document::{self, Document};
use crate::format::kind::{AgentSettings, Budget, ProjectSettings, RoutineFile, RoutineStatus};
use crate::format::package::PackageFile;
use crate::format::{front_matter, layout, yaml};
use crate::model::Choice as _;
use crate::model::status::{AgentStatus, Confinement};
use crate::redact;
use serde::Serialize;

/// What a risk is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RiskKind {
    /// A machine would execute it, or obey it.
    Executes,
    /// It starts by itself.
    Schedule,
    /// It allows or limits spending.
    Budget,
}

/// Something that a person should see before it comes in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Risk {
    /// What it is about.
    pub kind: RiskKind,
    /// The file that says so, in the company.
    pub path: String,
    /// What it would do; one line.
    pub what: String,
    /// Why it does not do so yet; `None`: it is in force.
    pub off: Option<String>,
}

/// Returns what is risky in a file: `wanted` is what the package says, `placed` what the company gets of it.
pub fn risks(path: &str, wanted: &PackageFile, placed: Option<&str>) -> Vec<Risk> {
    let mut found = Found { path, risks: Vec::new() };
    let text = wanted.as_text();
    if let Some(text) = text {
        match (document::read(path, text).0, placed.map(|placed| document::read(path, placed).0)) {
            (Document::AgentSettings(file), now) => found.agent(&file, now.as_ref()),
            (Document::ProjectSettings(file), now) => found.project(&file, now.as_ref()),
            (Document::Routine(file), now) => found.routine(&file, now.as_ref()),
            (Document::Budgets(file), _) => file.budgets.iter().flatten().for_each(|budget| found.budget(budget)),
            (Document::Skill(_) | Document::Agent(_), _) => found.instructions(text),
            _ => {}
        }
    }
    found.script(wanted);
    found.risks
}

struct Found<'p> {
    path: &'p str,
    risks: Vec<Risk>,
}

impl Found<'_> {
    fn push(&mut self, kind: RiskKind, what: String, off: Option<&str>) {
        // A preview ends up in logs.
        let what = redact::mask(&what).into_owned();
        self.risks.push(Risk { kind, path: self.path.to_owned(), what, off: off.map(str::to_owned) });
    }

    fn agent(&mut self, file: &AgentSettings, now: Option<&Document>) {
        let works = match now {
            Some(Document::AgentSettings(now)) => now.status.is_none_or(|status| status == AgentStatus::Active),
            _ => false,
        };
        let off = (!works).then_some("the agent is paused");
        if let Some(adapter) = &file.adapter {
            let words = adapter.command.iter().chain(adapter.args.iter().flatten());
            let line = words.map(String::as_str).collect::<Vec<_>>().join(" ");
            if !line.is_empty() {
                self.push(RiskKind::Executes, format!("runs `{line}`"), off);
            } else if matches!(adapter.kind.as_deref(), Some("process" | "script")) {
                self.push(RiskKind::Executes, "runs a program of its own".to_owned(), off);
            }
            if let Some(url) = &adapter.url {
                self.push(RiskKind::Executes, format!("sends its tasks to {url}"), off);
            }
            if let Some(cwd) = &adapter.cwd {
                self.push(RiskKind::Executes, format!("works in the folder `{cwd}`"), off);
            }
            for (name, value) in adapter.env.iter().flatten() {
                self.push(RiskKind::Executes, format!("sets {name}={value}"), off);
            }
        }
        if file.confinement == Some(Confinement::Off) {
            self.push(RiskKind::Executes, "asks for runs without confinement".to_owned(), off);
        }
        if let Some(reach) = &file.reach {
            for path in reach.read.iter().flatten() {
                self.push(RiskKind::Executes, format!("reads `{path}` of this machine"), off);
            }
            for path in reach.write.iter().flatten() {
                self.push(RiskKind::Executes, format!("writes `{path}` of this machine"), off);
            }
            for port in reach.ports.iter().flatten() {
                self.push(RiskKind::Executes, format!("reaches port {port}"), off);
            }
        }
        if file.permissions.as_ref().and_then(|permissions| permissions.hire).is_some_and(|hire| hire.word() == "free")
        {
            self.push(RiskKind::Executes, "may hire agents without asking".to_owned(), off);
        }
        if let Some(heartbeat) = &file.heartbeat {
            let when = [
                heartbeat.every.map(|every| format!("every {every}")),
                heartbeat.cron.as_ref().map(|cron| format!("at `{cron}`")),
                heartbeat.at.as_ref().map(|at| format!("at {at}")),
            ];
            for when in when.into_iter().flatten() {
                self.push(RiskKind::Schedule, format!("wakes {when}"), off);
            }
        }
        if let Some(money) = file.run_ceiling.as_ref().and_then(|ceiling| ceiling.money.as_ref()) {
            self.push(RiskKind::Budget, format!("one run may spend {money}"), off);
        }
    }

    fn project(&mut self, file: &ProjectSettings, now: Option<&Document>) {
        let Some(repository) = &file.repository else { return };
        let now = match now {
            Some(Document::ProjectSettings(now)) => now.repository.as_ref(),
            _ => None,
        };
        let commands = [
            ("setup", &repository.setup, now.and_then(|now| now.setup.as_ref())),
            ("cleanup", &repository.cleanup, now.and_then(|now| now.cleanup.as_ref())),
        ];
        for (key, wanted, now) in commands {
            if let Some(command) = wanted {
                let off = now.is_none().then_some("it was taken out; write it back if you want it");
                self.push(RiskKind::Executes, format!("{key}: runs `{command}` in every workspace"), off);
            }
        }
        for (name, value) in file.env.iter().flatten() {
            self.push(RiskKind::Executes, format!("sets {name}={value}"), None);
        }
    }

    fn routine(&mut self, file: &RoutineFile, now: Option<&Document>) {
        let fires = match now {
            Some(Document::Routine(now)) => now.status.is_none_or(|status| status == RoutineStatus::Active),
            _ => false,
        };
        let off = (!fires).then_some("the routine is paused");
        for trigger in file.triggers.iter().flatten() {
            let zone = trigger.timezone.as_ref().map(|zone| format!(" ({zone})")).unwrap_or_default();
            let when = trigger.cron.as_ref().map(|cron| format!("`{cron}`"));
            let when = when.or_else(|| trigger.every.map(|every| format!("every {every}")));
            let when = when.or_else(|| trigger.at.as_ref().map(ToString::to_string));
            if let Some(when) = when {
                self.push(RiskKind::Schedule, format!("fires {when}{zone}"), off);
            }
        }
    }

    fn budget(&mut self, budget: &Budget) {
        if let (Some(scope), Some(window), Some(limit)) = (&budget.scope, &budget.window, &budget.limit) {
            self.push(RiskKind::Budget, format!("{scope}: {limit} per {window}"), None);
        }
    }

    /// Instructions that the agent's program may execute when it reads them.
    fn instructions(&mut self, text: &str) {
        let off = Some("only once an agent uses it");
        let split = front_matter::split(text);
        let root = split.yaml.and_then(|range| yaml::parse(&text[range], 0).root);
        if root.as_ref().and_then(|root| root.get("hooks")).is_some_and(|hooks| !hooks.is_null()) {
            self.push(
                RiskKind::Executes,
                "has hooks: commands that the agent's program runs by itself".to_owned(),
                off,
            );
        }
        if let Some(tools) = root.as_ref().and_then(|root| root.get("allowed-tools")) {
            let tools = match tools.text() {
                Some(text) => text.to_owned(),
                None => tools.items().iter().filter_map(yaml::Node::text).collect::<Vec<_>>().join(", "),
            };
            if !tools.is_empty() {
                self.push(RiskKind::Executes, format!("may use without asking: {tools}"), off);
            }
        }
        // Claude Code runs what stands in !`…` of a skill before the model sees it.
        if layout::locate(self.path).kind == layout::Kind::Skill && text[split.body].contains("!`") {
            self.push(RiskKind::Executes, "its text has commands in !`…`, run when it is read".to_owned(), off);
        }
    }

    fn script(&mut self, file: &PackageFile) {
        const SCRIPTS: [&str; 14] =
            ["sh", "bash", "zsh", "fish", "py", "rb", "pl", "js", "mjs", "cjs", "ts", "ps1", "bat", "exe"];
        let extension = self.path.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        if file.executable {
            let off = Some("it arrives without the executable bit");
            self.push(RiskKind::Executes, "is executable".to_owned(), off);
        } else if file.bytes.starts_with(b"#!") || extension.is_some_and(|found| SCRIPTS.contains(&found.as_str())) {
            self.push(RiskKind::Executes, "is a script".to_owned(), Some("only once somebody runs it"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(path: &str, wanted: &str, placed: &str) -> Vec<String> {
        let found = risks(path, &PackageFile::text(wanted), Some(placed));
        found.iter().map(|risk| format!("{}{}", risk.what, if risk.off.is_some() { " (off)" } else { "" })).collect()
    }

    #[test]
    fn what_executes_is_found() {
        let agent = "adapter: {type: process, command: bash, args: [-c, curl x], env: {A: b}, cwd: /tmp}\nheartbeat: {every: 1h}\nconfinement: off\n";
        let expected = [
            "runs `bash -c curl x`",
            "works in the folder `/tmp`",
            "sets A=b",
            "asks for runs without confinement",
            "wakes every 1h",
        ];
        assert_eq!(shown("agents/x/agent.yaml", agent, agent), expected);
        let off = expected.map(|what| format!("{what} (off)"));
        assert_eq!(shown("agents/x/agent.yaml", agent, "status: paused\n"), off);
        let token = ["ghp_9fK2mQx7Lp4Rz8", "Tn3Vb6Yw1Jd5Hs0cGe"].concat();
        let secret = shown("agents/x/agent.yaml", &format!("adapter: {{env: {{GH: {token}}}}}\n"), "");
        assert!(secret[0].starts_with("sets GH=") && !secret[0].contains("Tn3Vb6"), "{secret:?}");
        let project = "repository: {url: https://x.example/y, setup: make}\n";
        assert_eq!(shown("projects/x/project.yaml", project, project), ["setup: runs `make` in every workspace"]);
        let none = "repository: {url: https://x.example/y, setup: null}\n";
        assert_eq!(shown("projects/x/project.yaml", project, none), ["setup: runs `make` in every workspace (off)"]);
        let routine = "status: active\ntriggers: [{cron: 0 9 * * 1}]\n";
        assert_eq!(shown("tasks/x/routine.yaml", routine, routine), ["fires `0 9 * * 1`"]);
        let skill = "---\nname: x\nhooks: {PreToolUse: []}\nallowed-tools: Bash(*)\n---\nSee !`id`.\n";
        assert_eq!(shown("skills/x/SKILL.md", skill, skill).len(), 3);
        assert_eq!(shown("skills/x/scripts/a.py", "print()", ""), ["is a script (off)"]);
        assert_eq!(shown("skills/x/run", "#!/bin/sh\n", ""), ["is a script (off)"]);
        assert_eq!(shown("skills/x/notes.md", "nothing", ""), [""; 0]);
        let budgets = "budgets:\n  - {scope: company, window: month, limit: 200.00 USD}\n";
        assert_eq!(shown("budgets.yaml", budgets, budgets), ["company: 200.00 USD per month"]);
    }
}
