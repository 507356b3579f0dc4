//! `timer-starts-nothing`: an agent is to be woken by time, with nothing to do.

use super::Rule;
use super::index::Index;
use crate::diag::{Diagnostic, KeyPath, Place, Severity};
use crate::format::layout;
use crate::model::status::AgentStatus;

pub(super) static RULE: Rule = Rule {
    code: "timer-starts-nothing",
    severity: Severity::Warning,
    summary: "a heartbeat's timer can never start anything",
    docs: "\
The `heartbeat` in an `agent.yaml` has `every`, `cron` or `at`, but the agent has neither a `HEARTBEAT.md` nor a
`prompt`; or the agent is `terminated`. A timer from the `defaults` of `corp.yaml` is not judged: it is meant for
those who have a `HEARTBEAT.md`. Nor is an empty `HEARTBEAT.md`: that is how a heartbeat is silenced for a while.

A heartbeat without anything to do starts no process, so the agent looks alive in the plan and is never woken by time.

Say what to do, or take the timer out:

```yaml
heartbeat:
  every: 30m
  prompt: Look at the inbox and answer what is new.
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let defaults = index.draft.corp.as_ref().and_then(|corp| corp.defaults.as_ref());
    let default_prompt =
        defaults.and_then(|defaults| defaults.heartbeat.as_ref()).and_then(|beat| beat.prompt.as_ref());
    for (path, settings) in &index.draft.agent_settings {
        let Some(beat) = &settings.heartbeat else { continue };
        let key = if beat.every.is_some_and(|every| every.ms() > 0) {
            "every"
        } else if beat.cron.is_some() {
            "cron"
        } else if beat.at.is_some() {
            "at"
        } else {
            continue;
        };
        let paper = format!("{}/HEARTBEAT.md", layout::locate(path).folder);
        // A paper with nothing in it is there on purpose: it is how a heartbeat is silenced for a while.
        let has_paper = index.draft.entries.contains_key(&paper);
        let has_prompt = beat.prompt.as_ref().or(default_prompt).is_some_and(|prompt| !prompt.trim().is_empty());
        let (message, help) = if settings.status == Some(AgentStatus::Terminated) {
            ("this agent has left for good, but has a timer", "take the timer out".to_owned())
        } else if !has_paper && !has_prompt {
            (
                "this timer starts nothing: there is nothing to do",
                format!("write {paper}, or add `prompt:` beside the timer"),
            )
        } else {
            continue;
        };
        let place = Place::value(path, KeyPath::from("heartbeat").key(key));
        found.push(Diagnostic::warning(RULE.code, place, message).help(help));
    }
}
