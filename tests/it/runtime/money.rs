//! Money, with the real daemon: limits that hold whatever the program costs, a board that allows more, limits that are lowered
//! while runs go on, accounts that rest.

use super::daemon::{After, daemon, git, ledger, live, run_folders, status_of, subjects, until, workers};
use crate::harness::{Company, git_beside};
use serde_json::Value;

const BUDGETS: &str =
    "budgets:\n  # what we may spend\n  - {scope: company, window: lifetime, limit: 0.90 USD}  # not much\n";

/// `count` agents that each spend this in a run, and get nowhere.
fn spenders(count: usize, script: &str, budgets: &str) -> Company {
    let company = workers(count, script);
    company.write("budgets.yaml", budgets);
    for number in 1..=count {
        let path = format!("agents/w{number}/agent.yaml");
        let settings = company.read(&path);
        company.write(&path, settings + "cooldown: 1ms\n");
    }
    git(&company, &["add", "-A"]);
    git(&company, &["commit", "-qm", "what may be spent"]);
    company
}

fn runs(company: &Company) -> Vec<Value> {
    ledger(company).iter().map(|(_, text)| serde_json::from_str(text).unwrap()).collect()
}

fn ended(company: &Company) -> usize {
    runs(company).iter().filter(|run| run["ended"].is_string()).count()
}

fn asked(company: &Company, number: u32) -> String {
    std::fs::read_to_string(company.root().join(format!("approvals/AP-{number}.md"))).unwrap_or_default()
}

#[test]
fn the_board_allows_more_by_command_and_by_hand_and_work_goes_on() {
    let company = spenders(1, "edit a.txt {{run.id}}\nspend 0.50 USD 10 10\n", BUDGETS);
    live(&company);
    assert_eq!(runs(&company).len(), 1);
    let file = asked(&company, 1);
    for line in ["status: pending", "budget: company", "limit: 0.90 USD", "raise_to: 1.35 USD", "lasts: once"] {
        assert!(file.contains(line), "{line} {file}");
    }
    let shown = company.corp(&["approval", "show", "AP-1"]).stdout;
    assert!(shown.contains("company per lifetime: 0.90 USD to 1.35 USD, for this lifetime"), "{shown}");
    live(&company);
    assert_eq!(asked(&company, 2), "", "it is asked once");
    // By command, once: the file of the limits stays as it is.
    let approved = company.corp(&["approval", "approve", "AP-1"]);
    assert_eq!(approved.code, 0, "{}", approved.stderr);
    assert_eq!(company.read("budgets.yaml"), BUDGETS);
    let status = company.corp(&["budget", "status"]).stdout;
    assert!(status.contains("company, lifetime: 1.35 USD (raised once from 0.90 USD)"), "{status}");
    live(&company);
    assert_eq!(runs(&company).len(), 2);
    // By hand, for good, to another figure than was proposed.
    let file = asked(&company, 2);
    assert!(file.contains("limit: 1.35 USD"), "{file}");
    let said = file.replace("lasts: once", "lasts: for_good\ndecision: approved");
    let raise_to = file.lines().find(|line| line.starts_with("raise_to: ")).unwrap();
    let mut child = daemon(&company);
    let after = After(&company);
    until("the daemon is there", || company.command(&["status"]).output().unwrap().status.success());
    company.write("approvals/AP-2.md", said.replace(raise_to, "raise_to: 2.00 USD"));
    until("it is decided, and all that is allowed is spent", || !asked(&company, 3).is_empty());
    drop(after);
    child.wait().unwrap();
    assert_eq!(company.read("budgets.yaml"), BUDGETS.replace("0.90 USD", "2.00 USD"));
    assert!(asked(&company, 2).contains("status: approved"), "{}", asked(&company, 2));
    assert_eq!(runs(&company).len(), 4, "{:?}", subjects(&company));
    // And no is no.
    assert!(asked(&company, 3).contains("limit: 2.00 USD"), "{}", asked(&company, 3));
    assert_eq!(company.corp(&["approval", "reject", "AP-3"]).code, 0);
    live(&company);
    assert_eq!((runs(&company).len(), asked(&company, 4).as_str()), (4, ""));
}

