//! The companies that are measured on: many tickets nobody works on, and agents that run `true`.

use super::{Asked, RunsError};
use crate::format::specimen::{self, Size};
use crate::store::bench::company::Measured;
use std::path::Path;

/// Most runs at the same time: enough that many begin and end together.
const RUNS_AT_ONCE: usize = 32;

/// Where `true` is, on one system or the other.
const TRUE: [&str; 2] = ["/bin/true", "/usr/bin/true"];

/// The program that does nothing.
pub(super) fn program() -> &'static str {
    TRUE.into_iter().find(|path| Path::new(path).exists()).unwrap_or("true")
}

/// The name of an agent.
pub(super) fn agent(number: usize) -> String {
    format!("w{number}")
}

fn corp() -> String {
    format!(
        "schema: corp/v1\nticket_prefix: SPEC\ntimezone: UTC\nlimits: {{runs: {RUNS_AT_ONCE}}}\ndefaults: {{cooldown: 0s}}\n\
         board:\n  - {{id: ada, name: Ada, email: ada@localhost, role: owner}}\n"
    )
}

/// The papers of an agent: a tree, ten wide.
fn papers(number: usize, settings: &str) -> Vec<(String, String)> {
    let name = agent(number);
    let boss = if number == 0 { String::new() } else { format!("reportsTo: {}\n", agent((number - 1) / 10)) };
    let paper = format!("---\nname: Worker {number}\nslug: {name}\n{boss}---\n\nYou do what worker {number} does.\n");
    vec![
        (format!("agents/{name}/AGENTS.md"), paper),
        (format!("agents/{name}/agent.yaml"), format!("status: active\n{settings}")),
    ]
}

/// A made-up company of this many tickets nobody is assigned to, and no agent.
fn tickets(count: usize) -> impl Iterator<Item = (String, String)> {
    let size = Size { agents: 0, tickets: count, thread_every: 10 };
    // Money would be reserved for runs that never say what they spent, and soon there would be none.
    let own = ["corp.yaml", "budgets.yaml"];
    specimen::company(size, 1)
        .filter(move |(path, _)| !own.contains(&path.as_str()))
        .chain([("corp.yaml".to_owned(), corp())])
}

/// Agents that run `true` when they are asked to.
pub(super) fn waiting(parent: &Path, asked: &Asked) -> Result<Measured, RunsError> {
    let settings = format!("adapter: {{type: process, command: {}}}\n", program());
    let agents = (0..asked.agents).flat_map(|number| papers(number, &settings));
    Ok(Measured::of(parent, tickets(asked.tickets).chain(agents))?)
}

/// Agents that run `true` every so many seconds.
pub(super) fn on_timers(parent: &Path, asked: &Asked, seconds: u64) -> Result<Measured, RunsError> {
    let adapter = format!("adapter: {{type: process, command: {}}}\n", program());
    let settings = format!("{adapter}heartbeat: {{every: {seconds}s}}\n");
    let agents = (0..asked.agents).flat_map(|number| {
        let mut files = papers(number, &settings);
        files.push((format!("agents/{}/HEARTBEAT.md", agent(number)), "Look around.\n".to_owned()));
        files
    });
    Ok(Measured::of(parent, tickets(0).chain(agents))?)
}

/// Tickets that are all assigned to a few agents, who do each with one word.
pub(super) fn assigned(parent: &Path, count: usize, agents: usize) -> Result<Measured, RunsError> {
    let files = (0..agents).flat_map(|number| {
        let mut files = papers(number, "adapter: {type: script}\n");
        files.push((format!("agents/{}/script.txt", agent(number)), "done\n".to_owned()));
        files
    });
    let work = (1..=count).map(move |number| ticket(number, &agent(number % agents)));
    Ok(Measured::of(parent, tickets(0).chain(files).chain(work))?)
}

/// Agents who do nothing, projects, budgets, and these sealed files of a ledger.
pub(super) fn with_a_ledger(
    parent: &Path,
    agents: usize,
    projects: usize,
    ledger: impl Iterator<Item = (String, String)>,
) -> Result<Measured, RunsError> {
    let papers = (0..agents).flat_map(|number| papers(number, "adapter: {type: script}\n"));
    let projects = (0..projects).map(|number| {
        let head = format!("name: Project {number}\nslug: p{number}\n");
        (format!("projects/p{number}/PROJECT.md"), format!("---\n{head}---\n\nA project.\n"))
    });
    let per_agent = (0..agents).map(|number| {
        let scope = agent(number);
        format!("  - {{scope: \"agent:{scope}\", window: rolling 5h, limit: 900M tokens}}\n")
    });
    let company = "budgets:\n  - {scope: company, window: month, limit: 100000.00 USD}\n".to_owned();
    let budgets: String = std::iter::once(company).chain(per_agent).collect();
    let files = papers.chain(projects).chain(ledger).chain([("budgets.yaml".to_owned(), budgets)]);
    Ok(Measured::of(parent, tickets(100).chain(files))?)
}

/// A ticket for somebody.
pub(super) fn ticket(number: usize, assignee: &str) -> (String, String) {
    let path = format!("tickets/{:04}/SPEC-{number}.md", number / 100);
    let head = format!("id: SPEC-{number}\ntitle: Job {number}\nstatus: todo\nassignee: {assignee}\n");
    (path, format!("---\n{head}---\n\nDo it.\n"))
}
