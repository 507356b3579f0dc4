//! `corp archive`: lets closed tickets leave the work tree.

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::Exit;
use crate::cli::ui::Ui;
use crate::model::{Interval, Scalar as _, TicketId};
use crate::store::archive::{self, Plan};
use crate::store::writer::{Options, Writer};
use serde_json::json;
use std::collections::BTreeMap;

/// Let closed tickets leave the work tree; the history keeps them
///
/// A folder of a hundred tickets leaves once all in it are closed long enough (`archive_after` in corp.yaml, 30 days).
/// `corp show`, `log`, `blame` and `check` still find them, and one that changes comes back.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  corp archive --dry-run          what would leave
  corp archive -v                 and why the other folders stay
  corp archive --older-than 7d
  corp unarchive ACME-12          bring it back")]
pub struct Args {
    /// How long a ticket must have been closed
    #[arg(long, value_name = "TIME", value_parser = Interval::parse)]
    older_than: Option<Interval>,
    /// Only say what would leave
    #[arg(long)]
    dry_run: bool,
    /// Say why the others stay
    #[arg(short, long)]
    verbose: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let root = context.company_root()?;
    let draft = crate::store::load(&root)?.draft;
    let older_than = args.older_than.unwrap_or_else(|| archive::archive_after(&draft));
    let mut plan = archive::plan(&draft, older_than, context.environment.now);
    if !args.dry_run && !plan.leave.is_empty() {
        let mut writer = Writer::open(Options::of(&root))?;
        writer.on_wait(ui.waiter());
        for (path, why) in archive::leave(&mut writer, &plan)?.stayed {
            let bucket = path.trim_start_matches("tickets/").split('/').next().unwrap_or_default().to_owned();
            plan.leave.remove(&bucket);
            plan.stay.insert(bucket, why);
        }
    }
    if args.json {
        let leave: Vec<_> =
            plan.leave.iter().map(|(bucket, ids)| json!({"folder": folder(bucket), "tickets": ids})).collect();
        let stay: Vec<_> =
            plan.stay.iter().map(|(bucket, why)| json!({"folder": folder(bucket), "because": why})).collect();
        let all =
            json!({"older_than": older_than.to_string(), "archived": !args.dry_run, "leave": leave, "stay": stay});
        ui.line(format_args!("{all:#}"));
        return Ok(Exit::Done);
    }
    tell(&plan, args, older_than, ui);
    Ok(Exit::Done)
}

fn folder(bucket: &str) -> String {
    format!("tickets/{bucket}")
}

fn tell(plan: &Plan, args: &Args, older_than: Interval, ui: &mut Ui) {
    for (bucket, ids) in &plan.leave {
        ui.line(format_args!("{}  {}", folder(bucket), span(ids)));
    }
    if args.verbose {
        for (bucket, why) in &plan.stay {
            ui.note(format_args!("{} stays: {why}", folder(bucket)));
        }
    }
    let tickets = plan.leave.values().map(Vec::len).sum();
    let would = if args.dry_run { "would leave" } else { "left" };
    if plan.leave.is_empty() {
        ui.note(format_args!("nothing to archive: no folder holds only tickets closed for {older_than}"));
    } else {
        ui.note(format_args!("{} {would} the work tree; the history keeps them", count(tickets, "ticket")));
    }
    if !args.verbose && !plan.stay.is_empty() {
        ui.hint(format_args!("`corp archive --dry-run -v` says why {} stay", count(plan.stay.len(), "folder")));
    }
}

/// `ACME-1 to ACME-99 (98 tickets)`.
fn span(ids: &[TicketId]) -> String {
    let by_prefix: BTreeMap<&str, Vec<&TicketId>> = ids.iter().fold(BTreeMap::new(), |mut all, id| {
        all.entry(id.prefix()).or_default().push(id);
        all
    });
    let spans: Vec<String> = by_prefix
        .into_values()
        .filter_map(|ids| match (ids.first()?, ids.last()?) {
            (one, _) if ids.len() == 1 => Some(one.to_string()),
            (first, last) => Some(format!("{first} to {last} ({} tickets)", ids.len())),
        })
        .collect();
    spans.join(", ")
}

pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
