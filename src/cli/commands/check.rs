//! `corp check`: says what is wrong with a company's files.

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::Exit;
use crate::cli::ui::Ui;
use crate::diag::Severity;
use crate::format::locate;
use crate::{rules, store};
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
    let mut loaded = store::load(&root)?;
    let mut diagnostics = std::mem::take(&mut loaded.diagnostics);
    diagnostics.extend(rules::check(&loaded.draft));
    let source = |file: &str| std::fs::read_to_string(root.join(file)).ok();
    locate::resolve(&mut diagnostics, &source);
    diagnostics.sort_by(|a, b| a.order().cmp(&b.order()));
    for diagnostic in &diagnostics {
        ui.diagnostic(diagnostic, &source);
    }
    let count = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    ui.note(format_args!("{} files, {errors} errors, {warnings} warnings", loaded.draft.entries.len()));
    Ok(if errors > 0 { Exit::Invalid } else { Exit::Done })
}
