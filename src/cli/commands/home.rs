//! `corp home`: which clone executes.

use super::Context;
use super::sync::{Choices, branch, request, tell, told};
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::store::home::{self, Standing};
use crate::store::sync::{self, SyncError};

/// Show or change which clone runs the agents
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp home show                      which clone runs the agents
  corp home take                      this one, from now on")]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Which clone is home, and whether it is this one
    Show,
    /// Make this clone home
    ///
    /// First brings in what others did, so that nobody else has taken it meanwhile; afterwards tells the remote. The old
    /// home stops executing when it has heard of it: stop it before, if you can.
    Take {
        /// Do it although the remote cannot be reached: make sure yourself that the old home does not run
        #[arg(long)]
        offline: bool,
    },
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let root = context.company_root()?;
    let mut chance = context.environment.chance.clone();
    let identity = home::identity(&root, &mut || chance.draw())?;
    let branch = branch(&root);
    let What::Take { offline } = args.what else {
        ui.line(format_args!("this clone: {} on {}", identity.clone, identity.host));
        match home::standing(&root, &branch, &identity)? {
            Standing::Home => ui.line("home: this clone"),
            Standing::Away(home) => {
                let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "an unnamed machine".to_owned());
                let clone = home.clone.as_ref().map(ToString::to_string).unwrap_or_default();
                let since = home.since.as_ref().map(|since| format!(", since {since}")).unwrap_or_default();
                ui.line(format_args!("home: {clone} on {}{since}", text(&home.host)));
                ui.hint("to move it here: corp home take");
            }
            Standing::Nobody => {
                ui.line("home: nobody");
                ui.hint("to make this clone home: corp home take");
            }
        }
        return Ok(Exit::Done);
    };
    if home::standing(&root, &branch, &identity)? == Standing::Home {
        ui.note("this clone is home already");
        return Ok(Exit::Done);
    }
    let request = request(&root, context, &mut chance, None, &Choices::default())?;
    let mut writer = sync::writer(&root, &branch)?;
    let mut alone = false;
    match sync::sync(&mut writer, &request, &mut || chance.draw()) {
        Ok(report) => tell(&report, &request, false, ui),
        Err(SyncError::NoRemote(_)) => alone = true,
        Err(error @ SyncError::Unreachable { .. }) if !offline => {
            return Err(CommandError::from(error).hint(
                "to take it all the same, when you are sure that the old home does not run: corp home take --offline",
            ));
        }
        Err(SyncError::Unreachable { .. }) => alone = true,
        Err(error) => return Err(told(error, ui)),
    }
    home::take(&mut writer, &root, &branch, &identity, &context.person(), context.environment.now)?;
    ui.note(format_args!("home is this clone now: {} on {}", identity.clone, identity.host));
    if !alone {
        let report = sync::sync(&mut writer, &request, &mut || chance.draw()).map_err(|error| told(error, ui))?;
        tell(&report, &request, false, ui);
    }
    Ok(Exit::Done)
}
