//! What the daemon does beside deciding, as a real process: it syncs, lets closed tickets leave, and says how that went.

use super::daemon::{After, git, until, workers};
use crate::harness::Company;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Stdio};

/// A company whose daemon syncs every second, with a bare repository that holds it.
fn with_hub(company: &Company) {
    let corp = company.read("corp.yaml");
    company.write("corp.yaml", corp + "sync_every: 1s\n");
    git(company, &["commit", "-qam", "sync often"]);
    git(company, &["init", "-q", "--bare", "--initial-branch=main", "../hub.git"]);
    git(company, &["remote", "add", "origin", "../hub.git"]);
}

/// The daemon, with what it says in a file beside the company.
fn daemon(company: &Company) -> Child {
    let log = File::create(company.root().with_file_name("log")).unwrap();
    company.command(&["up"]).stdout(Stdio::null()).stderr(log).spawn().unwrap()
}

fn log(company: &Company) -> String {
    std::fs::read_to_string(company.root().with_file_name("log")).unwrap()
}

fn down(company: &Company, mut daemon: Child) {
    assert!(company.command(&["down"]).output().unwrap().status.success());
    assert!(daemon.wait().unwrap().success());
}

fn status(company: &Company) -> String {
    let output = company.command(&["status"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The ticket with this title in the clone at `root`: its path and text.
fn titled(root: &Path, title: &str) -> Option<(String, String)> {
    let folders = [root.join("tickets"), root.join("tickets/0000")];
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(folder).into_iter().flatten().flatten());
    entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|kind| kind == "md")).find_map(
        |path| {
            let text = std::fs::read_to_string(&path).ok()?;
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            text.contains(title).then_some((name, text))
        },
    )
}

#[test]
fn a_ticket_made_in_another_clone_is_worked_on_at_home_and_comes_back_done() {
    let company = workers(1, "say up\ncomment Here.\nspend 0.01 USD\ndone\n");
    let after = After(&company);
    with_hub(&company);
    let running = daemon(&company);
    let hub = company.root().with_file_name("hub.git");
    until("home is at the hub", || hub.join("refs/heads/main").exists());
    let other = company.root().with_file_name("other");
    let cloned = company.corp_in(company.root().parent().unwrap(), &["clone", "hub.git", "other"]);
    assert_eq!(cloned.code, 0, "{}", cloned.stderr);
    let sync = || {
        let run = company.corp_in(&other, &["sync"]);
        assert!(matches!(run.code, 0 | 4), "{}{}", run.stdout, run.stderr);
    };
    // Until it has heard of a home, a clone would become home itself.
    until("the other clone knows home", || {
        sync();
        other.join("home.yaml").exists()
    });
    let made = company.corp_in(&other, &["ticket", "new", "--title", "From afar", "--assignee", "w1"]);
    assert!(made.stdout.starts_with("tickets/draft-"), "{made:?}");
    until("it came back done", || {
        sync();
        titled(&other, "title: From afar").is_some_and(|(_, text)| text.contains("status: done"))
    });
    let (path, text) = titled(&other, "title: From afar").unwrap();
    assert_eq!(path, "tickets/0000/COMPANY-2.md");
    assert!(text.contains("id: COMPANY-2\n"), "{text}");
    assert!(!other.join(made.stdout.trim()).exists(), "the draft is gone");
    assert!(git(&company, &["log", "--format=%s"]).contains("becomes COMPANY-2: From afar"));
    let said = status(&company);
    assert!(said.contains("sync: ") && !said.contains("could not"), "{said}");
    // Both sides are whole, and the same in the end.
    down(&company, running);
    for root in [&company.root(), &other, &company.root(), &other] {
        assert_eq!(company.corp_in(root, &["sync"]).code, 0);
    }
    let tip = |root: &Path| std::fs::read_to_string(root.join(".git/refs/heads/main")).unwrap();
    assert_eq!(tip(&company.root()), tip(&other));
    crate::harness::assert_sound(&other);
    assert_eq!(git(&company, &["status", "--porcelain"]), "");
    drop(after);
}

