//! `corp board`: the tickets in columns, by where they stand.

use super::Context;
use super::ticket::Which;
use crate::cli::Outcome;
use crate::cli::error::Exit;
use crate::cli::escape;
use crate::cli::looking::look;
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
    let Seen::Tickets(rows) = look(context, Look::Tickets(filter))? else { return Ok(Exit::Bug) };
    let mut columns: BTreeMap<&str, Vec<&Row>> = COLUMNS.iter().map(|name| (*name, Vec::new())).collect();
    for row in &rows {
        if let Some(column) = columns.get_mut(row.status.as_str()) {
            column.push(row);
        }
    }
    // Of what is done, the latest says most.
    if let Some(done) = columns.get_mut("done") {
        done.sort_by_key(|row| std::cmp::Reverse(row.touched));
    }
    if args.json {
        let columns: serde_json::Map<String, serde_json::Value> =
            COLUMNS.iter().map(|name| ((*name).to_owned(), json!(columns[name]))).collect();
        ui.line(format_args!("{:#}", serde_json::Value::Object(columns)));
        return Ok(Exit::Done);
    }
    let shown: Vec<(&str, &[&Row])> =
        COLUMNS.iter().map(|name| (*name, &columns[name][..])).filter(|(_, rows)| !rows.is_empty()).collect();
    if shown.is_empty() {
        ui.note("no tickets");
        return Ok(Exit::Done);
    }
    match context.environment.width {
        Some(width) if (width + 2) / shown.len() >= WIDTH_MIN + 2 => {
            beside(&shown, (width + 2) / shown.len() - 2, ui);
        }
        _ => below(&shown, ui),
    }
    Ok(Exit::Done)
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

fn beside(columns: &[(&str, &[&Row])], width: usize, ui: &mut Ui) {
    let lines: Vec<Vec<String>> = columns
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
    for at in 0..lines.iter().map(Vec::len).max().unwrap_or(0) {
        let mut line = String::new();
        for column in &lines {
            let cell = column.get(at).map_or("", String::as_str);
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width + 2 - cell.width()));
        }
        ui.line(line.trim_end());
    }
}

fn below(columns: &[(&str, &[&Row])], ui: &mut Ui) {
    for (at, (name, rows)) in columns.iter().enumerate() {
        if at > 0 {
            ui.line("");
        }
        ui.line(title(name, rows));
        for row in rows.iter().take(SHOWN_MAX) {
            let who = row.holder.as_ref().or(row.assignee.as_ref()).map(|who| format!(" ({who})")).unwrap_or_default();
            ui.line(escape::line(&format!("  {}  {}{who}", row.id, row.title)));
        }
        if rows.len() > SHOWN_MAX {
            ui.line(format_args!("  … {} more", rows.len() - SHOWN_MAX));
        }
    }
}
