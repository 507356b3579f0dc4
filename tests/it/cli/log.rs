//! `corp log`.

use crate::harness::Company;
use crate::repository::{ADA, CORP, CTO, Repository};
use std::fs;

#[test]
fn a_line_for_each_change_and_one_for_a_run() {
    let acme = Repository::acme();
    let run = acme.corp(&["log"]);
    let expected = "\
61463e9  2026-11-19 11:10  cto  cto finished ACME-1  (run r-01jd, 2 commits, 1.37 USD)
a80c55d  2026-11-19 10:30  ada  Slow the CTO down
224b031  2026-11-18 11:00  ada  First ticket
0f1f2c0  2026-11-18 10:00  ada  Found Acme
";
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), (expected, ""));
    let verbose = "\
61463e9  2026-11-19 11:10  cto  cto finished ACME-1
    [run r-01jd, ticket ACME-1, cost 1.37 USD]
7ec2ed9  2026-11-19 11:00  cto  cto took ACME-1
    [run r-01jd, ticket ACME-1]
a80c55d  2026-11-19 10:30  ada  Slow the CTO down
    It woke for nothing.
    cto: heartbeat every 30m → 1h
224b031  2026-11-18 11:00  ada  First ticket
    ACME-1 created: Do it
0f1f2c0  2026-11-18 10:00  ada  Found Acme
    company added: Acme
    cto: added: CTO, got settings
    corp.yaml added
";
    assert_eq!(acme.printed(&["log", "-v"]), verbose);
}

