//! `corp init`: founds a company, or adds to a folder what it lacks to be one.

mod asking;

use super::Context;
use crate::adapters;
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::format::record::nearest;
use crate::format::template::{self, Answers, Template};
use crate::model::{Scalar as _, Slug, Zone};
use crate::store::found::{self, Author};
use crate::store::message::{Message, Trailers};
use crate::store::place::{self, Change};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The template when none is named.
const DEFAULT: &str = "solo";

/// Found a company in a folder; what is there already stays as it is
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "Examples:
  corp init acme                        one assistant
  corp init acme --template studio      a CEO, an engineer and a reviewer
  corp init . --name \"Acme Labs\"        in this folder
  corp init acme --adapter claude_local  agents that are Claude Code, not scripts
  corp init --interactive               be asked
  corp init --list                      the templates")]
pub struct Args {
    /// The company's folder; made if it is not there
    #[arg(value_name = "DIR", required_unless_present_any = ["list", "interactive"])]
    pub(super) folder: Option<PathBuf>,
    /// The company to begin with; `--list` shows them
    #[arg(long, value_name = "NAME")]
    pub(super) template: Option<String>,
    /// The company's name, instead of one made from the folder's
    #[arg(long)]
    pub(super) name: Option<String>,
    /// What ticket ids begin with, such as `ACME`
    #[arg(long, value_name = "PREFIX")]
    pub(super) prefix: Option<String>,
    /// The time zone of schedules and budgets, instead of this machine's
    #[arg(long = "tz", value_name = "ZONE")]
    pub(super) timezone: Option<String>,
    /// The program its agents are, instead of scripts; `corp adapter list` shows them
    #[arg(long, value_name = "NAME")]
    pub(super) adapter: Option<String>,
    /// Ask for what is not said; needs a terminal
    #[arg(long, conflicts_with = "list")]
    pub(super) interactive: bool,
    /// List the templates
    #[arg(long)]
    pub(super) list: bool,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let asked = if args.interactive { Some(asking::ask(args, context, ui)?) } else { None };
    let args = asked.as_ref().unwrap_or(args);
    let Some(folder) = args.folder.as_ref().filter(|_| !args.list) else {
        for template in template::all() {
            ui.line(format_args!("{:<16} {}", template.name, template.summary()));
        }
        return Ok(Exit::Done);
    };
    let founded = found(args, folder, context)?;
    tell(&founded, folder, ui);
    if found::identity().is_none() && !founded.had_repository {
        let author = context.person();
        ui.note(format_args!("git has no name and address for you: you are {} <{}> here", author.name, author.email));
        ui.hint("git config --global user.name NAME && git config --global user.email ADDRESS");
    }
    Ok(Exit::Done)
}

/// What became of a folder.
pub(super) struct Founded {
    /// What its founder said, or what the surroundings did.
    pub(super) answers: Answers,
    template: Template,
    /// The files that are new.
    paths: Vec<String>,
    /// How many were there already.
    kept: usize,
    had_repository: bool,
    is_company: bool,
}

/// Founds a company in `folder`, or adds what it lacks to be one.
///
/// # Errors
/// There is no such template, an answer cannot be used, or it could not be written.
pub(super) fn found(args: &Args, folder: &Path, context: &Context) -> Result<Founded, CommandError> {
    let template = template_called(args.template.as_deref().unwrap_or(DEFAULT))?;
    let answers = answers(args, context, folder)?;
    std::fs::create_dir_all(folder).map_err(|error| {
        CommandError::new(Exit::Environment, format!("the folder {} cannot be made: {error}", folder.display()))
    })?;
    // A company that is there already keeps its people: it only gets what makes it run here.
    let is_company = folder.join("COMPANY.md").is_file();
    let files =
        if is_company && args.template.is_none() { template::operation(&answers) } else { template.fill(&answers) };
    let files = match &args.adapter {
        Some(adapter) => template::with_adapter(files, adapter_called(adapter)?)
            .map_err(|error| CommandError::bug(format!("the template cannot be filled: {error}")))?,
        None => files,
    };
    let (new, kept) = missing(folder, files);
    let changes: Vec<Change> = new
        .iter()
        .map(|(path, text)| Change { path: path.clone(), before: None, after: Some(text.clone().into_bytes()) })
        .collect();
    place::place(folder, &changes)?;
    let had_repository = found::has_repository(folder);
    let paths: Vec<String> = new.into_keys().collect();
    if !had_repository && !paths.is_empty() {
        let author = Author { name: answers.person_name.clone(), email: answers.person_email.clone() };
        let message = Message::new(&format!("Found {} from the template {}", answers.name, template.name))
            .with_trailers(Trailers { actor: Slug::parse(&answers.person_id).ok(), ..Trailers::default() });
        if let Err(error) = found::first_commit(folder, &paths, &author, context.environment.now, message) {
            take_back(folder, changes);
            return Err(error.into());
        }
    }
    Ok(Founded { answers, template, paths, kept, had_repository, is_company })
}

/// Takes back what was written, in a folder that could not become a company: else whoever says it again would find half of
/// one. What somebody changed meanwhile stays, as everything does that was there before.
fn take_back(folder: &Path, changes: Vec<Change>) {
    let back = |change: Change| Change { path: change.path, before: change.after, after: None };
    for change in changes.into_iter().map(back) {
        drop(place::place(folder, &[change]));
    }
    drop(std::fs::remove_dir_all(folder.join(".git")));
}

