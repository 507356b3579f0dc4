//! `corp export`: a company, or parts of it, as a package for others.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::{live, value_in};
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::format::locate;
use crate::format::package::export::{Export, ExportError, SecretHit, Why, Wish};
use crate::format::package::things_of;
use crate::model::Choice as _;
use crate::redact;
use crate::store::export::{self, PackError};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// How many names are shown of a list before it is cut.
const SHOWN_MAX: usize = 5;

/// Make a package of the company for others: without secrets, live work and paths of this machine
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  corp export                                     what a package would hold
  corp export ../acme                             into a folder
  corp export ../acme.zip                         into an archive (.zip, .tar.gz)
  corp export ../cto.zip --select agents/cto      an agent with its skills
  corp export ../acme.zip --vendor paperclip      for Paperclip, too")]
pub struct Args {
    /// A folder that is empty or not there, or an archive; without it, nothing is written
    #[arg(value_name = "DEST")]
    dest: Option<PathBuf>,
    /// Only these parts and what they need, such as `agents/cto,teams/web`
    #[arg(long, value_name = "PARTS", value_delimiter = ',')]
    select: Vec<String>,
    /// Also write the settings as another program reads them
    #[arg(long, value_name = "PROGRAM")]
    vendor: Option<Vendor>,
    /// Take along what agents remember: MEMORY.md, memory/ and USER.md
    #[arg(long)]
    with_memory: bool,
    /// A line that looks like a secret and is none, such as `skills/x/SKILL.md:12`; you have looked at it
    #[arg(long, value_name = "FILE:LINE")]
    not_secret: Vec<String>,
    /// Print what the package holds as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Vendor {
    Paperclip,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let root = context.company_root()?;
    let wish = wish(args)?;
    if let Some(dest) = &args.dest {
        export::check_destination(&root, dest)?;
    }
    let mut made = match export::plan(&root, &wish) {
        Ok(made) => made,
        Err(PackError::Export(ExportError::Broken(mut mistakes))) => {
            let read = |file: &str| std::fs::read_to_string(root.join(file)).ok().map(Rc::<str>::from);
            locate::resolve(&mut mistakes, &read);
            let source = |file: &str| read(file).map(|text| Rc::from(redact::mask(&text).as_ref()));
            for mistake in &mistakes {
                ui.diagnostic(mistake, &source);
            }
            return Err(PackError::Export(ExportError::Broken(mistakes)).into());
        }
        Err(error) => return Err(error.into()),
    };
    // What is known is looked for by what it says, not by its looks, and no mark on a line lets it out.
    let live = live(context, &root)?;
    for (path, file) in &made.files {
        if let Some((line, name)) = value_in(&live, &file.bytes) {
            made.secrets.push(SecretHit { file: path.clone(), line, what: format!("the value of the secret {name}") });
        }
    }
    if args.json {
        ui.raw(&format!("{:#}\n", as_json(&made, args.dest.as_deref().filter(|_| made.secrets.is_empty()))));
    }
    if !made.secrets.is_empty() {
        return Err(refused(&made, ui));
    }
    if let Some(dest) = &args.dest {
        export::write(&made, dest)?;
    }
    if !args.json {
        tell(&made, args.dest.as_deref(), ui);
    }
    Ok(Exit::Done)
}

fn wish(args: &Args) -> Result<Wish, CommandError> {
    let mut wish = Wish {
        select: args.select.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect(),
        with_memory: args.with_memory,
        paperclip: args.vendor == Some(Vendor::Paperclip),
        ..Wish::default()
    };
    for place in &args.not_secret {
        let parsed = place.rsplit_once(':').and_then(|(file, line)| Some((file.to_owned(), line.parse().ok()?)));
        let parsed = parsed.ok_or_else(|| {
            CommandError::new(Exit::Usage, format!("`--not-secret {place}` names no line"))
                .hint("write the file and the line, such as `skills/x/SKILL.md:12`")
        })?;
        wish.not_secret.insert(parsed);
    }
    Ok(wish)
}

/// Says where the secrets are, and not what they are.
fn refused(made: &Export, ui: &mut Ui) -> CommandError {
    for hit in &made.secrets {
        ui.error(format_args!("{}:{} holds what looks like {}", hit.file, hit.line, hit.what));
    }
    let first = &made.secrets[0];
    CommandError::new(
        Exit::Refused,
        format!("nothing was written: {} could leave the house", counted(made.secrets.len(), "secret", "secrets")),
    )
    .hint("take it out of the text, and give it to agents as a secret")
    .hint(format!("if you looked and it is none: --not-secret {}:{}", first.file, first.line))
}

