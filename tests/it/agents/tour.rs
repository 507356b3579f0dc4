//! The tour of the pages with Claude Code in the places of the scripts: once it has only the tools of `corp mcp` to speak to the
//! company, once only the command line in its shell.

use super::bench::CLAUDE;
use crate::harness::Company;
use crate::session::play_in;
use crate::standin::StandIn;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// How an agent speaks to its company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    Tools,
    CommandLine,
}

/// What is said between two marks.
fn between<'t>(text: &'t str, begin: &str, end: &str) -> &'t str {
    text.split_once(begin).and_then(|(_, rest)| rest.split_once(end)).map_or("", |(inner, _)| inner)
}

fn tool(name: &str, given: &Value) -> String {
    format!("[[tool:{name} {given}]] ")
}

fn corp(name: &str, given: &Value) -> String {
    tool(&format!("mcp__corp__{name}"), given)
}

/// What a model would do by tools, told `said` in this turn and `all` so far.
fn by_tools(who: &str, said: &str, all: &str, mara: &str) -> String {
    let path = |mark: &str| between(all, mark, "`").to_owned();
    let done = |ticket: &str| corp("update_status", &json!({"ticket": ticket, "status": "done"}));
    match who {
        "ceo" if said.contains("What you asked of the board is decided.") => {
            if said.contains("mara") {
                return String::new();
            }
            let begin = |ticket| corp("edit_ticket", &json!({"ticket": ticket, "status": "todo"}));
            let told = json!({"ticket": "ACME-1", "text": "Ben and Lin have begun."});
            begin("ACME-2") + &begin("ACME-3") + &corp("comment", &told)
        }
        "ceo" if said.contains("All parts of your ticket are done") => {
            let folder = format!("{}/agents/mara", path("Your desk is `"));
            let head = "---\nname: Mara\ntitle: Cuts films\nreportsTo: ceo\n---\n\nYou cut films.\n";
            let write = |name: &str, text: &str| {
                tool("Write", &json!({"file_path": format!("{folder}/{name}"), "content": text}))
            };
            let told = "The page and the film are there. For more films we need somebody who cuts them.";
            write("AGENTS.md", head)
                + &write("agent.yaml", mara)
                + &corp("comment", &json!({"ticket": "ACME-1", "text": told}))
                + &done("ACME-1")
        }
        "ceo" => {
            let page = json!({"title": "Write the page", "assignee": "ben", "parent": "ACME-1", "review": ["rosa"],
                "approval": ["ada", "bob"], "needs": 2});
            let film = json!({"title": "Shoot the film", "assignee": "lin", "parent": "ACME-1"});
            let body = "One page that says when and where, and a film of a minute for those who do not read.";
            let asked =
                json!({"title": "A page first, then a film", "kind": "strategy", "ticket": "ACME-1", "body": body});
            corp("create_ticket", &page) + &corp("create_ticket", &film) + &corp("ask_board", &asked)
        }
        "ben" => {
            let when = if all.contains("When does it open?") { " on 1 May at 10" } else { "" };
            let page = format!("{}/page.md", path("Your work goes into `"));
            let text = format!("The harbour museum opens{when}.\n");
            let written = tool("Write", &json!({"file_path": page, "content": text}));
            // Which one was written before is read first, as the tool wants it.
            let read = tool("Read", &json!({"file_path": page}));
            (if when.is_empty() { written } else { read + &written }) + &done("ACME-2")
        }
        "rosa" => {
            let again = all.contains("When does it open?");
            let (verdict, comment) =
                if again { ("approved", "Now it says when.") } else { ("changes_requested", "When does it open?") };
            corp("review", &json!({"ticket": "ACME-2", "verdict": verdict, "comment": comment}))
        }
        "lin" if all.contains("The old recording") => done("ACME-3"),
        "lin" => corp("ask", &json!({"ticket": "ACME-3", "to": "ada", "text": "Which music may we use?"})),
        "mara" => done("ACME-4"),
        other => panic!("nobody knows {other}"),
    }
}

/// The words that the agents of the example type.
fn script(who: &str) -> String {
    let settings = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("examples/acme/agents/{who}/agent.yaml"));
    let settings = std::fs::read_to_string(settings).unwrap();
    let (_, script) = settings.split_once("    - |\n").unwrap();
    script.lines().map(|line| line.strip_prefix("      ").unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

fn by_command_line(who: &str, mara: &str) -> String {
    if who == "mara" {
        return "[[bash:corp ticket done \"$CORP_TICKET\"]]".to_owned();
    }
    let scripted = "role: designer\\nadapter:\\n  type: process\\n  command: /bin/sh\\n  args: [-ec, \"corp ticket done \
                    $CORP_TICKET\"]\\n";
    let script = script(who);
    assert!(who != "ceo" || script.contains(scripted), "{script}");
    format!("[[bash:{}]]", script.replace(scripted, &mara.replace('\n', "\\n")))
}

fn played(door: Door) {
    let mara: Arc<OnceLock<String>> = Arc::default();
    let hired = Arc::clone(&mara);
    let standin = StandIn::playing(Box::new(move |said, all| {
        let who = between(all, "You are `", "`");
        let hired = hired.get().expect("the company is laid before it works");
        match door {
            Door::Tools => by_tools(who, said, all, hired),
            Door::CommandLine => by_command_line(who, hired),
        }
    }));
    let settings = CLAUDE.settings(&standin);
    // Whoever speaks by tools has no shell.
    let arguments = if door == Door::Tools { vec!["--disallowedTools", "Bash"] } else { Vec::new() };
    let adapter = json!({
        "type": CLAUDE.adapter, "model": settings.model, "command": settings.command, "args": arguments,
        "env": settings.environment, "login": "own",
    });
    mara.set(format!("role: designer\nadapter: {adapter}\n")).unwrap();
    let company = Company::within(env!("CARGO_TARGET_TMPDIR"));
    let lay = |folder: &Path| {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/acme");
        let to = folder.join("examples");
        std::fs::create_dir(&to).unwrap();
        let copied = std::process::Command::new("cp").arg("-r").args([&from, &to]).status().unwrap();
        assert!(copied.success());
        for who in ["ben", "ceo", "lin", "rosa"] {
            let path = to.join(format!("acme/agents/{who}/agent.yaml"));
            let text = std::fs::read_to_string(&path).unwrap();
            let (head, _) = text.split_once("adapter:").unwrap();
            std::fs::write(&path, format!("{head}adapter: {adapter}\n")).unwrap();
        }
    };
    play_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tour.md"), &company, &lay);
    let acted = standin.charged();
    assert!(acted.requests > 10, "{acted:?}");
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn claude_code_lives_through_the_tour_by_tools_alone() {
    played(Door::Tools);
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn claude_code_lives_through_the_tour_by_the_command_line_alone() {
    played(Door::CommandLine);
}
