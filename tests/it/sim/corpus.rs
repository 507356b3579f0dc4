//! Real companies, kept outside of the project, live a week with scripted agents. `CORP_SHARED` names the folder they
//! lie in.

use super::company::Files;
use super::world::{Faults, World};
use crate::harness::Company;
use corp::adapters::script::steps;
use corp::diag::KeyPath;
use corp::engine::budget::{Level, level};
use corp::engine::explain;
use corp::format::patch::{self, Value};
use corp::model::budget::{AtLimit, Budget, Scope, Window};
use corp::model::money::{Amount, Percent};
use corp::model::status::TicketStatus;
use corp::model::{Currency, Money, Scalar as _, Slug};
use std::path::{Path, PathBuf};

/// What is asked of a company.
pub(crate) struct Work<'w> {
    /// What the agents play, in turn; the first of them play the first.
    pub(crate) scripts: &'w [&'w str],
    /// How many agents have a heartbeat, every six hours.
    pub(crate) beating: usize,
    /// How many tickets there are.
    pub(crate) tickets: usize,
    /// Among how many agents they are divided, at most.
    pub(crate) among: usize,
}

/// A week: most agents do their work, one writes much and leaves a process behind, one stops in the middle, one fails, one
/// hangs.
const WEEK: Work<'_> = Work {
    scripts: &[
        "say I look at {{ticket.title}}\nedit result.md Done for {{ticket.id}}.\nspend 0.08 USD 9000 1200\ncomment It is in result.md.\ndone\n",
        "edit notes.md What I found.\ncomment See notes.md.\nspend 0.02 USD 1500 300\ndone\n",
        "flood 64KiB\nfork 1h\nedit a.md A\nwait 5m\nspend 0.30 USD 60000 9000\ndone\n",
        "spend 0.01 USD 800 90\ncomment I need to know more about {{ticket.id}}.\nblock It is not said what is wanted\n",
        "spend 0.05 USD 4000 100\nfail It did not build\n",
        "hang\n",
    ],
    beating: 12,
    tickets: 12,
    among: 6,
};

/// The companies that `CORP_SHARED` holds; `None` if it is not set.
pub(crate) fn companies() -> Option<Vec<PathBuf>> {
    let shared = std::env::var_os("CORP_SHARED")?;
    let folder = std::fs::read_dir(Path::new(&shared).join("corpus/companies")).unwrap();
    let mut found: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    assert_eq!(found.len(), 6, "{found:?}");
    Some(found)
}

/// A real company as an import leaves it, put to work: its agents active and scripted, with tickets to do. Also their names.
pub(crate) fn put_to_work(source: &Path, work: &Work<'_>) -> (Company, Vec<String>) {
    let company = Company::new(&[]);
    let run = company.corp(&["import", source.to_str().unwrap(), "--into", ".", "--yes"]);
    assert_eq!(run.code, 0, "{}: {}{}", source.display(), run.stdout, run.stderr);
    let folder = std::fs::read_dir(company.root().join("agents")).unwrap();
    let mut agents: Vec<String> = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    agents.sort();
    for (place, agent) in agents.iter().enumerate() {
        let path = format!("agents/{agent}/agent.yaml");
        let mut edits = vec![
            patch::Edit::Set(KeyPath::from("status"), Value::text("active")),
            patch::Edit::Set(KeyPath::from("adapter").key("type"), Value::text("script")),
        ];
        if place < work.beating {
            edits.push(patch::Edit::Set(KeyPath::from("heartbeat").key("every"), Value::text("6h")));
            company.write(&format!("agents/{agent}/HEARTBEAT.md"), "Look around.\n");
        }
        let settings = company.read(&path);
        // What plays a script needs no key, and a run whose secret is missing does not begin.
        if settings.contains("\nsecrets: ") {
            edits.push(patch::Edit::Remove(KeyPath::from("secrets")));
        }
        company.write(&path, patch::patch(&path, &settings, &edits).unwrap());
        company.write(&format!("agents/{agent}/script.txt"), work.scripts[place % work.scripts.len()]);
    }
    let corp = company.read("corp.yaml");
    let prefix = corp.lines().find_map(|line| line.strip_prefix("ticket_prefix: ")).unwrap();
    for number in 1..=work.tickets {
        let assignee = &agents[number % agents.len().min(work.among)];
        let head = format!("id: {prefix}-{number}\ntitle: Job {number}\nstatus: todo\nassignee: {assignee}\n");
        company.write(&format!("tickets/0000/{prefix}-{number}.md"), format!("---\n{head}---\n\nDo it.\n"));
    }
    (company, agents)
}

