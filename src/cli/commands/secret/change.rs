//! The commands that change a secret: its value, who may use it, whether it is used.

use super::{Context, From_, input, safe, tell};
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::model::secret::SecretDelivery;
use crate::model::{Choice as _, Interval, Scalar as _};
use crate::runtime::secrets::Safe;
use crate::runtime::secrets::bindings::Terms;
use crate::runtime::secrets::keep::{Kept, Reference, Wish};
use serde_json::json;

/// Give a secret its value, or a new one
#[derive(Debug, clap::Args)]
pub(super) struct Set {
    /// The secret, in capitals, such as `GH_TOKEN`
    #[arg(value_name = "NAME")]
    secret: String,
    #[command(flatten)]
    from: From_,
    #[command(flatten)]
    about: About,
    /// Keep no value here: it is what this program says, such as `--command op read op://team/gh/token`
    #[arg(long, value_name = "PROGRAM", num_args = 1.., conflicts_with = "file", allow_hyphen_values = true)]
    command: Vec<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// What comes with a value.
#[derive(Debug, clap::Args)]
struct About {
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// How long a value is good, such as `90d`
    #[arg(long, value_name = "TIME")]
    rotate_every: Option<String>,
    /// When this value should be replaced, such as `2027-01-01T00:00:00Z`
    #[arg(long, value_name = "TIME")]
    rotate_by: Option<String>,
}

impl About {
    fn wish(&self) -> Result<Wish, CommandError> {
        let usage = |what: &str, why: String| CommandError::new(Exit::Usage, format!("`{what}`: {why}"));
        let every = self.rotate_every.as_deref().map(|text| Interval::parse(text).map_err(|why| usage(text, why)));
        let by = self.rotate_by.as_deref();
        let by = by.map(|text| text.parse::<jiff::Timestamp>().map_err(|why| usage(text, why.to_string())));
        Ok(Wish { description: self.description.clone(), rotate_every: every.transpose()?, rotate_by: by.transpose()? })
    }
}

/// Replace the value of a secret
#[derive(Debug, clap::Args)]
pub(super) struct Rotate {
    /// The secret
    secret: String,
    #[command(flatten)]
    from: From_,
    #[command(flatten)]
    about: About,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Let an agent's runs, those on a project or those of a routine have a secret
#[derive(Debug, clap::Args)]
pub(super) struct Bind {
    /// The secret
    secret: String,
    #[command(flatten)]
    whose: Whose,
    /// The version they get, in place of the latest
    #[arg(long, value_name = "NUMBER")]
    version: Option<u64>,
    /// Start runs without it if it cannot be had
    #[arg(long)]
    optional: bool,
    /// How they get it: `file` (at `$NAME_FILE`), `env` (in `$NAME`, which whatever they start inherits) or `gateway`
    /// (not at all: the model gateway adds it; usual for the key of an agent's model provider)
    #[arg(long = "as", value_name = "HOW")]
    delivery: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Take a secret from an agent, a project or a routine
#[derive(Debug, clap::Args)]
pub(super) struct Unbind {
    /// The secret
    secret: String,
    #[command(flatten)]
    whose: Whose,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Whose runs it is about.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Whose {
    /// The agent
    agent: Option<String>,
    /// Runs on this project
    #[arg(long)]
    project: Option<String>,
    /// Runs of this routine
    #[arg(long)]
    routine: Option<String>,
}

impl Whose {
    fn find(&self, safe: &Safe) -> Result<crate::model::secret::BoundTo, CommandError> {
        Ok(safe.whose(self.agent.as_deref(), self.project.as_deref(), self.routine.as_deref())?)
    }
}

/// Have a secret be given, or not
#[derive(Debug, clap::Args)]
pub(super) struct Able {
    /// The secret
    secret: String,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Delete a secret nobody uses
#[derive(Debug, clap::Args)]
pub(super) struct Delete {
    /// The secret
    secret: String,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn set(set: &Set, context: &Context, ui: &mut Ui) -> Outcome {
    let name = Safe::name(&set.secret)?;
    input::no_argument(&set.from, &format!("set {name}"))?;
    let wish = set.about.wish()?;
    let mut safe = safe(context)?;
    if !set.command.is_empty() {
        let reference = Reference { provider: "command".to_owned(), command: set.command.clone() };
        let made = safe.refer(&name, &reference, &wish)?;
        tell(&made, set.json, json!({ "secret": name.as_str() }), ui);
        return Ok(Exit::Done);
    }
    // What will be refused is told before anybody types a value.
    safe.identity().map_err(|error| CommandError::new(Exit::Environment, error.to_string()).hint(error.hint()))?;
    let value = input::value(&set.from, name.as_str(), context)?;
    let kept = safe.set(&name, &value, &wish)?;
    told(&kept, set.json, name.as_str(), ui);
    Ok(Exit::Done)
}

pub(super) fn rotate(rotate: &Rotate, context: &Context, ui: &mut Ui) -> Outcome {
    let name = Safe::name(&rotate.secret)?;
    input::no_argument(&rotate.from, &format!("rotate {name}"))?;
    let wish = rotate.about.wish()?;
    let mut safe = safe(context)?;
    safe.known(&name)?;
    let value = input::value(&rotate.from, name.as_str(), context)?;
    let kept = safe.rotate(&name, &value, &wish)?;
    told(&kept, rotate.json, name.as_str(), ui);
    Ok(Exit::Done)
}

fn told(kept: &Kept, as_json: bool, name: &str, ui: &mut Ui) {
    let more = json!({ "secret": name, "version": kept.version, "same_as": kept.same_as });
    tell(&kept.made, as_json, more, ui);
    if !kept.same_as.is_empty() && !as_json {
        ui.note(format_args!("{} has the same value", kept.same_as.join(", ")));
    }
}

pub(super) fn bind(bind: &Bind, context: &Context, ui: &mut Ui) -> Outcome {
    let name = Safe::name(&bind.secret)?;
    let delivery = bind.delivery.as_deref().map(|word| {
        SecretDelivery::from_word(word).ok_or_else(|| {
            CommandError::new(Exit::Usage, format!("`{word}` is no way to give a secret: `file`, `env` or `gateway`"))
        })
    });
    let delivery = delivery.transpose()?;
    let mut safe = safe(context)?;
    let to = bind.whose.find(&safe)?;
    let delivery = delivery.or_else(|| safe.best_delivery(&name, &to));
    let terms = Terms { version: bind.version, optional: bind.optional, delivery };
    let made = safe.bind(&name, &to, &terms)?;
    tell(&made, bind.json, json!({ "secret": name.as_str() }), ui);
    if !bind.json {
        let how = match terms.delivery.unwrap_or(SecretDelivery::File) {
            SecretDelivery::Env => format!("runs find it in ${name}, and so does whatever they start"),
            SecretDelivery::File => format!("runs find it in the file that ${name}_FILE names"),
            SecretDelivery::Gateway => {
                "runs never have it: the model gateway puts it in on the way to the provider".to_owned()
            }
        };
        ui.note(how);
    }
    Ok(Exit::Done)
}

pub(super) fn unbind(unbind: &Unbind, context: &Context, ui: &mut Ui) -> Outcome {
    let name = Safe::name(&unbind.secret)?;
    let mut safe = safe(context)?;
    let from = unbind.whose.find(&safe)?;
    let made = safe.unbind(&name, &from)?;
    tell(&made, unbind.json, json!({ "secret": name.as_str() }), ui);
    Ok(Exit::Done)
}

pub(super) fn able(able: &Able, usable: bool, context: &Context, ui: &mut Ui) -> Outcome {
    let name = Safe::name(&able.secret)?;
    let made = safe(context)?.able(&name, usable)?;
    tell(&made, able.json, json!({ "secret": name.as_str() }), ui);
    Ok(Exit::Done)
}

pub(super) fn delete(delete: &Delete, context: &Context, ui: &mut Ui) -> Outcome {
    let name = Safe::name(&delete.secret)?;
    let made = safe(context)?.delete(&name)?;
    tell(&made, delete.json, json!({ "secret": name.as_str() }), ui);
    if !delete.json {
        ui.note("whoever could open it still can, in the history: make it worthless where it is used");
    }
    Ok(Exit::Done)
}
