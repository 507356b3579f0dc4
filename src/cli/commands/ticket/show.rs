//! `corp ticket show`: one ticket with its text and its thread, to be read.

use crate::cli::Outcome;
use crate::cli::commands::Context;
use crate::cli::error::Exit;
use crate::cli::escape;
use crate::cli::looking::{ago, another_answer, look};
use crate::cli::table::Table;
use crate::cli::ui::Ui;
use crate::model::Choice as _;
use crate::view::look::{File, Full, Look, Said, Seen};
use serde_json::json;

/// Shows a ticket.
pub(super) fn show(ticket: &str, as_json: bool, context: &Context, ui: &mut Ui) -> Outcome {
    let Seen::Ticket(full) = look(context, Look::Ticket { ticket: ticket.to_owned() })? else {
        return Err(another_answer("a ticket"));
    };
    if as_json {
        ui.line(format_args!("{:#}", json!(full)));
        return Ok(Exit::Done);
    }
    let row = &full.row;
    ui.line(escape::line(&format!("{}  {}", row.id, row.title)));
    facts(&full, context).show(context.environment.width, ui);
    if !full.body.is_empty() {
        ui.line("");
        ui.line(escape::lines(&full.body));
    }
    if !full.parts.is_empty() {
        ui.line("");
        let mut parts = Table::new(2);
        for part in &full.parts {
            parts.row([part.id.as_str(), part.status.word(), &part.title]);
        }
        parts.show(context.environment.width, ui);
    }
    for said in &full.thread {
        ui.line("");
        ui.line(escape::line(&heading(said, context)));
        for line in escape::lines(&said.text).lines() {
            ui.line(format!("  {line}").trim_end());
        }
    }
    Ok(Exit::Done)
}

fn facts(full: &Full, context: &Context) -> Table {
    let now = context.environment.clock.now();
    let row = &full.row;
    let mut table = Table::new(1);
    let mut fact = |name: &str, value: String| {
        if !value.is_empty() {
            table.row([name.to_owned(), value]);
        }
    };
    let held = full.held_since.map(|since| format!(", for {}", ago(Some(since), now))).unwrap_or_default();
    let holder = row.holder.as_ref().map(|holder| format!(" ({holder} has it{held})")).unwrap_or_default();
    fact("status", format!("{}{holder}", row.status));
    fact("priority", row.priority.to_string());
    fact("assignee", row.assignee.clone().unwrap_or_default());
    fact("project", row.project.clone().unwrap_or_default());
    fact("goal", row.goal.clone().unwrap_or_default());
    fact("part of", row.parent.clone().unwrap_or_default());
    fact("labels", row.labels.join(", "));
    let waits = |id: &String| {
        let done = if row.waits_for.contains(id) { "" } else { " (done)" };
        format!("{id}{done}")
    };
    fact("waits for", full.blocked_by.iter().map(waits).collect::<Vec<_>>().join(", "));
    fact("unblocked by", full.unblock_owner.clone().unwrap_or_default());
    fact("cannot start", full.lacking.clone().unwrap_or_default());
    fact("blocks", full.blocks.join(", "));
    fact("stages", full.stages.join("; "));
    fact("needs", full.deliverables.join("; "));
    let products = full.thread.iter().filter_map(|said| said.product.as_ref());
    let products = products.map(|(kind, reference)| format!("{} {reference}", kind.replace('_', " ")));
    fact("made", products.collect::<Vec<_>>().join(", "));
    fact("names", full.names.join(", "));
    fact("links", full.links.join(" "));
    fact("formerly", full.formerly.join(", "));
    let by = full.created_by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    let created = full.created.map(|at| format!("{} ago{by}", ago(Some(at), now)));
    fact("created", created.unwrap_or_default());
    fact("closed", full.closed.map(|at| format!("{} ago", ago(Some(at), now))).unwrap_or_default());
    fact("file", full.path.clone());
    table
}

fn heading(said: &Said, context: &Context) -> String {
    let kind = match (said.kind.as_str(), &said.to, said.answered) {
        ("comment", _, _) => String::new(),
        ("question", to, answered) => {
            let to = to.as_ref().map(|to| format!(" to {to}")).unwrap_or_default();
            format!(" (question{to}{})", if answered == Some(true) { ", answered" } else { ", open" })
        }
        ("document", _, _) => match &said.document {
            Some((name, revision)) => format!(" (document {name}, revision {revision})"),
            None => " (document)".to_owned(),
        },
        ("attachment", _, _) => match &said.attached {
            Some(file) => format!(" (attachment {})", described(file)),
            None => " (attachment)".to_owned(),
        },
        ("product", _, _) => match &said.product {
            Some((kind, reference)) => format!(" ({} {reference})", kind.replace('_', " ")),
            None => " (product)".to_owned(),
        },
        (kind, _, _) => format!(" ({kind})"),
    };
    format!("{}{kind}, {} ago", said.author, ago(Some(said.at), context.environment.clock.now()))
}

fn described(file: &File) -> String {
    let place = match &file.path {
        Some(path) => path.clone(),
        None => format!("attachments/{} outside of the history", file.sha256),
    };
    format!("{}, {} bytes, {place}", file.name, file.bytes)
}
