//! `corp import`: brings a package into a company, or founds one from it; shows what would change before it does.

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::progress::Progress;
use crate::cli::ui::Ui;
use crate::format::package::limits::Limits;
use crate::format::package::plan::arrive::{Founder, Person};
use crate::format::package::plan::collide::OnCollision;
use crate::format::package::plan::{self, Live, Options, Plan, PlanError};
use crate::model::Choice as _;
use crate::store::definitions::definitions;
use crate::store::found::{self, Author};
use crate::store::import::{self, ImportError, Into};
use crate::store::source::{self, Fetched, Origin, Request};
use crate::store::writer::WriteError;
use std::path::{Path, PathBuf};

/// Bring a package into a company, or found a company from one; shows first what would change
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  corp import ./agency --dry-run                       only look
  corp import ./agency                                 as a new company in ./<its slug>
  corp import team.zip --into acme --under ceo         into a company, reporting to its ceo
  corp import ./agency --into acme --under ceo --only agents/cto,skills/review
  corp import ./agency --into acme --update            a newer version of it")]
pub struct Args {
    /// A folder, a .zip, a .tar.gz; behind it, `#:FOLDER` chooses one of several companies
    source: String,
    /// The company it comes into, or the folder of a new one; else ./<the package's slug>
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
    /// The agent of the company that the package's first agent reports to
    #[arg(long, value_name = "AGENT")]
    under: Option<String>,
    /// Only these things, with what they need: agents/cto,teams/web
    #[arg(long, value_name = "THINGS", value_delimiter = ',')]
    only: Vec<String>,
    /// What to do with names the company has: rename, skip or replace
    #[arg(long, value_name = "HOW", value_parser = on_collision)]
    on_collision: Option<OnCollision>,
    /// Merge a newer version into what was imported before; what you changed since stays
    #[arg(long, conflicts_with_all = ["only", "on_collision"])]
    update: bool,
    /// Only show what would change
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long, short = 'y')]
    yes: bool,
    /// Show it as JSON
    #[arg(long)]
    json: bool,
}

fn on_collision(word: &str) -> Result<OnCollision, String> {
    OnCollision::from_word(word).ok_or_else(|| "it is one of rename, skip, replace".to_owned())
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let fetched = fetch(args, context)?;
    let target = Target::find(args, context, &fetched)?;
    let live = target.live.as_ref().map(|(draft, files)| Live { draft, files });
    let plan = plan::plan(&fetched.tree, live.as_ref(), &options(args, context, &fetched, &target.folder))
        .map_err(|error| refused(error, args))?;
    let mut done = Done { folder: &target.folder, plan: &plan, written: false };
    if plan.changes.is_empty() {
        show(args, &done, &fetched, ui);
        ui.note("nothing would change");
        return Ok(Exit::Done);
    }
    if args.json {
        if args.dry_run {
            show(args, &done, &fetched, ui);
            return Ok(Exit::Done);
        }
    } else {
        show(args, &done, &fetched, ui);
    }
    if args.dry_run {
        ui.note("nothing was written");
        return Ok(Exit::Done);
    }
    agree(args, context, &target.folder, ui)?;
    let committed = write(&target, &plan, args, context)?;
    done.written = true;
    if args.json {
        show(args, &done, &fetched, ui);
    }
    tell(&target, &plan, committed.as_deref(), ui);
    Ok(Exit::Done)
}

fn fetch(args: &Args, context: &Context) -> Result<Fetched, CommandError> {
    let scratch = &context.environment.scratch;
    let request = Request { source: &args.source, base: Path::new("."), scratch, limits: Limits::default() };
    let mut progress = Progress::new("reading the package");
    source::fetch(&request, &mut |seen| progress.seen(seen)).map_err(|error| {
        let shown = CommandError::new(Exit::Environment, error.to_string());
        error.help().into_iter().fold(shown, CommandError::hint)
    })
}

/// The folder that is written to, and the company in it.
struct Target {
    folder: PathBuf,
    /// Whether the folder is still to be made.
    missing: bool,
    live: Option<(crate::format::Draft, crate::format::package::Tree)>,
}

