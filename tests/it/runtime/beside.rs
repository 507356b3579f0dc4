//! People use git beside a busy daemon: they commit, switch branches and back, and rebase, again and again. Nothing is lost on
//! either side, and nothing damaged.
//!
//! `CORP_LOOPS=100` makes as many rounds of each; `docs/testing.md` has the command.

use super::daemon::{After, git, until, workers};
use crate::harness::Company;
use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Tries of one command of a person's before it counts as never succeeding; each takes its time by itself.
const TRIES_MAX: usize = 1_000;

/// Whoever asks the daemon, again and again.
const CALLERS: usize = 3;

/// A person's git; what it says if it does not succeed.
fn tried(company: &Company, args: &[&str]) -> Result<(), String> {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=Ada", "-c", "user.email=ada@localhost"]).args(args).current_dir(company.root());
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null").env("GIT_EDITOR", "true");
    let output = command.output().unwrap();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// What people do until it succeeds.
fn insisted(company: &Company, what: &str, mut once: impl FnMut() -> Result<(), String>) {
    for _ in 1..TRIES_MAX {
        if once().is_ok() {
            return;
        }
    }
    let Err(said) = once() else { return };
    let status = git(company, &["status"]);
    panic!("{what} never succeeds: {said}{status}");
}

fn switch(company: &Company, to: &[&str]) {
    insisted(company, &format!("git switch {to:?}"), || tried(company, &[&["switch", "-q"], to].concat()));
}

/// Begins a rebase or merge, and gives it up if it does not come to its end.
fn tried_whole(company: &Company, args: &[&str]) -> Result<(), String> {
    tried(company, args).inspect_err(|_| {
        let under_way = ["rebase-merge", "rebase-apply", "MERGE_HEAD"];
        insisted(company, &format!("git {} --abort", args[0]), || {
            if !under_way.iter().any(|name| company.root().join(".git").join(name).exists()) {
                return Ok(());
            }
            tried(company, &[args[0], "--abort"])
        });
    })
}

/// A commit of a person's, on whatever is checked out.
fn commit(company: &Company, name: &str) {
    company.write(&format!("notes/{name}.txt"), format!("{name}\n"));
    let path = format!("notes/{name}.txt");
    insisted(company, &format!("the commit {name}"), || {
        tried(company, &["add", &path])?;
        tried(company, &["commit", "-qm", name, "--", &path])
    });
}

/// What a person does: their commits, and how often they made the last ones of the branch anew.
fn person(company: &Company, rounds: usize, changes: &AtomicUsize) -> (Vec<String>, usize) {
    let (mut made, mut made_anew) = (Vec::new(), 0);
    for round in 0..rounds {
        // People stop to think: each round begins in the middle of the daemon's work.
        let before = changes.load(Ordering::Relaxed);
        until("the daemon works", || changes.load(Ordering::Relaxed) > before + CALLERS);
        let name = format!("mine-{round}");
        commit(company, &name);
        made.push(name);
        // Another branch, with something of its own, and back.
        let (side, name) = (format!("side-{round}"), format!("there-{round}"));
        switch(company, &["-c", &side]);
        commit(company, &name);
        switch(company, &["main"]);
        // It is put upon what was done meanwhile, and brought in.
        insisted(company, &format!("the rebase of {side}"), || {
            tried(company, &["switch", "-q", &side])?;
            tried_whole(company, &["rebase", "-q", "main"])
        });
        switch(company, &["main"]);
        insisted(company, &format!("the merge of {side}"), || {
            tried_whole(company, &["merge", "-q", "--no-edit", &side])
        });
        made.push(name);
        // The company's own branch, with commits of the daemon's among the last: each is made anew.
        let again = tried_whole(company, &["rebase", "-q", "--force-rebase", "HEAD~3"]);
        made_anew += usize::from(again.is_ok());
        switch(company, &["main"]);
    }
    (made, made_anew)
}

#[test]
fn a_person_commits_switches_and_rebases_beside_a_busy_daemon() {
    let rounds = std::env::var("CORP_LOOPS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(4);
    let company = workers(1, "done\n");
    let after = After(&company);
    // Nothing but what is asked for is written.
    let paused = company.command(&["pause"]).output().unwrap();
    assert!(paused.status.success(), "{paused:?}");
    let mut daemon = company.command(&["up"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("it answers", || {
        let said = company.command(&["status", "--json"]).output().unwrap();
        String::from_utf8_lossy(&said.stdout).contains("\"pid\"")
    });
    let (over, changes) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (acknowledged, made) = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let (company, over, changes) = (&company, &over, &changes);
                scope.spawn(move || {
                    let (mut acknowledged, mut number) = (Vec::new(), 0);
                    while !over.load(Ordering::Relaxed) {
                        number += 1;
                        let text = format!("said-{caller}-{number}-end");
                        let told = company.command(&["ticket", "comment", "COMPANY-1", &text]).output().unwrap();
                        if told.status.success() {
                            changes.fetch_add(1, Ordering::Relaxed);
                            acknowledged.push((text, String::from_utf8(told.stdout).unwrap().trim().to_owned()));
                        }
                    }
                    acknowledged
                })
            })
            .collect();
        let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| person(&company, rounds, &changes)));
        over.store(true, Ordering::Relaxed);
        let acknowledged: Vec<_> = callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect();
        (acknowledged, made)
    });
    let (made, made_anew) = made.unwrap_or_else(|reason| std::panic::resume_unwind(reason));
    assert!(company.command(&["down"]).output().unwrap().status.success());
    assert!(daemon.wait().unwrap().success());
    println!(
        "{rounds} rounds: {} commits of a person's, {} changes acknowledged; {made_anew} times the branch's last were made anew",
        made.len(),
        acknowledged.len()
    );
    // git may have written an old index back after the daemon's last look.
    assert_eq!(company.corp(&["ticket", "comment", "COMPANY-1", "the last word"]).code, 0);
    assert!(acknowledged.len() > rounds * CALLERS, "the daemon was busy");
    let files: BTreeSet<String> =
        git(&company, &["ls-tree", "-r", "--name-only", "main"]).lines().map(str::to_owned).collect();
    for (text, file) in &acknowledged {
        let path = format!("tickets/0000/COMPANY-1/{file}");
        assert!(files.contains(&path), "{text} was acknowledged, and {path} is not in the branch");
        assert!(company.read(&path).contains(text.as_str()), "{path}");
    }
    for name in &made {
        assert!(files.contains(&format!("notes/{name}.txt")), "{name} is lost");
        assert_eq!(company.read(&format!("notes/{name}.txt")), format!("{name}\n"));
    }
    assert_eq!(git(&company, &["status", "--porcelain"]), "");
    assert_eq!(git(&company, &["fsck", "--full", "--strict", "--no-dangling", "--no-reflogs"]), "");
    let strict = company.corp(&["doctor", "--strict"]);
    assert_eq!(strict.code, 0, "{}{}", strict.stdout, strict.stderr);
    drop(after);
}
