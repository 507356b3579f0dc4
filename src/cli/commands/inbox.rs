//! `corp inbox`: what somebody should look at.

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::Exit;
use crate::cli::looking::{ago, another_answer, look};
use crate::cli::table::Table;
use crate::cli::ui::Ui;
use crate::view::look::{Look, Seen};
use serde_json::json;
use std::time::Duration;

/// Between two looks with `--watch`, in milliseconds.
const WATCH_MS: u64 = 1_000;

/// Show what waits for you, or for somebody else
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp inbox                          what waits for you
  corp inbox bob                      what waits for somebody else")]
pub struct Args {
    /// A person of the board or an agent; yourself if it is left out
    who: Option<String>,
    /// Look again every second, until Ctrl-C, and show what has come
    #[arg(long)]
    watch: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Whether it shows what is to be read, and ends.
    pub(super) fn is_read(&self) -> bool {
        !self.watch
    }
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let mut before = None;
    loop {
        let Seen::Inbox(items) = look(context, Look::Inbox { who: args.who.clone() })? else {
            return Err(another_answer("an inbox"));
        };
        if before.as_ref() != Some(&items) {
            if args.watch && before.is_some() && context.environment.terminal && !args.json {
                ui.raw("\u{1b}[2J\u{1b}[H");
            }
            if args.json {
                ui.line(format_args!("{:#}", json!(items)));
            } else {
                let mut table = Table::new(3);
                for item in &items {
                    let from = item.from.clone().unwrap_or_default();
                    let since = ago(item.since, context.environment.clock.now());
                    table.row([&item.kind, &item.id, &from, &item.title, &since, &item.next]);
                }
                table.show(context.environment.width, ui);
                if items.is_empty() {
                    ui.note("nothing waits");
                }
            }
        }
        if !args.watch {
            return Ok(Exit::Done);
        }
        before = Some(items);
        std::thread::sleep(Duration::from_millis(WATCH_MS));
    }
}
