//! To whom the package's agents report, where their own manager does not come with them.

use super::collide::{Fate, Named, Naming};
use super::content::Package;
use super::lock::PackageLock;
use super::{Live, Options, PlanError};
use crate::format::document::{self, Document};
use crate::format::package::things::ThingKind;
use std::collections::BTreeMap;

/// To whom agents report whose manager is not among them, by their folder in the package; `None`: to nobody.
///
/// # Errors
/// [`PlanError::NoSuchAgent`], [`PlanError::UnderNeeded`].
pub fn managers(
    package: &Package,
    naming: &Naming,
    live: Option<&Live<'_>>,
    options: &Options,
    lock: Option<&PackageLock>,
) -> Result<BTreeMap<String, Option<String>>, PlanError> {
    let agents: Vec<String> =
        live.map(|live| live.draft.agent_slugs().map(str::to_owned).collect()).unwrap_or_default();
    if let Some(under) = options.under.as_ref().filter(|under| live.is_some() && !agents.contains(under)) {
        return Err(PlanError::NoSuchAgent { slug: under.clone(), agents });
    }
    let earlier = lock.and_then(|lock| lock.under.as_ref()).filter(|under| agents.contains(under));
    let under = options.under.as_ref().or(earlier);
    let mut settled = BTreeMap::new();
    let mut open = Vec::new();
    for named in naming.named.values().filter(|named| named.thing.kind == ThingKind::Agent && named.fate.comes()) {
        let path = package.draft.agent_path(&named.thing.slug);
        let file = path.and_then(|path| package.draft.agents.get(path));
        let Some((path, file)) = path.zip(file) else { continue };
        let manager = file.reports_to.as_deref().map(|reference| package.agent_in(path, reference));
        let left_behind = manager.as_ref().is_some_and(|manager| {
            let in_package = package.things.values().any(|t| t.kind == ThingKind::Agent && t.slug == **manager);
            in_package && naming.find(ThingKind::Agent, manager).is_none()
        });
        let folder = named.thing.folder.clone();
        if live.is_none() {
            if left_behind {
                settled.insert(folder, None);
            }
            continue;
        }
        let means_live = left_behind && manager.as_ref().is_some_and(|manager| agents.iter().any(|a| a == &**manager));
        if (manager.is_some() && !left_behind) || (means_live && under.is_none()) {
            continue;
        }
        let kept = imported(named, path, lock).or_else(|| replaced(named, live));
        match (kept, under) {
            (Some(manager), _) => drop(settled.insert(folder, manager)),
            (None, Some(under)) => drop(settled.insert(folder, Some(under.clone()))),
            (None, None) => open.push(named.thing.slug.clone()),
        }
    }
    if open.is_empty() || agents.is_empty() { Ok(settled) } else { Err(PlanError::UnderNeeded { roots: open, agents }) }
}

/// The manager that an earlier import gave the agent: a newer version says the same, so nothing changed.
#[expect(clippy::option_option, reason = "no earlier import and no manager are two answers")]
fn imported(named: &Named, path: &str, lock: Option<&PackageLock>) -> Option<Option<String>> {
    let file = path.rsplit_once('/').map_or(path, |(_, file)| file);
    let here = format!("{}/{file}", named.folder);
    let text = lock?.files.get(&here)?.text.as_deref()?;
    match document::read(&here, text).0 {
        Document::Agent(agent) => Some(agent.reports_to),
        _ => None,
    }
}

/// Who takes a place in the company keeps the manager of that place.
#[expect(clippy::option_option, reason = "no such place and no manager are two answers")]
fn replaced(named: &Named, live: Option<&Live<'_>>) -> Option<Option<String>> {
    let live = live.filter(|_| named.fate == Fate::Replaced)?;
    let path = live.draft.agent_path(&named.slug)?;
    Some(live.draft.agents.get(path)?.reports_to.clone())
}