#[test]
fn a_limit_that_is_lowered_stops_what_has_spent_it() {
    // The first has spent thirty cents and goes on; the second has spent ten.
    let company = spenders(
        2,
        "spend 0.30 USD 10 10\nwait 1h\n",
        "budgets:\n  - {scope: company, window: day, limit: 1.00 USD}\n",
    );
    company.write("agents/w2/script.txt", "spend 0.10 USD 10 10\nwait 1h\n");
    git(&company, &["commit", "-qam", "the second spends less"]);
    let mut child = daemon(&company);
    let after = After(&company);
    let spent = |text: &str| {
        run_folders(&company).iter().any(|folder| {
            std::fs::read_to_string(folder.join("transcript.jsonl")).is_ok_and(|said| said.contains(text))
        })
    };
    until("both have spent something", || spent("0.30 USD") && spent("0.10 USD"));
    // Whoever was announced first keeps what fits.
    company.write("budgets.yaml", "budgets:\n  - {scope: company, window: day, limit: 0.20 USD}\n");
    // What is left goes to whoever was announced first, so the second may be stopped as well.
    let over = || runs(&company).into_iter().find(|run| run["agent"] == "w1" && run["ended"].is_string());
    until("who has spent more than there is now is stopped", || over().is_some());
    let over = over().unwrap();
    assert_eq!(over["cost"].as_str(), Some("0.30 USD"), "{over:#}");
    let why = over["note"].as_str().unwrap();
    assert!(why.starts_with("its budget was lowered: it spent 0.30 USD, and its ceiling is 0."), "{why}");
    // The files of one commit are shown one after another.
    until("its ticket is let go", || status_of(&company, "tickets/0000/COMPANY-1.md") == "todo");
    drop(after);
    child.wait().unwrap();
}

/// What costs nothing is stopped by what it uses: the tokens of a run, and of all of them, and how many there may be.
#[test]
fn a_subscription_is_held_by_tokens_and_by_runs() {
    for (budget, script, count, scope) in [
        ("5M tokens", "edit a.txt {{run.id}}\nspend 0.00 USD 3000000 10\n", 1, "5M tokens"),
        ("2 runs", "edit a.txt {{run.id}}\nspend 0.00 USD 3000000 10\n", 2, "2 runs"),
        ("90M tokens", "edit a.txt {{run.id}}\nspend 0.00 USD 5000000 10\nwait 1h\n", 1, ""),
    ] {
        let budgets = format!("budgets:\n  - {{scope: company, window: lifetime, limit: {budget}}}\n");
        let company = spenders(1, script, &budgets);
        let settings =
            company.read("agents/w1/agent.yaml").replace("{money: 0.50 USD}", "{money: 0.50 USD, tokens: 4M}");
        company.write("agents/w1/agent.yaml", settings);
        git(&company, &["commit", "-qam", "a ceiling in tokens"]);
        if scope.is_empty() {
            let mut child = daemon(&company);
            let after = After(&company);
            until("the run is stopped", || ended(&company) == 1);
            drop(after);
            child.wait().unwrap();
            let all = runs(&company);
            let over = all.iter().find(|run| run["ended"].is_string()).unwrap();
            assert_eq!(over["note"], "it used 5000010 tokens, more than its ceiling of 4000000", "{over:#}");
            assert_eq!(over["cost"], "0.00 USD");
            continue;
        }
        live(&company);
        let all = runs(&company);
        assert_eq!(all.len(), count, "{budget} {all:#?}");
        assert!(all.iter().all(|run| run["cost"] == "0.00 USD"), "{all:#?}");
        assert!(asked(&company, 1).contains(&format!("limit: {scope}")), "{}", asked(&company, 1));
    }
}

/// A program that speaks like Claude Code and is told to come back later, once; afterwards it answers.
const LIMITED: &str = r#"#!/bin/sh
cat > /dev/null
echo '{"type":"system","subtype":"init","session_id":"00000000-0000-4000-8000-000000000001","model":"claude-sonnet-4-6"}'
date +%s.%N >> "$PLACE/begun"
if mkdir "$PLACE/limited" 2> /dev/null; then
  sleep 0.3
  echo '{"type":"rate_limit_event","rate_limit_info":{"status":"rejected","resetsAt":'$(($(date +%s) + 4))'}}'
  echo '{"type":"result","subtype":"success","is_error":true,"api_error_status":429,"result":"slow down","session_id":"00000000-0000-4000-8000-000000000001","total_cost_usd":0,"usage":{"input_tokens":1,"output_tokens":1}}'
  exit 1
