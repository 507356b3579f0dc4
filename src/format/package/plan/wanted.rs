//! The secrets that a package asks for.

use super::collide::Naming;
use super::content::Package;
use super::preview::SecretLine;
use crate::format::layout;
use crate::format::package::things;
use std::collections::{BTreeMap, BTreeSet};

/// The secrets that what comes in asks for.
pub fn secrets(package: &Package, naming: &Naming) -> Vec<SecretLine> {
    let mut found: BTreeMap<String, (bool, BTreeSet<String>)> = BTreeMap::new();
    let mut want = |name: &str, required: bool, by: &str| {
        let (needed, wanted_by) = found.entry(name.to_owned()).or_default();
        *needed |= required;
        wanted_by.insert(by.to_owned());
    };
    let here = |folder: &str| match naming.named.get(folder) {
        Some(named) => named.fate.comes().then(|| named.folder.clone()),
        None => things::owner(&format!("{folder}/x")).is_none().then(|| folder.to_owned()),
    };
    for wanted in &package.adopted.secrets {
        if let Some(by) = here(&wanted.wanted_by) {
            want(wanted.name.as_str(), wanted.required, &by);
        }
    }
    let company = package.draft.company.as_ref().and_then(|company| company.requirements.as_ref());
    for name in company.and_then(|requirements| requirements.secrets.as_ref()).into_iter().flatten() {
        want(name, true, "the company");
    }
    for (path, settings) in &package.draft.agent_settings {
        let folder = layout::locate(path).folder;
        let told =
            |name: &str| package.adopted.secrets.iter().any(|s| s.wanted_by == folder && s.name.as_str() == name);
        for (names, needed) in [(&settings.secrets, true), (&settings.optional_secrets, false)] {
            for name in names.iter().flatten().filter(|name| !told(name.as_str())) {
                if let Some(by) = here(folder) {
                    want(name.as_str(), needed, &by);
                }
            }
        }
    }
    let line = |(name, (required, by)): (String, (bool, BTreeSet<String>))| SecretLine {
        name,
        required,
        wanted_by: by.into_iter().collect(),
    };
    found.into_iter().map(line).collect()
}
