//! The company in force, on real repositories that people broke with git.

use super::{Repository, git};
use corp::store::force::{Cause, Force, Wait};
use corp::store::found;
use corp::store::message::Message;
use std::collections::BTreeSet;

/// A sound company with three agents, a goal and two tickets.
pub(super) fn company() -> Repository {
    let repository = Repository::empty();
    let files = [
        ("COMPANY.md", "---\nname: Acme\nschema: agentcompanies/v1\n---\n"),
        (
            "corp.yaml",
            "schema: corp/v1\nticket_prefix: ACME\nboard:\n  - {id: ada, name: Ada, email: ada@acme.example, role: owner}\n",
        ),
        ("goals/launch.md", "---\nname: Launch\n---\n"),
        ("agents/ceo/AGENTS.md", "---\nname: CEO\nreportsTo: null\n---\nYou lead.\n"),
        ("agents/ceo/agent.yaml", "status: active\nadapter: {type: script}\n"),
        ("agents/cto/AGENTS.md", "---\nname: CTO\nreportsTo: ceo\n---\nYou build.\n"),
        ("agents/cto/agent.yaml", "status: active\nadapter: {type: script}\n"),
        ("agents/qa/AGENTS.md", "---\nname: QA\nreportsTo: cto\n---\nYou test.\n"),
        ("agents/qa/agent.yaml", "status: active\nadapter: {type: script}\n"),
        ("tickets/0000/ACME-1.md", &ticket(1, "assignee: cto\ngoal: launch\n")),
        ("tickets/0000/ACME-2.md", &ticket(2, "assignee: qa\n")),
    ];
    for (path, text) in &files {
        repository.save(path, text);
    }
    let paths: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
    found::first_commit(
        &repository.root(),
        &paths,
        &super::author(),
        jiff::Timestamp::UNIX_EPOCH,
        Message::new("Found"),
    )
    .unwrap();
    repository
}

pub(super) fn ticket(number: u32, more: &str) -> String {
    format!("---\nid: ACME-{number}\ntitle: Number {number}\n{more}---\nDo it.\n")
}

/// Commits everything with git, whatever it is.
fn commit(repository: &Repository, subject: &str) -> String {
    repository.git(&["add", "-A"]);
    repository.git(&["commit", "-qm", subject]);
    repository.git(&["rev-parse", "HEAD"]).trim().to_owned()
}

fn load(repository: &Repository) -> Force {
    Force::load(&repository.root(), "main").unwrap()
}

/// Advances, and holds the result against one that was read anew.
fn advance(force: &mut Force, repository: &Repository) -> BTreeSet<String> {
    let before = force.draft().clone();
    let advanced = force.advance().unwrap();
    let anew = load(repository);
    assert_eq!(force.tip(), anew.tip());
    assert_eq!(force.draft(), anew.draft(), "the files in force");
    assert_eq!(force.broken(), anew.broken(), "what is broken");
    assert_eq!(force.waiting(), anew.waiting(), "what waits");
    if before == *force.draft() {
        return advanced.changed;
    }
    assert!(!advanced.changed.is_empty(), "a change is told");
    advanced.changed
}

fn broken(force: &Force) -> Vec<(&str, Cause, bool)> {
    force.broken().iter().map(|(path, broken)| (path.as_str(), broken.cause, broken.in_force.is_some())).collect()
}

fn status(force: &Force, slug: &str) -> String {
    force.draft().settings_of(slug).unwrap().status.unwrap().to_string()
}

#[test]
fn a_sound_company_is_in_force_as_it_is_committed() {
    let repository = company();
    let force = load(&repository);
    assert_eq!(broken(&force), []);
    assert!(force.waiting().is_empty());
    let loaded = corp::store::load(&repository.root()).unwrap();
    assert_eq!(force.draft(), &loaded.draft);
}

