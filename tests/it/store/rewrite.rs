//! A branch that people put elsewhere with git: what is followed, what is kept, and what is asked.

use super::force::{company, ticket};
use super::{Repository, change, one, write};
use corp::model::{RunId, Scalar as _};
use corp::store::history::{History, Id};
use corp::store::message::{Message, Trailers};
use corp::store::rewrite::{Look, note};
use corp::store::writer::{Author, Expect, How, Mutation, Paused, WriteError, Writer};

const LEDGER: &str = "ledger/open/r-1.json";
const LINE: &str = r#"{"id": "r-1", "run": "r-1", "agent": "qa", "cost": "1.37 USD", "outcome": "succeeded"}"#;
const LOCK: &str = "tickets/0000/ACME-2.lock";

fn now() -> jiff::Timestamp {
    "2026-11-20T10:00:00Z".parse().unwrap()
}

/// What an agent's run leaves: a commit in the agent's name, with money and a checkout.
fn work(writer: &mut Writer) -> String {
    let mut mutation = write("tickets/0000/ACME-2.md", &ticket(2, "assignee: qa\npriority: high\n"));
    mutation.author = Author { name: "qa".to_owned(), email: "qa@agents.acme.example".to_owned() };
    mutation.message = Message::new("ACME-2: more urgent").with_trailers(Trailers {
        actor: corp::model::Slug::from_name("qa"),
        run: RunId::parse("r-1").ok(),
        ..Trailers::default()
    });
    mutation.changes.extend(write(LEDGER, LINE).changes);
    let lock = "holder: qa\nrun: r-1\nclone: c1a2b3c4\nfence: 1\nsince: 2026-11-20T10:00:00Z\n";
    mutation.changes.extend(write(LOCK, lock).changes);
    one(writer, mutation).unwrap().commit
}

fn rescues(repository: &Repository) -> Vec<String> {
    let refs = repository.git(&["for-each-ref", "--format=%(refname)", "refs/corp/rescue"]);
    refs.lines().map(str::to_owned).collect()
}

fn head(repository: &Repository) -> String {
    repository.git(&["rev-parse", "main"]).trim().to_owned()
}

/// A mutation that changes nothing of what the others do.
fn other() -> Mutation {
    change("goals/launch.md", Expect::Anything, Some("---\nname: Launch soon\n---\n"))
}

fn asked_of(error: WriteError) -> note::Asked {
    match error {
        WriteError::Paused(Paused::Rewritten { asked }) => asked,
        other => panic!("{other}"),
    }
}

#[test]
fn the_work_of_an_agent_that_is_reset_is_kept_and_asked_about_and_never_done_again_by_itself() {
    let repository = company();
    let mut writer = repository.writer();
    let gone = work(&mut writer);
    repository.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let at = head(&repository);
    let error = one(&mut writer, other()).unwrap_err();
    let message = error.to_string();
    let asked = asked_of(error);
    assert_eq!((asked.known.as_str(), asked.commits, asked.lines, asked.checkouts), (gone.as_str(), 1, 1, 1));
    assert_eq!(rescues(&repository), std::slice::from_ref(&asked.rescue));
    assert!(asked.rescue.starts_with("refs/corp/rescue/20261120T100000Z-"), "{}", asked.rescue);
    for part in ["1 commit, 1 line of the ledger, 1 checkout", &asked.rescue, "git merge", "corp rescue accept"] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(head(&repository), at, "nothing is written");
    // It is asked until it is answered, by whichever program comes next, and even if git collects its garbage.
    repository.git(&["reflog", "expire", "--expire=now", "--all"]);
    repository.git(&["gc", "-q", "--prune=now"]);
    assert_eq!(asked_of(one(&mut repository.writer(), other()).unwrap_err()), asked);
    assert_eq!(rescues(&repository).len(), 1, "and kept once");

    let history = History::open(&repository.root()).unwrap();
    let known: Id = asked.known.parse().unwrap();
    let Look::Rewritten(rewrite) = history.look(known, history.branch_tip("main").unwrap()).unwrap() else {
        panic!("it is rewritten");
    };
    assert_eq!(rewrite.lines[0].text, LINE);
    assert_eq!(rewrite.lines[0].line.cost.as_ref().unwrap().to_string(), "1.37 USD");
    assert_eq!(rewrite.checkouts[0].path, LOCK);
    assert_eq!(rewrite.vanished[0].id.to_string(), gone);
}

#[test]
fn what_is_merged_back_needs_no_answer() {
    let repository = company();
    let mut writer = repository.writer();
    work(&mut writer);
    repository.git(&["reset", "-q", "--hard", "HEAD~1"]);
    repository.save("README.md", "hello\n");
    repository.git(&["add", "README.md"]);
    repository.git(&["commit", "-qm", "something else"]);
    let asked = asked_of(one(&mut writer, other()).unwrap_err());
    repository.git(&["merge", "-q", "--no-edit", &asked.rescue]);
    one(&mut writer, other()).unwrap();
    assert_eq!(repository.read(LEDGER), LINE);
    assert!(writer.look(now()).unwrap().is_empty());
    repository.assert_sound();
}

