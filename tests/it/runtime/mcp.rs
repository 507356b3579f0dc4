//! The tools of a run: what they offer, what they refuse, that nothing asked is lost or done twice, and that many agents who
//! want the next ticket get one each.

use super::daemon::{After, at_work, daemon, git, run_folders, status_of, until, workers};
use super::mcp_client::{Client, told};
use crate::harness::Company;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A company whose agents stay at their tickets, at work; and its daemon.
fn at_their_tickets(company: &Company, count: usize) -> std::process::Child {
    let daemon = daemon(company);
    until("every agent is at work", || at_work(company) == count);
    daemon
}

/// The folder of the run of an agent.
fn folder_of(company: &Company, agent: &str) -> std::path::PathBuf {
    let of = |folder: &std::path::PathBuf| {
        let job = std::fs::read_to_string(folder.join("job.json")).unwrap_or_default();
        serde_json::from_str::<Value>(&job).is_ok_and(|job| job["agent"] == agent)
    };
    run_folders(company).into_iter().find(of).unwrap()
}

#[test]
fn a_run_has_tools_for_its_work_and_no_more() {
    let company = workers(2, "hang\n");
    let _after = After(&company);
    let mut up = at_their_tickets(&company, 2);
    let mut client = Client::of_run(&folder_of(&company, "w1"));
    let listed = client.request("tools/list", &json!({}));
    let names: Vec<&str> =
        listed["result"]["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    for name in ["my_inbox", "next", "checkout", "show_ticket", "comment", "ask", "update_status", "create_ticket"] {
        assert!(names.contains(&name), "{names:?}");
    }
    // Its own work.
    assert_eq!(client.call("next", json!({})).ok(), json!({"checked_out": "COMPANY-1", "fence": 1, "again": true}));
    let shown = client.call("show_ticket", json!({"ticket": "COMPANY-1"})).ok();
    assert_eq!(shown["ticket"]["body"], "Do it.");
    assert_eq!(client.call("my_inbox", json!({})).ok()["inbox"][0]["id"], "COMPANY-1");
    assert!(client.call("comment", json!({"ticket": "COMPANY-1", "text": "half of it"})).ok()["added"].is_string());
    assert!(client.call("ask", json!({"ticket": "COMPANY-1", "to": "w2", "text": "which?"})).ok()["added"].is_string());
    let left = client.call("budget_left", json!({})).ok();
    assert_eq!(left["budget_left"]["money"], "0.50 USD", "{left}");
    assert_eq!(client.call("read_org", json!({})).ok()["org"]["members"][0]["slug"], "w1");
    client.call("goals", json!({})).ok();
    // It may give work to who reports to it, and see that.
    let made = client.call("create_ticket", json!({"title": "A part", "assignee": "w2", "parent": "COMPANY-1"})).ok();
    let made = made["created"].as_str().unwrap().to_owned();
    assert!(company.read(&format!("tickets/0000/{made}.md")).contains("assignee: w2"));
    let waits = json!({"ticket": "COMPANY-1", "status": "blocked", "waits_for": [made]});
    client.call("update_status", waits).ok();
    assert_eq!(status_of(&company, "tickets/0000/COMPANY-1.md"), "blocked");
    // The other one is below: the boss's tickets are none of its business.
    let mut other = Client::of_run(&folder_of(&company, "w2"));
    for (tool, given, why) in [
        ("checkout", json!({"ticket": "COMPANY-1"}), "not yours: a run of w1 works on COMPANY-1"),
        (
            "update_status",
            json!({"ticket": "COMPANY-1", "status": "done"}),
            "refused: w2 may not change COMPANY-1: it is w1's",
        ),
        (
            "create_ticket",
            json!({"title": "For the boss", "assignee": "w1"}),
            "refused: w2 may not give work to w1: `permissions.assign`",
        ),
        ("show_ticket", json!({"ticket": "COMPANY-9"}), "refused: there is no ticket COMPANY-9"),
        ("comment", json!({"ticket": "COMPANY-2"}), "`comment` was not called: `text` is missing"),
    ] {
        let error = other.call(tool, given).error();
        assert!(error.starts_with(why), "{tool}: {error}");
        assert!(error.contains('\n'), "what to do next is said: {error}");
    }
    // What can be read.
    let papers = other.request("resources/list", &json!({}));
    let papers: BTreeSet<&str> =
        papers["result"]["resources"].as_array().unwrap().iter().map(|paper| paper["uri"].as_str().unwrap()).collect();
    assert!(papers.contains("corp://paper/COMPANY.md") && papers.contains("corp://ticket/COMPANY-2"), "{papers:?}");
    assert!(!papers.contains("corp://paper/agents/w2/agent.yaml"), "{papers:?}");
    let read = other.request("resources/read", &json!({"uri": "corp://paper/agents/w2/AGENTS.md"}));
    assert!(read["result"]["contents"][0]["text"].as_str().unwrap().contains("Worker 2"), "{read}");
    let read = other.request("resources/read", &json!({"uri": "corp://ticket/COMPANY-2"}));
    assert_eq!(read["result"]["contents"][0]["mimeType"], "application/json");
    for uri in [
        "corp://paper/corp.yaml",
        "corp://paper/../../etc/passwd",
        "file:///etc/passwd",
        "corp://paper/agents/w1/AGENTS.md",
    ] {
        let read = other.request("resources/read", &json!({ "uri": uri }));
        assert_eq!(read["error"]["code"], -32002, "{uri}: {read}");
    }
    let unknown = other.request("tools/call", &json!({"name": "rm", "arguments": {}}));
    assert!(unknown["error"]["message"].as_str().unwrap().contains("there is no tool `rm`"), "{unknown}");
    client.end();
    other.end();
    company.command(&["down"]).output().unwrap();
    up.wait().unwrap();
}