impl Target {
    fn find(args: &Args, context: &Context, fetched: &Fetched) -> Result<Self, CommandError> {
        let named = args.into.clone().or_else(|| context.company.clone());
        if named.is_none() && !args.update && !fetched.tree.contains_key("COMPANY.md") {
            return Err(refused(PlanError::NoCompany, args));
        }
        let meant = named.is_some();
        let folder = named.unwrap_or_else(|| {
            let slug = plan::slug_of(&fetched.tree, &name(args));
            // Whoever is in the company that has it means that company.
            let around = context.company_root().ok().filter(|_| args.update);
            let around = around.filter(|root| root.join(plan::lock::path(&slug)).is_file());
            around.unwrap_or_else(|| Path::new(".").join(slug))
        });
        if let Origin::Folder { path } = &fetched.origin
            && same_folder(&Path::new(path).join(&fetched.folder), &folder)
        {
            let message = format!("the package lies in {} itself", folder.display());
            return Err(CommandError::new(Exit::Refused, message)
                .hint("name another folder with `--into DIR`")
                .hint(format!("or make it a company where it is: corp init {}", folder.display())));
        }
        if folder.join("COMPANY.md").is_file() {
            if !meant && !args.update {
                let message = format!("there is a company in {} already", folder.display());
                return Err(CommandError::new(Exit::Refused, message)
                    .hint(format!("to bring the package into it, add `--into {}`", folder.display()))
                    .hint("for a company of its own, name another folder with `--into DIR`"));
            }
            let loaded = crate::store::load(&folder)?;
            let files = definitions(&folder, &loaded.draft)
                .map_err(|error| CommandError::new(Exit::Environment, error.to_string()))?;
            return Ok(Self { folder, missing: false, live: Some((loaded.draft, files)) });
        }
        let missing = match std::fs::read_dir(&folder) {
            Ok(mut listing) => {
                if listing.next().is_some() {
                    let message = format!("{} is not empty and holds no company", folder.display());
                    return Err(CommandError::new(Exit::Environment, message)
                        .hint("name a company, or a folder that is empty or not there, with `--into DIR`"));
                }
                false
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => true,
            Err(error) => {
                let message = format!("the folder {} cannot be read: {error}", folder.display());
                return Err(CommandError::new(Exit::Environment, message));
            }
        };
        Ok(Self { folder, missing, live: None })
    }
}

fn same_folder(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// What the package is called where it comes from.
fn name(args: &Args) -> String {
    let place = args.source.split("#:").last().unwrap_or_default();
    let full = std::path::absolute(place).unwrap_or_else(|_| PathBuf::from(place));
    let last = full.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let endings = [".tar.gz", ".tgz", ".tar", ".zip", ".git"];
    endings.iter().find_map(|ending| last.strip_suffix(ending)).unwrap_or(&last).to_owned()
}

fn options(args: &Args, context: &Context, fetched: &Fetched, folder: &Path) -> Options {
    let now = context.environment.now;
    let (origin, commit) = origin(fetched);
    Options {
        origin,
        name: name(args),
        commit,
        under: args.under.clone(),
        only: args.only.clone(),
        on_collision: args.on_collision,
        update: args.update,
        founder: Founder {
            board: Some(author(context)).and_then(|author| Person::new(&author.name, &author.email)),
            timezone: context.environment.timezone.clone(),
            branch: found::branch(folder).unwrap_or_else(|| "main".to_owned()),
        },
        now: now.round(jiff::Unit::Second).unwrap_or(now),
    }
}

/// The person at this machine.
fn author(context: &Context) -> Author {
    found::identity().unwrap_or_else(|| {
        let user = context.environment.user.clone().unwrap_or_else(|| "owner".to_owned());
        Author { email: format!("{user}@localhost"), name: user }
    })
}

/// Where the package comes from, as it is shown and kept, and the commit it is at.
fn origin(fetched: &Fetched) -> (String, Option<String>) {
    let inner = if fetched.folder.is_empty() { String::new() } else { format!("#:{}", fetched.folder) };
    match &fetched.origin {
        Origin::Folder { path } | Origin::Archive { path, .. } => (format!("{path}{inner}"), None),
        Origin::Git { url, commit, .. } => (format!("{url}{inner}"), Some(commit.clone())),
    }
}

fn refused(error: PlanError, args: &Args) -> CommandError {
    let source = &args.source;
    let told = CommandError::new(Exit::Refused, error.to_string());
    match error {
        PlanError::NoCompany => told.hint(format!("bring it into a company: corp import {source} --into DIR")),
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
            .hint(format!("for a newer version: corp import {source} --into DIR --update"))
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

/// What is shown at the end of `--json`, or before a person decides.
struct Done<'a> {
    folder: &'a Path,
    plan: &'a Plan,
    written: bool,
}

fn show(args: &Args, done: &Done<'_>, fetched: &Fetched, ui: &mut Ui) {
    if args.json {
        let files: Vec<serde_json::Value> = done.plan.changes.iter().map(file_json).collect();
        let shown = serde_json::json!({
            "folder": done.folder.display().to_string(),
            "written": done.written,
            "preview": done.plan.preview,
            "files": files,
            "network": fetched.network,
            "pinned": fetched.pinned(),
            "left_out": fetched.left_out,
        });
        ui.line(format_args!("{shown:#}"));
        return;
    }
    ui.raw(&done.plan.preview.text());
    if let Origin::Git { url, commit, pinned: false, .. } = &fetched.origin {
        ui.note(format_args!("a branch or tag may mean something else tomorrow; {url}#{commit} is exactly this"));
    }
    if let Some(host) = &fetched.network {
        ui.note(format_args!("fetched from {host}"));
    }
    if !fetched.pinned() {
        let again = fetched.origin.source(&fetched.folder);
        ui.note(format_args!("a branch or tag may mean something else tomorrow; exactly this again: {again}"));
    }
    for path in &fetched.left_out {
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
fn agree(args: &Args, context: &Context, folder: &Path, ui: &mut Ui) -> Result<(), CommandError> {
    if args.yes {
        return Ok(());
    }
    if !context.environment.interactive || args.json {
        return Err(CommandError::new(Exit::Refused, "nothing was written: there is nobody to ask here")
            .hint("add `--yes` to do it, or `--dry-run` to only look"));
    }
    if ui.confirm(&format!("Import it into {}?", folder.display())) {
        Ok(())
    } else {
        Err(CommandError::new(Exit::Refused, "nothing was written"))
    }
}

/// Writes what was planned, and returns the commit that holds it; `None` where a company is not in a repository.
fn write(target: &Target, plan: &Plan, args: &Args, context: &Context) -> Result<Option<String>, CommandError> {
    let into = match (&target.live, target.missing) {
        (Some(_), _) => Into::Live,
        (None, true) => Into::Missing,
        (None, false) => Into::Empty,
    };
    let verb = if args.update { "Update" } else { "Import" };
    import::write(&target.folder, into, plan, verb, &author(context), context.environment.now).map_err(|error| {
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
    let agent = plan.changes.iter().map(|change| &change.path).find(|path| path.ends_with("/agent.yaml"));
    if let Some(path) = agent {
        ui.hint(format_args!("agents are paused; one works once its settings say `status: active`, as in {path}"));
    }
}
