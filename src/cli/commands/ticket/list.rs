//! `corp ticket list`, `tree`, `search`: tickets on a line each.

use crate::cli::Outcome;
use crate::cli::commands::Context;
use crate::cli::error::Exit;
use crate::cli::escape;
use crate::cli::looking::{ago, another_answer, look};
use crate::cli::table::Table;
use crate::cli::ui::Ui;
use crate::model::Choice as _;
use crate::view::look::{Filter, Look, Row, Seen, TicketNode};
use serde_json::json;
use std::borrow::Cow;

/// Which tickets
#[derive(Debug, Default, clap::Args)]
pub(in crate::cli::commands) struct Which {
    /// Where they stand; several with commas. Without it, all that are open
    #[arg(long, value_name = "WORD", value_delimiter = ',')]
    status: Vec<String>,
    /// Closed ones too
    #[arg(long, conflicts_with = "status")]
    all: bool,
    /// Who does them; `nobody` for those without
    #[arg(long, value_name = "WHO")]
    assignee: Option<String>,
    /// They have this label; given several times, all of them
    #[arg(long, value_name = "WORD")]
    label: Vec<String>,
    /// The project they belong to
    #[arg(long, value_name = "SLUG")]
    project: Option<String>,
    /// The goal they serve, through parents and projects too
    #[arg(long, value_name = "SLUG")]
    goal: Option<String>,
    /// The ticket they are part of, at any depth
    #[arg(long, value_name = "ID")]
    parent: Option<String>,
    /// Nothing has happened to them for this long, such as `3d`
    #[arg(long, value_name = "TIME")]
    stale: Option<String>,
    /// Words in the title, the body or the thread
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
}

impl Which {
    /// The question.
    pub(in crate::cli::commands) fn filter(&self) -> Filter {
        Filter {
            status: self.status.clone(),
            all: self.all,
            assignee: self.assignee.clone(),
            label: self.label.clone(),
            project: self.project.clone(),
            goal: self.goal.clone(),
            parent: self.parent.clone(),
            stale: self.stale.clone(),
            text: self.text.clone(),
        }
    }
}

/// Shows tickets on a line each.
pub(super) fn list(which: &Which, as_json: bool, context: &Context, ui: &mut Ui) -> Outcome {
    rows(which.filter(), as_json, context, ui)
}

/// Shows the tickets whose texts hold the words, open or closed.
pub(super) fn search(words: &[String], as_json: bool, context: &Context, ui: &mut Ui) -> Outcome {
    rows(Filter { all: true, text: Some(words.join(" ")), ..Filter::default() }, as_json, context, ui)
}

fn rows(which: Filter, as_json: bool, context: &Context, ui: &mut Ui) -> Outcome {
    let Seen::Tickets(rows) = look(context, Look::Tickets { which, brief: !as_json })? else {
        return Err(another_answer("tickets"));
    };
    if as_json {
        ui.line(format_args!("{:#}", json!(rows)));
        return Ok(Exit::Done);
    }
    let mut table = Table::new(4);
    for row in &rows {
        table.row(cells(row, context));
    }
    table.show(context.environment.width, ui);
    if rows.is_empty() {
        ui.note("no tickets");
    }
    Ok(Exit::Done)
}

fn cells<'r>(row: &'r Row, context: &Context) -> [Cow<'r, str>; 6] {
    let who = match (&row.assignee, &row.holder) {
        (assignee, Some(holder)) if assignee.as_ref() != Some(holder) => format!("{holder} has it").into(),
        (Some(assignee), _) => assignee.as_str().into(),
        (None, _) => "-".into(),
    };
    let mut title = Cow::Borrowed(row.title.as_str());
    for label in &row.labels {
        title += " [";
        title += label.as_str();
        title += "]";
    }
    if !row.waits_for.is_empty() {
        title = format!("{title} (waits for {})", row.waits_for.join(", ")).into();
    }
    [
        row.id.as_str().into(),
        row.status.word().into(),
        row.priority.word().into(),
        who,
        title,
        ago(row.touched, context.environment.now).into(),
    ]
}

/// Shows tickets with their parts.
pub(super) fn tree(ticket: Option<String>, closed: bool, as_json: bool, context: &Context, ui: &mut Ui) -> Outcome {
    let Seen::Tree(nodes) = look(context, Look::Tree { ticket, closed })? else {
        return Err(another_answer("tickets"));
    };
    if as_json {
        ui.line(format_args!("{:#}", json!(nodes)));
        return Ok(Exit::Done);
    }
    for node in &nodes {
        branch(node, "", "", ui);
    }
    if nodes.is_empty() {
        ui.note("no open tickets; `--closed` shows those that are closed too");
    }
    Ok(Exit::Done)
}

fn branch(node: &TicketNode, lead: &str, below: &str, ui: &mut Ui) {
    let who = node.assignee.as_ref().map(|who| format!(", {who}")).unwrap_or_default();
    let line = format!("{}  {}  ({}{who})", node.id, node.title, node.status.replace('_', " "));
    ui.line(format_args!("{lead}{}", escape::line(&line)));
    for (at, part) in node.parts.iter().enumerate() {
        let last = at + 1 == node.parts.len();
        let (lead, further) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        branch(part, &format!("{below}{lead}"), &format!("{below}{further}"), ui);
    }
}
