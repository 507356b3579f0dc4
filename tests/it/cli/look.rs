//! What can be looked at: lists, board, inbox, trees, the chart. Without a daemon the files are read, with one it is
//! asked, and both say the same.

use crate::harness::{Company, Run, git, until};
use std::process::{Child, Stdio};

fn ticket(company: &Company, number: u32, head: &str, body: &str) {
    let text =
        format!("---\nid: ACME-{number}\n{head}created: 2026-11-{:02}T08:00:00Z\n---\n\n{body}\n", number % 28 + 1);
    company.write(&format!("tickets/0000/ACME-{number}.md"), text);
}

fn entry(company: &Company, number: u32, name: &str, head: &str, body: &str) {
    company.write(&format!("tickets/0000/ACME-{number}/{name}.md"), format!("---\n{head}---\n\n{body}\n"));
}

/// A company in which there is something of everything to see.
pub(super) fn busy() -> Company {
    let company = Company::new(&[
        (
            "COMPANY.md",
            "---\nname: Acme\nslug: acme\ndescription: Makes things.\nschema: agentcompanies/v1\n---\n\nMake things.\n",
        ),
        (
            "corp.yaml",
            "schema: corp/v1\nticket_prefix: ACME\nstatus: paused\nboard:\n  - {id: ada, email: ada@localhost, role: owner}\n  - {id: bob, email: bob@x.example, role: viewer}\n",
        ),
        ("agents/ceo/AGENTS.md", "---\nname: Chief\nslug: ceo\ntitle: Chief executive\n---\n\nLead.\n"),
        ("agents/ceo/agent.yaml", "status: active\nadapter: {type: script}\n"),
        ("agents/ceo/script.txt", "say hello\n"),
        ("agents/eng/AGENTS.md", "---\nname: Engineer\nslug: eng\nreportsTo: ceo\n---\n\nBuild.\n"),
        ("agents/eng/agent.yaml", "status: paused\nadapter: {type: script}\n"),
        ("agents/eng/script.txt", "say hello\n"),
        ("goals/launch.md", "---\nname: Launch\nstatus: active\nowner: ceo\n---\n\nLaunch it.\n"),
        ("goals/site.md", "---\nname: A site\nparent: launch\nstatus: planned\n---\n\nBe seen.\n"),
        ("projects/web/PROJECT.md", "---\nname: Web\nslug: web\n---\n\nThe site.\n"),
        ("projects/web/project.yaml", "status: in_progress\ngoal: site\n"),
        (
            "approvals/AP-1.md",
            "---\nid: AP-1\ntitle: May I hire?\nkind: request\nstatus: pending\nrequested_by: ceo\ncreated: 2026-11-19T10:00:00Z\n---\n\nPlease.\n",
        ),
    ]);
    ticket(
        &company,
        1,
        "title: Build the site\nstatus: todo\npriority: high\nassignee: eng\nproject: web\nlabels: [web, urgent]\n",
        "All of it, Übermensch.",
    );
    ticket(
        &company,
        2,
        "title: Write the texts\nstatus: todo\nassignee: ada\nparent: ACME-1\nlabels: [web]\n",
        "Nice ones.",
    );
    ticket(
        &company,
        3,
        "title: Choose a colour\nstatus: done\nassignee: ceo\nparent: ACME-1\nclosed: 2026-11-10T08:00:00Z\n",
        "Any.",
    );
    ticket(
        &company,
        4,
        "title: Ship\nstatus: blocked\nassignee: ceo\ngoal: launch\nblocked_by: [ACME-1, ACME-3]\nunblock_owner: ada\n",
        "When built.",
    );
    ticket(&company, 5, "title: Some day\nstatus: backlog\npriority: low\n", "No hurry.");
    ticket(&company, 6, "title: Never\nstatus: cancelled\nproject: web\nclosed: 2026-11-10T08:00:00Z\n", "No.");
    ticket(&company, 7, "title: A part\nstatus: backlog\npriority: low\nparent: ACME-5\nproject: web\n", "Of it.");
    entry(
        &company,
        1,
        "20261119T090000Z-eng-0001",
        "author: eng\nkind: question\nto: ada\n",
        "Which kubernetes cluster?",
    );
    entry(&company, 4, "20261118T090000Z-ceo-0001", "author: ceo\nkind: comment\n", "@ada what do you think?");
    for args in [&["init", "-q", "-b", "main"][..], &["add", "-A"], &["commit", "-qm", "a company"]] {
        git(&company.root(), args);
    }
    company
}

