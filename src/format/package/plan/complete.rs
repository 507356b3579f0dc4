//! What is written for a package so that its agents, routines and budgets can be in a company.

use super::arrive;
use super::collide::Fate;
use super::gather::{BUDGETS, Gathered, Placed, Sorting};
use super::risks::{Risk, RiskKind, risks};
use crate::diag::KeyPath;
use crate::format::package::PackageFile;
use crate::format::package::things::{Thing, ThingKind};
use crate::format::patch::{Edit, Value, patch};
use crate::format::yaml;

impl Sorting<'_> {
    /// Every agent that comes has settings, and so is paused.
    pub(super) fn settings(&self, gathered: &mut Gathered) {
        let agents =
            self.naming.named.values().filter(|named| named.thing.kind == ThingKind::Agent && named.fate.comes());
        for named in agents {
            let path = format!("{}/agent.yaml", named.folder);
            if gathered.placed.contains_key(&path) || self.there(&path).is_some() {
                continue;
            }
            let file = self.package.draft.agent_path(&named.thing.slug);
            let file = file.and_then(|path| self.package.draft.agents.get(path));
            let text = arrive::agent_settings(&named.thing.slug, file.map(AsRef::as_ref));
            gathered.written.push(path.clone());
            gathered.placed.insert(path, Placed { bytes: text.into_bytes(), merges: true });
        }
    }

    /// The package's budgets of what comes in stand in the company's own file.
    pub(super) fn budgets(&self, gathered: &mut Gathered) {
        let (Some(live), Some(text)) = (self.live, self.package.file(BUDGETS).and_then(PackageFile::as_text)) else {
            return;
        };
        let text = self.rewritten(BUDGETS, BUDGETS, text, gathered);
        let parsed = yaml::parse(&text, 0);
        let items =
            parsed.root.as_ref().and_then(|root| root.get("budgets")).map(yaml::Node::items).unwrap_or_default();
        let ours = |node: &&yaml::Node<'_>| {
            let scope = node.get("scope").and_then(yaml::Node::text).and_then(|scope| scope.split_once(':'));
            scope.is_some_and(|(kind, slug)| self.comes(kind, slug))
        };
        let edits: Vec<Edit> =
            items.iter().filter(ours).map(|node| Edit::Append(KeyPath::from("budgets"), Value::of(node))).collect();
        if edits.is_empty() {
            return;
        }
        let there = live.files.get(BUDGETS).and_then(PackageFile::as_text).unwrap_or_default();
        match patch(BUDGETS, there, &edits) {
            Ok(changed) => {
                let added: Vec<String> = risks(BUDGETS, &PackageFile::text(text.as_str()), None)
                    .into_iter()
                    .filter(|risk| {
                        let scope = risk.what.split(": ").next().and_then(|scope| scope.split_once(':'));
                        scope.is_some_and(|(kind, slug)| self.comes(kind, slug))
                    })
                    .map(|risk| risk.what)
                    .collect();
                let spends = |what| Risk { kind: RiskKind::Budget, path: BUDGETS.to_owned(), what, off: None };
                gathered.risks.extend(added.into_iter().map(spends));
                gathered.put(BUDGETS.to_owned(), changed.into_bytes());
            }
            Err(why) => gathered.notes.push(format!("the package's budgets are not in budgets.yaml: {why}")),
        }
    }

    /// Whether a thing with this slug in the company comes from the package.
    fn comes(&self, kind: &str, slug: &str) -> bool {
        let of_kind = |thing: &Thing| thing.kind.noun() == kind || kind == "routine" && thing.kind == ThingKind::Task;
        let new = |fate: Fate| fate.comes() && fate != Fate::Known;
        self.naming.named.values().any(|named| new(named.fate) && of_kind(&named.thing) && named.slug == slug)
    }

    /// Every task that comes again has a routine, and so is paused.
    pub(super) fn routines(&self, gathered: &mut Gathered) {
        for named in self.naming.named.values() {
            let task = self.package.draft.tasks.get(&format!("{}/TASK.md", named.thing.folder));
            let path = format!("{}/routine.yaml", named.folder);
            let Some(task) = task.filter(|task| task.recurring == Some(true) || task.schedule.is_some()) else {
                continue;
            };
            if !named.fate.comes() || gathered.placed.contains_key(&path) || self.there(&path).is_some() {
                continue;
            }
            let (text, notes) = arrive::routine(task);
            gathered.notes.extend(notes.into_iter().map(|note| format!("{path}: {note}")));
            gathered.risks.extend(risks(&path, &PackageFile::text(text.clone()), Some(&text)));
            gathered.written.push(path.clone());
            gathered.placed.insert(path, Placed { bytes: text.into_bytes(), merges: true });
        }
    }
}
