//! What the person at this machine likes, and where each value comes from: a flag, a variable, their file of settings, or
//! the surroundings. How a company is run stands in the company, not here.

use super::Flags;
use super::environment::Environment;
use crate::diag::Diagnostic;
use crate::format::document;
use crate::format::locate;
use crate::record;
use std::path::{Path, PathBuf};
use std::rc::Rc;

record! {
    /// `corp/config.yaml` in the person's folder of settings.
    pub struct PreferencesFile {
        /// The company's folder, where none is named and none is around.
        "company" => company: String;
        /// Whether output to a terminal is coloured.
        "color" => colour: bool;
        /// What long output is read in; empty: nothing.
        "pager" => pager: String;
        /// What texts are written in.
        "editor" => editor: String;
        /// Whether only data and errors are shown.
        "quiet" => quiet: bool;
        /// Whether it is told what the program does.
        "verbose" => verbose: bool;
    }
}

/// Most bytes of the file: it has six keys.
const BYTES_MAX: u64 = 64 << 10;

/// What long output is read in if nothing else is said.
const PAGER: &str = "less";

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An argument of the command.
    Flag(&'static str),
    /// A variable of the environment.
    Variable(&'static str),
    /// The person's file of settings.
    File(PathBuf),
    /// What is around, or was always so.
    Usual(&'static str),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "flag {name}"),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Usual(why) => f.write_str(why),
        }
    }
}

/// A value with its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub origin: Origin,
}

/// What the person at this machine likes.
#[derive(Debug, Clone)]
pub struct Preferences {
    /// The file, there or not.
    pub path: PathBuf,
    /// What is wrong with it, and its text.
    pub wrong: Vec<Diagnostic>,
    text: String,
    /// The folder of a company that is named.
    pub company: Option<Chosen<PathBuf>>,
    /// The folder of a company where none is around.
    pub usual_company: Option<Chosen<PathBuf>>,
    /// Whether output is coloured.
    pub colour: Chosen<bool>,
    /// What long output is read in; empty: nothing.
    pub pager: Chosen<String>,
    /// What texts are written in, if it is said.
    pub editor: Option<Chosen<String>>,
    /// Whether only data and errors are shown.
    pub quiet: Chosen<bool>,
    /// Whether it is told what the program does.
    pub verbose: Chosen<bool>,
}

fn usual<T>(value: T, why: &'static str) -> Chosen<T> {
    Chosen { value, origin: Origin::Usual(why) }
}

/// The first that says something.
fn first<T>(all: impl IntoIterator<Item = (Option<T>, Origin)>) -> Option<Chosen<T>> {
    all.into_iter().find_map(|(value, origin)| Some(Chosen { value: value?, origin }))
}

impl Preferences {
    /// Reads the file and weighs it against variables and flags.
    pub fn read(environment: &Environment, flags: &Flags) -> Self {
        let folder = environment.config.clone().unwrap_or_else(|| environment.roots.home.join(".config"));
        let path = folder.join("corp/config.yaml");
        let text = read(&path);
        let (said, mut wrong) = document::read_as::<PreferencesFile>(&path.to_string_lossy(), &text);
        locate::resolve(&mut wrong, &|_| Some(Rc::from(text.as_str())));
        Self::weigh(environment, flags, said, path, wrong, text)
    }

    fn weigh(
        environment: &Environment,
        flags: &Flags,
        said: PreferencesFile,
        path: PathBuf,
        wrong: Vec<Diagnostic>,
        text: String,
    ) -> Self {
        let file = || Origin::File(path.clone());
        let home = &environment.roots.home;
        let (quiet, verbose) = environment.told;
        let colour = first([
            (environment.no_colour.then_some(false), Origin::Variable("NO_COLOR")),
            (environment.colour.then_some(()).and(said.colour), file()),
        ]);
        let pager = first([
            (flags.no_pager.then(String::new), Origin::Flag("--no-pager")),
            (environment.pager.ours.clone(), Origin::Variable("CORP_PAGER")),
            (said.pager, file()),
            (environment.pager.usual.clone(), Origin::Variable("PAGER")),
        ]);
        let usual_company = said.company.map(|folder| match folder.strip_prefix("~/") {
            Some(below) => home.join(below),
            None => PathBuf::from(folder),
        });
        Self {
            company: first([
                (flags.company.clone(), Origin::Flag("-C")),
                (environment.company.as_ref().map(PathBuf::from), Origin::Variable("CORP_COMPANY")),
            ]),
            usual_company: first([(usual_company, file())]),
            colour: colour.unwrap_or_else(|| match environment.colour {
                true => usual(true, "output is a terminal"),
                false => usual(false, "output is no terminal that has colours"),
            }),
            pager: pager.unwrap_or_else(|| usual(PAGER.to_owned(), "usual")),
            editor: first([(said.editor, file()), (environment.editor.clone(), Origin::Variable("VISUAL or EDITOR"))]),
            quiet: first([
                (flags.quiet.then_some(true), Origin::Flag("--quiet")),
                (quiet, Origin::Variable("CORP_QUIET")),
                (said.quiet, file()),
            ])
            .unwrap_or_else(|| usual(false, "usual")),
            verbose: first([
                (flags.verbose.then_some(true), Origin::Flag("--verbose")),
                (verbose, Origin::Variable("CORP_VERBOSE")),
                (said.verbose, file()),
            ])
            .unwrap_or_else(|| usual(false, "usual")),
            path,
            wrong,
            text,
        }
    }

    /// The text of the file, for showing what is wrong with it.
    pub fn source(&self) -> Rc<str> {
        Rc::from(self.text.as_str())
    }
}

/// The text of the file; of one that is not there, or cannot be read, none.
fn read(path: &Path) -> String {
    let small = std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() <= BYTES_MAX);
    small.then(|| std::fs::read_to_string(path).ok()).flatten().unwrap_or_default()
}
