//! A package that comes into a company: planned, shown, agreed to, written, told. What `corp import` and `corp grow` share.

use super::ask;
use super::commands::Context;
use super::error::{CommandError, Exit};
use super::ui::Ui;
use crate::format::package::Tree;
use crate::format::package::plan::collide::OnCollision;
use crate::format::package::plan::{self, Live, Options, Plan, PlanError};
use crate::model::Choice as _;
use crate::store::found;
use crate::store::import::{self, ImportError, Into};
use crate::store::writer::WriteError;
use std::path::{Path, PathBuf};

/// How something is brought in, as it is typed.
#[derive(Debug, clap::Args)]
pub struct Choices {
    /// The agent of the company that the first agent of what comes reports to
    #[arg(long, value_name = "AGENT")]
    pub under: Option<String>,
    /// Only these things, with what they need: agents/cto,teams/web
    #[arg(long, value_name = "THINGS", value_delimiter = ',')]
    pub only: Vec<String>,
    /// What to do with names the company has: rename, skip or replace
    #[arg(long, value_name = "HOW", value_parser = on_collision)]
    pub on_collision: Option<OnCollision>,
    /// Only show what would change
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long, short = 'y')]
    pub yes: bool,
    /// Show it as JSON
    #[arg(long)]
    pub json: bool,
}

fn on_collision(word: &str) -> Result<OnCollision, String> {
    OnCollision::from_word(word).ok_or_else(|| "it is one of rename, skip, replace".to_owned())
}

/// What is to come, and how it is asked for.
#[derive(Debug)]
pub struct Bring<'a> {
    /// The files.
    pub tree: &'a Tree,
    /// Where they go.
    pub target: &'a Target,
    /// What was asked for.
    pub options: &'a Options,
    /// The command as it was typed, without the options: for what to type next.
    pub again: &'a str,
    /// What the commit's subject begins with.
    pub verb: &'a str,
    /// What there is to say about where the files come from, for a person and for `--json`.
    pub source: Source,
    /// What was typed.
    pub choices: &'a Choices,
}

/// Where files come from.
#[derive(Debug, Default)]
pub struct Source {
    /// The host that was spoken to.
    pub network: Option<String>,
    /// A source that means the same tomorrow, where this one may not.
    pub pin: Option<String>,
    /// Paths that were passed over.
    pub left_out: Vec<String>,
}

/// The folder that is written to, and the company in it.
#[derive(Debug)]
pub struct Target {
    /// The folder.
    pub folder: PathBuf,
    /// Whether it is still to be made.
    pub missing: bool,
    /// The company that is there.
    pub live: Option<(crate::format::Draft, Tree)>,
}

/// Brings it in: shows what would change, asks, writes. What was planned, if it was written.
///
/// # Errors
/// There is no plan, nobody agreed, or it could not be written.
pub fn bring(asked: &Bring<'_>, context: &Context, ui: &mut Ui) -> Result<Option<Plan>, CommandError> {
    let target = asked.target;
    let live = target.live.as_ref().map(|(draft, files)| Live { draft, files });
    let plan = plan::plan(asked.tree, live.as_ref(), asked.options).map_err(|error| refused(error, asked.again))?;
    if plan.changes.is_empty() {
        show(asked, &plan, false, ui);
        ui.note("nothing would change");
        return Ok(None);
    }
    if !asked.choices.json || asked.choices.dry_run {
        show(asked, &plan, false, ui);
    }
    if asked.choices.dry_run {
        if !asked.choices.json {
            ui.note("nothing was written");
        }
        return Ok(None);
    }
    let values = ask::live(context, &target.folder)?;
    for change in &plan.changes {
        if let Some((line, name)) = change.after.as_deref().and_then(|bytes| ask::value_in(&values, bytes)) {
            let path = super::escape::line(&change.path);
            let message = format!("{path}:{line} holds the value of the secret {name}; nothing was changed");
            return Err(CommandError::new(Exit::Refused, message).hint("take it out where the package comes from"));
        }
    }
    agree(asked, context, ui)?;
    let committed = write(asked, &plan, context)?;
    if asked.choices.json {
        show(asked, &plan, true, ui);
    }
    tell(target, &plan, committed.as_deref(), ui);
    Ok(Some(plan))
}

/// Why there is no plan, and what to type next; `again` is the command as it was typed.
fn refused(error: PlanError, again: &str) -> CommandError {
    let told = CommandError::new(Exit::Refused, error.to_string());
    match error {
        PlanError::NoCompany => told.hint(format!("bring it into a company: {again} --into DIR")),
        PlanError::Empty => told.hint("a package has a COMPANY.md, or folders such as agents/, teams/, skills/"),
        PlanError::UnderNeeded { agents, .. } => {
            told.hint(format!("add `--under AGENT`; the company has {}", some(&agents)))
        }
        PlanError::NoSuchAgent { slug, agents } => match nearest_of(&slug, &agents) {
            Some(near) => told.hint(format!("did you mean `{near}`? The company has {}", some(&agents))),
            None => told.hint(format!("the company has {}", some(&agents))),
        },
        PlanError::UnderNew { .. } => told.hint("name the company with `--into DIR`, or leave `--under` out"),
        PlanError::NoSuchThing { word, things } => match nearest_of(&word, &things) {
            Some(near) => told.hint(format!("did you mean `{near}`?")),
            None => told.hint(format!("there are {}", some(&things))),
        },
        PlanError::Mismatch { .. } => {
            told.hint("nothing was taken; somebody changed it since: ask the package's author")
        }
        PlanError::NeverImported { packages, .. } if packages.is_empty() => {
            told.hint("leave `--update` out to import it for the first time")
        }
        PlanError::NeverImported { packages, .. } => told.hint(format!("there are {}", some(&packages))),
        PlanError::BadLock { path, .. } => told.hint(format!("give it back as it was: git checkout HEAD -- {path}")),
        PlanError::AlreadyImported { .. } => told
            .hint(format!("for a newer version: {again} --update"))
            .hint("for a second copy of it, add `--on-collision rename`"),
    }
}

