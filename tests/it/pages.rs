//! The pages: no link leads nowhere, and the session in the README is what a reader gets.

use crate::harness::Company;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn pages() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    let mut found: Vec<PathBuf> =
        ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].iter().map(|page| root().join(page)).collect();
    walk(&root().join("docs"), &mut found);
    found.extend(
        std::fs::read_dir(root().join("examples")).unwrap().map(|folder| folder.unwrap().path().join("README.md")),
    );
    found
}

/// The targets of `[text](target)` outside code.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        if fenced {
            continue;
        }
        let code_free: String = line.split('`').step_by(2).collect();
        found.extend(
            code_free.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned()),
        );
    }
    found
}

/// What the book is made of (`.ci/book`).
const BOOK: [&str; 7] =
    ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE-APACHE", "LICENSE-MIT", "docs", "examples"];

#[test]
fn every_link_leads_somewhere_in_the_book() {
    let book: Vec<PathBuf> = BOOK.iter().map(|part| root().join(part).canonicalize().unwrap()).collect();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            let target = link.split('#').next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            seen += 1;
            let target = page.parent().unwrap().join(target).canonicalize();
            if !target.is_ok_and(|target| book.iter().any(|part| target.starts_with(part))) {
                wrong.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(seen > 100, "only {seen} links were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_can_be_reached_from_the_readme() {
    let readme = root().join("README.md").canonicalize().unwrap();
    let mut seen = vec![readme];
    let mut at = 0;
    while let Some(page) = seen.get(at).cloned() {
        at += 1;
        for link in links(&std::fs::read_to_string(&page).unwrap_or_default()) {
            let target = page.parent().unwrap().join(link.split('#').next().unwrap());
            let below = target.is_dir().then(|| std::fs::read_dir(&target).unwrap().map(|entry| entry.unwrap().path()));
            let targets: Vec<PathBuf> = below.map_or_else(|| vec![target.clone()], Iterator::collect);
            for target in targets {
                if let Ok(target) = target.canonicalize()
                    && target.is_file()
                    && !seen.contains(&target)
                {
                    seen.push(target);
                }
            }
        }
    }
    let lost: Vec<String> = pages()
        .iter()
        .filter(|page| !seen.contains(&page.canonicalize().unwrap()))
        .map(|page| page.display().to_string())
        .collect();
    assert!(lost.is_empty(), "nothing leads to {}", lost.join(", "));
}

#[test]
fn the_session_in_the_readme_is_what_a_reader_gets() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, session) = readme.split_once("```console\n").unwrap();
    let (session, _) = session.split_once("```").unwrap();
    let scratch = Company::new(&[]);
    let mut folder = scratch.root();
    let mut output = String::new();
    let (mut commands, mut shown) = (0, 0);
    for line in session.lines() {
        let Some(command) = line.strip_prefix("$ ") else {
            // In this order: what was seen is not looked for again.
            let at =
                output.find(line).unwrap_or_else(|| panic!("the README shows {line:?}, the program said:\n{output}"));
            output.drain(..at + line.len());
            shown += usize::from(!line.is_empty());
            continue;
        };
        commands += 1;
        if let Some(below) = command.strip_prefix("cd ") {
            folder = folder.join(below);
        } else if let Some(args) = command.strip_prefix("corp ") {
            let run = scratch.corp_in(&folder, &args.split(' ').collect::<Vec<_>>());
            output = run.stdout + &run.stderr;
        } else {
            let status = std::process::Command::new("sh").args(["-c", command]).current_dir(&folder).status().unwrap();
            assert!(status.success(), "{command}");
        }
    }
    assert!(commands >= 5 && shown >= 5, "{commands} commands with {shown} lines: the session was not found");
}

/// Two changes of it at once are merged by lines, which may leave a part twice.
#[test]
fn the_changelog_has_each_part_once_and_in_order() {
    let text = std::fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let mut parts = 0;
    for version in text.split("\n## ").skip(1) {
        let order = ["Breaking", "File format", "Added", "Changed", "Fixed"];
        let heads: Vec<Option<usize>> = version
            .lines()
            .filter_map(|line| line.strip_prefix("### "))
            .map(|head| order.iter().position(|known| *known == head))
            .collect();
        assert!(
            heads.iter().all(Option::is_some) && heads.is_sorted_by(|one, next| one < next),
            "{heads:?} of {order:?}"
        );
        parts += heads.len();
    }
    assert!(parts > 0, "no part was found");
}

