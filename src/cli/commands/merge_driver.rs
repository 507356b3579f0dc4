//! `corp merge-driver`: what git calls to merge a company's file, key by key instead of line by line.

use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::format::merge::{marks, merge};
use std::path::{Path, PathBuf};

/// Merge three versions of a file, key by key; git calls it
///
/// A repository founded by `corp init` is set up for it. By hand: `git config merge.corp.driver "corp merge-driver %O
/// %A %B %P"`, and `*.md merge=corp` and `*.yaml merge=corp` in `.git/info/attributes`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git config merge.corp.driver \"corp merge-driver %O %A %B %P\"
  corp merge-driver base.md ours.md theirs.md COMPANY.md")]
pub struct Args {
    /// The version both sides began with (git's %O)
    base: PathBuf,
    /// Our version; becomes the merged one (%A)
    ours: PathBuf,
    /// Their version (%B)
    theirs: PathBuf,
    /// The file's path in the company (%P)
    path: String,
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> Outcome {
    let read = |file: &Path| {
        let bytes = std::fs::read(file).map_err(|error| {
            CommandError::new(Exit::Environment, format!("{} cannot be read: {error}", file.display()))
        })?;
        String::from_utf8(bytes).map_err(|_| {
            CommandError::new(Exit::Refused, format!("{} is not text, and both sides changed it", args.path))
                .hint("choose one: `git checkout --ours FILE` or `git checkout --theirs FILE`")
        })
    };
    let (base, ours, theirs) = (read(&args.base)?, read(&args.ours)?, read(&args.theirs)?);
    let merged = merge(&args.path, &base, &ours, &theirs);
    let text = marks::marked(&args.path, &merged, &theirs);
    std::fs::write(&args.ours, text).map_err(|error| {
        CommandError::new(Exit::Environment, format!("{} cannot be written: {error}", args.ours.display()))
    })?;
    for conflict in &merged.conflicts {
        ui.note(format_args!("{}: {}", args.path, conflict.diagnostic(&args.path).message));
    }
    // git takes 1 for a conflict that is marked in the file.
    Ok(if merged.conflicts.is_empty() { Exit::Done } else { Exit::Refused })
}
