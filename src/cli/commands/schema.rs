//! `corp schema`: prints the JSON Schema of a kind of file.

use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::format::layout::Kind;
use crate::format::schema;
use crate::model::Choice as _;

/// Print the JSON Schema of a kind of file, or list the kinds
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp schema                         the kinds of file
  corp schema agent-settings > .schemas/agent-settings.json")]
pub struct Args {
    /// The kind of file, such as `ticket`
    kind: Option<String>,
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> Outcome {
    let Some(word) = &args.kind else {
        for kind in schema::kinds() {
            ui.line(kind);
        }
        return Ok(Exit::Done);
    };
    let text = Kind::from_word(word).and_then(schema::text).ok_or_else(|| {
        CommandError::new(Exit::Usage, format!("there is no kind of file called `{word}`"))
            .hint("`corp schema` lists them")
    })?;
    ui.raw(&text);
    Ok(Exit::Done)
}
