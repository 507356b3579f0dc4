//! Sessions at a terminal, as pages show them: each command of a page's `console` blocks is typed into a shell, and what
//! comes is compared with what the page says. `…` in a page stands for anything, a line of `…` for any lines.

use crate::harness::Company;
use crate::rules::copy;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A command and what the page says comes of it.
struct Typed<'a> {
    command: &'a str,
    says: Vec<&'a str>,
}

/// What stands before a block that is not typed, with why: it needs a network, an account or another company.
const NOT_RUN: &str = "<!-- not run: ";

fn typed(page: &str) -> Vec<Typed<'_>> {
    let mut found: Vec<Typed<'_>> = Vec::new();
    let (mut inside, mut marked) = (false, false);
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            inside = line.trim() == "```console" && !marked;
            marked = false;
        } else if !inside && !line.trim().is_empty() {
            marked = line.starts_with(NOT_RUN) && line.ends_with(" -->");
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
            // What is said about a command, behind it, is for the reader.
            let command = command.split_once("   #").map_or(command, |(command, _)| command.trim_end());
            found.push(Typed { command, says: Vec::new() });
        } else if inside {
            found.last_mut().expect("a session begins with a command").says.push(line);
        }
    }
    found
}

/// Whether a line is what the page says, which may leave things out.
fn fits(says: &str, line: &str) -> bool {
    let mut parts = says.split('…');
    let Some(mut rest) = parts.next().and_then(|first| line.strip_prefix(first)) else { return false };
    let mut open = false;
    for part in parts {
        open = true;
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    let ends_open = says.ends_with('…');
    rest.is_empty() || ends_open || (open && says.rsplit('…').next().is_some_and(|last| line.ends_with(last)))
}

fn all_fit(says: &[&str], lines: &[&str]) -> bool {
    match says.split_first() {
        None => lines.is_empty(),
        Some((&"…", rest)) => (0..=lines.len()).any(|at| all_fit(rest, &lines[at..])),
        Some((first, rest)) => {
            lines.split_first().is_some_and(|(line, lines)| fits(first, line.trim_end()) && all_fit(rest, lines))
        }
    }
}

/// Types the sessions of a page, one shell after the other, in a folder where `examples` lies as in a clone of the project.
pub(crate) fn play(page: &Path) {
    let lay = |folder: &Path| {
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples"), &folder.join("examples"));
        // Sessions take place now, and the brief is written on working days at half past six: on another day of the week here.
        let routine = folder.join("examples/newsroom/tasks/morning-brief/routine.yaml");
        let text = std::fs::read_to_string(&routine).unwrap();
        let day = (jiff::Zoned::now().weekday().to_sunday_zero_offset() + 3) % 7;
        let moved = text.replace("30 6 * * 1-5", &format!("30 6 * * {day}"));
        assert_ne!(moved, text);
        std::fs::write(&routine, moved).unwrap();
    };
    play_in(page, &Company::new(&[]), &lay);
}

/// The same in this folder, with the examples as they are laid there.
pub(crate) fn play_in(page: &Path, scratch: &Company, lay: &dyn Fn(&Path)) {
    let text = std::fs::read_to_string(page).unwrap();
    let mut folder = scratch.root().canonicalize().unwrap();
    lay(&folder);
    let home = folder.parent().unwrap().to_owned();
    let programs = Path::new(env!("CARGO_BIN_EXE_corp")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let commands = typed(&text);
    assert!(!commands.is_empty(), "{} shows no session", page.display());
    for Typed { command, says } in commands {
        let mut shell = Command::new("sh");
        let surroundings = scratch.command(&[]);
        let set = surroundings.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
        shell.env_clear().envs(set);
        let after = home.join("folder");
        let line = format!("{command}\ncode=$?; pwd > '{}'; exit $code", after.display());
        let output = shell
            .args(["-c", &format!("{{ {line}\n}} 2>&1")])
            .current_dir(&folder)
            .env("PATH", &path)
            .envs([("GIT_AUTHOR_NAME", "Ada"), ("GIT_AUTHOR_EMAIL", "ada@localhost")])
            .envs([("GIT_COMMITTER_NAME", "Ada"), ("GIT_COMMITTER_EMAIL", "ada@localhost")])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<&str> = said.lines().collect();
        let mut says = says;
        while says.last().is_some_and(|line| line.is_empty()) {
            says.pop();
        }
        assert!(
            all_fit(&says, &lines),
            "{}: $ {command}\n--- the page says\n{}\n--- it says\n{said}",
            page.display(),
            says.join("\n")
        );
        folder = PathBuf::from(std::fs::read_to_string(after).unwrap().trim_end());
    }
}

#[test]
fn what_a_page_leaves_out_may_be_anything_and_what_it_says_may_not() {
    for (says, line, fit) in [
        ("committed 1 file as …", "committed 1 file as 0f3a", true),
        ("committed 1 file as …", "committed 2 files as 0f3a", false),
        ("…0 errors, 0 warnings", "8 files: 0 errors, 0 warnings", true),
        ("…0 errors, 0 warnings", "8 files: 0 errors, 0 warnings, but", false),
        ("a…b…c", "a1b2c", true),
        ("a…b…c", "a1c2b", false),
        ("same", "same", true),
        ("same", "same but longer", false),
    ] {
        assert_eq!(fits(says, line), fit, "{says} / {line}");
    }
    assert!(all_fit(&["a", "…", "c"], &["a", "b", "b", "c"]) && all_fit(&["…"], &[]));
    assert!(!all_fit(&["a"], &["a", "b"]) && !all_fit(&["a", "…", "c"], &["a", "b"]));
}

#[test]
fn the_sessions_of_the_examples_are_what_a_reader_gets() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut played = 0;
    for folder in std::fs::read_dir(examples).unwrap() {
        play(&folder.unwrap().path().join("README.md"));
        played += 1;
    }
    assert!(played >= 4, "{played} examples");
}

#[test]
fn every_session_in_the_pages_is_typed_or_says_why_not() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let (mut played, mut marked) = (Vec::new(), 0);
    for entry in std::fs::read_dir(docs).unwrap() {
        let page = entry.unwrap().path();
        if page.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let text = std::fs::read_to_string(&page).unwrap();
        marked += text.matches(NOT_RUN).count();
        if !typed(&text).is_empty() {
            play(&page);
            played.push(page.file_stem().unwrap().to_string_lossy().into_owned());
        }
    }
    played.sort();
    assert_eq!((played, marked > 0), (vec!["tour".to_owned()], true));
}

#[test]
fn a_mark_is_for_the_next_block_alone() {
    let page = "<!-- not run: no -->\n\n```console\n$ a\n```\n\n```console\n$ b   # two\nc\n```\n<!-- not run: x -->\nword\n```console\n$ d\n```\n";
    let found: Vec<(&str, Vec<&str>)> = typed(page).into_iter().map(|one| (one.command, one.says)).collect();
    assert_eq!(found, [("b", vec!["c"]), ("d", vec![])]);
}