#[test]
fn what_is_asked_while_the_daemon_is_away_is_done_once() {
    let company = workers(1, "hang\n");
    let _after = After(&company);
    let mut up = at_their_tickets(&company, 1);
    let mut client = Client::of_run(&folder_of(&company, "w1"));
    up.kill().unwrap();
    up.wait().unwrap();
    let said = json!({"name": "comment", "arguments": {"ticket": "COMPANY-1", "text": "said into the dark"}});
    let asked = client.send("tools/call", &said);
    let folder = folder_of(&company, "w1");
    until("the request is kept", || std::fs::read_dir(folder.join("requests")).is_ok_and(|kept| kept.count() == 1));
    let mut up = daemon(&company);
    assert!(told(&client.hear(asked)).ok()["added"].is_string());
    let thread = std::fs::read_dir(company.root().join("tickets/0000/COMPANY-1")).unwrap();
    let said =
        thread.flatten().filter(|entry| std::fs::read_to_string(entry.path()).unwrap().contains("into the dark"));
    assert_eq!(said.count(), 1);
    company.command(&["down"]).output().unwrap();
    up.wait().unwrap();
}

/// Agents that want the next ticket, and tickets that are nobody's yet.
const AGENTS: usize = 16;
const TICKETS: usize = 100;

#[test]
fn sixteen_agents_race_for_a_hundred_tickets() {
    let company = workers(AGENTS, "hang\n");
    let _after = After(&company);
    // There is room for all of them at once.
    company.write("budgets.yaml", "budgets:\n  - {scope: company, window: month, limit: 100.00 USD}\n");
    for number in 1..=TICKETS {
        let id = format!("COMPANY-{}", 100 + number);
        let head = format!("id: {id}\ntitle: For anybody {number}\nstatus: todo\n");
        company.write(&format!("tickets/{:04}/{id}.md", (100 + number) / 100), format!("---\n{head}---\n\nDo it.\n"));
    }
    git(&company, &["add", "-A"]);
    git(&company, &["commit", "-qm", "work for anybody"]);
    let mut up = at_their_tickets(&company, AGENTS);
    let racers: Vec<_> = (1..=AGENTS)
        .map(|number| {
            let folder = folder_of(&company, &format!("w{number}"));
            std::thread::spawn(move || {
                let mut client = Client::of_run(&folder);
                let mut got = Vec::new();
                // Each has its own first; whoever finds nothing more goes home.
                while let Some(ticket) = client.call("next", json!({})).ok()["checked_out"].as_str().map(str::to_owned)
                {
                    client.call("update_status", json!({"ticket": ticket, "status": "done"})).ok();
                    got.push(ticket);
                }
                client.end();
                got
            })
        })
        .collect();
    let got: Vec<Vec<String>> = racers.into_iter().map(|racer| racer.join().unwrap()).collect();
    for (at, got) in got.iter().enumerate() {
        assert_eq!(got.first(), Some(&format!("COMPANY-{}", at + 1)), "its own comes first");
    }
    let all: BTreeSet<&String> = got.iter().flatten().collect();
    assert_eq!(got.iter().map(Vec::len).sum::<usize>(), AGENTS + TICKETS, "nobody got one twice");
    assert_eq!(all.len(), AGENTS + TICKETS, "every ticket was had once");
    let takes = git(&company, &["log", "--format=%s"]).lines().filter(|line| line.contains(" takes COMPANY-1")).count();
    assert!(takes >= TICKETS, "{takes}");
    company.command(&["down"]).output().unwrap();
    up.wait().unwrap();
}
