//! The way back: our settings as `.paperclip.yaml`, laid over the one that came, so that its other parts survive.
//!
//! A settings file that says what the sidecar made of it changes nothing. Otherwise: what it says is written,
//! what it no longer says is taken out, and what it cannot say stays as it was in the sidecar.

use super::convert;
use super::overlay::{Overlay, Places, file_of};
use super::spelled::{Map, number, portable_trigger, portable_variable, project, seconds, variables};
use crate::diag::Place;
use crate::format::document::{self, Document};
use crate::format::kind::{AgentSettings, BudgetsFile, HirePermission, ProjectSettings, RoutineFile};
use crate::format::layout::{self, Kind};
use crate::format::package::sidecar::SIDECAR_NAMES;
use crate::format::package::{Note, PackageFile, Tree};
use crate::format::patch::Value;
use crate::format::yaml;
use crate::model::budget::{Scope, Window};
use crate::model::money::Amount;
use crate::model::{Choice as _, Currency, SecretName, Slug};
use std::collections::BTreeMap;

/// The adapter of agents for whom nobody names one: Paperclip would take `process`, which cannot be an agent.
const ADAPTER: &str = "claude_local";

/// Writes `.paperclip.yaml` into the package `files`. `company` is everything as it lies in the company.
pub(in crate::format::package) fn write(company: &Tree, files: &mut Tree, notes: &mut Vec<Note>) {
    let came = SIDECAR_NAMES.iter().find_map(|name| Some((*name, company.get(*name)?.as_text()?)));
    let root = came.map_or(Value::Map(Vec::new()), |(_, text)| {
        yaml::parse(text.trim_start_matches('\u{feff}'), 0).root.map_or(Value::Map(Vec::new()), |root| Value::of(&root))
    });
    let settings = |path: &str| {
        matches!(layout::locate(path).kind, Kind::AgentSettings | Kind::ProjectSettings | Kind::Routine | Kind::Budgets)
    };
    let bare: Tree =
        company.iter().filter(|(path, _)| !settings(path)).map(|(path, file)| (path.clone(), file.clone())).collect();
    let then = convert(&bare).files;
    let mut writer = Writer { company, then, overlay: Overlay::new(root), notes: Vec::new() };
    writer.overlay.begin_with_schema("paperclip/v1");
    writer.agents(files);
    writer.projects(files);
    writer.routines(files);
    writer.overlay.leave_out_others(files);
    notes.append(&mut writer.notes);
    for name in SIDECAR_NAMES {
        files.remove(name);
    }
    let path = came.map_or(SIDECAR_NAMES[0], |(name, _)| name);
    files.insert(path.to_owned(), PackageFile::text(writer.overlay.finish()));
    told_about_markdown(files, notes);
}

struct Writer<'a> {
    company: &'a Tree,
    /// Our settings as the sidecar that came makes them.
    then: BTreeMap<String, String>,
    overlay: Overlay,
    notes: Vec<Note>,
}

/// The secrets that somebody lists, with whether they are needed.
struct Wants(BTreeMap<SecretName, bool>);

impl Wants {
    fn of(needed: &Option<Vec<SecretName>>, optional: &Option<Vec<SecretName>>) -> Self {
        let optional = optional.iter().flatten().map(|name| (name.clone(), false));
        Self(optional.chain(needed.iter().flatten().map(|name| (name.clone(), true))).collect())
    }
}

