//! Our settings as Paperclip spells them: a project, triggers, variables, and values of its sidecar.

use crate::format::kind::{ProjectSettings, Trigger, Variable, WorkspaceMode};
use crate::format::package::sensitive::key_is_secret;
use crate::format::patch::Value;
use crate::model::{Choice as _, Interval};
use std::collections::BTreeMap;

pub(super) fn project(settings: &ProjectSettings, workspace: &str) -> Value {
    let mut project = Map::default();
    project.text("status", settings.status.map(|status| status.word()));
    project.text("targetDate", settings.target_date.as_deref());
    project.text("color", settings.color.as_deref());
    project.text("icon", settings.icon.as_deref());
    project.put("env", settings.env.as_ref().map(variables));
    if let Some(repository) = &settings.repository {
        let mut part = Map::default();
        part.text("repoUrl", repository.url.as_deref());
        part.text("repoRef", repository.branch.as_deref());
        part.text("setupCommand", repository.setup.as_deref());
        part.text("cleanupCommand", repository.cleanup.as_deref());
        part.put("isPrimary", Some(Value::Bare("true".to_owned())));
        project.put("workspaces", Some(Value::Map(vec![(workspace.to_owned(), Value::Map(part.0))])));
    }
    if settings.workspace == Some(WorkspaceMode::Project) {
        let mut policy = Map::default();
        policy.put("enabled", Some(Value::Bare("true".to_owned())));
        policy.text("defaultMode", Some("shared_workspace"));
        project.put("executionWorkspacePolicy", policy.some());
    }
    Value::Map(project.0)
}

pub(super) fn portable_trigger(trigger: &Trigger) -> Option<Value> {
    let cron = match (&trigger.cron, trigger.every) {
        (Some(cron), _) => cron.as_str().to_owned(),
        (None, Some(every)) => cron_of(every)?,
        (None, None) => return None,
    };
    let mut part = Map::default();
    part.text("kind", Some("schedule"));
    part.text("label", trigger.label.as_deref());
    part.put("enabled", trigger.enabled.map(|enabled| Value::Bare(enabled.to_string())));
    part.text("cronExpression", Some(&cron));
    part.text("timezone", trigger.timezone.as_ref().map(crate::model::Zone::name));
    Some(Value::Map(part.0))
}

/// The cron expression that comes as often, if there is one: parts of an hour, parts of a day, a day.
fn cron_of(every: Interval) -> Option<String> {
    let minutes = every.ms().checked_div(60_000).filter(|minutes| minutes * 60_000 == every.ms())?;
    match minutes {
        1 => Some("* * * * *".to_owned()),
        2..60 if 60 % minutes == 0 => Some(format!("*/{minutes} * * * *")),
        60 => Some("0 * * * *".to_owned()),
        120..1_440 if minutes.is_multiple_of(60) && 24 % (minutes / 60) == 0 => {
            Some(format!("0 */{} * * *", minutes / 60))
        }
        1_440 => Some("0 0 * * *".to_owned()),
        _ => None,
    }
}

pub(super) fn portable_variable(name: &str, variable: &Variable) -> Value {
    let mut part = Map::default();
    part.text("name", Some(name));
    part.text("label", variable.description.as_deref());
    part.text("type", variable.kind.map(|kind| kind.word()));
    part.text("defaultValue", variable.default.as_deref());
    part.put("required", variable.required.map(|required| Value::Bare(required.to_string())));
    part.list("options", variable.options.as_deref());
    Value::Map(part.0)
}

/// Variables without those whose name says that they are secret.
pub(super) fn variables(env: &BTreeMap<String, String>) -> Value {
    let open = env.iter().filter(|(key, _)| !key_is_secret(key));
    Value::Map(open.map(|(key, value)| (key.clone(), Value::text(value))).collect())
}

pub(super) fn seconds(length: Interval) -> Value {
    number(length.ms().div_ceil(1_000))
}

pub(super) fn number(number: u64) -> Value {
    Value::Bare(number.to_string())
}

/// Keys with values, in order; what is not there is not written.
#[derive(Debug, Default)]
pub(super) struct Map(pub(super) Vec<(String, Value)>);

impl Map {
    pub(super) fn put(&mut self, key: &str, value: Option<Value>) {
        self.0.extend(value.map(|value| (key.to_owned(), value)));
    }

    pub(super) fn text(&mut self, key: &str, text: Option<&str>) {
        self.put(key, text.map(Value::text));
    }

    pub(super) fn list(&mut self, key: &str, items: Option<&[String]>) {
        let items = items.filter(|items| !items.is_empty());
        self.put(key, items.map(|items| Value::List(items.iter().map(Value::text).collect())));
    }

    pub(super) fn some(self) -> Option<Value> {
        (!self.0.is_empty()).then_some(Value::Map(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Scalar as _;

    #[test]
    fn lengths_of_time_as_cron() {
        for (length, cron) in [
            ("1m", Some("* * * * *")),
            ("15m", Some("*/15 * * * *")),
            ("1h", Some("0 * * * *")),
            ("6h", Some("0 */6 * * *")),
            ("1d", Some("0 0 * * *")),
            ("7m", None),
            ("90m", None),
            ("10s", None),
            ("2d", None),
        ] {
            assert_eq!(cron_of(Interval::parse(length).unwrap()).as_deref(), cron, "{length}");
        }
    }
}
