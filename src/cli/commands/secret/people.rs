//! `corp secret recipients` and `rekey`: who can open the secrets.

use super::{Context, safe, tell};
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::table::Table;
use crate::cli::ui::Ui;
use crate::model::{Scalar as _, Slug};
use crate::runtime::secrets::recipients::Rekeyed;
use serde_json::json;

/// Seal anew what is not sealed for exactly those who are to open it
#[derive(Debug, clap::Args)]
pub(super) struct Rekey {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// List, add and remove who can open the secrets
#[derive(Debug, clap::Args)]
pub(super) struct Recipients {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Let a person of the board or a machine open the secrets
    Add {
        /// The person, or a short name of the machine
        person: String,
        /// The public key: `age1…`, or the line of an `.pub` file, `ssh-ed25519 …`
        #[arg(required = true, num_args = 1.., value_name = "KEY")]
        key: Vec<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Seal everything anew without somebody, and mark what they could read
    Remove {
        /// The person or machine
        person: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn rekey(rekey: &Rekey, context: &Context, ui: &mut Ui) -> Outcome {
    let rekeyed = safe(context)?.rekey()?;
    told(&rekeyed, rekey.json, ui);
    Ok(Exit::Done)
}

pub(super) fn run(recipients: &Recipients, context: &Context, ui: &mut Ui) -> Outcome {
    let slug = |text: &str| Slug::parse(text).map_err(|why| CommandError::new(Exit::Usage, format!("`{text}`: {why}")));
    match &recipients.verb {
        None => list(recipients.json, context, ui),
        Some(Verb::Add { person, key, json }) => {
            let id = slug(person)?;
            told(&safe(context)?.add_recipient(&id, &key.join(" "))?, *json || recipients.json, ui);
            Ok(Exit::Done)
        }
        Some(Verb::Remove { person, json }) => {
            let id = slug(person)?;
            told(&safe(context)?.remove_recipient(&id)?, *json || recipients.json, ui);
            Ok(Exit::Done)
        }
    }
}

fn told(rekeyed: &Rekeyed, as_json: bool, ui: &mut Ui) {
    let more = json!({ "sealed": rekeyed.sealed, "to_be_rotated": rekeyed.to_be_rotated });
    tell(&rekeyed.made, as_json, more, ui);
    if as_json {
        return;
    }
    if !rekeyed.sealed.is_empty() {
        ui.note(format_args!("sealed anew: {}", rekeyed.sealed.len()));
    }
    if !rekeyed.to_be_rotated.is_empty() {
        ui.note(format_args!(
            "to be replaced, since the history keeps what they could open: {}",
            rekeyed.to_be_rotated.join(", ")
        ));
        ui.hint("`corp secret rotate NAME` for each, once it has a new value where it is used");
    }
}

fn list(as_json: bool, context: &Context, ui: &mut Ui) -> Outcome {
    let safe = safe(context)?;
    let rows = safe.recipient_rows()?;
    if as_json {
        ui.line(format_args!("{:#}", json!(rows)));
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        ui.note("nobody can open this company's secrets yet");
        ui.hint("`corp secret init` makes a key for this account");
        return Ok(Exit::Done);
    }
    let mut table = Table::new(1);
    for row in &rows {
        let own = if row.own { "this account" } else { "" };
        let missing = match row.missing {
            0 => String::new(),
            missing => format!("cannot open {missing} yet"),
        };
        table.row([row.id.as_str(), &row.key, own, &missing]);
    }
    table.show(context.environment.width, ui);
    if rows.iter().any(|row| row.missing > 0) {
        ui.hint("`corp secret rekey` seals those anew");
    }
    Ok(Exit::Done)
}
