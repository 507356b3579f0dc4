//! `corp log`: what happened, newest first.

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::escape;
use crate::cli::history::{self, Opened};
use crate::cli::ui::Ui;
use crate::format::difference::words;
use crate::model::{Money, Scalar as _, Slug, When};
use crate::store::history::{Commit, Filter, HistoryError, Id, Thing, Who};
use serde_json::json;

/// Commits without one of the runs shown after which these are taken for complete. A run's commits lie among those
/// of the runs beside it, and there are never many of them.
const QUIET_COMMITS_MAX: usize = 200;

/// Most lines that say what one commit changed.
const CHANGES_TOLD: usize = 20;

/// Show what happened, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  corp log                        the last twenty changes
  corp log cto                    of an agent
  corp log ACME-12 -v             of a ticket, each commit with what it changed
  corp log agents/cto/agent.yaml  of a file
  corp log --people --since yesterday
  corp log --actor cto -n 100")]
pub struct Args {
    /// A path, an agent, a ticket, or `goal:launch`, `project:web`, `team:x`, `skill:x`
    #[arg(value_name = "PATH|AGENT|TICKET")]
    thing: Option<String>,
    /// Only what people did
    #[arg(long)]
    people: bool,
    /// Only what this person or agent did: an id, a name or an address
    #[arg(long, value_name = "WHO")]
    actor: Option<String>,
    /// Only the commits of this run
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
    /// Only what happened since then: `2026-11-20`, `yesterday`, `2h ago`
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// How many
    #[arg(short = 'n', value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    count: u32,
    /// Each commit of a run by itself, with what was changed
    #[arg(short, long)]
    verbose: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A line of the log: a commit, or the commits of a run.
struct Entry {
    /// The newest.
    commit: Commit,
    run: Option<String>,
    /// Their ids, newest first.
    commits: Vec<Id>,
    cost: Vec<Money>,
}

/// What was found.
#[derive(Default)]
struct Page {
    entries: Vec<Entry>,
    more: bool,
    boundary: bool,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let opened = history::open(context)?;
    let head = match opened.history.head() {
        Ok(head) => head,
        Err(error @ HistoryError::Unborn { .. }) => {
            if args.json {
                ui.line(format_args!("{:#}", json!({ "entries": [], "more": false, "parents_missing": false })));
            }
            ui.note(escape::line(&error.to_string()));
            return Ok(Exit::Done);
        }
        Err(error) => return Err(error.into()),
    };
    let (thing, is_there) = thing(args, &opened, head)?;
    let since = args.since.as_ref().map(|text| since(text, &opened)).transpose()?;
    let filter = Filter { thing, actor: args.actor.clone(), run: args.run.clone(), people: args.people, since };
    let page = page(args, &opened, head, filter)?;
    if let (true, false, Some(name)) = (page.entries.is_empty(), is_there, &args.thing) {
        return Err(opened.no_thing(name, Some(head)));
    }
    if args.json {
        as_json(args, &opened, &page, ui)?;
    } else {
        as_text(args, &opened, &page, ui)?;
    }
    if page.more {
        ui.note(format_args!("there is more: add `-n {}`", u64::from(args.count) * 2));
    } else if page.boundary {
        ui.note("this clone is shallow; what came before was not fetched: `git fetch --unshallow`");
    } else if page.entries.is_empty() {
        ui.note("no commit fits");
    }
    Ok(Exit::Done)
}

/// What is asked about, and whether it is there now; what is gone still has a history.
fn thing(args: &Args, opened: &Opened, head: Id) -> Result<(Option<Thing>, bool), CommandError> {
    let Some(text) = &args.thing else { return Ok((None, true)) };
    if let Some(thing) = opened.history.thing(text, head)? {
        return Ok((Some(thing), true));
    }
    let gone = Thing::parse(text).or_else(|| Slug::parse(text).is_ok().then(|| Thing::agent(text)));
    gone.map(|thing| (Some(thing), false)).ok_or_else(|| opened.no_thing(text, Some(head)))
}

fn since(text: &str, opened: &Opened) -> Result<jiff::Timestamp, CommandError> {
    let wrong = || {
        CommandError::new(Exit::Usage, format!("`--since {}` is not a time", escape::line(text)))
            .hint(format!("write {}", When::EXPECTED))
    };
    When::parse(text, opened.now, &opened.zone).map(|when| when.first).ok_or_else(wrong)
}

fn page(args: &Args, opened: &Opened, head: Id, filter: Filter) -> Result<Page, CommandError> {
    let mut page = Page::default();
    let grouped = !args.verbose && args.run.is_none();
    let mut walk = opened.history.walk(head, filter)?;
    let mut quiet = 0;
    for commit in walk.by_ref() {
        let commit = commit?;
        let run = if grouped { commit.run().map(str::to_owned) } else { None };
        let known = run.as_ref().and_then(|run| page.entries.iter_mut().find(|entry| entry.run.as_ref() == Some(run)));
        if let Some(entry) = known {
            entry.commits.push(commit.id);
            add(&mut entry.cost, commit.message.trailers.cost.as_ref());
            quiet = 0;
        } else if page.entries.len() < args.count as usize {
            let mut cost = Vec::new();
            add(&mut cost, commit.message.trailers.cost.as_ref());
            page.entries.push(Entry { run, commits: vec![commit.id], cost, commit });
        } else {
            page.more = true;
            quiet += 1;
            if quiet > QUIET_COMMITS_MAX || page.entries.iter().all(|entry| entry.run.is_none()) {
                break;
            }
        }
    }
    page.boundary = walk.met_boundary();
    Ok(page)
}

/// Adds an amount to the sums, one for each currency.
fn add(sums: &mut Vec<Money>, money: Option<&Money>) {
    let Some(money) = money else { return };
    match sums.iter_mut().find(|sum| sum.currency() == money.currency()) {
        Some(sum) => *sum = Money::from_micro(sum.micro().saturating_add(money.micro()), sum.currency()),
        None => sums.push(*money),
    }
}

fn as_text(args: &Args, opened: &Opened, page: &Page, ui: &mut Ui) -> Result<(), CommandError> {
    let names: Vec<String> = page.entries.iter().map(|entry| escape::line(entry.commit.who.name())).collect();
    let ids: Vec<String> = page.entries.iter().map(|entry| opened.history.short(entry.commit.id)).collect();
    let width = |texts: &[String]| texts.iter().map(|text| text.chars().count()).max().unwrap_or(0);
    let (name_width, id_width) = (width(&names).min(20), width(&ids));
    for ((entry, name), id) in page.entries.iter().zip(&names).zip(&ids) {
        let commit = &entry.commit;
        let subject = escape::line(commit.message.subject());
        let time = opened.time(commit.time);
        ui.line(format_args!("{id:<id_width$}  {time}  {name:<name_width$}  {subject}{}", of_run(entry)));
        if args.verbose {
            for line in below(opened, commit)? {
                ui.line(format_args!("    {line}").to_string().trim_end());
            }
        }
    }
    Ok(())
}

/// "  (run r-01jd, 5 commits, 1.37 USD)"
fn of_run(entry: &Entry) -> String {
    let Some(run) = &entry.run else { return String::new() };
    let mut parts = vec![format!("run {run}")];
    if entry.commits.len() > 1 {
        parts.push(format!("{} commits", entry.commits.len()));
    }
    parts.extend(entry.cost.iter().map(ToString::to_string));
    format!("  ({})", parts.join(", "))
}

/// What stands under a commit: its body, what the program noted, and, for a person's own words, what was changed.
fn below(opened: &Opened, commit: &Commit) -> Result<Vec<String>, CommandError> {
    let mut lines: Vec<String> = escape::lines(commit.message.body()).lines().map(str::to_owned).collect();
    lines.extend(noted(commit));
    if matches!(commit.who, Who::Person(_)) {
        let compared = opened.history.changes_of(commit)?;
        if words::subject(&compared.differences) != commit.message.subject() {
            lines.extend(cut(history::told(&compared.differences)));
        }
    }
    Ok(lines)
}

fn cut(mut lines: Vec<String>) -> Vec<String> {
    let more = lines.len().saturating_sub(CHANGES_TOLD);
    if more > 0 {
        lines.truncate(CHANGES_TOLD);
        lines.push(format!("and {more} more"));
    }
    lines
}

/// The trailers in one line, if the program wrote them.
pub(super) fn noted(commit: &Commit) -> Option<String> {
    let trailers = &commit.message.trailers;
    let mut parts = Vec::new();
    parts.extend(trailers.run.as_ref().map(|run| format!("run {run}")));
    parts.extend(trailers.tickets.iter().map(|ticket| format!("ticket {ticket}")));
    parts.extend(trailers.cause.as_ref().map(|cause| format!("because of {}", escape::line(cause.as_str()))));
    parts.extend(trailers.cost.as_ref().map(|cost| format!("cost {cost}")));
    (commit.by_program && !parts.is_empty()).then(|| format!("[{}]", parts.join(", ")))
}

fn as_json(args: &Args, opened: &Opened, page: &Page, ui: &mut Ui) -> Result<(), CommandError> {
    let mut entries = Vec::new();
    for entry in &page.entries {
        let mut value = opened.json(&entry.commit);
        value["run"] = entry.run.as_ref().map_or(serde_json::Value::Null, |run| {
            json!({
                "id": run,
                "commits": entry.commits.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "cost": entry.cost.iter().map(ToString::to_string).collect::<Vec<_>>(),
            })
        });
        if args.verbose {
            value["changes"] = history::json(&opened.history.changes_of(&entry.commit)?.differences);
        }
        entries.push(value);
    }
    let value = json!({ "entries": entries, "more": page.more, "parents_missing": page.boundary });
    ui.line(format_args!("{value:#}"));
    Ok(())
}