/// The template called `name`, or what is nearest to it.
pub(super) fn template_called(name: &str) -> Result<Template, CommandError> {
    template::find(name).ok_or_else(|| {
        let names: Vec<&str> = template::all().iter().map(|template| template.name).collect();
        let error = CommandError::new(Exit::Usage, format!("there is no template called `{name}`"));
        match nearest(name, names.iter().copied()) {
            Some(near) => error.hint(format!("did you mean `{near}`? There are {}", names.join(", "))),
            None => error.hint(format!("there are {}", names.join(", "))),
        }
    })
}

/// The adapter called `name`, or what is nearest to it.
fn adapter_called(name: &str) -> Result<&'static str, CommandError> {
    adapters::find(name).map(adapters::Adapter::name).ok_or_else(|| {
        let names: Vec<&str> = adapters::ALL.iter().map(|adapter| adapter.name()).collect();
        let error = CommandError::new(Exit::Usage, format!("there is no adapter called `{name}`"));
        // Most say the program's name, `claude`.
        let begun = names.iter().copied().find(|known| known.starts_with(name));
        let near =
            begun.or_else(|| nearest(name, names.iter().copied())).map(|near| format!("did you mean `{near}`? "));
        error.hint(format!("{}there are {}", near.unwrap_or_default(), names.join(", ")))
    })
}

/// What ticket ids begin with, if it can be used.
fn prefix_of(text: &str) -> Result<(), CommandError> {
    crate::model::TicketId::new(text, 1).map(drop).map_err(|why| {
        CommandError::new(Exit::Usage, format!("`--prefix {text}` cannot be used: {why}"))
            .hint("capitals and digits, beginning with a letter, such as `ACME`")
    })
}

/// The time zone, if there is one of that name.
fn zone_of(text: &str) -> Result<(), CommandError> {
    Zone::parse(text).map(drop).map_err(|why| {
        CommandError::new(Exit::Usage, format!("`--tz {text}` cannot be used: {why}"))
            .hint("an IANA name, such as `Europe/Berlin`")
    })
}

fn answers(args: &Args, context: &Context, folder: &Path) -> Result<Answers, CommandError> {
    let full = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let last = full.components().next_back().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let of_folder =
        last.and_then(|name| Slug::from_name(&name)).map_or_else(|| "company".to_owned(), |s| s.to_string());
    let name = args.name.clone().unwrap_or_else(|| template::name_of(&of_folder));
    let slug = Slug::from_name(&name).map_or(of_folder, |slug| slug.to_string());
    let prefix = args.prefix.clone().unwrap_or_else(|| template::prefix_of(&slug));
    prefix_of(&prefix)?;
    let timezone = args.timezone.clone().unwrap_or_else(|| context.environment.timezone.clone());
    zone_of(&timezone)?;
    let author = context.person();
    let first = author.name.split_whitespace().next().unwrap_or_default();
    let person_id = Slug::from_name(first).or_else(|| Slug::from_name(context.environment.user.as_deref()?));
    let now = context.environment.now.round(jiff::Unit::Second).unwrap_or(context.environment.now);
    Ok(Answers {
        name,
        slug,
        prefix,
        timezone,
        branch: found::branch(folder).unwrap_or_else(|| "main".to_owned()),
        person_id: person_id.map_or_else(|| "owner".to_owned(), |slug| slug.to_string()),
        person_name: author.name,
        person_email: author.email,
        now: now.to_string(),
    })
}

/// The files that are not there yet, and how many are.
fn missing(folder: &Path, files: BTreeMap<String, String>) -> (BTreeMap<String, String>, usize) {
    let all = files.len();
    let new: BTreeMap<_, _> =
        files.into_iter().filter(|(path, _)| std::fs::symlink_metadata(folder.join(path)).is_err()).collect();
    let kept = all - new.len();
    (new, kept)
}

fn tell(told: &Founded, folder: &Path, ui: &mut Ui) {
    let shown = folder.display();
    if told.paths.is_empty() {
        ui.note(format_args!("{shown} has everything already; nothing was changed"));
        return;
    }
    if told.is_company {
        ui.note(format_args!("{} in {shown} got what it lacked:", told.answers.name));
    } else {
        ui.note(format_args!("{} is founded in {shown}: {}", told.answers.name, told.template.summary()));
    }
    for path in told.paths.iter().filter(|path| !path.starts_with(".schemas/")) {
        ui.line(path);
    }
    let schemas = told.paths.iter().filter(|path| path.starts_with(".schemas/")).count();
    if schemas > 0 {
        ui.line(format_args!(".schemas/ ({schemas} files, for your editor)"));
    }
    if told.kept > 0 {
        ui.note(format_args!("{} files were there already and stay as they are", told.kept));
    }
    if let Some(around) = found::repository_around(&folder.canonicalize().unwrap_or_default()) {
        ui.note(format_args!("{} is a repository too; let it ignore {shown}", around.display()));
    }
    let enter = if folder == Path::new(".") { String::new() } else { format!("cd {shown} && ") };
    if told.had_repository {
        ui.hint(format_args!("look at it and commit it: {enter}git status"));
    }
    ui.hint(format_args!("next: {enter}corp check"));
}
