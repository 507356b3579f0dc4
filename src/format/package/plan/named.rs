//! Names that meet: the company's, the package's and the founder's, and what a person is told of it. How one is found
//! that is free stands in [`super::collide`].

use super::arrive::{self, Founder, Person};
use super::collide::{self, Fate, Ground, Naming, OnCollision};
use super::content::Package;
use super::lock::PackageLock;
use super::preview::{Moved, Preview, Skipped};
use super::{Live, Options, PlanError, select, update};
use crate::format::package::Tree;
use crate::format::package::things::{self, Thing, ThingKind};
use crate::model::{Scalar as _, Slug};

/// What is wanted of the package, and what each thing of it is called here.
pub(super) fn names(
    package: &Package,
    live: Option<&Live<'_>>,
    options: &Options,
    lock: Option<&PackageLock>,
) -> Result<Naming, PlanError> {
    let only = lock.map_or(&options.only, |lock| &lock.only);
    let chosen = select::select(&package.things, &package.draft, only).map_err(|unknown| {
        let things = package.things.keys().cloned().collect();
        PlanError::NoSuchThing { word: unknown.word, things }
    })?;
    let there = live.map(|live| things::things(live.draft.entries.keys().map(String::as_str))).unwrap_or_default();
    let same = |thing: &Thing| {
        let inside = format!("{}/", thing.folder);
        let own = |tree: &Tree| -> Vec<(String, Vec<u8>)> {
            let files = tree.iter().filter(|(path, _)| path.starts_with(&inside));
            files.map(|(path, file)| (path.clone(), file.bytes.clone())).collect()
        };
        live.is_some_and(|live| own(live.files) == own(&package.adopted.files))
    };
    let board = live.and_then(|live| live.draft.corp.as_ref()?.board.as_ref());
    let people = board.into_iter().flatten().filter_map(|person| person.id.as_ref()).map(ToString::to_string).collect();
    let known = lock.map(|lock| update::known(lock, &there)).unwrap_or_default();
    let ground = Ground {
        live: &there,
        known: &known,
        people: &people,
        same: &same,
        on_collision: options.on_collision.unwrap_or(OnCollision::Rename),
    };
    Ok(Naming::new(&package.things, &chosen, &ground))
}

/// The founder, under a name that none of the package's agents has.
pub(super) fn beside(founder: &Founder, naming: &Naming) -> Founder {
    let agent = |slug: &str| naming.named.values().any(|n| n.thing.kind == ThingKind::Agent && n.slug == slug);
    let rename = |person: &Person| {
        let names = (2..).map(|number| collide::numbered(person.id.as_str(), number));
        let id = std::iter::once(person.id.to_string()).chain(names).find(|id| !agent(id));
        let id = id.and_then(|id| Slug::parse(&id).ok()).unwrap_or_else(|| person.id.clone());
        Person { id, ..person.clone() }
    };
    Founder { board: founder.board.as_ref().map(rename), ..founder.clone() }
}

/// What became of the names, for a person.
pub(super) fn tell_names(naming: &Naming, package: &Package, preview: &mut Preview) {
    for named in naming.named.values() {
        let from = named.thing.folder.clone();
        let moved = |why: &str| Moved { from: from.clone(), to: named.folder.clone(), why: why.to_owned() };
        let skipped = |why: &str| Skipped { what: from.clone(), why: why.to_owned() };
        match named.fate {
            Fate::New | Fate::Known => {}
            Fate::Renamed => preview.renamed.push(moved("the company has one of that name")),
            Fate::Respelled => preview.renamed.push(moved("its name is no slug, or taken")),
            Fate::Replaced => preview.notes.push(format!("{} takes the place of the company's", named.folder)),
            Fate::Skipped => preview.skipped.push(skipped("the company has one of that name")),
            Fate::Same => preview.skipped.push(skipped("the company has the very same")),
            Fate::WithProject => preview.skipped.push(skipped("its project stays out")),
            Fate::Gone => preview.skipped.push(skipped("it was taken out of the company, or left out, before")),
        }
        if named.fate.comes() && named.fate != Fate::Known {
            preview.added.entry(named.thing.kind).or_default().push(named.slug.clone());
        }
        let renamed = matches!(named.fate, Fate::Renamed | Fate::Respelled) && named.thing.kind == ThingKind::Agent;
        if renamed {
            tell_mentions(&named.thing.slug, &named.slug, naming, package, preview);
        }
    }
}

/// Instructions are a person's words and stay as they are; where they speak of a renamed agent, that is told.
fn tell_mentions(old: &str, new: &str, naming: &Naming, package: &Package, preview: &mut Preview) {
    let forms = [format!("`{old}`"), format!("@{old}"), format!("**{old}**"), format!("agents/{old}")];
    let mentions = package.adopted.files.iter().filter(|(path, file)| {
        let body = file.as_text().map(arrive::body).unwrap_or_default();
        path.ends_with(".md") && naming.target(path).is_some() && forms.iter().any(|form| body.contains(form))
    });
    let paths: Vec<&str> = mentions.map(|(path, _)| path.as_str()).collect();
    if let Some(first) = paths.first() {
        let more = if paths.len() > 1 { format!(" and {} more", paths.len() - 1) } else { String::new() };
        preview.notes.push(format!("the text of {first}{more} speaks of `{old}`, who is `{new}` here"));
    }
}
