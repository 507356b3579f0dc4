//! `corp check`: says what is wrong with a company's files.

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::escape;
use crate::cli::history;
use crate::cli::ui::Ui;
use crate::diag::sarif::RuleText;
use crate::diag::{Diagnostic, Report, Severity, github, json, sarif};
use crate::redact;
use crate::rules::RULES;
use crate::store;
use crate::store::force::{self, Force, ForceError, Wait};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Say what is wrong with a company's files
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp check                          the whole company
  corp check agents/ceo               what concerns this folder
  corp check --format sarif           for a program that shows it beside the line
  corp check --in-force               what is committed, and what of it counts")]
pub struct Args {
    /// A company, or a file or folder in one: then only what concerns it is shown
    path: Option<PathBuf>,
    /// How it is said
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// Judge what is committed instead of the files: what is broken there, and which version of it is in force
    #[arg(long, conflicts_with_all = ["path", "format"])]
    in_force: bool,
    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,
}

/// How diagnostics are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// One object, described in docs/check.md
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations in GitHub Actions
    Github,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    if args.in_force {
        return in_force(args.json, context, ui);
    }
    let (root, part) = match &args.path {
        Some(path) => find(path, context)?,
        None => (context.company_root()?, String::new()),
    };
    let checked = store::check(&root)?;
    let sources = |file: &str| checked.source(file);
    let shown: Vec<&Diagnostic> = checked.diagnostics.iter().filter(|found| concerns(found, &part)).collect();
    let folder = folder_in_repository(&root);
    let report = Report { diagnostics: &shown, files: checked.draft.entries.len(), folder: &folder, sources: &sources };
    match if args.json { Format::Json } else { args.format } {
        Format::Text => shown.iter().for_each(|diagnostic| ui.diagnostic(diagnostic, &sources)),
        Format::Json => ui.raw(&json::render(&report)),
        Format::Sarif => ui.raw(&sarif::render(&report, &rules())),
        Format::Github => ui.raw(&github::render(&report)),
    }
    ui.note(summary(&report, checked.diagnostics.len() - shown.len()));
    Ok(if report.count(Severity::Error) > 0 { Exit::Invalid } else { Exit::Done })
}

/// What is committed on the company's branch, and what of it is in force.
fn in_force(json: bool, context: &Context, ui: &mut Ui) -> Outcome {
    let opened = history::open(context)?;
    let branch = force::branch(&opened.history)?;
    let tip = opened.history.branch_tip(&branch)?;
    let force = Force::at(opened.history, &branch, tip)?;
    let exit = if force.broken().is_empty() && force.waiting().is_empty() { Exit::Done } else { Exit::Invalid };
    if json {
        ui.line(format_args!("{:#}", as_json(&force)));
        return Ok(exit);
    }
    let checked = force.checked()?;
    let sources = |file: &str| checked.source(file);
    checked.diagnostics.iter().for_each(|diagnostic| ui.diagnostic(diagnostic, &sources));
    for (path, broken) in force.broken() {
        let version = match &broken.in_force {
            Some(version) => {
                let commit = force.history().commit(version.commit)?;
                let subject = escape::line(commit.message.subject());
                format!("in force as of {} “{subject}”", force.history().short(commit.id))
            }
            None => "not in force: there was never a good version".to_owned(),
        };
        ui.line(format_args!("{}: {version}", escape::line(path)));
    }
    for (path, waits) in force.waiting() {
        for wait in waits {
            let why = match wait {
                Wait::Error(error) => error.message.clone(),
                Wait::On(broken) => format!("{broken} is broken"),
            };
            ui.line(format_args!("{} waits: {}", escape::line(path), escape::line(&redact::mask(&why))));
        }
    }
    let at = tip.map_or_else(|| "no commit yet".to_owned(), |tip| force.history().short(tip));
    ui.note(format_args!(
        "{branch} ({at}): {} committed files are broken, {} wait",
        force.broken().len(),
        force.waiting().len()
    ));
    Ok(exit)
}

