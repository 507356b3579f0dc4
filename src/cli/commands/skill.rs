//! `corp skill`: what agents know how to do, and whether it is of use on this machine.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::office;
use crate::cli::error::{CommandError, Exit};
use crate::cli::escape;
use crate::cli::ui::Ui;
use crate::model::{Scalar as _, Slug};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// List skills, and check whether they are of use here
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp skill list engineer            what an agent is given
  corp skill check                    which skills lack a program, a key or a file here")]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// List the company's skills and who has them
    List {
        /// Only those of this agent
        agent: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Say which skills agents name that are of no use in their runs, and why
    Check {
        /// Only those of this agent
        agent: Option<String>,
    },
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let office = office(context)?;
    let snapshot = office.snapshot();
    let (Verb::List { agent, .. } | Verb::Check { agent }) = &args.verb;
    let only = agent.as_deref().map(Slug::parse).transpose().map_err(|why| CommandError::new(Exit::Usage, why))?;
    if let Some(agent) = only.as_ref().filter(|agent| snapshot.worker(agent.as_str()).is_none()) {
        return Err(CommandError::new(Exit::Refused, format!("there is no agent `{agent}`")));
    }
    let agents: Vec<Slug> = match &only {
        Some(agent) => vec![agent.clone()],
        None => snapshot.workers().map(|worker| worker.slug.clone()).collect(),
    };
    let mut owners: BTreeMap<String, BTreeSet<Slug>> = BTreeMap::new();
    let mut useless = Vec::new();
    for agent in agents {
        let skills = office.skills(&agent).map_err(|why| CommandError::new(Exit::Environment, why))?;
        for skill in &skills.usable {
            owners.entry(skill.name.clone()).or_default().insert(agent.clone());
        }
        for (name, why) in skills.unusable {
            owners.entry(name.clone()).or_default().insert(agent.clone());
            useless.push((agent.clone(), name, why));
        }
    }
    match &args.verb {
        Verb::List { json, .. } => {
            let known = office.known_skills();
            if only.is_none() {
                for name in known.keys() {
                    owners.entry((*name).to_owned()).or_default();
                }
            }
            let described = |name: &str| known.get(name).copied().unwrap_or_default().to_owned();
            if *json {
                let skills = owners.iter().map(|(name, owners)| {
                    let owners: Vec<&str> = owners.iter().map(Slug::as_str).collect();
                    json!({ "name": name, "description": described(name), "agents": owners })
                });
                ui.line(format_args!("{:#}", serde_json::Value::Array(skills.collect())));
                return Ok(Exit::Done);
            }
            let width = owners.keys().map(|name| name.chars().count()).max().unwrap_or_default();
            for (name, owners) in &owners {
                let owners: Vec<&str> = owners.iter().map(Slug::as_str).collect();
                let owners = if owners.is_empty() { "nobody".to_owned() } else { owners.join(", ") };
                let text: String = described(name).split_whitespace().collect::<Vec<_>>().join(" ");
                let text: String = text.chars().take(80).collect();
                ui.line(format_args!("{name:width$}  {owners}: {}", escape::line(&text)));
            }
            Ok(Exit::Done)
        }
        Verb::Check { .. } => {
            for (agent, name, why) in &useless {
                ui.line(format_args!("{agent}: {}: {why}", escape::line(name)));
            }
            if useless.is_empty() {
                ui.note("every skill that is named is of use here");
                return Ok(Exit::Done);
            }
            Ok(Exit::Refused)
        }
    }
}
