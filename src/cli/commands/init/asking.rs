//! `corp init --interactive`: what is not said on the command line is asked, a question a line.

use super::{Args, Context, DEFAULT, adapter_called, prefix_of, template_called, zone_of};
use crate::adapters;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::format::template;
use crate::model::Slug;
use std::path::PathBuf;

/// How often a question is asked that gets no answer one can use.
const TRIES_MAX: usize = 5;

/// The program agents begin as.
const SCRIPT: &str = "script";

/// Asks for what `args` leave open.
///
/// # Errors
/// There is no terminal, or nobody answers.
pub(super) fn ask(args: &Args, context: &Context, ui: &mut Ui) -> Result<Args, CommandError> {
    if !context.environment.interactive {
        return Err(CommandError::new(Exit::Usage, "there is no terminal to ask at")
            .hint("say it on the command line: `corp init DIR --template NAME`"));
    }
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => PathBuf::from(until(ui, "folder", "acme", |_| Ok(()))?),
    };
    let template = match &args.template {
        Some(template) => template.clone(),
        None => {
            for template in template::all() {
                ui.say(format_args!("  {:<16} {}", template.name, template.summary()));
            }
            until(ui, "template", DEFAULT, |text| template_called(text).map(drop))?
        }
    };
    let full = std::path::absolute(&folder).unwrap_or_else(|_| folder.clone());
    let last = full.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let of_folder = Slug::from_name(&last).map_or_else(|| "company".to_owned(), |slug| slug.to_string());
    let name = match &args.name {
        Some(name) => name.clone(),
        None => until(ui, "its name", &template::name_of(&of_folder), |_| Ok(()))?,
    };
    let prefix = match &args.prefix {
        Some(prefix) => prefix.clone(),
        None => {
            let slug = Slug::from_name(&name).map_or(of_folder, |slug| slug.to_string());
            until(ui, "tickets begin with", &template::prefix_of(&slug), prefix_of)?
        }
    };
    let timezone = match &args.timezone {
        Some(timezone) => timezone.clone(),
        None => until(ui, "time zone", &context.environment.timezone, zone_of)?,
    };
    let adapter = match &args.adapter {
        Some(adapter) => adapter.clone(),
        None => {
            let names: Vec<&str> = adapters::ALL.iter().map(|adapter| adapter.name()).collect();
            ui.say(format_args!("  {}: `script` needs no account", names.join(", ")));
            until(ui, "its agents are", SCRIPT, |text| adapter_called(text).map(drop))?
        }
    };
    Ok(Args {
        folder: Some(folder),
        template: Some(template),
        name: Some(name),
        prefix: Some(prefix),
        timezone: Some(timezone),
        adapter: Some(adapter).filter(|adapter| adapter != SCRIPT),
        interactive: false,
        list: false,
    })
}

/// Asks until there is an answer that can be used.
fn until(
    ui: &mut Ui,
    question: &str,
    usual: &str,
    check: impl Fn(&str) -> Result<(), CommandError>,
) -> Result<String, CommandError> {
    for _ in 0..TRIES_MAX {
        let Some(answer) = ui.ask(question, usual) else { break };
        match check(&answer) {
            Ok(()) => return Ok(answer),
            Err(wrong) => {
                ui.error(&wrong.message);
                wrong.hints.iter().for_each(|hint| ui.hint(hint));
            }
        }
    }
    Err(CommandError::new(Exit::Usage, format!("nobody said what the {question} is; nothing was founded"))
        .hint("say it on the command line: `corp init --help`"))
}
