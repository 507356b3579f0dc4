//! `corp board`: the tickets in columns, by where they stand.

use super::Context;
use super::ticket::Which;
use crate::cli::Outcome;
use crate::cli::error::Exit;
use crate::cli::escape;
use crate::cli::looking::{another_answer, look};
use crate::cli::table::cut;
use crate::cli::ui::Ui;
use crate::view::look::{Look, Row, Seen};
use serde_json::json;
use std::collections::BTreeMap;
use unicode_width::UnicodeWidthStr as _;

/// The columns, left to right. What is cancelled is not shown.
const COLUMNS: [&str; 6] = ["backlog", "todo", "in_progress", "in_review", "blocked", "done"];

/// The least a column may have, in characters: narrower ones say nothing, and stand one below the other.
const WIDTH_MIN: usize = 16;

/// Most tickets shown in a column; the number of the others is told.
const SHOWN_MAX: usize = 12;

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
    let Seen::Tickets(rows) = look(context, Look::Tickets(filter))? else { return Err(another_answer("tickets")) };
    let columns = sorted(&rows);
    if args.json {
        let columns: serde_json::Map<String, serde_json::Value> =
            COLUMNS.iter().map(|name| ((*name).to_owned(), json!(columns[name]))).collect();
        ui.line(format_args!("{:#}", serde_json::Value::Object(columns)));
        return Ok(Exit::Done);
    }
    let lines = drawn(&columns, context.environment.width);
    if lines.is_empty() {
        ui.note("no tickets");
    }
    for line in lines {
        ui.line(line);
    }
    Ok(Exit::Done)
}

/// Tickets by where they stand.
type Columns<'a> = BTreeMap<&'a str, Vec<&'a Row>>;

fn sorted(rows: &[Row]) -> Columns<'_> {
    let mut columns: Columns<'_> = COLUMNS.iter().map(|name| (*name, Vec::new())).collect();
    for row in rows {
        if let Some(column) = columns.get_mut(row.status.as_str()) {
            column.push(row);
        }
    }
    // Of what is done, the latest says most.
    if let Some(done) = columns.get_mut("done") {
        done.sort_by_key(|row| std::cmp::Reverse(row.touched));
    }
    columns
}

/// The lines of the board, in so many characters; none if there are no tickets.
pub(super) fn lines(rows: &[Row], width: Option<usize>) -> Vec<String> {
    drawn(&sorted(rows), width)
}

fn drawn(columns: &Columns<'_>, width: Option<usize>) -> Vec<String> {
    let shown: Vec<(&str, &[&Row])> =
        COLUMNS.iter().map(|name| (*name, &columns[name][..])).filter(|(_, rows)| !rows.is_empty()).collect();
    match width {
        _ if shown.is_empty() => Vec::new(),
        Some(width) if (width + 2) / shown.len() >= WIDTH_MIN + 2 => beside(&shown, (width + 2) / shown.len() - 2),
        _ => below(&shown),
    }
}

fn title(name: &str, rows: &[&Row]) -> String {
    format!("{} ({})", name.replace('_', " ").to_uppercase(), rows.len())
}

/// The lines of one ticket in a column.
fn card(row: &Row, width: usize) -> [String; 2] {
    let who = row.holder.as_ref().or(row.assignee.as_ref()).map(|who| format!(" {who}")).unwrap_or_default();
    let urgent = if matches!(row.priority.as_str(), "critical" | "high") { "!" } else { "" };
    [
        cut(&escape::line(&format!("{}{urgent}{who}", row.id)), width),
        cut(&escape::line(&format!(" {}", row.title)), width),
    ]
}

fn beside(columns: &[(&str, &[&Row])], width: usize) -> Vec<String> {
    let columns: Vec<Vec<String>> = columns
        .iter()
        .map(|(name, rows)| {
            let mut lines = vec![cut(&title(name, rows), width), "─".repeat(width)];
            lines.extend(rows.iter().take(SHOWN_MAX).flat_map(|row| card(row, width)));
            if rows.len() > SHOWN_MAX {
                lines.push(cut(&format!("… {} more", rows.len() - SHOWN_MAX), width));
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

fn below(columns: &[(&str, &[&Row])]) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, (name, rows)) in columns.iter().enumerate() {
        if at > 0 {
            lines.push(String::new());
        }
        lines.push(title(name, rows));
        lines.extend(rows.iter().take(SHOWN_MAX).map(|row| {
            let who = row.holder.as_ref().or(row.assignee.as_ref()).map(|who| format!(" ({who})")).unwrap_or_default();
            escape::line(&format!("  {}  {}{who}", row.id, row.title)).to_string()
        }));
        if rows.len() > SHOWN_MAX {
            lines.push(format!("  … {} more", rows.len() - SHOWN_MAX));
        }
    }
    lines
}
