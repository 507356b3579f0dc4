//! `corp import`: brings a package into a company, or founds one from it; shows what would change before it does.

use super::Context;
use crate::cli::Outcome;
use crate::cli::bring::{Bring, Choices, Source, Target, bring};
use crate::cli::error::{CommandError, Exit};
use crate::cli::progress::Progress;
use crate::cli::ui::Ui;
use crate::format::package::limits::Limits;
use crate::format::package::plan::arrive::{Founder, Person};
use crate::format::package::plan::{self, Options, PlanError};
use crate::store::definitions::definitions;
use crate::store::found;
use crate::store::source::{self, Fetched, Origin, Request};
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
    #[command(flatten)]
    choices: Choices,
    /// Merge a newer version into what was imported before; what you changed since stays
    #[arg(long, conflicts_with_all = ["only", "on_collision"])]
    update: bool,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let fetched = fetch(args, context)?;
    let target = find(args, context, &fetched)?;
    let asked = Bring {
        tree: &fetched.tree,
        target: &target,
        options: &options(args, context, &fetched, &target.folder),
        again: &format!("corp import {}", args.source),
        verb: if args.update { "Update" } else { "Import" },
        source: Source {
            network: fetched.network.clone(),
            pin: (!fetched.pinned()).then(|| fetched.origin.source(&fetched.folder)),
            left_out: fetched.left_out.iter().cloned().collect(),
        },
        choices: &args.choices,
    };
    let Some(plan) = bring(&asked, context, ui)? else { return Ok(Exit::Done) };
    let agent = plan.changes.iter().map(|change| &change.path).find(|path| path.ends_with("/agent.yaml"));
    if let Some(path) = agent {
        ui.hint(format_args!("agents are paused; one works once its settings say `status: active`, as in {path}"));
    }
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
fn find(args: &Args, context: &Context, fetched: &Fetched) -> Result<Target, CommandError> {
    let named = args.into.clone().or_else(|| context.company.clone());
    if named.is_none() && !args.update && !fetched.tree.contains_key("COMPANY.md") {
        return Err(CommandError::new(Exit::Refused, PlanError::NoCompany.to_string())
            .hint(format!("bring it into a company: corp import {} --into DIR", args.source)));
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
        return Ok(Target { folder, missing: false, live: Some((loaded.draft, files)) });
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
    Ok(Target { folder, missing, live: None })
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
        under: args.choices.under.clone(),
        only: args.choices.only.clone(),
        on_collision: args.choices.on_collision,
        update: args.update,
        at_work: false,
        founder: Founder {
            board: Some(context.person()).and_then(|author| Person::new(&author.name, &author.email)),
            timezone: context.environment.timezone.clone(),
            branch: found::branch(folder).unwrap_or_else(|| "main".to_owned()),
        },
        now: now.round(jiff::Unit::Second).unwrap_or(now),
    }
}

/// Where the package comes from, as it is shown and kept, and the commit it is at.
fn origin(fetched: &Fetched) -> (String, Option<String>) {
    let inner = if fetched.folder.is_empty() { String::new() } else { format!("#:{}", fetched.folder) };
    match &fetched.origin {
        Origin::Folder { path } | Origin::Archive { path, .. } => (format!("{path}{inner}"), None),
        Origin::Git { url, commit, .. } => (format!("{url}{inner}"), Some(commit.clone())),
    }
}