/// The files of a company that say how it is run.
fn files(company: &Company) -> Files {
    let mut files = Files::new();
    for path in ["COMPANY.md", "corp.yaml", "budgets.yaml", "agents", "teams", "projects", "goals", "tasks", "tickets"]
    {
        gather(&company.root(), path, &mut files);
    }
    files
}

fn gather(root: &Path, path: &str, files: &mut Files) {
    let full = root.join(path);
    if full.is_dir() {
        for entry in std::fs::read_dir(&full).unwrap() {
            gather(root, &format!("{path}/{}", entry.unwrap().file_name().to_str().unwrap()), files);
        }
    } else if let Ok(text) = std::fs::read_to_string(&full) {
        files.insert(path.to_owned(), text);
    }
}

#[test]
fn real_companies_live_a_week() {
    let Some(sources) = companies() else {
        eprintln!("SKIPPED: real_companies_live_a_week needs CORP_SHARED");
        return;
    };
    for (seed, source) in (100..).zip(sources) {
        let (company, agents) = put_to_work(&source, &WEEK);
        let mut world = World::new(seed, files(&company), Faults::All);
        for agent in &agents {
            let text = &world.files[&format!("agents/{agent}/script.txt")];
            let steps = steps::parse(text).unwrap();
            world.scripts.insert(Slug::parse(agent).unwrap(), steps);
        }
        world.live(7);
        world.calm();
        let done = world.snapshot.tickets().filter(|ticket| ticket.head.status == TicketStatus::Done).count();
        assert!(done >= 5, "{}: {done} tickets are done", source.display());
        balanced(&world);
        explained(&world);
        let name = source.file_name().unwrap().to_string_lossy();
        let (commits, ended) = (world.told.of("commit"), world.told.of("end"));
        println!("{name}: {} agents, {done} tickets done, {ended} runs, {commits} commits", agents.len());
    }
}

/// What the ledger says was spent is what the runs came to, run by run; in all, and by each agent.
fn balanced(world: &World) {
    let runs = &world.checks.runs;
    assert!(runs.len() > 20, "{} runs", runs.len());
    let came_to = |agent: Option<&Slug>| -> i128 {
        let runs = runs.values().filter(|run| agent.is_none_or(|agent| run.agent() == agent));
        let ends = runs.filter_map(|run| Some((run, run.end()?)));
        ends.map(|(run, end)| end.spent.cost.or(run.reserved.money).map_or(0, |money| i128::from(money.micro()))).sum()
    };
    let says = |scope: Scope| {
        let limit = Amount::Money(Money::from_micro(0, Currency::USD));
        let budget = Budget { scope, window: Window::Lifetime, limit, warn_at: Percent(80), at_limit: AtLimit::Warn };
        let Level { spent, .. } = level(&world.snapshot, &budget, world.now);
        spent
    };
    assert_eq!(says(Scope::Company), came_to(None));
    for agent in world.names() {
        assert_eq!(says(Scope::Agent(agent.clone())), came_to(Some(&agent)), "{agent}");
    }
}

/// Every run, ticket and agent is explained, and none with empty words.
fn explained(world: &World) {
    for id in world.checks.runs.keys() {
        let why = explain::run(&world.snapshot, id).unwrap_or_else(|| panic!("{id} is not explained"));
        assert!(!why.verdict.is_empty() && !why.facts.is_empty(), "{why:?}");
    }
    for ticket in world.snapshot.tickets() {
        let why = explain::ticket(&world.snapshot, &ticket.id, world.now).unwrap();
        assert!(!why.verdict.is_empty(), "{why:?}");
    }
    for agent in world.names() {
        let why = explain::agent(&world.snapshot, agent.as_str(), world.now).unwrap();
        assert!(!why.verdict.is_empty(), "{why:?}");
    }
}