#[test]
fn a_file_that_cannot_be_read_is_what_it_last_was_and_everything_else_goes_on() {
    let repository = company();
    let mut force = load(&repository);
    let good = repository.git(&["rev-parse", "HEAD"]).trim().to_owned();
    repository.save("agents/qa/agent.yaml", "status: paused\nadapter: {type: [\n");
    repository.save("agents/cto/agent.yaml", "status: paused\nadapter: {type: script}\n");
    repository.save("tickets/0000/ACME-3.md", "no front matter\n");
    commit(&repository, "break it");
    let changed = advance(&mut force, &repository);
    assert_eq!(
        broken(&force),
        [("agents/qa/agent.yaml", Cause::Itself, true), ("tickets/0000/ACME-3.md", Cause::Itself, false)]
    );
    assert_eq!((status(&force, "qa"), status(&force, "cto")), ("active".to_owned(), "paused".to_owned()));
    assert!(changed.contains("agents/cto/agent.yaml"));
    let version = force.broken()["agents/qa/agent.yaml"].in_force.unwrap();
    assert_eq!(version.commit.to_string(), good);
    assert_eq!(force.text("agents/qa/agent.yaml").unwrap().unwrap(), "status: active\nadapter: {type: script}\n");
    assert_eq!(force.text("tickets/0000/ACME-3.md").unwrap(), None);
    assert!(!force.draft().tickets.contains_key("tickets/0000/ACME-3.md"));
    let waits = &force.waiting()["tickets/0000/ACME-2.md"];
    assert_eq!(waits, &[Wait::On("agents/qa/agent.yaml".to_owned())], "what is assigned to it waits");
    assert!(!force.waiting().contains_key("tickets/0000/ACME-1.md"));

    // Broken again in another way: the good version is the same.
    repository.save("agents/qa/agent.yaml", "status: nonsense\n");
    commit(&repository, "break it again");
    advance(&mut force, &repository);
    assert_eq!(force.broken()["agents/qa/agent.yaml"].in_force.unwrap().commit.to_string(), good);
    // Mended: it counts from then on.
    repository.save("agents/qa/agent.yaml", "status: paused\nadapter: {type: script}\n");
    repository.save("tickets/0000/ACME-3.md", &ticket(3, ""));
    commit(&repository, "mend it");
    let changed = advance(&mut force, &repository);
    assert!(broken(&force).is_empty() && force.waiting().is_empty());
    assert_eq!(status(&force, "qa"), "paused");
    assert!(changed.contains("agents/qa/agent.yaml") && changed.contains("tickets/0000/ACME-3.md"));
}

#[test]
fn a_file_that_brings_an_error_with_others_is_what_it_was_before() {
    let repository = company();
    let mut force = load(&repository);
    repository.save("agents/ceo/AGENTS.md", "---\nname: CEO\nreportsTo: qa\n---\nYou lead.\n");
    repository.save("tickets/0000/ACME-2.md", &ticket(2, "assignee: nobody\n"));
    commit(&repository, "a circle, and somebody who is not there");
    repository.save("tickets/0000/ACME-1.md", &ticket(1, "assignee: cto\ngoal: launch\npriority: high\n"));
    commit(&repository, "something sound");
    advance(&mut force, &repository);
    assert_eq!(
        broken(&force),
        [("agents/ceo/AGENTS.md", Cause::Together, true), ("tickets/0000/ACME-2.md", Cause::Together, true)]
    );
    assert_eq!(force.draft().tickets["tickets/0000/ACME-2.md"].assignee.as_ref().unwrap().as_str(), "qa");
    assert!(force.draft().tickets["tickets/0000/ACME-1.md"].priority.is_some());
    let codes = |path: &str| force.broken()[path].diagnostics.iter().map(|found| found.code).collect::<Vec<_>>();
    assert_eq!(codes("agents/ceo/AGENTS.md"), ["reporting-cycle"]);
    assert_eq!(codes("tickets/0000/ACME-2.md"), ["unknown-agent"]);
    assert!(force.waiting().contains_key("agents/cto/AGENTS.md"), "who reports to it waits");
    // The one that was missing comes: what was taken back is in force by itself.
    repository.save("agents/nobody/AGENTS.md", "---\nname: Nobody\nreportsTo: cto\n---\nYou wait.\n");
    repository.save("agents/ceo/AGENTS.md", "---\nname: CEO\nreportsTo: null\n---\nYou lead.\n");
    commit(&repository, "mend it");
    let changed = advance(&mut force, &repository);
    assert!(broken(&force).is_empty() && force.waiting().is_empty());
    assert!(changed.contains("tickets/0000/ACME-2.md"), "it changed without being touched: {changed:?}");
}

