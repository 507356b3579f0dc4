//! Many clones through one bare repository, all at once: every change lands or is reported, and none is lost.
//!
//! `CORP_CLONES` and `CORP_MUTATIONS` make it longer; `docs/testing.md` has the command.

use crate::two_clones::Clones;
use corp::store::found::Author;
use corp::store::message::{Line, Message, Trailers};
use corp::store::writer::{Expect, FileChange, Mutation, Options, Writer};
use std::collections::BTreeSet;
use std::path::Path;

const SHARED: &str = "tickets/0000/ACME-2.md";

fn number(name: &str, short: usize) -> usize {
    std::env::var(name).ok().and_then(|number| number.parse().ok()).unwrap_or(short)
}

/// What one clone saw.
#[derive(Debug, Default)]
struct Seen {
    /// Ids of mutations that were acknowledged.
    acknowledged: Vec<String>,
    /// Priorities that were reported as in conflict, ours and theirs.
    reported: usize,
    /// Syncs that gave way to faster ones until the next.
    gave_way: usize,
}

#[test]
fn eight_clones_through_one_repository_lose_nothing() {
    let (clones, mutations) = (number("CORP_CLONES", 8), number("CORP_MUTATIONS", 6));
    let company = Clones::new();
    let names: Vec<String> = (0..clones).map(|number| format!("c{number}")).collect();
    names.iter().for_each(|name| company.clone_to(name));
    let seen: Vec<Seen> = std::thread::scope(|scope| {
        let company = &company;
        let handles: Vec<_> = names.iter().map(|name| scope.spawn(move || work(company, name, mutations))).collect();
        handles.into_iter().map(|handle| handle.join().unwrap()).collect()
    });
    // Quiet now: everyone hears of everything.
    for _ in 0..2 {
        names.iter().for_each(|name| sync(&company, name, &mut Seen::default()));
    }
    let tip = git(&company.path("hub.git"), &["rev-parse", "main"]);
    let history = git(&company.path("hub.git"), &["log", "main", "--format=%B"]);
    let landed: BTreeSet<&str> = history.lines().filter_map(|line| line.strip_prefix("Mutation-Id: ")).collect();
    let acknowledged: Vec<&String> = seen.iter().flat_map(|seen| &seen.acknowledged).collect();
    assert_eq!(acknowledged.len(), clones * mutations);
    for id in &acknowledged {
        assert!(landed.contains(id.as_str()), "{id} was acknowledged and is not in the hub");
    }
    assert_eq!(landed.len(), acknowledged.len(), "nothing is there twice");
    let files = git(&company.path("hub.git"), &["ls-tree", "-r", "--name-only", "main"]);
    let ticket = git(&company.path("hub.git"), &["show", &format!("main:{SHARED}")]);
    for (name, seen) in names.iter().zip(&seen) {
        assert_eq!(git(&company.path(name), &["rev-parse", "main"]), tip, "{name}");
        company.assert_sound(name);
        for id in &seen.acknowledged {
            match id.split('-').nth(1) {
                Some("comment") => assert!(files.contains(&format!("{id}.md")), "{id} is lost"),
                Some("label") => assert!(ticket.contains(id.as_str()), "{id} is lost from {ticket}"),
                _ => {}
            }
        }
    }
    assert!(!ticket.contains("<<<<<<<"));
    let sum = |of: fn(&Seen) -> usize| seen.iter().map(of).sum::<usize>();
    println!(
        "{clones} clones, {mutations} mutations each: {} of {} landed, {} conflicts reported and settled, {} syncs gave way; {} commits in all",
        landed.len(),
        acknowledged.len(),
        sum(|seen| seen.reported),
        sum(|seen| seen.gave_way),
        git(&company.path("hub.git"), &["rev-list", "--count", "main"]).trim(),
    );
}

/// Changes the company again and again, and syncs now and then, as a person does.
fn work(company: &Clones, name: &str, mutations: usize) -> Seen {
    let root = company.path(name);
    let mut writer = Writer::open(Options { patience_ms: 120_000, ..Options::new(&root) }).unwrap();
    let mut seen = Seen::default();
    for round in 0..mutations {
        let what = ["comment", "label", "priority"][round % 3];
        let id = format!("{name}-{what}-{round}");
        let (path, before, after) = match what {
            "comment" => {
                let text = format!("---\nauthor: engineer\nkind: comment\n---\n\n{id}\n");
                (format!("tickets/0000/ACME-2/20261120T101500Z-{id}.md"), None, text)
            }
            _ => {
                let text = std::fs::read_to_string(root.join(SHARED)).unwrap();
                let after = if what == "label" {
                    labelled(&text, &id)
                } else {
                    prioritised(&text, round + name.len() + usize::from(name.as_bytes()[1]))
                };
                (SHARED.to_owned(), Some(text), after)
            }
        };
        let trailers = Trailers { mutation: Line::new(&id), ..Trailers::default() };
        let mutation = Mutation {
            author: Author { name: name.to_owned(), email: format!("{name}@acme.example") },
            at: "2026-11-20T10:00:00Z".parse().unwrap(),
            message: Message::new(&id).with_trailers(trailers),
            changes: vec![FileChange {
                path,
                before: before.map_or(Expect::Absent, |text| Expect::Content(text.into_bytes())),
                after: Some(after.into_bytes()),
            }],
        };
        writer.commit(&[mutation]).pop().unwrap().unwrap();
        seen.acknowledged.push(id);
        if round % 4 == 3 {
            sync(company, name, &mut seen);
        }
    }
    sync(company, name, &mut seen);
    seen
}

fn labelled(text: &str, label: &str) -> String {
    match text.lines().find(|line| line.starts_with("labels: [")) {
        Some(line) => text.replacen(line, &line.replacen(']', &format!(", {label}]"), 1), 1),
        None => text.replacen("assignee:", &format!("labels: [{label}]\nassignee:"), 1),
    }
}

fn prioritised(text: &str, round: usize) -> String {
    let line = text.lines().find(|line| line.starts_with("priority:")).unwrap();
    let now = line.trim_start_matches("priority: ");
    let others: Vec<&str> = ["critical", "high", "low", "medium"].into_iter().filter(|word| *word != now).collect();
    text.replacen(line, &format!("priority: {}", others[round % 3]), 1)
}

/// Syncs; a conflict is reported, and settled by taking what is there.
fn sync(company: &Clones, name: &str, seen: &mut Seen) {
    let run = company.corp(name, &["sync"]);
    match run.code {
        0 => {}
        1 => {
            // Labels are a set and comments are files: only the one word can be in conflict.
            for line in run.stdout.lines() {
                assert!(line.contains("both sides changed `priority`"), "{}{}", run.stdout, run.stderr);
            }
            seen.reported += 1;
            let run = company.corp(name, &["sync", "--there", SHARED]);
            assert!(matches!(run.code, 0 | 4), "{}{}", run.stdout, run.stderr);
            seen.gave_way += usize::from(run.code == 4);
        }
        4 => seen.gave_way += 1,
        _ => panic!("{name}: {}: {}{}", run.code, run.stdout, run.stderr),
    }
}

fn git(folder: &Path, args: &[&str]) -> String {
    let output = std::process::Command::new("git").arg("-C").arg(folder).args(args).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