impl Writer<'_> {
    fn agents(&mut self, files: &Tree) {
        let default = self.default_adapter();
        let (before, now) = (self.budgets(None), self.budgets(Some(files)));
        for (folder, slug) in file_of(files, Kind::Agent) {
            let path = format!("{folder}/agent.yaml");
            let places = Places(vec!["agents".to_owned(), slug.clone()]);
            let then = self.then.get(&path).map(|text| agent_settings(&path, text)).unwrap_or_default();
            if !self.is_unchanged(&path) {
                let own = files.get(&path).and_then(|file| file.as_text());
                let own = own.map(|text| agent_settings(&path, text)).unwrap_or_default();
                let (old, new) = (self.agent(&path, &then, false), self.agent(&path, &own, true));
                self.overlay.change(&places, &old, &new);
                let secrets = |file: &AgentSettings| Wants::of(&file.secrets, &file.optional_secrets);
                self.secrets(&places, &secrets(&then), &secrets(&own));
            }
            let kind = places.key("adapter").key("type");
            if self.overlay.get(&kind).is_none() {
                self.overlay.put(&kind, Value::text(&default));
            }
            let budget = places.key("budgetMonthlyCents");
            match (before.get(&slug), now.get(&slug)) {
                (_, Some(cents)) => self.overlay.put(&budget, number(*cents)),
                (Some(_), None) => self.overlay.take(&budget),
                (None, None) => {}
            }
        }
    }

    fn default_adapter(&self) -> String {
        let text = self.company.get("corp.yaml").and_then(|file| file.as_text()).unwrap_or_default();
        let Document::Corp(corp) = document::read("corp.yaml", text).0 else { return ADAPTER.to_owned() };
        let kind = corp.defaults.and_then(|defaults| defaults.adapter).and_then(|adapter| adapter.kind);
        kind.filter(|kind| kind != "script").unwrap_or_else(|| ADAPTER.to_owned())
    }

    /// Monthly limits of agents in cents: of the package, or as the sidecar that came makes them.
    fn budgets(&mut self, files: Option<&Tree>) -> BTreeMap<String, u64> {
        let then = || self.then.get("budgets.yaml").map(String::as_str);
        let text = match files {
            Some(files) if !self.is_unchanged("budgets.yaml") => {
                files.get("budgets.yaml").and_then(|file| file.as_text())
            }
            Some(_) | None => then(),
        };
        let document = document::read("budgets.yaml", text.unwrap_or_default()).0;
        let Document::Budgets(budgets) = document else { return BTreeMap::new() };
        let BudgetsFile { budgets } = *budgets;
        let mut found = BTreeMap::new();
        let mut others = 0;
        for budget in budgets.into_iter().flatten() {
            match (budget.scope, budget.window, budget.limit) {
                (Some(Scope::Agent(slug)), Some(Window::Month), Some(Amount::Money(money)))
                    if money.currency() == Currency::USD =>
                {
                    // The tightest of several counts, and a fraction of a cent is no cent more.
                    let cents = u64::try_from(money.micro() / 10_000).unwrap_or_default();
                    let slug: Slug = slug;
                    let tightest = found.get(slug.as_str()).map_or(cents, |other: &u64| cents.min(*other));
                    found.insert(slug.to_string(), tightest);
                }
                _ => others += 1,
            }
        }
        if others > 0 && files.is_some() {
            let message = format!(
                "limits are written if they are an agent's, monthly and in USD; {others} {} not",
                if others == 1 { "is" } else { "are" }
            );
            self.notes.push(Note { place: Place::file("budgets.yaml"), message });
        }
        found
    }

    fn agent(&mut self, path: &str, settings: &AgentSettings, tell: bool) -> Value {
        let mut agent = Map::default();
        agent.text("role", settings.role.map(|role| role.word()));
        agent.text("icon", settings.icon.as_deref());
        agent.text("capabilities", settings.capabilities.as_deref());
        if let Some(adapter) = &settings.adapter {
            let kind = adapter.kind.as_deref().filter(|kind| *kind != "script");
            if adapter.kind.is_some() && kind.is_none() && tell {
                self.note(path, "Paperclip has no adapter `script`; the company's default was written");
            }
            let mut config = Map::default();
            config.text("model", adapter.model.as_deref());
            config.text(
                "command",
                adapter.command.as_deref().filter(|text| !crate::format::package::sensitive::is_machine_path(text)),
            );
            config.text(
                "cwd",
                adapter.cwd.as_deref().filter(|text| !crate::format::package::sensitive::is_machine_path(text)),
            );
            let arguments = if kind == Some("process") { "args" } else { "extraArgs" };
            config.list(arguments, adapter.args.as_deref());
            config.put("env", adapter.env.as_ref().map(variables));
            config.put("timeoutSec", adapter.timeout.map(seconds));
            config.put("graceSec", adapter.grace.map(seconds));
            config.text("url", adapter.url.as_deref());
            let mut part = Map::default();
            part.text("type", kind);
            part.put("config", config.some());
            agent.put("adapter", part.some());
        }
        let mut heartbeat = Map::default();
        if let Some(beat) = &settings.heartbeat {
            if let Some(every) = beat.every {
                heartbeat.put("enabled", Some(Value::Bare("true".to_owned())));
                heartbeat.put("intervalSec", Some(seconds(every)));
            } else if tell && (beat.cron.is_some() || beat.at.is_some()) {
                self.note(path, "Paperclip wakes agents by intervals only; `heartbeat` was not written");
            }
        }
        heartbeat.put("cooldownSec", settings.cooldown.map(seconds));
        heartbeat.put("maxConcurrentRuns", settings.max_concurrent_runs.map(number));
        let deaf = settings.wake_on.as_ref().is_some_and(Vec::is_empty);
        heartbeat.put("wakeOnDemand", deaf.then(|| Value::Bare("false".to_owned())));
        if let Some(heartbeat) = heartbeat.some() {
            agent.put("runtime", Some(Value::Map(vec![("heartbeat".to_owned(), heartbeat)])));
        }
        let hire = settings.permissions.as_ref().and_then(|permissions| permissions.hire);
        let may = hire.map(|hire| Value::Bare((hire != HirePermission::Never).to_string()));
        agent.put("permissions", may.map(|may| Value::Map(vec![("canCreateAgents".to_owned(), may)])));
        Value::Map(agent.0)
    }

    /// Secrets become inputs without a value; what the sidecar says about one that stays, stays.
    fn secrets(&mut self, places: &Places, then: &Wants, now: &Wants) {
        let env = places.key("inputs").key("env");
        for name in then.0.keys().filter(|name| !now.0.contains_key(*name)) {
            self.overlay.take(&env.key(name.as_str()));
        }
        for (name, needed) in &now.0 {
            let place = env.key(name.as_str());
            let requirement = if *needed { "required" } else { "optional" };
            if self.overlay.get(&place).is_none() {
                let mut input = Map::default();
                input.text("kind", Some("secret"));
                input.text("requirement", Some(requirement));
                input.text("default", Some(""));
                self.overlay.put(&place, Value::Map(input.0));
            } else if then.0.get(name) != Some(needed) {
                self.overlay.put(&place.key("requirement"), Value::text(requirement));
            }
        }
    }

    fn projects(&mut self, files: &Tree) {
        for (folder, slug) in file_of(files, Kind::Project) {
            let path = format!("{folder}/project.yaml");
            let read = |text: &str| match document::read(&path, text).0 {
                Document::ProjectSettings(settings) => *settings,
                _ => ProjectSettings::default(),
            };
            let then = self.then.get(&path).map(|text| read(text)).unwrap_or_default();
            let now = files.get(&path).and_then(|file| file.as_text()).map(read).unwrap_or_default();
            if self.is_unchanged(&path) || then == now {
                continue;
            }
            let places = Places(vec!["projects".to_owned(), slug]);
            let workspace = self.overlay.primary_workspace(&places);
            let (old, new) = (project(&then, &workspace), project(&now, &workspace));
            self.overlay.change(&places, &old, &new);
            let secrets = |file: &ProjectSettings| Wants::of(&file.secrets, &file.optional_secrets);
            self.secrets(&places, &secrets(&then), &secrets(&now));
        }
    }

    fn routines(&mut self, files: &Tree) {
        for (folder, slug) in file_of(files, Kind::Task) {
            let path = format!("{folder}/routine.yaml");
            let read = |text: &str| match document::read(&path, text).0 {
                Document::Routine(routine) => RoutineFile { status: None, ..*routine },
                _ => RoutineFile::default(),
            };
            let then = self.then.get(&path).map(|text| read(text));
            let now = files.get(&path).and_then(|file| file.as_text()).map(read);
            if self.is_unchanged(&path) || then == now {
                continue;
            }
            let now = now.unwrap_or_default();
            let places = Places(vec!["routines".to_owned(), slug]);
            self.overlay.text(&places.key("concurrencyPolicy"), now.concurrency.map(|choice| choice.word()));
            self.overlay.text(&places.key("catchUpPolicy"), now.catch_up.map(|choice| choice.word()));
            let mut triggers = self.overlay.other_triggers(&places.key("triggers"));
            for trigger in now.triggers.iter().flatten() {
                match portable_trigger(trigger) {
                    Some(trigger) => triggers.push(trigger),
                    None => self
                        .note(&path, "Paperclip has cron expressions only; a trigger that none can say was left out"),
                }
            }
            self.overlay.put(&places.key("triggers"), Value::List(triggers));
            let variables = now
                .variables
                .iter()
                .flatten()
                .map(|(name, variable)| portable_variable(name, variable))
                .collect::<Vec<_>>();
            if !variables.is_empty() || self.overlay.get(&places.key("variables")).is_some() {
                self.overlay.put(&places.key("variables"), Value::List(variables));
            }
        }
    }

    /// Whether a settings file says what the sidecar makes of it, or is not there, so that nothing is to be said.
    /// What the package holds of other files was cleaned before: no path of this machine gets from there into
    /// the sidecar.
    fn is_unchanged(&self, path: &str) -> bool {
        let then = self.then.get(path).map(String::as_bytes);
        self.company.get(path).is_none_or(|own| then == Some(own.bytes.as_slice()))
    }

    fn note(&mut self, path: &str, message: &str) {
        self.notes.push(Note { place: Place::file(path), message: message.to_owned() });
    }
}