struct Daemon<'c>(&'c Company, Child);

impl<'c> Daemon<'c> {
    fn start(company: &'c Company) -> Self {
        let mut up = company.command(&["up"]);
        // By the machine's clock, as people run it: what the daemon does by the way must not get into its answers.
        up.stdout(Stdio::null()).stderr(Stdio::null());
        let daemon = Self(company, up.spawn().unwrap());
        until("a daemon runs", || company.corp(&["status", "--json"]).stdout.contains("\"pid\""));
        daemon
    }
}

impl Drop for Daemon<'_> {
    fn drop(&mut self) {
        drop(self.0.command(&["down"]).output());
        drop(self.1.wait());
    }
}

/// The first words of each line.
fn ids(run: &Run) -> Vec<String> {
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.stdout.lines().map(|line| line.split_whitespace().next().unwrap_or_default().to_owned()).collect()
}

/// What to type, and what begins the lines that come.
const LISTS: &[(&[&str], &[&str])] = &[
    (&["ticket", "list"], &["ACME-1", "ACME-2", "ACME-4", "ACME-5", "ACME-7"]),
    (&["ticket", "list", "--all"], &["ACME-1", "ACME-2", "ACME-4", "ACME-5", "ACME-7", "ACME-3", "ACME-6"]),
    (&["ticket", "list", "--status", "done,cancelled"], &["ACME-3", "ACME-6"]),
    (&["ticket", "list", "--assignee", "nobody"], &["ACME-5", "ACME-7"]),
    (&["ticket", "list", "--label", "web", "--label", "urgent"], &["ACME-1"]),
    (&["ticket", "list", "--goal", "launch"], &["ACME-1", "ACME-2", "ACME-4", "ACME-7"]),
    (&["ticket", "list", "--goal", "site"], &["ACME-1", "ACME-2", "ACME-7"]),
    (&["ticket", "list", "--parent", "ACME-1", "--all"], &["ACME-2", "ACME-3"]),
    (&["ticket", "list", "--text", "KUBERNETES"], &["ACME-1"]),
    (&["ticket", "list", "--text", "nice", "--assignee", "ada"], &["ACME-2"]),
    (&["ticket", "search", "übermensch", "cluster"], &["ACME-1"]),
    (&["ticket", "search", "any"], &["ACME-3"]),
    (&["ticket", "search", "nobody", "wrote", "this"], &[]),
    (&["inbox"], &["approval", "question", "blocked", "mention", "ticket"]),
    (&["inbox", "bob"], &[]),
    (&["inbox", "ceo"], &["ticket"]),
    (&["why", "ACME-2"], &["ticket", "part", "project", "goal", "goal", "company"]),
];

