//! A sidecar as values that are changed in places, while everything else stays.

use crate::format::layout::{self, Kind};
use crate::format::package::{Tree, portable};
use crate::format::patch::Value;
use std::collections::BTreeSet;

/// The way to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Places(pub(super) Vec<String>);

impl Places {
    pub(super) fn key(&self, key: &str) -> Self {
        let mut places = self.clone();
        places.0.push(key.to_owned());
        places
    }
}

/// A sidecar under change.
#[derive(Debug)]
pub(super) struct Overlay {
    root: Value,
}

/// Folder and slug of every thing of a kind in the package.
pub(super) fn file_of(files: &Tree, kind: Kind) -> Vec<(String, String)> {
    let located = files.keys().map(|path| layout::locate(path)).filter(|located| located.kind == kind);
    located.map(|located| (located.folder.to_owned(), located.name.to_owned())).collect()
}

impl Overlay {
    pub(super) fn new(root: Value) -> Self {
        Self { root: if matches!(root, Value::Map(_)) { root } else { Value::Map(Vec::new()) } }
    }

    pub(super) fn begin_with_schema(&mut self, schema: &str) {
        if let Value::Map(entries) = &mut self.root {
            entries.retain(|(key, _)| key != "schema");
            entries.insert(0, ("schema".to_owned(), Value::text(schema)));
        }
    }

    pub(super) fn get(&self, places: &Places) -> Option<&Value> {
        let mut here = &self.root;
        for key in &places.0 {
            let Value::Map(entries) = here else { return None };
            here = entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)?;
        }
        (*here != Value::Null).then_some(here)
    }

    /// Sets a value; what stands in the way and is no mapping gives way.
    pub(super) fn put(&mut self, places: &Places, value: Value) {
        let mut here = &mut self.root;
        for key in &places.0 {
            if !matches!(here, Value::Map(_)) {
                *here = Value::Map(Vec::new());
            }
            let Value::Map(entries) = here else { return };
            let at = entries.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
                entries.push((key.clone(), Value::Null));
                entries.len() - 1
            });
            here = &mut entries[at].1;
        }
        *here = value;
    }

    pub(super) fn text(&mut self, places: &Places, text: Option<&str>) {
        match text {
            Some(text) => self.put(places, Value::text(text)),
            None => self.take(places),
        }
    }

    /// Takes a value out, and mappings around it that are empty then.
    pub(super) fn take(&mut self, places: &Places) {
        fn take(value: &mut Value, keys: &[String]) {
            let (Value::Map(entries), Some((key, rest))) = (value, keys.split_first()) else { return };
            let Some(at) = entries.iter().position(|(name, _)| name == key) else { return };
            if !rest.is_empty() {
                take(&mut entries[at].1, rest);
            }
            if rest.is_empty() || entries[at].1 == Value::Map(Vec::new()) {
                entries.remove(at);
            }
        }
        take(&mut self.root, &places.0);
    }

    /// Brings the part at `places` from what `old` says to what `new` says, value by value.
    pub(super) fn change(&mut self, places: &Places, old: &Value, new: &Value) {
        let (Value::Map(before), Value::Map(after)) = (old, new) else {
            self.put(places, new.clone());
            return;
        };
        for (key, value) in before {
            if !after.iter().any(|(name, _)| name == key) {
                match value {
                    // Beside what we wrote there may be what we did not.
                    Value::Map(_) => self.change(&places.key(key), value, &Value::Map(Vec::new())),
                    _ => self.take(&places.key(key)),
                }
            }
        }
        for (key, value) in after {
            let nothing = Value::Map(Vec::new());
            let was = before.iter().find(|(name, _)| name == key).map(|(_, value)| value);
            match value {
                Value::Map(_) => self.change(
                    &places.key(key),
                    was.filter(|was| matches!(was, Value::Map(_))).unwrap_or(&nothing),
                    value,
                ),
                _ if was == Some(value) => {}
                _ => self.put(&places.key(key), value.clone()),
            }
        }
    }

    /// The key of the workspace that is ours: the primary one, else the only one with a repository, else `main`.
    pub(super) fn primary_workspace(&self, project: &Places) -> String {
        let Some(Value::Map(workspaces)) = self.get(&project.key("workspaces")) else { return "main".to_owned() };
        let says = |value: &Value, key: &str| match value {
            Value::Map(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone()),
            _ => None,
        };
        let default = self.get(&project.key("executionWorkspacePolicy").key("defaultProjectWorkspaceKey")).cloned();
        // The same order as on the way in: marked, then named, then the first by name.
        let mut named: Vec<&(String, Value)> =
            workspaces.iter().filter(|(_, value)| says(value, "repoUrl").is_some()).collect();
        named.sort_by_key(|(key, _)| key);
        let primary = named.iter().find(|(_, value)| says(value, "isPrimary") == Some(Value::Bare("true".to_owned())));
        let chosen = primary
            .or_else(|| named.iter().find(|(key, _)| default == Some(Value::text(key))))
            .or_else(|| named.first());
        chosen.map_or_else(|| "main".to_owned(), |(key, _)| key.clone())
    }

    /// Triggers that are no times: ours replace only those that are.
    pub(super) fn other_triggers(&self, places: &Places) -> Vec<Value> {
        let Some(Value::List(triggers)) = self.get(places) else { return Vec::new() };
        let is_other = |trigger: &&Value| match trigger {
            Value::Map(entries) => {
                entries.iter().any(|(key, value)| key == "kind" && *value != Value::text("schedule"))
            }
            _ => false,
        };
        triggers.iter().filter(is_other).cloned().collect()
    }

    /// Takes out what the sidecar says about things that are not in the package.
    pub(super) fn leave_out_others(&mut self, files: &Tree) {
        let slugs = |kind| file_of(files, kind).into_iter().map(|(_, slug)| slug).collect::<BTreeSet<_>>();
        let (agents, projects, tasks) = (slugs(Kind::Agent), slugs(Kind::Project), slugs(Kind::Task));
        for (section, there) in [("agents", &agents), ("projects", &projects), ("tasks", &tasks), ("routines", &tasks)]
        {
            let section = Places(vec![section.to_owned()]);
            let Some(Value::Map(entries)) = self.get(&section) else { continue };
            let kept: Vec<_> = entries.iter().filter(|(slug, _)| there.contains(slug)).cloned().collect();
            if kept.is_empty() {
                self.take(&section);
            } else {
                self.put(&section, Value::Map(kept));
            }
        }
        for (list, there) in [("agents", &agents), ("projects", &projects)] {
            let place = Places(vec!["sidebar".to_owned(), list.to_owned()]);
            let Some(Value::List(items)) = self.get(&place) else { continue };
            let kept = items
                .iter()
                .filter(|item| matches!(item, Value::Text(slug) if there.contains(slug)))
                .cloned()
                .collect();
            self.put(&place, Value::List(kept));
        }
    }

    pub(super) fn finish(&self) -> String {
        portable::document(&self.root)
    }
}
