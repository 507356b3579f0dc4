//! `corp secret doctor`: this account's key, and whether what should be readable is.

use super::{Context, safe};
use crate::cli::Outcome;
use crate::cli::error::Exit;
use crate::cli::escape;
use crate::cli::ui::Ui;
use serde_json::json;

/// Check this account's key, and whether what should be readable is
#[derive(Debug, clap::Args)]
pub(super) struct Doctor {
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(doctor: &Doctor, context: &Context, ui: &mut Ui) -> Outcome {
    let found = safe(context)?.examine()?;
    let exit = if found.iter().any(|finding| finding.serious) { Exit::Refused } else { Exit::Done };
    if doctor.json {
        ui.line(format_args!("{:#}", json!(found)));
        return Ok(exit);
    }
    for finding in &found {
        let mark = if finding.serious { "error" } else { "warning" };
        ui.line(format_args!("{mark}: {}", escape::line(&finding.message)));
        if let Some(hint) = &finding.hint {
            ui.hint(escape::line(hint));
        }
    }
    if found.is_empty() {
        ui.note("all is well: every secret can be opened here, and is sealed for exactly those who are to open it");
    }
    Ok(exit)
}
