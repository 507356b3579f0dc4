//! `corp org`: who works here, and who reports to whom.

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::escape;
use crate::cli::looking::{another_answer, look};
use crate::cli::ui::Ui;
use crate::view::chart;
use crate::view::look::{Chart, Look, Member, Seen};
use serde_json::json;
use std::path::PathBuf;

/// Show who works here, and who reports to whom
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
#[command(after_help = "\
Examples:
  corp org
  corp org --svg org.svg              as a picture")]
pub struct Args {
    /// Draw it into this file; `-` for standard output
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// As a Mermaid chart, for a Markdown page
    #[arg(long)]
    mermaid: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let Seen::Org(Chart { company, members }) = look(context, Look::Org)? else {
        return Err(another_answer("the organisation"));
    };
    if let Some(path) = &args.svg {
        let drawn = chart::svg(&members, &company);
        if path.as_os_str() == "-" {
            ui.raw(&drawn);
        } else {
            std::fs::write(path, drawn).map_err(|error| {
                CommandError::new(Exit::Environment, format!("{} cannot be written: {error}", path.display()))
            })?;
        }
    } else if args.mermaid {
        ui.raw(&chart::mermaid(&members));
    } else if args.json {
        ui.line(format_args!("{:#}", json!(members)));
    } else {
        for member in &members {
            branch(member, "", "", ui);
        }
        if members.is_empty() {
            ui.note("nobody works here; a folder in `agents/` with an AGENTS.md makes an agent");
        }
    }
    Ok(Exit::Done)
}

fn branch(member: &Member, lead: &str, below: &str, ui: &mut Ui) {
    let title = member
        .title
        .as_ref()
        .filter(|title| **title != member.name)
        .map(|title| format!(", {title}"))
        .unwrap_or_default();
    let status = if member.status == "active" { String::new() } else { format!("  [{}]", member.status) };
    let working = match &member.working[..] {
        [] => String::new(),
        tickets => format!("  works on {}", tickets.join(", ")),
    };
    let name = if member.name == member.slug { String::new() } else { format!("  {}", member.name) };
    let line = format!("{}{name}{title}{status}{working}", member.slug);
    ui.line(format_args!("{lead}{}", escape::line(&line)));
    for (at, report) in member.reports.iter().enumerate() {
        let (lead, further) = if at + 1 == member.reports.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        branch(report, &format!("{below}{lead}"), &format!("{below}{further}"), ui);
    }
}