#[test]
fn what_is_let_go_stays_spent() {
    let repository = company();
    let mut writer = repository.writer();
    work(&mut writer);
    repository.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let asked = asked_of(one(&mut writer, other()).unwrap_err());
    let done = writer.accept(&asked, &super::author(), now()).unwrap();
    assert_eq!(done.how, How::Now);
    assert_eq!(repository.read(LEDGER).trim(), LINE, "the money is spent");
    assert!(!repository.root().join(LOCK).exists(), "the checkout is gone");
    let said = repository.git(&["log", "-1", "--format=%an: %s"]);
    assert_eq!(said.trim(), "Ada Lovelace: Keep what was spent: 1 line of the ledger");
    assert!(writer.look(now()).unwrap().is_empty());
    one(&mut writer, other()).unwrap();
    assert_eq!(rescues(&repository), [asked.rescue], "the history stays where it was kept");
    repository.assert_sound();
}

#[test]
fn a_line_of_a_sealed_day_is_brought_back_among_those_that_are_there() {
    let repository = company();
    let mut writer = repository.writer();
    let line = |number: u32| LINE.replace("r-1", &format!("r-{number}"));
    let segment = "ledger/2026-11/20-1.jsonl";
    one(&mut writer, write(segment, &format!("{}\n", line(1)))).unwrap();
    one(&mut writer, write(segment, &format!("{}\n{}\n", line(1), line(2)))).unwrap();
    repository.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let asked = asked_of(one(&mut writer, other()).unwrap_err());
    assert_eq!((asked.commits, asked.lines), (1, 1));
    writer.accept(&asked, &super::author(), now()).unwrap();
    assert_eq!(repository.read(segment), format!("{}\n{}\n", line(1), line(2)));
}

#[test]
fn what_is_only_made_anew_is_followed_without_a_word() {
    type Deed = fn(&Repository);
    let deeds: [(&str, Deed); 5] = [
        ("amend the message", |repository| {
            repository.git(&["commit", "-q", "--amend", "-m", "ACME-2 is more urgent"]);
        }),
        ("amend with a file more", |repository| {
            repository.save("README.md", "hello\n");
            repository.git(&["add", "README.md"]);
            repository.git(&["commit", "-q", "--amend", "--no-edit"]);
        }),
        ("squash", |repository| {
            repository.git(&["reset", "-q", "--soft", "HEAD~2"]);
            repository.git(&["commit", "-qm", "all in one"]);
        }),
        ("rebase upon something else", |repository| {
            repository.git(&["switch", "-qc", "side", "HEAD~2"]);
            repository.save("README.md", "hello\n");
            repository.git(&["add", "README.md"]);
            repository.git(&["commit", "-qm", "aside"]);
            repository.git(&["switch", "-q", "main"]);
            repository.git(&["rebase", "-q", "side"]);
        }),
        ("reset and back", |repository| {
            repository.git(&["reset", "-q", "--hard", "HEAD~2"]);
            repository.git(&["reset", "-q", "--hard", "ORIG_HEAD"]);
        }),
    ];
    for (name, deed) in deeds {
        let repository = company();
        let mut writer = repository.writer();
        one(&mut writer, write("agents/qa/MEMORY.md", "I test.\n")).unwrap();
        work(&mut writer);
        deed(&repository);
        one(&mut writer, other()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(rescues(&repository), Vec::<String>::new(), "{name}");
        assert_eq!(repository.read(LEDGER), LINE, "{name}");
        repository.assert_sound();
    }
}

#[test]
fn a_persons_own_commit_is_theirs_to_take_back_and_is_kept() {
    let repository = company();
    let mut writer = repository.writer();
    one(&mut writer, write("agents/qa/MEMORY.md", "I test.\n")).unwrap();
    repository.git(&["reset", "-q", "--hard", "HEAD~1"]);
    one(&mut writer, other()).unwrap();
    assert_eq!(writer.recovered().rescued.len(), 1, "it is told");
    assert_eq!(rescues(&repository).len(), 1);
    repository.assert_sound();
}

#[test]
fn a_branch_that_was_forced_to_another_history_is_asked_about() {
    let repository = company();
    let mut writer = repository.writer();
    work(&mut writer);
    repository.git(&["checkout", "-q", "--orphan", "fresh"]);
    repository.git(&["commit", "-qm", "a new beginning"]);
    repository.git(&["rm", "-q", LEDGER]);
    repository.git(&["commit", "-qm", "without the money"]);
    repository.git(&["branch", "-qM", "fresh", "main"]);
    let asked = asked_of(one(&mut writer, other()).unwrap_err());
    assert_eq!(asked.lines, 1);
    repository.git(&["reset", "-q", "--hard", &asked.rescue]);
    one(&mut writer, other()).unwrap();
    repository.assert_sound();
}

#[test]
fn everything_in_gits_folder_that_is_ours_may_go_but_the_journal() {
    let repository = company();
    let mut writer = repository.writer();
    work(&mut writer);
    repository.git(&["update-ref", "-d", "refs/corp/tip/main"]);
    for entry in std::fs::read_dir(repository.root().join(".git/corp")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap();
        } else if path.file_name().unwrap() != "journal" {
            std::fs::remove_file(path).unwrap();
        }
    }
    one(&mut repository.writer(), other()).unwrap();
    repository.assert_sound();
}
