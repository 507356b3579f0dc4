//! `corp unarchive`: brings tickets back into the work tree.

use super::Context;
use super::archive::count;
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::model::{Scalar as _, TicketId};
use crate::store::archive;
use crate::store::writer::{Options, Writer};
use std::collections::BTreeSet;

/// Bring archived tickets back into the work tree
///
/// The folder of a ticket comes back whole. The next `corp archive` takes it away again unless something in it is open.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp unarchive ACME-12
  corp log ACME-12                    its history is there either way")]
pub struct Args {
    /// The tickets
    #[arg(required_unless_present = "all", value_name = "TICKET", value_parser = TicketId::parse)]
    tickets: Vec<TicketId>,
    /// All of them; the sparse checkout goes too, if `corp archive` made it
    #[arg(long, conflicts_with = "tickets")]
    all: bool,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let root = context.company_root()?;
    let archived = archive::archived(&root);
    let mut buckets: BTreeSet<String> = BTreeSet::new();
    if args.all {
        buckets.extend(archived.values().cloned());
    }
    for id in &args.tickets {
        let Some(bucket) = archived.get(id) else {
            let path = format!("tickets/{}/{id}.md", id.bucket());
            let is_here = root.join(&path).exists();
            let message = if is_here {
                format!("{id} is not archived: it lies in {path}")
            } else {
                format!("there is no archived ticket {id}")
            };
            return Err(
                CommandError::new(Exit::Refused, message).hint(format!("`corp log {id}` shows what became of it"))
            );
        };
        buckets.insert(bucket.clone());
    }
    let mut writer = Writer::open(Options::of(&root))?;
    writer.on_wait(ui.waiter());
    let done = writer.unarchive(&buckets)?;
    for bucket in &buckets {
        ui.line(format_args!("tickets/{bucket}"));
    }
    ui.note(format_args!("{} came back", count(done.files_back, "file")));
    Ok(Exit::Done)
}