fn tell(made: &Export, dest: Option<&Path>, ui: &mut Ui) {
    for path in made.files.keys() {
        ui.line(path);
    }
    let things = things_of(made.files.keys().map(String::as_str));
    let mut parts: Vec<String> =
        things.iter().map(|(folder, count)| counted(*count, folder.trim_end_matches('s'), folder)).collect();
    parts.insert(0, counted(made.files.len(), "file", "files"));
    match dest {
        Some(dest) => ui.note(format_args!("{} is in {}: {}", made.name, dest.display(), parts.join(", "))),
        None => ui.note(format_args!("{} would hold {}", made.name, parts.join(", "))),
    }
    for (why, paths) in &made.left_out {
        // What is made again says nothing that is not in the package.
        if *why != Why::Generated {
            ui.note(format_args!(
                "left out: {}, {}{}",
                counted(paths.len(), "file", "files"),
                why.words(),
                some_of(*why, paths)
            ));
        }
    }
    for note in &made.notes {
        ui.note(format_args!("{}: {}", note.place.file, note.message));
    }
    let source = |file: &str| {
        made.files.get(file).and_then(|file| file.as_text()).map(|text| Rc::from(redact::mask(text).as_ref()))
    };
    for warning in &made.warnings {
        ui.note_diagnostic(warning, &source);
    }
    for path in &made.executables {
        ui.note(format_args!("executable: {path}"));
    }
    if dest.is_none() {
        ui.hint("name a folder or an archive to write it: corp export ../DEST.zip");
    }
}

/// The names, where people would ask for them.
fn some_of(why: Why, paths: &[String]) -> String {
    if !matches!(why, Why::Stray | Why::Link | Why::TooLarge | Why::Terminated) {
        return String::new();
    }
    let mut names: Vec<&str> = paths.iter().take(SHOWN_MAX).map(String::as_str).collect();
    if paths.len() > SHOWN_MAX {
        names.push("…");
    }
    format!(": {}", names.join(", "))
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn as_json(made: &Export, dest: Option<&Path>) -> serde_json::Value {
    let files: Vec<_> = made
        .files
        .iter()
        .map(|(path, file)| json!({ "path": path, "bytes": file.bytes.len(), "executable": file.executable }))
        .collect();
    let left_out: serde_json::Map<String, serde_json::Value> =
        made.left_out.iter().map(|(why, paths)| (why.word().to_owned(), json!(paths))).collect();
    let notes: Vec<_> =
        made.notes.iter().map(|note| json!({ "file": note.place.file, "message": note.message })).collect();
    let warnings: Vec<_> = made
        .warnings
        .iter()
        .map(|warning| json!({ "code": warning.code, "file": warning.place().map(|place| &place.file), "message": warning.message }))
        .collect();
    json!({
        "name": made.name,
        "written": dest.map(|dest| dest.display().to_string()),
        "files": files,
        "left_out": left_out,
        "notes": notes,
        "warnings": warnings,
        "secrets": made.secrets,
        "executables": made.executables,
    })
}

impl From<PackError> for CommandError {
    fn from(error: PackError) -> Self {
        let message = error.to_string();
        match error {
            PackError::Export(ExportError::Unknown(unknown)) => {
                let command = Self::new(Exit::Usage, message);
                match unknown.near {
                    Some(near) => command.hint(format!("did you mean `{near}`?")),
                    None => command.hint("a part is a folder such as `agents/cto`, `teams/web` or `skills/pdf`"),
                }
            }
            PackError::Export(ExportError::Broken(_) | ExportError::NoCompany) => Self::new(Exit::Invalid, message),
            PackError::Taken(_) | PackError::NotEmpty(_) => {
                Self::new(Exit::Refused, message).hint("name a folder that is empty or not there, or a new archive")
            }
            PackError::Inside(_) => {
                Self::new(Exit::Refused, message).hint("name a place outside of it, such as ../NAME.zip")
            }
            PackError::Load(_) | PackError::Read { .. } | PackError::Write { .. } | PackError::Place(_) => {
                Self::new(Exit::Environment, message)
            }
        }
    }
}