fn agent_settings(path: &str, text: &str) -> AgentSettings {
    match document::read(path, text).0 {
        Document::AgentSettings(settings) => *settings,
        _ => AgentSettings::default(),
    }
}

/// Paperclip's reader of front matter knows no folded texts, and wants more of recurring tasks than we do.
fn told_about_markdown(files: &Tree, notes: &mut Vec<Note>) {
    let mut folded = Vec::new();
    for (path, file) in files.iter().filter(|(path, _)| path.ends_with(".md")) {
        let Some(text) = file.as_text() else { continue };
        let Some(range) = crate::format::front_matter::split(text).yaml else { continue };
        let starts = |line: &str| {
            line.split_once(": ")
                .is_some_and(|(_, value)| matches!(value.trim_end().chars().next(), Some('>' | '|' | '&' | '*' | '\'')))
        };
        if text[range].lines().any(starts) {
            folded.push(path.as_str());
        }
        if let Document::Task(task) = document::read(path, text).0
            && task.recurring == Some(true)
            && (task.assignee.is_none() || task.project.is_none())
        {
            let message = "Paperclip takes a recurring task only with `assignee` and `project`".to_owned();
            notes.push(Note { place: Place::file(path), message });
        }
    }
    if let Some(first) = folded.first() {
        let message = format!(
            "Paperclip reads folded, aliased and '…' texts otherwise than YAML; files with such a front matter: {}, this is the first",
            folded.len()
        );
        notes.push(Note { place: Place::file(*first), message });
    }
}
