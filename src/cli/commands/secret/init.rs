//! `corp secret init`: a key for this account, its copy, and its place among those the secrets are sealed for.

use super::{Context, safe, told};
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::model::{Scalar as _, Slug};
use crate::runtime::chance;
use crate::secrets::{Identity, IdentityError, Value};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Make a key for this account, and have the company's secrets sealed for it
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The key lies outside of every company, for this account alone, and opens the secrets of all of its companies.
What is sealed for a lost key alone nobody opens again: keep a copy elsewhere (--copy)."
)]
pub(super) struct Init {
    /// Enter the key as that of a machine of this name, not of the person
    #[arg(long, value_name = "NAME")]
    machine: Option<String>,
    /// Where to put a copy of the key, such as on another disk
    #[arg(long, value_name = "PATH")]
    copy: Option<PathBuf>,
    /// Take this key: a copy that was made before, or an ssh key (ed25519, without a passphrase)
    #[arg(long, value_name = "PATH")]
    restore: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(init: &Init, context: &Context, ui: &mut Ui) -> Outcome {
    let mut safe = safe(context)?;
    let place = safe.place().clone();
    let failed = |error: IdentityError| CommandError::new(Exit::Environment, error.to_string()).hint(error.hint());
    let machine =
        init.machine.as_deref().map(Slug::parse).transpose().map_err(|why| CommandError::new(Exit::Usage, why))?;
    if let Some(copy) = &init.copy {
        outside(copy, &place.root)?;
    }
    if let Some(copy) = &init.restore {
        let identity = Identity::load(copy).map_err(failed)?;
        identity.create(&place.identity()).map_err(failed)?;
        ui.note(format_args!("the key from {} is at {} again", told(copy), told(&place.identity())));
    }
    let fresh = chance::bytes::<32>()
        .map_err(|error| CommandError::new(Exit::Environment, format!("/dev/urandom cannot be read: {error}")))?;
    let fresh = fresh.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let fresh = Value::new(fresh.into_bytes()).map_err(|why| CommandError::bug(why.to_string()))?;
    let begun = safe.begin(machine.as_ref(), &fresh)?;
    let identity = safe.identity().map_err(failed)?;
    let usual = place.identity_copy();
    let copy = init.copy.as_ref().unwrap_or(&usual);
    let copied = match identity.create(copy) {
        Ok(()) => true,
        Err(IdentityError::There { .. }) if init.copy.is_none() && same(copy, &identity) => false,
        Err(error) => return Err(failed(error)),
    };
    if init.json {
        let value = json!({
            "key": begun.key,
            "new": begun.new,
            "restored": begun.restored,
            "identity": place.identity(),
            "copy": copy,
            "opens": begun.opens,
            "commit": begun.made.as_ref().and_then(|made| made.commit.as_ref()),
        });
        ui.line(format_args!("{value:#}"));
        return Ok(Exit::Done);
    }
    ui.line(&begun.key);
    if begun.new {
        ui.note(format_args!("made a key for this account: {}", told(&place.identity())));
    }
    if begun.restored {
        ui.note(format_args!("this account's key was gone: taken from its copy {}", told(&usual)));
    }
    if copied {
        ui.note(format_args!("its copy: {}", told(copy)));
        if init.copy.is_none() {
            ui.hint("that is on the same machine; `corp secret init --copy PATH` puts one on another disk");
        }
    }
    if let Some(made) = begun.made.as_ref().filter(|made| made.commit.is_some()) {
        ui.note(&made.subject);
    }
    if !begun.opens {
        ui.note("this key cannot open the company's secrets yet");
        ui.hint(format_args!("have an owner say `corp secret recipients add {} {}`", safe.by(), begun.key));
    }
    Ok(Exit::Done)
}

/// Whether the copy holds these keys already.
fn same(copy: &Path, identity: &Identity) -> bool {
    Identity::load(copy).is_ok_and(|known| known.text() == identity.text())
}

/// Refuses a copy inside the company: it would be committed.
fn outside(copy: &Path, root: &Path) -> Result<(), CommandError> {
    let folder = copy.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let inside = folder.canonicalize().is_ok_and(|folder| folder.starts_with(root));
    if inside {
        let message = format!("{} lies in the company's folder, which everybody gets", told(copy));
        return Err(CommandError::new(Exit::Refused, message).hint("put it on another disk"));
    }
    Ok(())
}
