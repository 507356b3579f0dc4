//! `corp doctor`: looks at what is around a company's files, and repairs what is safe.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::office;
use crate::cli::error::Exit;
use crate::cli::escape;
use crate::cli::ui::Ui;
use crate::diag::Severity;
use crate::runtime::confine;
use crate::runtime::office::Office;
use crate::sandbox::Offer;
use crate::store::doctor::{self, Ask, CHECKS, Depth, Finding, Group, Repair};
use crate::view::look::stranded::stranded;
use serde_json::json;

/// Look at the machine, the repository and the company; say what to do, or do it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  corp doctor              look
  corp doctor --fix        repair what is safe
  corp doctor --strict     fail on anything that must never be, for scripts and tests

docs/doctor.md lists every check.")]
pub struct Args {
    /// Repair what is safe, and say what was done
    #[arg(long)]
    fix: bool,
    /// Look only at what must hold whatever people do, and fail on any finding
    #[arg(long)]
    strict: bool,
    /// Leave out what takes long
    #[arg(long)]
    quick: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let root = context.company_root()?;
    let depth = if args.quick { Depth::Quick } else { Depth::Full };
    let ask = Ask { depth, strict: args.strict, ..Ask::all(root, context.environment.now) };
    let mut found = doctor::examine(&ask);
    let strands = !args.quick && !args.strict && found.iter().all(|finding| finding.severity != Severity::Error);
    let mut repairs = Vec::new();
    if args.fix && found.iter().any(|finding| finding.fixable) {
        repairs = doctor::repair(&ask, &found);
        found = doctor::examine(&ask);
    }
    // What cannot be read as a company was told above.
    let office = office(context).ok();
    let held = confinement(office.as_ref());
    if strands && let Some(office) = &office {
        found.extend(stranded(office.snapshot(), office.now()).into_iter().map(|one| Finding {
            code: "stranded-ticket",
            severity: Severity::Warning,
            place: one.path,
            what: one.why,
            help: Some(one.help),
            fixable: false,
        }));
    }
    if args.json {
        let mut value = as_json(&found, &repairs);
        value["confinement"] = held;
        ui.line(format_args!("{value:#}"));
    } else {
        // Confinement is the machine's; `--strict` asks for what must hold on every one.
        if !args.strict {
            ui.note(format_args!("confinement: {}", held["kernel"].as_str().unwrap_or_default()));
        }
        for line in held["told"].as_array().into_iter().flatten().filter_map(|line| line.as_str()) {
            ui.note(format_args!("  {line}"));
        }
        tell(&found, &repairs, ui);
    }
    Ok(exit(&found, args.strict))
}

/// What the kernel offers to confine runs with, and what of it is used.
fn confinement(office: Option<&Office>) -> serde_json::Value {
    let offer = Offer::here();
    let landlock = if offer.landlock == 0 { "no Landlock".to_owned() } else { format!("Landlock {}", offer.landlock) };
    let seccomp = if offer.seccomp { "seccomp" } else { "no seccomp" };
    let wrapper = match offer.bubblewrap() {
        Ok(_) => "bubblewrap at the strict level".to_owned(),
        Err(why) => format!("no bubblewrap at the strict level: {why}"),
    };
    // A company that cannot be read has no agents to tell of.
    let told = office.map(|office| confine::told(office.snapshot())).unwrap_or_default();
    json!({ "kernel": format!("{landlock}, {seccomp}, {wrapper}"), "told": told })
}

fn exit(found: &[Finding], strict: bool) -> Exit {
    let is_wrong = |finding: &&Finding| strict || finding.severity == Severity::Error;
    let group = |finding: &Finding| CHECKS.iter().find(|check| check.code == finding.code).map(|check| check.group);
    let wrong: Vec<Option<Group>> = found.iter().filter(is_wrong).map(group).collect();
    if wrong.is_empty() {
        Exit::Done
    } else if wrong.iter().all(|group| *group == Some(Group::Company)) {
        Exit::Invalid
    } else {
        Exit::Environment
    }
}

fn tell(found: &[Finding], repairs: &[Repair], ui: &mut Ui) {
    for repair in repairs {
        match &repair.outcome {
            Ok(lines) => lines.iter().for_each(|line| ui.note(format_args!("fixed: {}", escape::line(line)))),
            Err(error) => ui.error(format_args!("{} could not be fixed: {error}", repair.code)),
        }
    }
    for finding in found {
        let word = finding.severity.word();
        // Names of files, branches and settings come from whoever wrote them.
        let (place, what) = (escape::line(&finding.place), escape::line(&finding.what));
        ui.line(format_args!("{word}[{}]: {place}: {what}", finding.code));
        if let Some(help) = &finding.help {
            ui.line(format_args!("  = help: {}", escape::line(help)));
        }
    }
    let number = |severity| found.iter().filter(|finding| finding.severity == severity).count();
    let count = |number: usize, noun: &str| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
    let (errors, warnings) = (number(Severity::Error), number(Severity::Warning));
    if errors + warnings == 0 {
        ui.note("nothing is wrong");
    } else {
        ui.note(format_args!("{}, {}", count(errors, "error"), count(warnings, "warning")));
    }
    if repairs.is_empty() && found.iter().any(|finding| finding.fixable) {
        ui.hint("`corp doctor --fix` repairs what is safe");
    }
}

fn as_json(found: &[Finding], repairs: &[Repair]) -> serde_json::Value {
    let findings: Vec<_> = found
        .iter()
        .map(|finding| {
            json!({
                "code": finding.code,
                "severity": finding.severity.word(),
                "place": finding.place,
                "message": finding.what,
                "help": finding.help,
                "fixable": finding.fixable,
            })
        })
        .collect();
    let repairs: Vec<_> = repairs
        .iter()
        .map(|repair| match &repair.outcome {
            Ok(lines) => json!({"code": repair.code, "done": lines}),
            Err(error) => json!({"code": repair.code, "error": error.to_string()}),
        })
        .collect();
    json!({"findings": findings, "fixed": repairs})
}
