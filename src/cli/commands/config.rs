//! `corp config`: what the program does for this person on this machine, and why.

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::preferences::{Origin, Preferences};
use crate::cli::table::Table;
use crate::cli::ui::Ui;
use crate::store::found;
use serde_json::json;

/// What this program does for you on this machine, and where each setting comes from
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Show every setting
    ///
    /// What counts, the first that says something: a flag; a variable that is for this program (`CORP_…`, `NO_COLOR`); your
    /// file, `corp/config.yaml` in `~/.config` or `$XDG_CONFIG_HOME`; a variable for all programs (`PAGER`, `VISUAL`,
    /// `EDITOR`); what is usual. A company around the current folder counts before the one in your file. How a company is
    /// run stands in its own files.
    #[command(after_help = "\
Examples:
  corp config show --origin
  printf 'company: ~/acme\\nquiet: true\\n' > ~/.config/corp/config.yaml

The keys of the file: company, color, pager, editor, quiet, verbose")]
    Show {
        /// Also where each comes from: a flag, a variable, your file, or what is usual
        #[arg(long)]
        origin: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let Verb::Show { origin, json } = &args.verb;
    let all = settings(context);
    if *json {
        let of = |(name, value, origin): &(&str, String, Origin)| json!({ "setting": name, "value": value, "origin": origin.to_string() });
        ui.line(json!(all.iter().map(of).collect::<Vec<_>>()));
        return Ok(Exit::Done);
    }
    let mut table = Table::new(1);
    for (name, value, from) in &all {
        let value = if value.is_empty() { "-" } else { value };
        let from = if *origin { from.to_string() } else { String::new() };
        table.row([*name, value, &from]);
    }
    table.show(context.environment.width, ui);
    if !context.preferences.wrong.is_empty() {
        let message = format!("{} has mistakes", context.preferences.path.display());
        return Err(
            CommandError::new(Exit::Invalid, message).hint("what is wrong is shown above; the rest of it counts")
        );
    }
    Ok(Exit::Done)
}

/// Every setting, its value and its origin, in the order in which people ask for them.
fn settings(context: &Context) -> Vec<(&'static str, String, Origin)> {
    let (environment, preferences) = (&context.environment, &context.preferences);
    let Preferences { colour, pager, quiet, verbose, .. } = preferences;
    let yes = |value: bool| if value { "yes" } else { "no" }.to_owned();
    let company = match (context.named_company(), context.company_root()) {
        (Some(named), _) => (named.value.display().to_string(), named.origin),
        (None, Ok(root)) => match &preferences.usual_company {
            Some(usual) if usual.value == root => (root.display().to_string(), usual.origin.clone()),
            Some(_) | None => (root.display().to_string(), Origin::Usual("the nearest folder upwards that is one")),
        },
        // One that is not there is still what the file says.
        (None, Err(_)) => match preferences.usual_company.clone() {
            Some(usual) => (usual.value.display().to_string(), usual.origin),
            None => (String::new(), Origin::Usual("none is named, and none is around")),
        },
    };
    let editor = preferences.editor.clone();
    let editor = editor.map_or((String::new(), Origin::Usual("none is named")), |from| (from.value, from.origin));
    let person = context.person();
    let known = match found::identity() {
        Some(_) => Origin::Usual("git config"),
        None => Origin::Usual("git knows no name and address for you"),
    };
    let roots = &environment.roots;
    let is_usual = roots.state == roots.home.join(".local/state");
    let state = if is_usual { Origin::Usual("usual") } else { Origin::Variable("XDG_STATE_HOME") };
    let sockets = roots.sockets.clone().map(|folder| folder.display().to_string());
    let sockets = sockets.map_or((String::new(), Origin::Usual("beside the state")), |folder| {
        (folder, Origin::Variable("XDG_RUNTIME_DIR"))
    });
    let file = if preferences.path.is_file() { "it is there" } else { "it is not there" };
    let mut all = vec![
        ("company", company.0, company.1),
        ("color", yes(colour.value), colour.origin.clone()),
        ("pager", pager.value.clone(), pager.origin.clone()),
        ("editor", editor.0, editor.1),
        ("quiet", yes(quiet.value), quiet.origin.clone()),
        ("verbose", yes(verbose.value), verbose.origin.clone()),
        ("person", format!("{} <{}>", person.name, person.email), known),
        ("timezone", environment.timezone.clone(), Origin::Usual("this machine, or TZ")),
        ("state", roots.state.join("corp").display().to_string(), state),
        ("sockets", sockets.0, sockets.1),
        ("file", preferences.path.display().to_string(), Origin::Usual(file)),
    ];
    if environment.clock != crate::runtime::clock::Clock::Machine {
        all.push(("now", environment.now.to_string(), Origin::Variable("CORP_NOW")));
    }
    all
}
