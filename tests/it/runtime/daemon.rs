//! The daemon, as a real process on a real company: days are lived, and what a kill leaves is found and settled once.

pub(super) use crate::harness::until;

use crate::harness::Company;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

fn founded(template: &str) -> Company {
    let company = Company::new(&[]);
    let founded = company.corp(&["init", ".", "--template", template]);
    assert_eq!(founded.code, 0, "{}", founded.stderr);
    company
}

/// A company of agents that play this script, one ticket each.
pub(super) fn workers(count: usize, script: &str) -> Company {
    let company = founded("solo");
    std::fs::remove_dir_all(company.root().join("tickets")).unwrap();
    std::fs::remove_dir_all(company.root().join("tasks")).unwrap();
    std::fs::remove_dir_all(company.root().join("agents")).unwrap();
    let corp = company.read("corp.yaml");
    let without: Vec<&str> = corp.lines().filter(|line| !line.starts_with("limits:")).collect();
    company.write("corp.yaml", without.join("\n") + &format!("\nlimits: {{runs: {count}}}\n"));
    for number in 1..=count {
        let folder = format!("agents/w{number}");
        company.write(
            &format!("{folder}/AGENTS.md"),
            format!("---\nname: Worker {number}\nslug: w{number}\ndescription: Works.\n{}---\n\nWork.\n", {
                if number == 1 { String::new() } else { "reportsTo: w1\n".to_owned() }
            }),
        );
        let settings = "status: active\nadapter:\n  type: script\n  grace: 1s\nrun_ceiling: {money: 0.50 USD}\n";
        company.write(&format!("{folder}/agent.yaml"), settings);
        company.write(&format!("{folder}/script.txt"), script);
        let head = format!("id: COMPANY-{number}\ntitle: Job {number}\nstatus: todo\nassignee: w{number}\n");
        company.write(&format!("tickets/0000/COMPANY-{number}.md"), format!("---\n{head}---\n\nDo it.\n"));
    }
    let prefix = corp.lines().find_map(|line| line.strip_prefix("ticket_prefix: ")).unwrap();
    assert!(prefix.starts_with("COMPANY"), "{prefix}");
    git(&company, &["add", "-A"]);
    git(&company, &["commit", "-qm", "workers"]);
    company
}

pub(super) fn git(company: &Company, args: &[&str]) -> String {
    crate::harness::git(&company.root(), args)
}

pub(super) fn subjects(company: &Company) -> Vec<String> {
    git(company, &["log", "--format=%s"]).lines().map(str::to_owned).collect()
}