fi
date +%s.%N >> "$PLACE/done"
echo '{"type":"result","subtype":"success","is_error":false,"result":"done","session_id":"00000000-0000-4000-8000-000000000001","total_cost_usd":0.01,"usage":{"input_tokens":1,"output_tokens":1}}'
"#;

#[test]
fn eight_that_share_an_account_leave_it_alone_and_go_on_one_after_another() {
    let company = workers(8, "done\n");
    let place = company.root().parent().unwrap().join("program");
    std::fs::create_dir(&place).unwrap();
    let program = place.join("claude");
    std::fs::write(&program, LIMITED).unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for number in 1..=8 {
        let environment = serde_json::json!({"ANTHROPIC_API_KEY": "any", "PLACE": place});
        let adapter = serde_json::json!({
            "type": "claude_local", "command": program, "env": environment, "gateway": false,
        });
        let settings = format!(
            "status: active\nadapter: {adapter}\nrun_ceiling: {{money: 0.50 USD}}\nreach: {{write: [{place:?}]}}\n"
        );
        company.write(&format!("agents/w{number}/agent.yaml"), settings);
        // The others have nothing to do yet.
        if number > 1 {
            let ticket = format!("tickets/0000/COMPANY-{number}.md");
            company.write(&ticket, company.read(&ticket).replace("status: todo", "status: backlog"));
        }
    }
    git(&company, &["commit", "-qam", "programs"]);
    let mut child = daemon(&company);
    let after = After(&company);
    let hold = company.state().join("holds/claude_local.json");
    until("one of them was told to come back later", || hold.exists());
    let told: Value = serde_json::from_str(&std::fs::read_to_string(&hold).unwrap()).unwrap();
    let over: jiff::Timestamp = told["until"].as_str().unwrap().parse().unwrap();
    for number in 2..=8 {
        let ticket = format!("tickets/0000/COMPANY-{number}.md");
        company.write(&ticket, company.read(&ticket).replace("status: backlog", "status: todo"));
    }
    git_beside(&company.root(), &["commit", "-qam", "work for all"]);
    let first = |number: u32| {
        let announced = runs(&company).into_iter().filter(|run| run["agent"] == format!("w{number}"));
        announced.filter_map(|run| run["announced"].as_str().unwrap().parse::<jiff::Timestamp>().ok()).min()
    };
    until("all of them have begun", || (2..=8).all(|number| first(number).is_some()));
    for number in 2..=8_u32 {
        let due = over + jiff::SignedDuration::from_secs(2 * i64::from(number - 1));
        assert!(first(number).unwrap() >= due, "w{number} began at {:?}, before {due}", first(number));
    }
    drop(after);
    child.wait().unwrap();
}

#[test]
fn while_an_account_rests_an_agent_is_the_program_it_falls_back_on() {
    let company = workers(2, "comment Done by another program.\ndone\n");
    for number in 1..=2 {
        let fallback = if number == 1 { "fallback: {type: script}\n" } else { "" };
        let settings = format!("status: active\nadapter: {{type: claude_local}}\n{fallback}");
        company.write(&format!("agents/w{number}/agent.yaml"), settings);
    }
    git(&company, &["commit", "-qam", "programs"]);
    let over = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    let hold = company.state().join("holds/claude_local.json");
    std::fs::create_dir_all(hold.parent().unwrap()).unwrap();
    std::fs::write(&hold, serde_json::json!({"until": over, "run": "r-1"}).to_string()).unwrap();
    let mut child = daemon(&company);
    let after = After(&company);
    until("the first has done its work", || status_of(&company, "tickets/0000/COMPANY-1.md") == "done");
    drop(after);
    child.wait().unwrap();
    assert_eq!(runs(&company).iter().map(|run| &run["agent"]).collect::<Vec<_>>(), ["w1"]);
    assert_eq!(status_of(&company, "tickets/0000/COMPANY-2.md"), "todo");
}

/// What a daemon has just done when it is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// Reserved: the commit that announces a run.
    Reserved,
    /// Started: the run's folder is there.
    Started,
    /// Metered: the run says what it used.
    Metered,
    /// Ended, and not settled.
    Ended,
}

