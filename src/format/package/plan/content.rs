//! A package, read: its files, its things, what they say and what is wrong in them.

use crate::diag::Severity;
use crate::format::package::adopt::{Adopted, adopt};
use crate::format::package::things::{self, Thing};
use crate::format::package::{PackageFile, Tree};
use crate::format::{Draft, document};
use crate::model::Slug;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A package, read.
#[derive(Debug)]
pub struct Package {
    /// Its files and what was made for them.
    pub adopted: Adopted,
    /// Its things, by folder.
    pub things: BTreeMap<String, Thing>,
    /// What its files say, the made ones included.
    pub draft: Draft,
    /// What is wrong in its own files: path and message.
    pub errors: Vec<(String, String)>,
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
}

impl Package {
    /// Reads `tree`; `name` is what the package is called where it comes from.
    pub fn read(tree: &Tree, name: &str) -> Self {
        let adopted = adopt(tree, name);
        let mut draft = Draft::default();
        let mut errors = Vec::new();
        let made = adopted.made.iter().filter(|(path, _)| !adopted.files.contains_key(*path));
        for (path, file) in adopted.files.iter().chain(made) {
            let Some(text) = file.as_text() else { continue };
            let (document, diagnostics) = document::read(path, text);
            draft.insert(path, document);
            let wrong = diagnostics.into_iter().filter(|found| found.severity == Severity::Error);
            errors.extend(wrong.map(|found| (path.clone(), found.message)));
        }
        let company = draft.company.as_deref();
        let said = company.and_then(|company| company.slug.clone());
        let named = || company.and_then(|company| Slug::from_name(company.name.as_deref()?));
        let slug = said.or_else(named).or_else(|| Slug::from_name(name));
        let slug = slug.map_or_else(|| "package".to_owned(), |slug| slug.to_string());
        let name = company.and_then(|company| company.name.clone()).unwrap_or_else(|| slug.clone());
        let things = things::things(adopted.files.keys().chain(adopted.made.keys()).map(String::as_str));
        Self { adopted, things, draft, errors, slug, name }
    }

    /// The package's own file, or the one that was made for it.
    pub fn file(&self, path: &str) -> Option<&PackageFile> {
        self.adopted.files.get(path).or_else(|| self.adopted.made.get(path))
    }

    /// The slug that a reference to an agent means.
    pub fn agent_in<'r>(&self, from: &str, reference: &'r str) -> Cow<'r, str> {
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        let meant = || things::owner(&things::join(folder, reference)?).map(|thing| thing.slug);
        match reference.contains('/').then(meant).flatten() {
            Some(slug) => slug.into(),
            None => reference.into(),
        }
    }
}
