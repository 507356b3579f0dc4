//! The commands that look: a value, the list, the versions.

use super::{Context, safe};
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::table::Table;
use crate::cli::ui::Ui;
use crate::model::authority::Act;
use crate::runtime::secrets::Safe;
use crate::runtime::secrets::access::{self, Access, GIVEN};
use serde_json::json;

/// Print the value of a secret
#[derive(Debug, clap::Args)]
pub(super) struct Get {
    /// The secret
    secret: String,
    /// An earlier version
    #[arg(long, value_name = "NUMBER")]
    version: Option<u64>,
}

/// List the secrets and who may use them
#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// Also those that were deleted, and the program's own
    #[arg(long)]
    all: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Show the versions of a secret
#[derive(Debug, clap::Args)]
pub(super) struct History {
    /// The secret
    secret: String,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn get(get: &Get, context: &Context, ui: &mut Ui) -> Outcome {
    let name = Safe::name(&get.secret)?;
    let safe = safe(context)?;
    safe.allow(Act::Configure)?;
    let identity = safe.identity();
    let identity =
        identity.map_err(|error| CommandError::new(Exit::Environment, error.to_string()).hint(error.hint()))?;
    let value = safe.reveal(&name, get.version, &identity);
    let outcome = value.as_ref().map_or_else(ToString::to_string, |_| GIVEN.to_owned());
    let noted = Access {
        at: context.environment.now,
        who: safe.by().to_string(),
        run: None,
        secret: name.to_string(),
        version: get.version,
        outcome,
    };
    access::note(safe.place(), &[noted]);
    let value = value?;
    // A program gets the value and nothing more.
    ui.raw(value.expose());
    if context.environment.terminal && !value.expose().ends_with('\n') {
        ui.raw("\n");
    }
    Ok(Exit::Done)
}

pub(super) fn list(list: &List, context: &Context, ui: &mut Ui) -> Outcome {
    let safe = safe(context)?;
    let mut rows = safe.rows(list.all);
    rows.retain(|row| list.all || !row.own);
    if list.json {
        ui.line(format_args!("{:#}", json!(rows)));
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        ui.note("there are no secrets");
        ui.hint("`corp secret set NAME` makes one");
        return Ok(Exit::Done);
    }
    let mut table = Table::new(5);
    table.row(["secret", "status", "version", "from", "for", ""]);
    for row in &rows {
        let version = row.version.map(|version| version.to_string()).unwrap_or_default();
        let users = if row.users.is_empty() { "nobody".to_owned() } else { row.users.join(", ") };
        let state = match (&row.to_be_rotated, row.late) {
            (Some(why), _) => format!("to be replaced: {why}"),
            (None, true) => "to be replaced: its time is over".to_owned(),
            (None, false) => row.description.clone().unwrap_or_default(),
        };
        table.row([&row.name, &row.status, &version, &row.provider, &users, &state]);
    }
    table.show(context.environment.width, ui);
    Ok(Exit::Done)
}

pub(super) fn history(history: &History, context: &Context, ui: &mut Ui) -> Outcome {
    let name = Safe::name(&history.secret)?;
    let safe = safe(context)?;
    if safe.file(&name).is_none() {
        safe.known(&name)?;
    }
    let rows = safe.versions(&name);
    if history.json {
        ui.line(format_args!("{:#}", json!(rows)));
        return Ok(Exit::Done);
    }
    let mut table = Table::new(3);
    for row in &rows {
        let print = row.fingerprint.as_deref().unwrap_or_default();
        let print: String = print.rsplit(':').next().unwrap_or_default().chars().take(8).collect();
        let (created, by) = (row.created.as_deref().unwrap_or_default(), row.by.as_deref().unwrap_or_default());
        table.row([&row.version.to_string(), &row.status, created, by, &print]);
    }
    table.show(context.environment.width, ui);
    if rows.is_empty() {
        ui.note(format_args!("the value of {name} is not kept here, and so are its versions"));
    }
    Ok(Exit::Done)
}