#[test]
fn filters_narrow_it_down() {
    let acme = Repository::acme();
    let ids = |args: &[&str]| {
        let text = acme.printed(&[&["log"], args].concat());
        text.lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for (args, expected) in [
        (&["cto"][..], &["a80c55d", "0f1f2c0"][..]),
        (&["agents/cto/agent.yaml"], &["a80c55d", "0f1f2c0"]),
        (&["agents/cto/AGENTS.md"], &["0f1f2c0"]),
        (&["ACME-1"], &["61463e9", "224b031"]),
        (&["--people"], &["a80c55d", "224b031", "0f1f2c0"]),
        (&["--actor", "cto"], &["61463e9"]),
        (&["--actor", "ADA@example.org"], &["a80c55d", "224b031", "0f1f2c0"]),
        (&["--run", "r-01jd"], &["61463e9", "7ec2ed9"]),
        (&["--run", "r-9999"], &[]),
        (&["--since", "yesterday"], &["61463e9", "a80c55d"]),
        (&["--since", "24h ago"], &["61463e9"]),
        (&["cto", "--people", "--since", "2026-11-19"], &["a80c55d"]),
        (&["-n", "2"], &["61463e9", "a80c55d"]),
    ] {
        assert_eq!(ids(args), expected, "{args:?}");
    }
    assert_eq!(acme.corp(&["log", "-n", "2"]).stderr, "there is more: add `-n 4`\n");
    assert_eq!(acme.corp(&["log", "--run", "r-9999"]).stderr, "no commit fits\n");
}

#[test]
fn mistakes_are_answered_with_what_to_type() {
    let acme = Repository::acme();
    for (args, code, expected) in [
        (&["log", "ctp"][..], 1, "did you mean `cto`?"),
        (&["log", "--since", "soon"], 2, "`--since soon` is not a time"),
        (&["log", "-n", "0"], 2, "0 is not in 1..=1000000"),
        (&["log", "no such thing"], 1, "there is no agent, ticket, path or commit `no such thing`"),
    ] {
        let run = acme.corp(args);
        assert_eq!(run.code, code, "{args:?}: {}", run.stderr);
        assert!(run.stderr.contains(expected), "{args:?}: {}", run.stderr);
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn json_says_what_the_lines_say() {
    let acme = Repository::acme();
    let value: serde_json::Value = serde_json::from_str(&acme.printed(&["log", "--json", "-n", "1"])).unwrap();
    assert_eq!(value["more"], true);
    let entry = &value["entries"][0];
    assert_eq!(entry["who"], serde_json::json!({ "kind": "agent", "name": "cto" }));
    assert_eq!((&entry["at"], &entry["local"]), (&"2026-11-19T10:10:00Z".into(), &"2026-11-19T11:10:00+01:00".into()));
    assert_eq!(entry["run"]["commits"].as_array().unwrap().len(), 2);
    assert_eq!(entry["run"]["cost"], serde_json::json!(["1.37 USD"]));
    let verbose: serde_json::Value = serde_json::from_str(&acme.printed(&["log", "--json", "-v"])).unwrap();
    assert_eq!(verbose["entries"][2]["changes"][0]["words"], "cto: heartbeat every 30m → 1h");
}

#[test]
fn a_broken_or_missing_work_tree_hides_nothing() {
    let acme = Repository::acme();
    let whole = acme.printed(&["log", "-v"]);
    acme.company.write("corp.yaml", "timezone: [\n");
    acme.company.write("agents/cto/agent.yaml", "\u{0}");
    assert_eq!(acme.printed(&["log", "-v"]), whole);
    let root = acme.company.root();
    for name in ["COMPANY.md", "corp.yaml"] {
        fs::remove_file(root.join(name)).unwrap();
    }
    fs::remove_dir_all(root.join("agents")).unwrap();
    assert_eq!(acme.printed(&["log", "-v"]), whole);
}

#[test]
fn without_commits_there_is_nothing_to_tell() {
    let unborn = Repository::unborn();
    unborn.company.write("COMPANY.md", "---\nname: Acme\n---\n");
    let run = unborn.corp(&["log"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    assert_eq!(run.stderr, "nothing was committed yet on the branch main\n");
    assert!(unborn.printed(&["log", "--json"]).contains("\"entries\": []"));
    let company = Company::new(&[("COMPANY.md", "---\nname: Acme\n---\n")]);
    let run = company.corp(&["log"]);
    assert_eq!(run.code, 5);
    assert!(run.stderr.contains("[TEMP]/company is no git repository"), "{}", run.stderr);
    // What a sandbox leaves behind where no repository is: git takes it for none.
    fs::create_dir(company.root().join(".git")).unwrap();
    let run = company.corp(&["log"]);
    assert!(run.stderr.contains("[TEMP]/company is no git repository"), "{}", run.stderr);
}

#[test]
fn a_merge_is_told_once_and_the_later_line_first() {
    let acme = Repository::acme();
    acme.git(&["checkout", "-q", "-b", "side", "HEAD~2"]);
    acme.company.write("agents/cto/AGENTS.md", "---\nname: CTO\n---\nLead well.\n");
    acme.commit(ADA, "2026-11-19T09:45:00Z", "Side work");
    acme.git(&["checkout", "-q", "main"]);
    acme.merge("side", "2026-11-19T11:00:00Z", "Bring side in");
    let subjects = |args: &[&str]| {
        let text = acme.printed(args);
        text.lines().map(|line| line.splitn(4, "  ").nth(3).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        subjects(&["log", "-n", "5"]),
        [
            "Bring side in",
            "cto finished ACME-1  (run r-01jd, 2 commits, 1.37 USD)",
            "Side work",
            "Slow the CTO down",
            "First ticket"
        ]
    );
    // The merge itself changed nothing of the agent that one of its parents did not have.
    assert_eq!(subjects(&["log", "agents/cto/AGENTS.md"]), ["Side work", "Found Acme"]);
}

#[test]
fn clocks_that_go_wrong_change_no_order() {
    let acme = Repository::acme();
    acme.company.write("notes.md", "1\n");
    acme.commit(ADA, "2020-01-01T00:00:00Z", "From the past");
    acme.company.write("notes.md", "2\n");
    acme.commit(ADA, "2026-11-19T12:00:00Z", "Now");
    let text = acme.printed(&["log", "-n", "3"]);
    let subjects: Vec<&str> = text.lines().map(|line| line.splitn(4, "  ").nth(3).unwrap()).collect();
    assert_eq!(subjects[..2], ["Now", "From the past"]);
    // An early clock in the middle does not end the search.
    assert_eq!(acme.printed(&["log", "--since", "yesterday"]).lines().count(), 3);
}

#[test]
fn a_shallow_clone_says_where_it_ends() {
    let acme = Repository::acme();
    let from = format!("file://{}", acme.company.root().display());
    let clone = Company::new(&[]);
    let target = clone.root().join("clone");
    acme.git(&["clone", "-q", "--depth", "2", &from, target.to_str().unwrap()]);
    let run = clone.corp_in(&target, &["log", "-v"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stdout.lines().filter(|line| !line.starts_with(' ')).count(), 2);
    assert!(run.stderr.contains("this clone is shallow"), "{}", run.stderr);
    let blame = clone.corp_in(&target, &["blame", "cto", "heartbeat.every"]);
    assert!(blame.stdout.contains("set to 1h"), "{}", blame.stdout);
    assert!(blame.stderr.contains("older than this shallow clone"), "{}", blame.stderr);
    assert!(clone.corp_in(&target, &["show", "HEAD~1"]).stderr.contains("its parents were not fetched"));
    let undo = clone.corp_in(&target, &["undo", "HEAD~1"]);
    assert_eq!(undo.code, 1);
    assert!(undo.stderr.contains("what it changed is not in this history"), "{}", undo.stderr);
}

#[test]
fn what_a_commit_says_never_reaches_the_terminal_as_a_command() {
    let acme = Repository::acme();
    acme.company.write("evil\u{1b}[2J\u{202e}name\n.md", "x\n");
    let token = format!("ghp_{}", "a1B2c3D4e5".repeat(4));
    let message = format!("Ha \u{202e}gpj {token}\n\nbody \u{1b}[31mred\n\nActor: ada\nRun: r-01jd\n");
    acme.commit(("E\u{9b}ve", "eve@x"), "2026-11-19T12:00:00Z", &message);
    for args in [&["log", "-v"][..], &["show", "HEAD"], &["diff", "HEAD~1", "HEAD", "--text"], &["diff", "HEAD~1"]] {
        let text = acme.printed(args);
        assert!(!text.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'), "{args:?}: {text:?}");
        assert!(!text.contains(&token[8..]), "{args:?}: {text}");
    }
    let first = acme.printed(&["log", "-n", "1"]);
    // Eve's trailers are only words: she is not Ada, and hides in nobody's run.
    assert!(first.contains("E\\u{9b}ve  Ha \\u{202e}gpj ghp_***"), "{first}");
    assert!(!first.contains("run"), "{first}");
}

#[test]
fn a_folder_that_holds_itself_a_billion_times_is_cut() {
    let acme = Repository::acme();
    let blob = acme.git(&["rev-parse", "HEAD:COMPANY.md"]).trim().to_owned();
    let ten = |what: &str| (0..10).map(|at| format!("{what}\tx{at}\n")).collect::<String>();
    let mut folder = acme.folder(&ten(&format!("100644 blob {blob}")));
    for _ in 0..9 {
        folder = acme.folder(&ten(&format!("040000 tree {folder}")));
    }
    let top = acme.folder(&format!("{}040000 tree {folder}\tzbomb\n", acme.git(&["ls-tree", "HEAD"])));
    let id = acme.committed(&top, ADA, "2026-11-19T12:00:00Z", "Bomb");
    let shown = acme.corp(&["show", &id]);
    assert!(shown.stderr.contains("more files were changed than are compared"), "{}", shown.stderr);
    assert!(acme.corp(&["diff", "HEAD", &id]).stderr.contains("more files differ than are compared"));
    assert!(acme.corp(&["undo", &id]).stderr.contains("what it changed is not in this history"));
    let folder = acme.corp(&["show", &format!("zbomb@{id}")]);
    assert!(folder.stderr.contains("more files; name one of them"), "{}", folder.stderr);
}

#[test]
fn a_company_in_a_folder_of_a_repository_has_its_own_history() {
    let mono = Repository::unborn();
    mono.company.write("code/main.rs", "fn main() {}\n");
    mono.commit(ADA, "2026-11-18T09:00:00Z", "Code");
    mono.company.write("acme/COMPANY.md", "---\nname: Acme\n---\n");
    mono.company.write("acme/agents/cto/AGENTS.md", "---\nname: CTO\n---\n");
    mono.commit(ADA, "2026-11-18T10:00:00Z", "Company");
    let folder = mono.company.root().join("acme");
    let run = mono.company.corp_in(&folder, &["log", "cto", "-v"]);
    let lines: Vec<&str> = run.stdout.lines().skip(1).collect();
    assert_eq!(lines, ["    company added: Acme", "    cto added: CTO"], "{}", run.stderr);
    let diff = mono.company.corp_in(&folder, &["diff"]);
    assert_eq!(diff.stdout, "", "{}", diff.stderr);
}

#[test]
fn a_run_beside_another_is_still_one_line() {
    let acme = Repository::acme();
    for (minute, run) in [(1, "r-02"), (2, "r-03"), (3, "r-02"), (4, "r-03")] {
        let message = format!("step {minute}\n\nRun: {run}\nCost: 0.10 USD\n");
        acme.commit_as(CTO, CORP, &format!("2026-11-19T13:0{minute}:00Z"), &message);
    }
    let text = acme.printed(&["log", "-n", "2"]);
    let told: Vec<&str> = text.lines().map(|line| line.splitn(4, "  ").nth(3).unwrap()).collect();
    assert_eq!(told, ["step 4  (run r-03, 2 commits, 0.20 USD)", "step 3  (run r-02, 2 commits, 0.20 USD)"]);
}
