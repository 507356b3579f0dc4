//! `corp check`: says what is wrong with a company's files.

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::Exit;
use crate::cli::ui::Ui;
use crate::diag::Severity;
use crate::store;
use std::path::PathBuf;

/// Say what is wrong with a company's files
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The company's folder, instead of the current one
    path: Option<PathBuf>,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let root = match &args.path {
        Some(path) => path.clone(),
        None => context.company_root()?,
    };
    let checked = store::check(&root)?;
    for diagnostic in &checked.diagnostics {
        ui.diagnostic(diagnostic, &|file| checked.source(file));
    }
    let count = |severity| checked.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    ui.note(format_args!("{} files, {errors} errors, {warnings} warnings", checked.draft.entries.len()));
    Ok(if errors > 0 { Exit::Invalid } else { Exit::Done })
}
