//! `routines.<task slug>` becomes `routine.yaml` beside the task.

use super::Conversion;
use crate::diag::KeyPath;
use crate::format::kind::{CatchUp, Concurrency, RoutineStatus, VariableType};
use crate::format::package::emit::{self, Emit};
use crate::format::package::sensitive;
use crate::format::package::sidecar::{EnvValue, Routine, Sidecar, Trigger, Variable};
use crate::model::schedule::Cron;
use crate::model::{Choice, Scalar as _, Zone};

/// Most triggers and most variables of one routine that are taken over.
const PARTS_MAX: usize = 50;

impl Conversion<'_> {
    pub(super) fn routines(&mut self, sidecar: &Sidecar<'_>) {
        for (slug, routine) in sidecar.content.routines.iter().flatten() {
            let path = KeyPath::from("routines").key(slug);
            let Some(folder) = self.task_folder(sidecar, &path, slug) else { continue };
            let file = format!("{folder}/routine.yaml");
            if self.tree.contains_key(&file) {
                self.note(sidecar, path, "the package has a routine.yaml for this task, which counts");
                continue;
            }
            let text = self.routine(sidecar, &path, routine);
            self.done.files.insert(file, text);
        }
    }

    fn routine(&mut self, sidecar: &Sidecar<'_>, path: &KeyPath, routine: &Routine) -> String {
        let mut emit = Emit::with_comment(&format!(
            "From {}. Arrived paused: nothing fires until `status` says `active`.",
            sidecar.path
        ));
        let status = routine.status.as_deref().and_then(RoutineStatus::from_word);
        emit.bare(
            0,
            "status",
            status.filter(|status| *status == RoutineStatus::Archived).unwrap_or(RoutineStatus::Paused),
        );
        self.word::<Concurrency>(
            sidecar,
            &path.clone().key("concurrencyPolicy"),
            routine.concurrency.as_deref(),
            "concurrency",
            &mut emit,
        );
        self.word::<CatchUp>(
            sidecar,
            &path.clone().key("catchUpPolicy"),
            routine.catch_up.as_deref(),
            "catch_up",
            &mut emit,
        );
        let triggers = path.clone().key("triggers");
        let mut lines = Emit::default();
        for (at, trigger) in routine.triggers.iter().flatten().take(PARTS_MAX).enumerate() {
            self.trigger(sidecar, &triggers.clone().index(at), trigger, &mut lines);
        }
        let lines = lines.finish();
        if !lines.is_empty() {
            emit.open(0, "triggers");
            emit.line(0, lines.trim_end());
        }
        let variables = path.clone().key("variables");
        let mut lines = Emit::default();
        let mut seen = std::collections::BTreeSet::new();
        for (at, variable) in routine.variables.iter().flatten().take(PARTS_MAX).enumerate() {
            self.routine_variable(sidecar, &variables.clone().index(at), variable, &mut seen, &mut lines);
        }
        let lines = lines.finish();
        if !lines.is_empty() {
            emit.open(0, "variables");
            emit.line(0, lines.trim_end());
        }
        for (path, length) in [
            (triggers, routine.triggers.as_ref().map_or(0, Vec::len)),
            (variables, routine.variables.as_ref().map_or(0, Vec::len)),
        ] {
            if length > PARTS_MAX {
                self.warn(
                    sidecar,
                    &path,
                    &format!("there are {length} of them; the first {PARTS_MAX} were taken over"),
                );
            }
        }
        if sidecar.keys(path).iter().any(|key| key == "priority") {
            self.note(
                sidecar,
                path.clone().key("priority"),
                "how urgent a task is stands in its TASK.md; write `priority` there",
            );
        }
        emit.finish()
    }

    fn word<T: Choice + std::fmt::Display>(
        &mut self,
        sidecar: &Sidecar<'_>,
        path: &KeyPath,
        word: Option<&str>,
        key: &str,
        emit: &mut Emit,
    ) {
        let Some(word) = word else { return };
        match T::from_word(word) {
            Some(choice) => emit.bare(0, key, choice),
            None => self.warn(sidecar, path, &format!("there is no such choice here; the default of `{key}` counts")),
        }
    }

    fn trigger(&mut self, sidecar: &Sidecar<'_>, path: &KeyPath, trigger: &Trigger, emit: &mut Emit) {
        if !matches!(trigger.kind.as_deref(), None | Some("schedule")) {
            self.note(sidecar, path.clone().key("kind"), "only times make a routine fire here");
            return;
        }
        let Some(cron) = &trigger.cron else {
            self.warn(sidecar, path, "a trigger without `cronExpression` says no time");
            return;
        };
        let cron = cron.trim();
        let wrong = match Cron::parse(cron) {
            Ok(read) => read.flaw().map(|flaw| format!("the cron expression {}", flaw.message)),
            Err(why) => Some(format!("the cron expression cannot be read: {why}")),
        };
        if let Some(wrong) = wrong {
            self.warn(sidecar, &path.clone().key("cronExpression"), &wrong);
            return;
        }
        emit.line(1, &format!("- cron: {}", emit::quoted(cron)));
        if let Some(zone) = trigger.timezone.as_deref().filter(|zone| !zone.is_empty()) {
            match Zone::parse(zone) {
                Ok(zone) => emit.text(2, "timezone", zone.name()),
                Err(why) => {
                    self.warn(sidecar, &path.clone().key("timezone"), &format!("{why}; the company's zone counts"));
                }
            }
        }
        if trigger.enabled == Some(false) {
            emit.bare(2, "enabled", false);
        }
        if let Some(label) = self.fair(sidecar, &path.clone().key("label"), trigger.label.as_ref()) {
            emit.text(2, "label", &label);
        }
    }

    fn routine_variable(
        &mut self,
        sidecar: &Sidecar<'_>,
        path: &KeyPath,
        variable: &Variable,
        seen: &mut std::collections::BTreeSet<String>,
        emit: &mut Emit,
    ) {
        let Some(name) = self.fair(sidecar, &path.clone().key("name"), variable.name.as_ref()) else {
            self.warn(sidecar, path, "a variable without a name cannot be filled in");
            return;
        };
        if !seen.insert(name.clone()) {
            self.warn(sidecar, path, "another variable has this name, which counts");
            return;
        }
        let mut parts = Emit::default();
        if let Some(word) = &variable.kind {
            match VariableType::from_word(word) {
                Some(kind) => parts.bare(2, "type", kind),
                None => self.warn(sidecar, &path.clone().key("type"), "there is no such type here; it is a text"),
            }
        }
        match &variable.default {
            Some(EnvValue::Plain(text)) if !text.is_empty() && sensitive::key_is_secret(&name) => {
                self.warn_hidden(
                    sidecar,
                    &path.clone().key("defaultValue"),
                    "its name says that it is secret; the value was not taken over",
                );
            }
            Some(EnvValue::Plain(text)) => {
                if let Some(text) = self.fair(sidecar, &path.clone().key("defaultValue"), Some(text)) {
                    parts.text(2, "default", &text);
                }
            }
            Some(EnvValue::SecretReference | EnvValue::Other) => {
                self.warn_hidden(sidecar, &path.clone().key("defaultValue"), "its value is not a text");
            }
            None => {}
        }
        if let Some(required) = variable.required {
            parts.bare(2, "required", required);
        }
        if let Some(options) = variable.options.as_ref().filter(|options| !options.is_empty()) {
            parts.list(2, "options", options);
        }
        if let Some(label) = self.fair(sidecar, &path.clone().key("label"), variable.label.as_ref()) {
            parts.text(2, "description", &label);
        }
        let parts = parts.finish();
        if parts.is_empty() {
            emit.line(1, &format!("{}: {{}}", emit::text(&name)));
        } else {
            emit.open(1, &name);
            emit.line(0, parts.trim_end());
        }
    }
}