/// How far everything has come at one of these moments.
fn reached(company: &Company, moment: Moment) -> usize {
    let folders = run_folders(company);
    match moment {
        Moment::Reserved => ledger(company).len(),
        Moment::Started => folders.len(),
        Moment::Metered => {
            let said = folders.iter().filter_map(|run| std::fs::read_to_string(run.join("transcript.jsonl")).ok());
            said.filter(|said| said.contains("0.01 USD")).count()
        }
        Moment::Ended => folders.iter().filter(|run| run.join("end.json").exists()).count(),
    }
}

/// Killed between reserving, starting, metering and settling, again and again, the ledger balances in the end: what was spent is
/// what the programs spent, nothing stays reserved, and every run is settled once. `CORP_MONEY_KILLS` says how often.
#[test]
fn a_daemon_that_is_killed_at_any_moment_leaves_a_ledger_that_balances() {
    let kills: usize = std::env::var("CORP_MONEY_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(6);
    let company = spenders(
        4,
        "spend 0.01 USD 10 10\ndone\n",
        "budgets:\n  - {scope: company, window: lifetime, limit: 900.00 USD}\n",
    );
    // Work for as long as there is somebody to kill, and some more.
    for number in 5..=4 * kills + 8 {
        let head = format!("id: COMPANY-{number}\ntitle: Job {number}\nstatus: todo\nassignee: w{}\n", number % 4 + 1);
        company
            .write(&format!("tickets/{:04}/COMPANY-{number}.md", number / 100), format!("---\n{head}---\n\nDo it.\n"));
    }
    git(&company, &["add", "-A"]);
    git(&company, &["commit", "-qm", "much to do"]);
    let _after = After(&company);
    let moments = [Moment::Reserved, Moment::Started, Moment::Metered, Moment::Ended];
    for kill in 0..kills {
        let moment = moments[kill % 4];
        let before = reached(&company, moment);
        let mut child = daemon(&company);
        until("something happens that it can be killed over", || reached(&company, moment) > before);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    live(&company);
    let sealed = company.root().join("ledger");
    let mut lines: Vec<Value> = runs(&company);
    for month in std::fs::read_dir(sealed).unwrap().flatten().filter(|entry| entry.file_name() != "open") {
        for segment in std::fs::read_dir(month.path()).into_iter().flatten().flatten() {
            let text = std::fs::read_to_string(segment.path()).unwrap();
            lines.extend(text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
        }
    }
    let all: std::collections::BTreeSet<&str> = lines.iter().map(|line| line["run"].as_str().unwrap()).collect();
    assert_eq!(all.len(), lines.len(), "no run stands there twice");
    assert!(lines.iter().all(|line| line["outcome"].is_string()), "every run is settled");
    // Each that spoke of money spent a cent; of those that were announced and never started, none.
    let cents = lines.iter().filter(|line| line["cost"] == "0.01 USD").count();
    let nothing = lines.iter().filter(|line| line["cost"] == "0.00 USD").count();
    assert_eq!((cents + nothing, cents), (lines.len(), reached(&company, Moment::Metered)), "{lines:#?}");
    assert_eq!(cents, 4 * kills + 8, "every ticket is done, and once");
    // The fold over the ledger is the sum of the runs, and nothing is left reserved.
    let cost: Value = serde_json::from_str(&company.corp(&["cost", "--since", "all", "--json"]).stdout).unwrap();
    let spent = format!("{}.{:02} USD", cents / 100, cents % 100);
    assert_eq!(
        (cost["total"]["cost"][0].as_str(), cost["open"]["runs"].as_i64()),
        (Some(&*spent), Some(0)),
        "{cost:#}"
    );
    let budgets: Value = serde_json::from_str(&company.corp(&["budget", "status", "--json"]).stdout).unwrap();
    let amount = |key: &str| budgets[0][key]["amount"].as_u64().unwrap();
    assert_eq!((amount("spent"), amount("reserved")), (cents as u64 * 10_000, 0), "{budgets:#}");
    // One settlement each, in the history too.
    let log = git(&company, &["log", "--format=%(trailers:key=Run,valueonly,separator=)%x09%s"]);
    for run in all {
        let settled = |line: &&str| {
            line.split_once('\t').is_some_and(|(id, subject)| {
                id == run && (subject.contains("finishes a run") || subject.starts_with("a run of "))
            })
        };
        assert_eq!(log.lines().filter(settled).count(), 1, "{run}");
    }
    println!("{kills} kills, {} runs, {cents} of them spent", lines.len());
}