/// Lets the company work until there is nothing to do.
pub(super) fn live(company: &Company) -> String {
    let output = company.command(&["up", "--until-idle"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

pub(super) fn daemon(company: &Company) -> Child {
    company.command(&["up"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Ends what a test leaves behind when it stops in the middle.
pub(super) struct After<'c>(pub(super) &'c Company);

impl Drop for After<'_> {
    fn drop(&mut self) {
        drop(self.0.command(&["down"]).output());
        for folder in run_folders(self.0) {
            let folder = corp::runtime::run::Folder::at(folder);
            drop(folder.ask_to_stop(&corp::runtime::run::Stop::because("the test is over")));
        }
    }
}

/// The ledger files of the runs, with their text.
pub(super) fn ledger(company: &Company) -> Vec<(String, String)> {
    let folder = company.root().join("ledger/open");
    let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.starts_with("r-") && name.ends_with(".json")).collect();
    names.sort();
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
    names.iter().map(|name| (name.trim_end_matches(".json").to_owned(), text(name))).collect()
}

pub(super) fn run_folders(company: &Company) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(company.state().join("runs")).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// How many runs have a supervisor that began.
pub(super) fn at_work(company: &Company) -> usize {
    run_folders(company).iter().filter(|folder| folder.join("transcript.jsonl").exists()).count()
}

pub(super) fn status_of(company: &Company, path: &str) -> String {
    let text = company.read(path);
    text.lines().find_map(|line| line.strip_prefix("status: ")).unwrap_or("?").to_owned()
}

#[test]
fn home_is_the_same_clone_for_the_daemon_and_for_people() {
    let company = founded("solo");
    let after = After(&company);
    assert_eq!(company.corp(&["up", "--once"]).code, 0);
    let shown = company.corp(&["home", "show"]);
    assert!(shown.stdout.contains("home: this clone"), "{}{}", shown.stdout, shown.stderr);
    // A folder that is moved stays home, one that is copied never was.
    let (moved, copied) = (company.root().with_file_name("moved"), company.root().with_file_name("copied"));
    std::fs::rename(company.root(), &moved).unwrap();
    let plan = company.corp_in(&moved, &["plan"]);
    assert!(!plan.stdout.contains("home"), "{}", plan.stdout);
    let copy = Command::new("cp").arg("-a").args([&moved, &copied]).status().unwrap();
    assert!(copy.success());
    let plan = company.corp_in(&copied, &["plan"]);
    assert!(plan.stdout.contains("this clone is not home"), "{}", plan.stdout);
    assert_eq!(company.corp_in(&copied, &["home", "take"]).code, 0);
    let plan = company.corp_in(&copied, &["plan"]);
    assert!(!plan.stdout.contains("home"), "{}", plan.stdout);
    std::fs::rename(&moved, company.root()).unwrap();
    drop(after);
}

#[test]
fn a_fresh_company_lives_a_day() {
    for (template, tickets) in [
        ("code-review", 3),
        ("data-processing", 3),
        ("monitoring", 2),
        ("newsroom", 2),
        ("research", 4),
        ("solo", 1),
        ("studio", 1),
    ] {
        let company = founded(template);
        let said = live(&company);
        let mut done = 0;
        for entry in std::fs::read_dir(company.root().join("tickets/0000")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md") {
                let path = path.strip_prefix(company.root()).unwrap().to_str().unwrap().to_owned();
                let status = status_of(&company, &path);
                // What the board is to approve waits for it.
                let waits = template == "studio" && status == "in_review";
                assert!(waits || matches!(status.as_str(), "done" | "backlog"), "{path}: {status}: {said}");
                done += usize::from(status_of(&company, &path) == "done");
            }
        }
        assert!(done >= tickets, "{template}: {done} done: {said}");
        let check = company.corp(&["check"]);
        assert_eq!(check.code, 0, "{template}: {}", check.stdout);
        assert_eq!(git(&company, &["status", "--porcelain"]), "", "{template}");
        let subjects = subjects(&company);
        assert!(subjects.iter().any(|subject| subject.contains(" takes ")), "{subjects:?}");
        for (run, text) in ledger(&company) {
            assert!(
                text.contains("\"outcome\":\"succeeded\"") || text.contains("\"outcome\": \"succeeded\""),
                "{run}: {text}"
            );
        }
        // There is nothing to do any more, and looking leaves no trace.
        let before = git(&company, &["rev-parse", "HEAD"]);
        live(&company);
        assert_eq!(git(&company, &["rev-parse", "HEAD"]), before, "{template}");
    }
}

#[test]
fn a_daemon_that_is_killed_leaves_runs_that_are_settled_once() {
    let company = workers(8, "say up\nwait 3s\ncomment Here.\nspend 0.01 USD\ndone\n");
    let _after = After(&company);
    let mut first = daemon(&company);
    until("all eight are at work", || at_work(&company) == 8);
    first.kill().unwrap();
    first.wait().unwrap();
    let said = live(&company);
    for number in 1..=8 {
        assert_eq!(status_of(&company, &format!("tickets/0000/COMPANY-{number}.md")), "done", "{said}");
        assert!(!company.root().join(format!("tickets/0000/COMPANY-{number}.lock")).exists());
    }
    let runs = ledger(&company);
    assert_eq!(runs.len(), 8, "{said}");
    assert_eq!(run_folders(&company).len(), 8);
    let subjects = subjects(&company);
    let count = |what: &str| subjects.iter().filter(|subject| subject.contains(what)).count();
    assert_eq!((count(" takes "), count("finishes a run"), count("comments on")), (8, 8, 8), "{subjects:?}");
    for (run, text) in &runs {
        assert!(text.contains("0.01 USD"), "{run}: {text}");
    }
    assert_eq!(company.corp(&["check"]).code, 0);
}

/// What ran under another boot of the machine is lost, and tried once more.
#[cfg(target_os = "linux")]
#[test]
fn a_machine_that_was_restarted_has_lost_its_runs() {
    let company = workers(1, "say up\nhang\n");
    let _after = After(&company);
    let mut first = daemon(&company);
    until("it is at work", || at_work(&company) == 1);
    first.kill().unwrap();
    first.wait().unwrap();
    let folder = run_folders(&company).pop().unwrap();
    let record = folder.join("supervisor.json");
    let mut supervisor: serde_json::Value = serde_json::from_slice(&std::fs::read(&record).unwrap()).unwrap();
    let pid = supervisor["process"]["pid"].to_string();
    assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    supervisor["boot"] = "another".into();
    std::fs::write(&record, supervisor.to_string()).unwrap();
    company.write("agents/w1/script.txt", "comment Again.\ndone\n");
    git(&company, &["commit", "-qam", "a shorter script"]);
    let mut second = daemon(&company);
    until("it is lost and written down", || {
        ledger(&company).iter().any(|(_, text)| text.contains("restarted while it ran"))
    });
    assert!(folder.join("tombstone").exists());
    let down = company.command(&["down"]).output().unwrap();
    assert!(down.status.success(), "{}", String::from_utf8_lossy(&down.stderr));
    second.wait().unwrap();
}

#[test]
fn one_daemon_answers_and_goes_when_it_is_told() {
    let company = workers(1, "say up\nhang\n");
    let other = workers(1, "say other\ndone\n");
    // The other one's state lies where the daemon's surroundings say, beside the first one's.
    let _after = After(&company);
    let up = company.command(&["up", "--detach", ".", other.root().to_str().unwrap()]).output().unwrap();
    assert!(up.status.success(), "{}", String::from_utf8_lossy(&up.stderr));
    let second = company.command(&["up"]).output().unwrap();
    assert_eq!(second.status.code(), Some(4), "{}", String::from_utf8_lossy(&second.stderr));
    until("one is at work", || at_work(&company) == 1);
    until("the other has done its work", || status_of(&other, "tickets/0000/COMPANY-1.md") == "done");
    let made = company.corp(&["ticket", "new", "--title", "By the daemon"]);
    assert_eq!((made.code, made.stdout.trim()), (0, "COMPANY-2"), "{}", made.stderr);
    let status = company.corp(&["status"]);
    assert!(status.stdout.contains("the daemon runs as process") && status.stdout.contains("w1"), "{}", status.stdout);
    let (run, _) = ledger(&company).pop().unwrap();
    until("it says so", || company.corp(&["run", "logs", &run]).stdout.contains("up"));
    let stopped = company.corp(&["run", "stop", &run, "--reason", "a test"]);
    assert_eq!(stopped.code, 0, "{}", stopped.stderr);
    until("it is settled", || company.corp(&["run", "show", &run]).stdout.contains("cancelled"));
    let again = company.corp(&["run", "stop", &run]);
    assert_eq!((again.code, again.stderr), (0, format!("{run} was over already\n")));
    let down = company.corp(&["down"]);
    assert_eq!(down.code, 0, "{}", down.stderr);
    for root in [company.root(), other.root()] {
        let status = company.corp(&["-C", root.to_str().unwrap(), "status"]);
        assert!(status.stdout.contains("no daemon runs"), "{}", status.stdout);
    }
}

/// An editor is the user interface: what is saved is committed in the person's name, and the agent is woken by it.
#[test]
fn a_ticket_that_is_saved_is_worked_on() {
    let company = workers(1, "comment Seen.\ndone\n");
    let _after = After(&company);
    let mut up = daemon(&company);
    until("the first is done", || status_of(&company, "tickets/0000/COMPANY-1.md") == "done");
    let head = "id: COMPANY-2\ntitle: Saved by hand\nstatus: todo\nassignee: w1\n";
    company.write("tickets/0000/COMPANY-2.md", format!("---\n{head}---\n\nDo it.\n"));
    until("the second is done", || status_of(&company, "tickets/0000/COMPANY-2.md") == "done");
    until("both runs are settled", || {
        subjects(&company).iter().filter(|subject| subject.contains("finishes a run")).count() == 2
    });
    let down = company.command(&["down"]).output().unwrap();
    assert!(down.status.success(), "{}", String::from_utf8_lossy(&down.stderr));
    up.wait().unwrap();
    assert_eq!(git(&company, &["status", "--porcelain"]), "");
    let authors = git(&company, &["log", "--format=%an", "--diff-filter=A", "--", "tickets/0000/COMPANY-2.md"]);
    // The founding commit had another ticket of that name.
    assert_eq!(authors.lines().next(), Some("ada"));
}

#[test]
fn a_daemon_whose_company_is_moved_away_says_so_and_goes() {
    let company = workers(1, "done\n");
    let mut up = company.command(&["up"]).stderr(Stdio::piped()).spawn().unwrap();
    until("the work is done", || status_of(&company, "tickets/0000/COMPANY-1.md") == "done");
    let away = company.root().with_file_name("away");
    std::fs::rename(company.root(), &away).unwrap();
    until("the daemon is gone", || up.try_wait().unwrap().is_some());
    std::fs::rename(&away, company.root()).unwrap();
    let said = std::io::read_to_string(up.stderr.take().unwrap()).unwrap();
    assert!(said.contains("is gone") && said.contains("corp up"), "{said}");
    // It may have been in the middle of writing something; the next one finishes it.
    let next = company.command(&["up", "--once"]).output().unwrap();
    assert!(next.status.success(), "{next:?}");
}

#[test]
fn who_asks_the_daemon_sees_what_who_reads_the_files_sees() {
    let company = workers(1, "say found it\ndone\n");
    let _after = After(&company);
    let up = company.command(&["up", "--detach"]).output().unwrap();
    assert!(up.status.success(), "{}", String::from_utf8_lossy(&up.stderr));
    let status = || serde_json::from_str::<serde_json::Value>(&company.corp(&["status", "--json"]).stdout).unwrap();
    until("the work is done", || status_of(&company, "tickets/0000/COMPANY-1.md") == "done");
    assert_eq!(company.corp(&["ticket", "new", "--title", "Nobody's"]).code, 0);
    until("the run is settled", || status()["daemon"]["runs"].as_array().is_some_and(Vec::is_empty));
    let looks: [&[&str]; 6] = [
        &["board"],
        &["board", "--json", "--assignee", "nobody"],
        &["ticket", "list", "--all", "--json"],
        &["ticket", "search", "NOBODY'S", "--json"],
        &["ticket", "search", "nowhere"],
        &["ticket", "show", "COMPANY-1", "--json"],
    ];
    let look = || looks.map(|args| company.corp(args)).map(|run| (run.code, run.stdout, run.stderr));
    let (asked, told, shown) = (look(), status(), company.corp(&["status"]).stdout);
    assert_eq!(company.corp(&["down"]).code, 0);
    assert_eq!(asked, look());
    assert!(asked[2].1.contains("COMPANY-2") && asked[3].1.contains("COMPANY-2") && !asked[3].1.contains("COMPANY-1"));
    let read = status();
    assert_eq!((&read["daemon"], told["daemon"].get("standing")), (&serde_json::Value::Null, None));
    for what in ["tickets", "broken", "unconfined"] {
        assert_eq!(told[what], read[what], "{what}");
    }
    assert_eq!(told["tickets"]["done"], 1);
    assert!(shown.starts_with("the daemon runs as process") && shown.contains("1 done"), "{shown}");
}
