//! `corp ticket new`: a ticket said on the command line, or written in the person's editor as its file will be.

use super::super::Context;
use crate::cli::ask::{ask, place};
use crate::cli::editor;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::diag::Severity;
use crate::format::kind::{Stage, TicketFile};
use crate::format::{Document, document, front_matter};
use crate::model::{Choice as _, Slug};
use crate::runtime::wire::{Ask, StageTag};
use std::path::Path;
use std::rc::Rc;

/// What a ticket that is being written is called in messages, and read as.
const DRAFT: &str = "tickets/draft-00000000.md";

/// The file in the company's state in which it is written. It stays there until the ticket is made.
const FILE: &str = "new-ticket.md";

#[derive(Debug, clap::Args)]
pub(super) struct New {
    /// What is wanted, in a few words; without it, your editor opens
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// What is wanted, in full
    #[arg(long, value_name = "TEXT", default_value = "")]
    body: String,
    /// The agent or person who does it
    #[arg(long, value_name = "WHO")]
    assignee: Option<String>,
    /// `critical`, `high`, `medium` or `low`
    #[arg(long, value_name = "WORD")]
    priority: Option<String>,
    /// Where it stands
    #[arg(long, value_name = "WORD")]
    status: Option<String>,
    /// The project it belongs to
    #[arg(long, value_name = "SLUG")]
    project: Option<String>,
    /// The goal it serves
    #[arg(long, value_name = "SLUG")]
    goal: Option<String>,
    /// The ticket it is a part of
    #[arg(long, value_name = "ID")]
    parent: Option<String>,
    #[command(flatten)]
    stages: Stages,
}

/// Who judges a ticket when somebody says that it is done.
#[derive(Debug, clap::Args)]
pub(super) struct Stages {
    /// Who reviews it when somebody says done
    #[arg(long, value_name = "WHO", value_delimiter = ',')]
    review: Vec<String>,
    /// Who approves it then, after the review
    #[arg(long, value_name = "WHO", value_delimiter = ',')]
    approval: Vec<String>,
    /// How many of them have to approve it
    #[arg(long, value_name = "N", requires = "approval")]
    needs: Option<u64>,
}

impl Stages {
    pub(super) fn tags(&self) -> Vec<StageTag> {
        StageTag::list(self.review.clone(), self.approval.clone(), self.needs)
    }
}

pub(super) fn run(new: &New, context: &Context, ui: &mut Ui) -> Result<Exit, CommandError> {
    let Some(title) = &new.title else { return written(new, context, ui) };
    let made = ask(
        context,
        Ask::NewTicket {
            title: title.clone(),
            body: new.body.clone(),
            assignee: new.assignee.clone(),
            priority: new.priority.clone(),
            status: new.status.clone(),
            project: new.project.clone(),
            goal: new.goal.clone(),
            parent: new.parent.clone(),
            stages: new.stages.tags(),
        },
    )?;
    tell(&made, ui);
    Ok(Exit::Done)
}

/// Opens the editor on what is known, and makes the ticket of what was saved.
fn written(new: &New, context: &Context, ui: &mut Ui) -> Result<Exit, CommandError> {
    let folder = place(context)?.state;
    let path = folder.join(FILE);
    let io = |error: std::io::Error| {
        CommandError::new(Exit::Environment, format!("{} could not be read or written: {error}", path.display()))
    };
    std::fs::create_dir_all(&folder).map_err(io)?;
    let template = template(new);
    match std::fs::read_to_string(&path) {
        Ok(_) => ui.note(format_args!("what you wrote last time and was not made is opened again: {}", path.display())),
        Err(_) => std::fs::write(&path, &template).map_err(io)?,
    }
    let edited = editor::edit(&path, &context.environment);
    let text = std::fs::read_to_string(&path).map_err(io)?;
    if text == template {
        std::fs::remove_file(&path).map_err(io)?;
        edited?;
    } else {
        edited.map_err(|error| error.hint(kept(&path)))?;
    }
    if text == template || text.trim().is_empty() {
        ui.note("nothing was written, so no ticket is made");
        drop(std::fs::remove_file(&path));
        return Ok(Exit::Done);
    }
    let file = read(&text, ui).map_err(|error| error.hint(kept(&path)))?;
    let Some(title) = file.title.clone().filter(|title| !title.trim().is_empty()) else {
        return Err(CommandError::new(Exit::Invalid, "the ticket has no title, so it is not made").hint(kept(&path)));
    };
    let body = text[front_matter::split(&text).body].trim().to_owned();
    let said = Ask::NewTicket {
        title,
        body: if body.is_empty() { body } else { body + "\n" },
        assignee: file.assignee.as_ref().map(ToString::to_string),
        priority: file.priority.map(|priority| priority.word().to_owned()),
        status: file.status.map(|status| status.word().to_owned()),
        project: file.project.as_ref().map(ToString::to_string),
        goal: file.goal.as_ref().map(ToString::to_string),
        parent: file.parent.as_ref().map(ToString::to_string),
        stages: file.stages.iter().flatten().map(tag).collect(),
    };
    let made = ask(context, said).map_err(|error| error.hint(kept(&path)))?;
    tell(&made, ui);
    std::fs::remove_file(&path).map_err(io)?;
    Ok(Exit::Done)
}

fn tag(stage: &Stage) -> StageTag {
    let names = |who: &Option<Vec<Slug>>| who.iter().flatten().map(ToString::to_string).collect::<Vec<_>>();
    let approval = names(&stage.approval);
    let is_approval = !approval.is_empty();
    let who = if is_approval { approval } else { names(&stage.review) };
    StageTag { approval: is_approval, who, needs: stage.needs }
}

/// Says which ticket there is now; in a clone that is not home it has no number yet.
fn tell(made: &serde_json::Value, ui: &mut Ui) {
    match made["drafted"].as_str() {
        Some(path) => {
            ui.line(path);
            ui.note("another clone is home; it gives the ticket its number once it has come there");
            ui.hint("send it: corp sync");
        }
        None => ui.line(made["created"].as_str().unwrap_or_default()),
    }
}

fn kept(path: &Path) -> String {
    format!("what you wrote is kept in {}; `corp ticket new` opens it again", path.display())
}

/// The ticket's file as far as it is known, for the person to fill in.
fn template(new: &New) -> String {
    let key = |name: &str, value: &Option<String>| match value {
        Some(value) => format!("{name}: {value}\n"),
        None => format!("# {name}:\n"),
    };
    let mut text =
        "---\n# What is wanted, in a few words. Leave the file as it is to make no ticket.\ntitle:\n".to_owned();
    for (name, value) in [
        ("assignee", &new.assignee),
        ("priority", &new.priority),
        ("status", &new.status),
        ("project", &new.project),
        ("goal", &new.goal),
        ("parent", &new.parent),
    ] {
        text += &key(name, value);
    }
    text += "# What is wanted in full stands below the next line.\n---\n\n";
    text += &new.body;
    text
}

/// What was saved, if it can be read without errors.
fn read(text: &str, ui: &mut Ui) -> Result<Box<TicketFile>, CommandError> {
    let (document, found) = document::read(DRAFT, text);
    let source: Rc<str> = text.into();
    for diagnostic in &found {
        ui.note_diagnostic(diagnostic, &|path| (path == DRAFT).then(|| source.clone()));
    }
    let errors = found.iter().any(|found| found.severity == Severity::Error);
    match document {
        Document::Ticket(file) if !errors => Ok(file),
        _ => Err(CommandError::new(Exit::Invalid, "the ticket holds an error, so it is not made")),
    }
}