fn as_json(force: &Force) -> serde_json::Value {
    let codes = |diagnostics: &[Diagnostic]| diagnostics.iter().map(|found| found.code).collect::<Vec<_>>();
    let broken = force.broken().iter().map(|(path, broken)| {
        json!({
            "path": path,
            "codes": codes(&broken.diagnostics),
            "in_force": broken.in_force.map(|version| version.commit.to_string()),
        })
    });
    let waiting = force.waiting().iter().map(|(path, waits)| {
        let on = waits.iter().filter_map(|wait| if let Wait::On(path) = wait { Some(path) } else { None });
        let codes = waits.iter().filter_map(|wait| if let Wait::Error(error) = wait { Some(error.code) } else { None });
        json!({ "path": path, "on": on.collect::<Vec<_>>(), "codes": codes.collect::<Vec<_>>() })
    });
    json!({
        "branch": force.branch(),
        "commit": force.tip().map(|tip| tip.to_string()),
        "broken": broken.collect::<Vec<_>>(),
        "waiting": waiting.collect::<Vec<_>>(),
    })
}

impl From<ForceError> for CommandError {
    fn from(error: ForceError) -> Self {
        match error {
            ForceError::History(error) => error.into(),
            ForceError::Object { .. } => Self::new(Exit::Environment, escape::line(&error.to_string()))
                .hint("ask git what is damaged: `git fsck`"),
        }
    }
}

/// `15 files: 2 errors, 1 warning`.
fn summary(report: &Report<'_>, elsewhere: usize) -> String {
    let count = |number: usize, noun: &str| format!("{number} {noun}{}", if number == 1 { "" } else { "s" });
    let mut line = format!(
        "{}: {}, {}",
        count(report.files, "file"),
        count(report.count(Severity::Error), "error"),
        count(report.count(Severity::Warning), "warning")
    );
    if report.count(Severity::Note) > 0 {
        line = format!("{line}, {}", count(report.count(Severity::Note), "note"));
    }
    if elsewhere > 0 {
        line = format!("{line} (and {elsewhere} elsewhere in the company)");
    }
    if let Some(first) = report.diagnostics.iter().find(|found| found.severity == Severity::Error) {
        line = format!("{line}\n`corp explain {}` tells more about the first", first.code);
    }
    line
}

fn rules() -> Vec<RuleText<'static>> {
    let text = |rule: &&'static crate::rules::Rule| RuleText {
        code: rule.code,
        severity: rule.severity,
        summary: rule.summary,
        docs: rule.docs,
    };
    RULES.iter().map(text).collect()
}

/// Whether a diagnostic has a place in `part`, a file or folder of the company; everything is in "".
fn concerns(diagnostic: &Diagnostic, part: &str) -> bool {
    let inside = |file: &str| file == part || file.strip_prefix(part).is_some_and(|rest| rest.starts_with('/'));
    part.is_empty() || diagnostic.labels.iter().any(|label| inside(&label.place.file))
}

/// The company that `path` is, or is in, and where in it, with `/`.
fn find(path: &Path, context: &Context) -> Result<(PathBuf, String), CommandError> {
    let is_company = |folder: &Path| folder.join("COMPANY.md").is_file() || folder.join("corp.yaml").is_file();
    if is_company(path) {
        return Ok((path.to_owned(), String::new()));
    }
    // The folder of a link counts, not what the link leads to.
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let there = std::fs::symlink_metadata(path).and_then(|metadata| match path.file_name() {
        Some(name) if !metadata.is_dir() => Ok(parent.canonicalize()?.join(name)),
        _ => path.canonicalize(),
    });
    let full = there.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => CommandError::new(Exit::Usage, format!("there is no {}", path.display()))
            .hint("name a file or folder as seen from here; `corp check` alone looks at the whole company"),
        _ => CommandError::new(Exit::Environment, format!("could not read {}: {error}", path.display())),
    })?;
    let named = context.named_company().map(|named| named.value);
    let root = match named {
        Some(root) => root.canonicalize().ok().filter(|root| full.starts_with(root)),
        None => full.ancestors().find(|folder| is_company(folder)).map(PathBuf::from),
    };
    let root = root.ok_or_else(|| {
        CommandError::new(Exit::Environment, format!("{} lies in no company", path.display()))
            .hint("a company is a folder with a COMPANY.md; make one with `corp init DIR`")
    })?;
    let part: Vec<_> = full.strip_prefix(&root).unwrap_or(&full).iter().map(|name| name.to_string_lossy()).collect();
    Ok((root, part.join("/")))
}

/// The company's folder inside its repository, with `/` at the end; empty if there is no repository around it.
fn folder_in_repository(root: &Path) -> String {
    let Ok(root) = root.canonicalize() else { return String::new() };
    let top = root.ancestors().find(|folder| folder.join(".git").exists());
    let inside = top.and_then(|top| root.strip_prefix(top).ok());
    inside.into_iter().flatten().map(|name| format!("{}/", name.to_string_lossy())).collect()
}