#[test]
fn what_may_not_come_in_and_what_cannot_be_reached_is_shown_and_said_once() {
    let company = workers(1, "done\n");
    let after = After(&company);
    with_hub(&company);
    let running = daemon(&company);
    let hub = company.root().with_file_name("hub.git");
    until("home is at the hub", || hub.join("refs/heads/main").exists());
    until("its work is done", || git(&company, &["log", "--format=%s"]).contains("finishes a run"));
    // Somebody pushes, with plain git, what is no company any more.
    let other = company.root().with_file_name("other");
    git(&company, &["clone", "-q", "../hub.git", "../other"]);
    let at_other = |args: &[&str]| {
        let place = ["-C", "../other"];
        git(&company, &[&place[..], args].concat())
    };
    let pushed = |text: &str| {
        std::fs::write(other.join("agents/w1/agent.yaml"), text).unwrap();
        at_other(&["commit", "-qam", "by hand"]);
        until("it is pushed", || {
            at_other(&["-c", "pull.rebase=true", "pull", "-q"]);
            let mut command = std::process::Command::new("git");
            command.args(["push", "-q"]).current_dir(&other).output().unwrap().status.success()
        });
        at_other(&["rev-parse", "HEAD"])
    };
    let good = std::fs::read_to_string(other.join("agents/w1/agent.yaml")).unwrap();
    let bad = pushed("status: sleeping\nadapter: [\n");
    until("it is shown", || status(&company).contains("is not taken in: it adds"));
    let holds = |commit: &str| git(&company, &["branch", "--contains", commit.trim(), "--format=%(refname)"]);
    assert_eq!(holds(&bad), "", "it is not in force");
    let mended = pushed(&good.replace("grace: 1s", "grace: 2s"));
    until("what was put right comes in", || {
        company.read("agents/w1/agent.yaml").contains("grace: 2s") && holds(&mended).contains("main")
    });
    // Offline is normal.
    let unplugged = company.root().with_file_name("unplugged");
    std::fs::rename(&hub, &unplugged).unwrap();
    until("it is shown", || status(&company).contains("`origin` could not be reached"));
    let made = company.command(&["ticket", "new", "--title", "Made offline"]).output().unwrap();
    assert!(made.status.success(), "everything here goes on");
    until("it waits", || status(&company).contains("not sent yet: "));
    std::fs::rename(&unplugged, &hub).unwrap();
    let subjects = || git(&company, &["--git-dir=../hub.git", "log", "--format=%s", "main"]);
    until("it is sent by itself", || subjects().contains("Made offline"));
    until("nothing is wrong any more", || !status(&company).contains("could not be reached"));
    down(&company, running);
    let log = log(&company);
    assert_eq!(log.matches("could not be reached").count(), 1, "{log}");
    assert_eq!(log.matches("is not taken in").count(), 1, "{log}");
    drop(after);
}

#[test]
fn closed_tickets_leave_by_themselves_and_a_cancelled_one_goes_on_blocking() {
    let company = workers(1, "done\n");
    let after = After(&company);
    std::fs::remove_dir_all(company.root().join("tickets")).unwrap();
    for (number, status) in [(1, "cancelled"), (2, "done")] {
        let head =
            format!("id: COMPANY-{number}\ntitle: Old {number}\nstatus: {status}\nclosed: 2020-01-01T10:00:00Z\n");
        company.write(&format!("tickets/0000/COMPANY-{number}.md"), format!("---\n{head}---\n"));
    }
    for (number, blocker) in [(101, 1), (102, 2)] {
        let head =
            format!("id: COMPANY-{number}\ntitle: New\nstatus: todo\nassignee: w1\nblocked_by: [COMPANY-{blocker}]\n");
        company.write(&format!("tickets/0001/COMPANY-{number}.md"), format!("---\n{head}---\n"));
    }
    git(&company, &["add", "tickets"]);
    git(&company, &["commit", "-qam", "tickets"]);
    let running = daemon(&company);
    until("they left", || !company.root().join("tickets/0000").exists());
    until("it is shown", || status(&company).contains("archive: tickets/0000 left the work tree"));
    let shown = company.command(&["show", "COMPANY-1"]).output().unwrap();
    assert!(String::from_utf8_lossy(&shown.stdout).contains("Old 1"), "{shown:?}");
    until("what waited for one that was done is done", || {
        company.read("tickets/0001/COMPANY-102.md").contains("status: done")
    });
    down(&company, running);
    // A daemon that never saw it in the work tree knows how it ended.
    assert!(company.command(&["up", "--until-idle"]).output().unwrap().status.success());
    // What waits for one that was cancelled is not begun: somebody is asked what is to become of it.
    let waiting = company.read("tickets/0001/COMPANY-101.md");
    assert!(["status: todo", "status: blocked"].iter().any(|status| waiting.contains(status)), "{waiting}");
    let why = company.command(&["explain", "COMPANY-101"]).output().unwrap();
    let why = String::from_utf8_lossy(&why.stdout).into_owned();
    let words = ["waits for COMPANY-1", "is blocked until ada sees to it"];
    assert!(words.iter().any(|words| why.contains(words)), "{why}");
    assert_eq!(git(&company, &["status", "--porcelain"]), "");
    drop(after);
}
