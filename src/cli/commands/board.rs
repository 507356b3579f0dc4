//! `corp board`: the tickets in columns, by where they stand.

use super::Context;
use super::ticket::Which;
use crate::cli::Outcome;
use crate::cli::error::Exit;
use crate::cli::escape;
use crate::cli::looking::{another_answer, look};
use crate::cli::table::cut;
use crate::cli::ui::Ui;
use crate::model::status::Priority;
use crate::view::look::{Column, Look, Row, Seen};
use serde_json::json;
use unicode_width::UnicodeWidthStr as _;

/// The least a column may have, in characters: narrower ones say nothing, and stand one below the other.
const WIDTH_MIN: usize = 16;

/// Most tickets shown in a column; the number of the others is told.
pub(super) const SHOWN_MAX: usize = 12;

/// Show the tickets in columns, by where they stand
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp board
  corp board --all                    closed tickets too")]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// As JSON: the tickets of each column
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let mut filter = args.which.filter();
    filter.all |= filter.status.is_empty();
    // A terminal shows the first of each column, a program gets them all.
    let most = (!args.json).then_some(SHOWN_MAX);
    let Seen::Board(columns) = look(context, Look::Board { which: filter, most })? else {
        return Err(another_answer("the board"));
    };
    if args.json {
        let columns: serde_json::Map<String, serde_json::Value> =
            columns.into_iter().map(|column| (column.status, json!(column.rows))).collect();
        ui.line(format_args!("{:#}", serde_json::Value::Object(columns)));
        return Ok(Exit::Done);
    }
    let lines = lines(&columns, context.environment.width);
    if lines.is_empty() {
        ui.note("no tickets");
    }
    for line in lines {
        ui.line(line);
    }
    Ok(Exit::Done)
}

/// The lines of the board, in so many characters; none if there are no tickets.
pub(super) fn lines(columns: &[Column], width: Option<usize>) -> Vec<String> {
    let shown: Vec<&Column> = columns.iter().filter(|column| column.tickets > 0).collect();
    match width {
        _ if shown.is_empty() => Vec::new(),
        Some(width) if (width + 2) / shown.len() >= WIDTH_MIN + 2 => beside(&shown, (width + 2) / shown.len() - 2),
        _ => below(&shown),
    }
}

fn title(column: &Column) -> String {
    format!("{} ({})", column.status.replace('_', " ").to_uppercase(), column.tickets)
}

/// The lines of one ticket in a column.
fn card(row: &Row, width: usize) -> [String; 2] {
    let who = row.holder.as_ref().or(row.assignee.as_ref()).map(|who| format!(" {who}")).unwrap_or_default();
    let urgent = if matches!(row.priority, Priority::Critical | Priority::High) { "!" } else { "" };
    [
        cut(&escape::line(&format!("{}{urgent}{who}", row.id)), width),
        cut(&escape::line(&format!(" {}", row.title)), width),
    ]
}

fn beside(columns: &[&Column], width: usize) -> Vec<String> {
    let columns: Vec<Vec<String>> = columns
        .iter()
        .map(|column| {
            let mut lines = vec![cut(&title(column), width), "─".repeat(width)];
            lines.extend(column.rows.iter().take(SHOWN_MAX).flat_map(|row| card(row, width)));
            if column.tickets > SHOWN_MAX {
                lines.push(cut(&format!("… {} more", column.tickets - SHOWN_MAX), width));
            }
            lines
        })
        .collect();
    let height = columns.iter().map(Vec::len).max().unwrap_or(0);
    let line = |at: usize| {
        let mut line = String::new();
        for column in &columns {
            let cell = column.get(at).map_or("", String::as_str);
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width + 2 - cell.width()));
        }
        line.trim_end().to_owned()
    };
    (0..height).map(line).collect()
}

fn below(columns: &[&Column]) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        if at > 0 {
            lines.push(String::new());
        }
        lines.push(title(column));
        lines.extend(column.rows.iter().take(SHOWN_MAX).map(|row| {
            let who = row.holder.as_ref().or(row.assignee.as_ref()).map(|who| format!(" ({who})")).unwrap_or_default();
            escape::line(&format!("  {}  {}{who}", row.id, row.title)).to_string()
        }));
        if column.tickets > SHOWN_MAX {
            lines.push(format!("  … {} more", column.tickets - SHOWN_MAX));
        }
    }
    lines
}
