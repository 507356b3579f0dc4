//! `corp grow`: adds the team of a template to a company, under one of its agents.

use super::Context;
use crate::cli::Outcome;
use crate::cli::bring::{Bring, Choices, Source, Target, bring};
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::format::package::plan::Options;
use crate::format::package::plan::arrive::{Founder, Person};
use crate::format::template::{self, Template};
use crate::store::definitions::definitions;
use crate::store::found;
use std::path::PathBuf;

/// Add a team to the company: the agents of a template with what they work by, under one of yours
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  corp grow --list                                 the teams there are
  corp grow code-review --under cto --dry-run      only look
  corp grow code-review --under cto                three agents who read code, reporting to cto
  corp grow research --under ceo --only agents/field,skills/evidence
  corp undo HEAD                                   take it back

What comes in works at once. For a team of your own, or somebody else's: corp import")]
pub struct Args {
    /// The template whose team it is; `--list` shows them
    #[arg(value_name = "TEMPLATE", required_unless_present = "list")]
    template: Option<String>,
    #[command(flatten)]
    choices: Choices,
    /// List the teams
    #[arg(long)]
    list: bool,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let Some(name) = args.template.as_deref().filter(|_| !args.list) else {
        for template in template::all() {
            let agents = template.agents().join(", ");
            ui.line(format_args!("{:<16} {agents}", template.name));
        }
        return Ok(Exit::Done);
    };
    let template = super::init::template_called(name)?;
    let folder = context.company_root()?;
    let loaded = crate::store::load(&folder)?;
    let files =
        definitions(&folder, &loaded.draft).map_err(|error| CommandError::new(Exit::Environment, error.to_string()))?;
    // Who asks inside the company names it by where they stand.
    let folder = if context.company.is_none() && PathBuf::from("COMPANY.md").is_file() { ".".into() } else { folder };
    let target = Target { folder, missing: false, live: Some((loaded.draft, files)) };
    let asked = Bring {
        tree: &template.team(),
        target: &target,
        options: &options(args, template, context, &target),
        again: &format!("corp grow {name}"),
        verb: "Grow",
        source: Source::default(),
        choices: &args.choices,
    };
    if bring(&asked, context, ui)?.is_some() {
        ui.hint("they work like all your agents now; `corp agent list` shows them");
    }
    Ok(Exit::Done)
}

fn options(args: &Args, template: Template, context: &Context, target: &Target) -> Options {
    let now = context.environment.now;
    Options {
        origin: format!("the template {}", template.name),
        name: template.name.to_owned(),
        commit: None,
        under: args.choices.under.clone(),
        only: args.choices.only.clone(),
        on_collision: args.choices.on_collision,
        update: false,
        at_work: true,
        founder: Founder {
            board: Some(context.person()).and_then(|author| Person::new(&author.name, &author.email)),
            timezone: context.environment.timezone.clone(),
            branch: found::branch(&target.folder).unwrap_or_else(|| "main".to_owned()),
        },
        now: now.round(jiff::Unit::Second).unwrap_or(now),
    }
}