fn nearest_of<'n>(word: &str, names: &'n [String]) -> Option<&'n str> {
    // The list of names to choose from is only known at run time.
    let near = names.iter().map(|name| (strsim::osa_distance(word, name), name)).min()?;
    (near.0 <= 1 + word.len() / 4).then_some(near.1.as_str())
}

fn some(names: &[String]) -> String {
    const SHOWN_MAX: usize = 12;
    let first = names.iter().take(SHOWN_MAX).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN_MAX { format!("{first} and {} more", names.len() - SHOWN_MAX) } else { first }
}

fn show(asked: &Bring<'_>, plan: &Plan, written: bool, ui: &mut Ui) {
    let source = &asked.source;
    if asked.choices.json {
        let files: Vec<serde_json::Value> = plan.changes.iter().map(file_json).collect();
        let shown = serde_json::json!({
            "folder": asked.target.folder.display().to_string(),
            "written": written,
            "preview": plan.preview,
            "files": files,
            "network": source.network,
            "pinned": source.pin.is_none(),
            "left_out": source.left_out,
        });
        ui.line(format_args!("{shown:#}"));
        return;
    }
    ui.raw(&plan.preview.text());
    if let Some(host) = &source.network {
        ui.note(format_args!("fetched from {host}"));
    }
    if let Some(again) = &source.pin {
        ui.note(format_args!("a branch or tag may mean something else tomorrow; exactly this again: {again}"));
    }
    for path in &source.left_out {
        ui.note(format_args!("left out: {}", path.escape_debug()));
    }
}

fn file_json(change: &plan::Change) -> serde_json::Value {
    let what = match (&change.before, &change.after) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "changed",
    };
    serde_json::json!({ "path": change.path, "what": what })
}

/// Asks, or refuses where nobody can be asked.
fn agree(asked: &Bring<'_>, context: &Context, ui: &mut Ui) -> Result<(), CommandError> {
    if asked.choices.yes {
        return Ok(());
    }
    if !context.environment.interactive || asked.choices.json {
        return Err(CommandError::new(Exit::Refused, "nothing was written: there is nobody to ask here")
            .hint("add `--yes` to do it, or `--dry-run` to only look"));
    }
    if ui.confirm(&format!("Bring it into {}?", asked.target.folder.display())) {
        Ok(())
    } else {
        Err(CommandError::new(Exit::Refused, "nothing was written"))
    }
}

/// Writes what was planned, and returns the commit that holds it; `None` where a company is not in a repository.
fn write(asked: &Bring<'_>, plan: &Plan, context: &Context) -> Result<Option<String>, CommandError> {
    let target = asked.target;
    let into = match (&target.live, target.missing) {
        (Some(_), _) => Into::Live,
        (None, true) => Into::Missing,
        (None, false) => Into::Empty,
    };
    import::write(&target.folder, into, plan, asked.verb, &context.person(), context.environment.now).map_err(|error| {
        match error {
            ImportError::Write(WriteError::Moved { path }) => {
                let message = format!("{path} is not as it was last committed; nothing was written");
                CommandError::new(Exit::Held, message).hint("commit what you changed first: corp commit")
            }
            ImportError::Write(error) => error.into(),
            ImportError::Place(error) => error.into(),
            ImportError::Found(error) => error.into(),
            ImportError::Folder { .. } => CommandError::new(Exit::Environment, error.to_string()),
        }
    })
}

fn tell(target: &Target, plan: &Plan, committed: Option<&str>, ui: &mut Ui) {
    let shown = target.folder.display();
    let count = |what: fn(&plan::Change) -> bool| plan.changes.iter().filter(|change| what(change)).count();
    let added = count(|change| change.before.is_none());
    let removed = count(|change| change.after.is_none());
    let changed = plan.changes.len() - added - removed;
    let name = plan::preview::shown(&plan.preview.name);
    ui.note(format_args!(
        "{} is in {shown}: {added} files added, {changed} changed, {removed} removed",
        name.escape_debug()
    ));
    let enter = if target.folder == Path::new(".") { String::new() } else { format!("cd {shown} && ") };
    if target.live.is_some() {
        match committed.map(|id| id.get(..10).unwrap_or(id)) {
            Some(id) => ui.note(format_args!("committed as {id}; `corp undo {id}` takes it back")),
            None => ui.hint(format_args!("{shown} is not in a repository: {enter}git init makes changes undoable")),
        }
    } else if let Some(around) = found::repository_around(&std::path::absolute(&target.folder).unwrap_or_default()) {
        ui.note(format_args!("{} is a repository too; let it ignore {shown}", around.display()));
    }
    ui.hint(format_args!("next: {enter}corp check"));
}