#[test]
fn a_broken_ledger_makes_nothing_unspent() {
    let repository = company();
    let line =
        |number: u32| format!(r#"{{"id": "r-{number}", "run": "r-{number}", "agent": "qa", "cost": "1.00 USD"}}"#);
    let segment = "ledger/2026-11/20-1.jsonl";
    repository.save(segment, &format!("{}\n{}\n", line(1), line(2)));
    commit(&repository, "two runs");
    let mut force = load(&repository);
    // One line is lost, one is broken, one is new.
    repository.save(segment, &format!("{{\"id\": \"r-2\", \n{}\n", line(3)));
    commit(&repository, "break it");
    advance(&mut force, &repository);
    assert_eq!(broken(&force), [(segment, Cause::Itself, true)]);
    let ids: BTreeSet<&str> = force.draft().ledger[segment].iter().filter_map(|line| line.id.as_deref()).collect();
    assert_eq!(ids, BTreeSet::from(["r-1", "r-2", "r-3"]));
}

#[test]
fn what_names_something_that_was_removed_waits_and_is_not_taken_back() {
    let repository = company();
    let mut force = load(&repository);
    repository.save("tickets/0000/ACME-1.md", &ticket(1, "assignee: cto\ngoal: launch\npriority: high\n"));
    commit(&repository, "more urgent");
    repository.git(&["rm", "-q", "goals/launch.md"]);
    commit(&repository, "no launch");
    advance(&mut force, &repository);
    assert_eq!(broken(&force), []);
    let waits = &force.waiting()["tickets/0000/ACME-1.md"];
    assert!(matches!(&waits[..], [Wait::Error(error)] if error.code == "unknown-goal"), "{waits:?}");
    assert!(force.draft().tickets["tickets/0000/ACME-1.md"].priority.is_some(), "its newest version counts");
}

#[test]
fn what_is_checked_out_or_lies_in_the_folder_does_not_matter() {
    let repository = company();
    let before = load(&repository);
    repository.git(&["switch", "-qc", "idea"]);
    repository.save("agents/qa/agent.yaml", "status: paused\n");
    commit(&repository, "an idea");
    repository.save("agents/cto/agent.yaml", "status: [\n");
    std::fs::remove_file(repository.root().join("corp.yaml")).unwrap();
    let force = load(&repository);
    assert_eq!((force.draft(), force.tip()), (before.draft(), before.tip()));
    repository.git(&["checkout", "-q", "-f", "--detach"]);
    assert_eq!(load(&repository).draft(), before.draft());
}

#[test]
fn filters_and_line_endings_of_a_person_do_not_change_what_is_in_force() {
    let repository = company();
    let before = load(&repository);
    repository.save(".git/info/attributes", "*.md text eol=crlf\n");
    repository.git(&["config", "core.autocrlf", "true"]);
    std::fs::remove_file(repository.root().join("goals/launch.md")).unwrap();
    repository.git(&["checkout", "-q", "--", "goals/launch.md"]);
    assert!(repository.read("goals/launch.md").contains('\r'), "git has changed the file");
    assert_eq!(load(&repository).draft(), before.draft());
}

#[test]
fn a_branch_that_is_put_back_takes_what_is_in_force_along() {
    let repository = company();
    repository.save("agents/qa/agent.yaml", "status: paused\nadapter: {type: script}\n");
    commit(&repository, "pause");
    repository.save("agents/qa/agent.yaml", "status: [\n");
    commit(&repository, "break");
    let mut force = load(&repository);
    assert_eq!(status(&force, "qa"), "paused");
    repository.git(&["reset", "-q", "--soft", "HEAD~2"]);
    repository.git(&["commit", "-qm", "the same in one"]);
    advance(&mut force, &repository);
    assert_eq!(status(&force, "qa"), "active", "the good version that is left");
    repository.git(&["reset", "-q", "--hard", "HEAD~1"]);
    advance(&mut force, &repository);
    assert!(broken(&force).is_empty());
}

#[test]
fn a_company_in_a_folder_of_its_repository_has_only_its_own_files() {
    let repository = company();
    let outer = tempfile::tempdir().unwrap();
    let target = outer.path().join("work/acme");
    std::fs::create_dir_all(&target).unwrap();
    for path in repository.git(&["ls-files"]).lines() {
        let to = target.join(path);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(repository.root().join(path), to).unwrap();
    }
    std::fs::write(outer.path().join("other.md"), "other").unwrap();
    git(outer.path(), &["init", "-q", "-b", "main"]);
    git(outer.path(), &["add", "-A"]);
    git(outer.path(), &["commit", "-qm", "all"]);
    let force = Force::load(&target, "main").unwrap();
    assert_eq!(force.draft(), load(&repository).draft());
}

#[test]
fn going_forward_commit_by_commit_comes_to_the_same_as_reading_anew() {
    let repository = company();
    let mut force = load(&repository);
    // A small random walk over files that refer to each other, sound and not.
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    let agents = ["ceo", "cto", "qa", "gone"];
    let first = repository.git(&["rev-parse", "HEAD"]).trim().to_owned();
    for step in 0..80 {
        // Every other time from a sound company, so that small changes are judged by themselves too.
        if step % 2 == 0 {
            repository.git(&["rm", "-rq", "--ignore-unmatch", "agents", "tickets"]);
            repository.git(&["checkout", "-q", &first, "--", "."]);
            repository.git(&["commit", "-q", "--allow-empty", "-m", "sound"]);
            advance(&mut force, &repository);
            assert!(force.broken().is_empty() && force.waiting().is_empty());
        }
        for _ in 0..=random(2) {
            let agent = agents[usize::try_from(random(4)).unwrap()];
            let number = u32::try_from(1 + random(5)).unwrap();
            let other = 1 + random(6);
            let ticket_path = format!("tickets/0000/ACME-{number}.md");
            match random(9) {
                0 => repository.save(&format!("agents/{agent}/agent.yaml"), "status: [\n"),
                1 => {
                    repository.save(&format!("agents/{agent}/agent.yaml"), "status: active\nadapter: {type: script}\n");
                }
                2 => {
                    let boss = agents[usize::try_from(random(4)).unwrap()];
                    let text = format!("---\nname: N{step}\nreportsTo: {boss}\n---\n");
                    repository.save(&format!("agents/{agent}/AGENTS.md"), &text);
                }
                3 => drop(std::fs::remove_file(repository.root().join(format!("agents/{agent}/AGENTS.md")))),
                4 => repository.save(&ticket_path, &ticket(number, &format!("assignee: {agent}\n"))),
                5 => repository.save(&ticket_path, &ticket(number, &format!("parent: ACME-{other}\n"))),
                6 => repository.save(&ticket_path, &ticket(number, &format!("blocked_by: [ACME-{other}]\n"))),
                7 => drop(std::fs::remove_file(repository.root().join(&ticket_path))),
                _ => repository.save(&ticket_path, "broken\n"),
            }
        }
        repository.git(&["add", "-A"]);
        repository.git(&["commit", "-q", "--allow-empty", "-m", "step"]);
        advance(&mut force, &repository);
    }
}
