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

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            let target = link.split('#').next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            if !page.parent().unwrap().join(target).exists() {
                wrong.push(format!("{}: {link}", page.display()));
            }
        }
    }
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
    let mut commands = 0;
    for line in session.lines() {
        let Some(command) = line.strip_prefix("$ ") else {
            assert!(output.contains(line), "the README shows {line:?}, the program said:\n{output}");
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
    assert!(commands >= 5, "the session was not found");
}
