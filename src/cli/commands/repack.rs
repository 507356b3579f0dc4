//! `corp repack`: packs the repository's loose objects.

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::store::pack::{self, Loose, PackError};

/// Pack the repository's small files into few large ones; happens by itself when there are many
///
/// It runs beside everything else, removes nothing but copies, and reads none of git's settings.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp repack
  corp bench growth                   what that is worth")]
pub struct Args {}

pub(super) fn run(_: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let root = context.company_root()?;
    let git_dir = root.join(".git");
    if !git_dir.is_dir() {
        let message = format!("{} is not the top of a git repository", root.display());
        return Err(CommandError::new(Exit::Environment, message).hint("`corp init` makes one"));
    }
    let packed = pack::repack(&git_dir)?;
    let shown = |loose: Loose| format!("{} objects, {:.1} MiB", loose.objects, loose.bytes as f64 / f64::from(1 << 20));
    ui.note(format_args!("loose before: {}; now: {}", shown(packed.before), shown(packed.after)));
    Ok(Exit::Done)
}

impl From<PackError> for CommandError {
    fn from(error: PackError) -> Self {
        Self::new(Exit::Environment, error.to_string())
    }
}