/// The words of a line as a shell reads them, as far as the pages go: quotes, and no more. It ends where another program
/// takes over, or a remark begins.
fn words(line: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let (mut word, mut quote) = (None::<String>, None);
    for character in line.chars() {
        match (quote, character) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, '|' | '>' | '&' | ';' | '#') if word.is_none() => break,
            (None, c) if c.is_whitespace() => found.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    found.extend(word);
    found
}

/// Lines of code in a page that begin with `corp`.
fn commands_of(page: &str) -> Vec<String> {
    let mut fenced = false;
    let mut found = Vec::new();
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if let Some(command) =
            line.trim_start().trim_start_matches("$ ").strip_prefix("corp ").filter(|_| fenced)
        {
            // What stands apart behind a command is about it.
            found.push(command.split_once("  ").map_or(command, |(command, _)| command).to_owned());
        }
    }
    found
}

/// The examples of a command and of those below it; what stands two blanks behind one is about it.
fn examples(command: &clap::Command, found: &mut Vec<(String, String)>) {
    let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    for line in text.lines().filter_map(|line| line.strip_prefix("  corp ")) {
        let line = line.split_once("  ").map_or(line, |(example, _)| example);
        found.push((command.get_name().to_owned(), line.to_owned()));
    }
    command.get_subcommands().for_each(|below| examples(below, found));
}

/// Why the program does not know this command. A value that is a placeholder in a page is none of its business here.
fn unknown(line: &str) -> Option<String> {
    use clap::error::ErrorKind;
    let all = std::iter::once("corp".to_owned()).chain(words(line));
    let parsed = <corp::cli::Cli as clap::CommandFactory>::command().try_get_matches_from(all);
    let error = parsed.err()?;
    let fine = matches!(
        error.kind(),
        ErrorKind::ValueValidation | ErrorKind::InvalidValue | ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    (!fine).then(|| error.to_string().lines().next().unwrap_or_default().to_owned())
}

#[test]
fn every_command_in_a_page_or_a_help_is_one_the_program_knows() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for page in pages().into_iter().filter(|page| !page.ends_with("CHANGELOG.md")) {
        for line in commands_of(&std::fs::read_to_string(&page).unwrap()) {
            seen += 1;
            wrong.extend(unknown(&line).map(|why| format!("{}: corp {line}: {why}", page.display())));
        }
    }
    let program = <corp::cli::Cli as clap::CommandFactory>::command();
    let mut helps = Vec::new();
    examples(&program, &mut helps);
    for (of, line) in &helps {
        wrong.extend(unknown(line).map(|why| format!("corp {of} --help: corp {line}: {why}")));
    }
    assert!(seen > 50 && helps.len() > 100, "{seen} in pages, {} in helps", helps.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_command_shows_how_it_is_used() {
    let program = <corp::cli::Cli as clap::CommandFactory>::command();
    let without: Vec<String> = program
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .filter(|command| {
            let mut found = Vec::new();
            examples(command, &mut found);
            found.is_empty()
        })
        .map(|command| command.get_name().to_owned())
        .collect();
    assert!(without.is_empty(), "no example in the help of {}", without.join(", "));
}

#[test]
fn the_book_has_every_page_once() {
    let summary = std::fs::read_to_string(root().join("docs/SUMMARY.md")).unwrap();
    let listed = links(&summary);
    let mut missing = Vec::new();
    for page in pages() {
        let page = page.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        let link = page.strip_prefix("docs/").map_or_else(|| format!("../{page}"), str::to_owned);
        // Decisions are told together, on the page of their folder.
        if link != "SUMMARY.md" && listed.iter().filter(|other| **other == link).count() != 1 {
            missing.push(link);
        }
    }
    assert!(missing.is_empty(), "not once in docs/SUMMARY.md: {}", missing.join(", "));
}
