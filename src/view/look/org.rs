//! Who works here, and who reports to whom.

use crate::model::agent::Worker;
use crate::model::{Slug, Snapshot};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Who works at a company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chart {
    /// The company's name.
    pub company: String,
    /// Those who report to nobody.
    pub members: Vec<Member>,
}

/// An agent, and those who report to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The agent.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it is called in the company.
    pub title: Option<String>,
    /// Whether it works.
    pub status: String,
    /// The program it is.
    pub adapter: Option<String>,
    /// The tickets it works on at this moment; `-` for a run without one.
    pub working: Vec<String>,
    /// Those who report to it.
    pub reports: Vec<Self>,
}

/// Those who report to nobody, with those below them. Those who report in a circle are on top, one after another.
pub fn chart(snapshot: &Snapshot) -> Chart {
    let workers: BTreeMap<&Slug, Worker<'_>> = snapshot.workers().map(|worker| (worker.slug, worker)).collect();
    let mut reports: BTreeMap<&Slug, Vec<&Slug>> = BTreeMap::new();
    let mut tops = Vec::new();
    for (slug, worker) in &workers {
        match worker.agent.reports_to.as_ref().filter(|above| workers.contains_key(above)) {
            Some(above) => reports.entry(above).or_default().push(slug),
            None => tops.push(*slug),
        }
    }
    let mut seen = BTreeSet::new();
    let mut chart: Vec<Member> =
        tops.into_iter().map(|slug| member(snapshot, &workers, &reports, slug, &mut seen)).collect();
    for slug in workers.keys() {
        if !seen.contains(slug) {
            chart.push(member(snapshot, &workers, &reports, slug, &mut seen));
        }
    }
    Chart { company: snapshot.company.name.clone(), members: chart }
}

fn member<'s>(
    snapshot: &Snapshot,
    workers: &BTreeMap<&'s Slug, Worker<'s>>,
    reports: &BTreeMap<&'s Slug, Vec<&'s Slug>>,
    slug: &'s Slug,
    seen: &mut BTreeSet<&'s Slug>,
) -> Member {
    seen.insert(slug);
    let worker = workers[slug];
    let mut below = Vec::new();
    for report in reports.get(slug).into_iter().flatten() {
        if !seen.contains(report) {
            below.push(member(snapshot, workers, reports, report, seen));
        }
    }
    let runs = snapshot.index().open.get(slug).into_iter().flatten().filter_map(|id| snapshot.run(id.as_str()));
    Member {
        slug: slug.to_string(),
        name: worker.agent.name.clone().unwrap_or_else(|| slug.to_string()),
        title: worker.agent.title.clone(),
        status: worker.status().to_string(),
        adapter: worker.adapter().kind,
        working: runs.map(|run| run.ticket.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string)).collect(),
        reports: below,
    }
}