#[test]
fn everything_can_be_seen_with_and_without_a_daemon() {
    let company = busy();
    let look = |what: &str| {
        for (args, expected) in LISTS {
            assert_eq!(ids(&company.corp(args)), *expected, "{what}: {args:?}");
        }
        let all = [&["board"][..], &["goal", "tree"], &["org"], &["ticket", "tree", "--closed"], &["why", "ACME-4"]];
        all.map(|args| format!("$ corp {}\n{}", args.join(" "), company.corp(args).stdout)).concat()
    };
    // Home is told by a first commit of the program; both looks are at the company after it.
    let daemon = Daemon::start(&company);
    let asked = look("asked");
    drop(daemon);
    let read = look("read");
    assert_eq!(asked, read);
    insta::assert_snapshot!(read, @r#"
    $ corp board
    BACKLOG (2)
      ACME-5  Some day
      ACME-7  A part

    TODO (2)
      ACME-1  Build the site (eng)
      ACME-2  Write the texts (ada)

    BLOCKED (1)
      ACME-4  Ship (ceo)

    DONE (1)
      ACME-3  Choose a colour (ceo)
    $ corp goal tree
    launch  Launch  (active, ceo; 1 of 5 done)
    └─ site  A site  (planned; 1 of 4 done)  projects: web
    $ corp org
    ceo  Chief, Chief executive
    └─ eng  Engineer  [paused]
    $ corp ticket tree --closed
    ACME-1  Build the site  (todo, eng)
    ├─ ACME-2  Write the texts  (todo, ada)
    └─ ACME-3  Choose a colour  (done, ceo)
    ACME-4  Ship  (blocked, ceo)
    ACME-5  Some day  (backlog)
    └─ ACME-7  A part  (backlog)
    ACME-6  Never  (cancelled)
    $ corp why ACME-4
    ticket   ACME-4      Ship
    goal     launch      Launch
    company  COMPANY.md  Acme
    "#);
}

#[test]
fn what_nothing_has_happened_to_is_found() {
    let run = busy().corp(&["ticket", "list", "--stale", "3d"]);
    assert_eq!(ids(&run), ["ACME-2", "ACME-5", "ACME-7"]);
}

#[test]
fn what_is_not_there_is_said() {
    let company = busy();
    for (args, message) in [
        (&["ticket", "list", "--status", "open"][..], "error: `open` is no status of a ticket: backlog, todo,"),
        (&["ticket", "list", "--goal", "moon"], "error: there is no goal `moon`; `corp goal tree` shows them"),
        (&["ticket", "list", "--project", "moon"], "error: there is no project `moon`; there are: web"),
        (&["ticket", "tree", "ACME-99"], "error: there is no ticket ACME-99; `corp log ACME-99` finds one"),
        (&["why", "ACME99"], "error: `ACME99` is not"),
        (&["inbox", "eve"], "error: `eve` is no agent, and not on the board (ada, bob)"),
    ] {
        let run = company.corp(args);
        assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{args:?}");
        assert!(run.stderr.starts_with(message), "{args:?}: {}", run.stderr);
    }
}

#[test]
fn words_are_found_in_what_was_written_since_the_last_search() {
    let company = busy();
    // Enough texts for the signatures to be kept.
    for number in 100..180 {
        ticket(&company, number, "title: One of many\nstatus: backlog\n", "Nothing of note.");
    }
    git(&company.root(), &["add", "-A"]);
    git(&company.root(), &["commit", "-qm", "many"]);
    assert_eq!(ids(&company.corp(&["ticket", "search", "zeppelin"])), [""; 0]);
    assert!(company.root().join(".git/corp/search").is_file());
    entry(&company, 5, "20261120T090000Z-ada-0001", "author: ada\nkind: comment\n", "By zeppelin.");
    git(&company.root(), &["add", "-A"]);
    git(&company.root(), &["commit", "-qm", "a comment"]);
    assert_eq!(ids(&company.corp(&["ticket", "search", "ZEPPELIN"])), ["ACME-5"]);
    std::fs::write(company.root().join(".git/corp/search"), "damaged").unwrap();
    assert_eq!(ids(&company.corp(&["ticket", "search", "zeppelin"])), ["ACME-5"]);
}

#[test]
fn the_chart_is_drawn_for_a_page() {
    let company = busy();
    let run = company.corp(&["org", "--svg", "-"]);
    assert!(run.stdout.starts_with("<svg xmlns=") && run.stdout.ends_with("</svg>\n"), "{}", run.stdout);
    assert!(run.stdout.contains(">Chief</text>") && run.stdout.contains("class=\"off\""), "{}", run.stdout);
    assert_eq!(
        company.corp(&["org", "--mermaid"]).stdout,
        "graph TD\n  ceo[\"Chief<br/>Chief executive\"]\n  ceo --> eng\n  eng[\"Engineer\"]\n"
    );
    let json: serde_json::Value = serde_json::from_str(&company.corp(&["org", "--json"]).stdout).unwrap();
    assert_eq!(json[0]["reports"][0]["slug"], "eng");
}
