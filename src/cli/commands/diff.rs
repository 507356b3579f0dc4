//! `corp diff`: what differs between two states of the company, in words or line by line.

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::escape;
use crate::cli::history::{self, Opened};
use crate::cli::ui::Ui;
use crate::format::merge::MERGE_LINES_MAX;
use crate::redact;
use crate::store::history::compare::{Compared, Sides, differences};
use crate::store::history::{Content, HistoryError, Id};
use serde_json::json;

/// Say what differs between two states of the company
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  corp diff                      what is not committed yet
  corp diff yesterday            since yesterday, with what is not committed
  corp diff 2026-11-01 2026-11-20
  corp diff HEAD~3 HEAD --text   line by line")]
pub struct Args {
    /// The earlier state: a commit, branch or time; the last commit if there is none
    #[arg(value_name = "REV|TIME")]
    before: Option<String>,
    /// The later state; the files on the disk if there is none
    #[arg(value_name = "REV|TIME")]
    after: Option<String>,
    /// Line by line
    #[arg(long)]
    text: bool,
    /// Print JSON
    #[arg(long, conflicts_with = "text")]
    json: bool,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let opened = history::open(context)?;
    let before = match &args.before {
        Some(text) => Some(opened.find(text)?),
        None => match opened.history.head() {
            Ok(head) => Some(head),
            // Before the first commit, everything is new.
            Err(HistoryError::Unborn { .. }) => None,
            Err(error) => return Err(error.into()),
        },
    };
    let after = args.after.as_ref().map(|text| opened.find(text)).transpose()?;
    let (sides, cut) = match after {
        Some(after) => opened.history.sides(before, after)?,
        None => (opened.history.work_tree_sides(before)?, false),
    };
    let (from, to) = (name(&opened, before, "nothing")?, name(&opened, after, "the files on the disk")?);
    if args.text {
        for line in sides.iter().filter_map(unified) {
            ui.raw(&line);
        }
    } else {
        let compared = Compared { differences: differences(sides), cut };
        if args.json {
            let value = json!({
                "before": before.map(|id| id.to_string()),
                "after": after.map(|id| id.to_string()),
                "changes": history::json(&compared.differences),
                "cut": compared.cut,
            });
            ui.line(format_args!("{value:#}"));
            return Ok(Exit::Done);
        }
        let lines = history::told(&compared.differences);
        for line in &lines {
            ui.line(line);
        }
        if lines.is_empty() {
            ui.note("nothing differs");
        }
    }
    ui.note(format_args!("from {from} to {to}"));
    if cut {
        ui.note("more files differ than are compared");
    }
    Ok(Exit::Done)
}

fn name(opened: &Opened, id: Option<Id>, none: &str) -> Result<String, CommandError> {
    match id {
        Some(id) => Ok(opened.told(&opened.history.commit(id)?)),
        None => Ok(none.to_owned()),
    }
}

/// A file's difference line by line. What looks like a secret is masked, so this is for reading, not for applying.
fn unified(sides: &Sides) -> Option<String> {
    let path = escape::line(&sides.path);
    let side = |side: &Option<(_, Content)>| match side {
        None => Ok(String::new()),
        Some((_, Content::Text(text))) => Ok(text.clone()),
        Some((_, Content::Binary(_))) => Err("is not text"),
        Some((_, Content::Large(_))) => Err("is too large to be compared"),
    };
    let named = |there: bool, letter: char| if there { format!("{letter}/{path}") } else { "/dev/null".to_owned() };
    let head = format!("--- {}\n+++ {}\n", named(sides.before.is_some(), 'a'), named(sides.after.is_some(), 'b'));
    let (before, after) = match (side(&sides.before), side(&sides.after)) {
        (Ok(before), Ok(after)) => (before, after),
        (Err(why), _) | (_, Err(why)) => return Some(format!("{head}it {why}\n")),
    };
    if before == after {
        let kind = |side: &Option<(crate::store::history::trees::FileKind, Content)>| {
            side.as_ref().map(|(kind, _)| kind.word())
        };
        let (before, after) = (kind(&sides.before)?, kind(&sides.after)?);
        return (before != after).then(|| format!("{head}it was {before} and is {after}\n"));
    }
    let lines = |text: &str| memchr::memchr_iter(b'\n', text.as_bytes()).count();
    if lines(&before) + lines(&after) > MERGE_LINES_MAX {
        return Some(format!("{head}it has more lines than are compared\n"));
    }
    let (before, after) = (redact::mask(&before), redact::mask(&after));
    if before == after {
        return Some(format!("{head}only what looks like a secret changed\n"));
    }
    let patch = diffy::create_patch(&before, &after).to_string();
    let body = patch.splitn(3, '\n').nth(2).unwrap_or_default();
    Some(head + &escape::harmless(body))
}
