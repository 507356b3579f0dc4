//! `corp heartbeat explain`.

use crate::harness::{Company, Run};
use serde_json::Value as Json;

const HEARTBEAT: &str = "# Heartbeat\n\nBe brief.\n\ntasks:\n  - name: inbox\n    interval: 30m\n    prompt: Look at the inbox.\n  - name: calendar\n    interval: 1d\n    prompt: Is anything coming up?\n";

fn acme() -> Company {
    Company::new(&[
        ("COMPANY.md", "---\nname: Acme\n---\n"),
        (
            "corp.yaml",
            "schema: corp/v1\nticket_prefix: ACME\ntimezone: Europe/Berlin\ndefaults:\n  heartbeat: {active_hours: \"08:00-20:00\"}\n",
        ),
        ("agents/cto/AGENTS.md", "---\nname: CTO\n---\n"),
        ("agents/cto/agent.yaml", "heartbeat:\n  every: 1h\n"),
        ("agents/cto/HEARTBEAT.md", HEARTBEAT),
        ("agents/cmo/AGENTS.md", "---\nname: CMO\n---\n"),
        ("agents/cmo/agent.yaml", "status: paused\nheartbeat: {every: 2h, prompt: Look around.}\n"),
        ("state.json", "{\"inbox\": \"2026-11-20T09:45:10Z\"}\n"),
        ("bare.md", HEARTBEAT),
    ])
}

fn json(run: &Run) -> Json {
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn an_agent_is_explained() {
    let company = acme();
    company.write("reply.txt", "All fine, two mails.\nHEARTBEAT_OK\n");
    let run = company.corp(&["heartbeat", "explain", "cto", "--state", "state.json", "--reply", "reply.txt"]);
    let expected = "\
heartbeat of cto, 2026-11-20 11:00 (Europe/Berlin)

  beats   every 1h
  hours   08:00-20:00, active until 2026-11-20 20:00
  file    not empty, line 3 says: Be brief.
  tasks   2, 1 due

  TASK      INTERVAL  LAST RUN             DUE  NEXT
  inbox     30m       2026-11-20 10:45:10  no   2026-11-20 11:15:10
  calendar  1d        never                yes  now

A run starts: 1 of 2 tasks is due.
Its prompt:

  | Run the following periodic tasks (only those due based on their intervals):
  |
  | - calendar: Is anything coming up?
  |
  | After completing all due tasks, reply HEARTBEAT_OK.
  |
  | Additional context from HEARTBEAT.md:
  | # Heartbeat
  |
  | Be brief.
  | Current time: Friday, November 20th, 2026 - 11:00 AM (Europe/Berlin)
  | Reference UTC: 2026-11-20 10:00 UTC

Nothing of the reply is delivered: what it says beside HEARTBEAT_OK has at most 300 characters.
";
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, expected, ""));
}

#[test]
fn quiet_hours_a_pause_and_a_missing_file_are_told() {
    let company = acme();
    let run = company.corp(&["heartbeat", "explain", "cmo", "--now", "2026-11-21T05:30"]);
    let expected = "\
heartbeat of cmo, 2026-11-21 05:30 (Europe/Berlin)

  beats   none while the agent is paused; otherwise every 2h
  hours   08:00-20:00, quiet until 2026-11-21 08:00
  file    none

Nothing starts: it is outside of the active hours.
";
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, expected, ""));
    let day = json(&company.corp(&["heartbeat", "explain", "cmo", "--json"]));
    assert_eq!(
        (&day["file"], &day["emptiness"], &day["effectively_empty"]),
        (&Json::Null, &Json::Null, &Json::Bool(false))
    );
    assert_eq!(day["prompt"]["kind"], "configured");
    assert_eq!(day["prompt"]["text"], "Look around.");
    company.write("agents/cmo/agent.yaml", "heartbeat: {every: 2h}\n");
    let none = json(&company.corp(&["heartbeat", "explain", "cmo", "--json"]));
    assert_eq!((&none["outcome"]["skip"], &none["prompt"]), (&Json::from("no-heartbeat-file"), &Json::Null));
}

#[test]
fn a_bare_file_needs_no_company() {
    let company = acme();
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::write(elsewhere.path().join("HEARTBEAT.md"), "# HEARTBEAT.md\n- [ ]\n\n<!-- later -->\n").unwrap();
    let run = company.corp_in(elsewhere.path(), &["heartbeat", "explain", "HEARTBEAT.md"]);
    let expected = "\
HEARTBEAT.md, 2026-11-20 10:00 (UTC)

  hours   always
  file    effectively empty, there is nothing but 1 heading, 1 empty list item, 1 line of comment and 1 blank line

Nothing starts: the file says nothing.
";
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, expected, ""));
}

#[test]
fn what_the_file_loses_is_shown_where_it_stands() {
    let company = acme();
    company.write("agents/cto/HEARTBEAT.md", "tasks:\n  - name: a\n    intervall: 5m\n    prompt: p\n  - name: b\n");
    let run = company.corp(&["heartbeat", "explain", "cto"]);
    let expected = "\
error[heartbeat-field]: nothing reads `intervall` in a task: the task `a` is lost
 --> agents/cto/HEARTBEAT.md:3:5
  |
3 |     intervall: 5m
  |     ^^^^^^^^^^^^^
4 |     prompt: p
5 |   - name: b
  |   --------- this task is lost, too
  |
  = help: did you mean `interval`? A task has `name`, `interval` and `prompt`, and nothing else
";
    assert!(run.stdout.contains(expected), "{}", run.stdout);
    let problems = json(&company.corp(&["heartbeat", "explain", "cto", "--json"]))["diagnostics"].take();
    assert_eq!(problems[0]["line"], 3);
    assert_eq!(problems[0]["code"], "heartbeat-field");
}

#[test]
fn a_state_file_that_is_not_json_has_a_line() {
    let company = acme();
    company.write("bad.json", "{\n  \"inbox\": 1,,\n}\n");
    let run = company.corp(&["heartbeat", "explain", "cto", "--state", "bad.json", "--json"]);
    let expected = "\
error[heartbeat-state]: this is not JSON: key must be a string
 --> bad.json:2:14
  |
2 |   \"inbox\": 1,,
  |              ^
  |
  = help: write an object such as `{\"inbox\": 1763632800000}`
";
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (3, "", expected));
}

#[test]
fn what_cannot_be_read_is_said() {
    let company = acme();
    for (args, code, stderr) in [
        (
            &["nobody"][..],
            2,
            "error: the company has no agent `nobody`, and there is no file of that name\nhint: its agents are cmo, cto\n",
        ),
        (&["none.md"], 5, "error: none.md cannot be read: No such file or directory (os error 2)\n"),
        (
            &["bare.md", "--now", "later"],
            2,
            "error: `--now later` is not a time\nhint: write an instant such as `2026-11-20T10:00:00Z`, or a local time such as `2026-11-20T11:00`\n",
        ),
        (
            &["bare.md", "--timezone", "Mars/Olympus"],
            2,
            "error: `--timezone Mars/Olympus` cannot be read: no such zone in the IANA time zone database\nhint: write a time zone by its IANA name, such as `Europe/Berlin`\n",
        ),
        (
            &["bare.md", "--active-hours", "9-5"],
            2,
            "error: `--active-hours 9-5` cannot be read: two times of the day with `-` between them are expected\nhint: write hours of the day such as `08:00-20:00`\n",
        ),
    ] {
        let run = company.corp(&[&["heartbeat", "explain"], args].concat());
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (code, "", stderr), "{args:?}");
    }
    company.write("latin.md", b"caf\xe9");
    let run = company.corp(&["heartbeat", "explain", "latin.md"]);
    assert_eq!((run.code, run.stderr.as_str()), (3, "error: latin.md is not UTF-8 text\nhint: save it as UTF-8\n"));
}

#[test]
fn the_options_stand_in_for_settings() {
    let company = acme();
    company.write("reply.txt", "HEARTBEAT_OK done");
    let explain = |args: &[&str]| json(&company.corp(&[&["heartbeat", "explain", "bare.md", "--json"], args].concat()));
    let quiet = explain(&["--active-hours", "09:00-17:00", "--timezone", "America/New_York"]);
    assert_eq!(quiet["outcome"]["skip"], "quiet-hours");
    assert_eq!(quiet["active_hours"]["next_change"], "2026-11-20T14:00:00Z");
    assert_eq!(explain(&["--reason", "hook:mail"])["prompt"]["kind"], "default");
    assert_eq!(explain(&["--now", "1970-01-01T00:00:02Z"])["now_ms"], 2000);
    assert_eq!(explain(&["--now", "2000"])["now"], "1970-01-01T00:00:02Z");
    for (max, delivered) in [("4", Json::Null), ("3", "done".into()), ("-1", "done".into()), ("junk", Json::Null)] {
        let reply = explain(&["--reply", "reply.txt", "--ack-max-chars", max])["reply"].take();
        assert_eq!(reply["delivered"], delivered, "{max}");
    }
}

#[test]
fn a_file_cannot_move_the_cursor() {
    let company = acme();
    company.write("bare.md", "tasks:\n- name: a\u{1b}[2J\n  interval: 5m\n  prompt: p\u{7}\n");
    let run = company.corp(&["heartbeat", "explain", "bare.md"]);
    assert!(!run.stdout.contains(['\u{1b}', '\u{7}']), "{:?}", run.stdout);
}

/// `docs/heartbeat.md`, whose examples are held against the program.
fn page() -> String {
    std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/heartbeat.md")).unwrap()
}

/// The cells of the table under a heading, without backticks, `\n` as a line feed.
fn table(page: &str, heading: &str) -> Vec<Vec<String>> {
    let part = page.split(&format!("\n{heading}\n")).nth(1).unwrap();
    let rows = part.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|')).skip(2);
    let cell = |cell: &str| {
        let cell = cell.trim();
        let fence = cell.strip_prefix("```` ").and_then(|rest| rest.strip_suffix(" ````"));
        fence.unwrap_or(cell.trim_matches('`')).replace("\\n", "\n")
    };
    let found: Vec<Vec<String>> = rows.map(|row| row.trim_matches('|').split(" | ").map(cell).collect()).collect();
    assert!(found.len() > 3, "{heading}");
    found
}

#[test]
fn the_page_shows_what_the_program_does() {
    let page = page();
    let fenced = |language: &str| page.split(&format!("```{language}\n")).nth(1).unwrap().split("```").next().unwrap();
    let company = Company::new(&[]);
    company.write("HEARTBEAT.md", fenced("markdown"));
    company.write("state.json", fenced("json"));
    company.write("reply.txt", "HEARTBEAT_OK");
    let mut examples = 0;
    for part in page.split("```console\n$ corp ").skip(1) {
        let (command, output) = part.split("```").next().unwrap().split_once('\n').unwrap();
        let run = company.corp(&command.split(' ').collect::<Vec<_>>());
        if command.ends_with("--json") {
            assert_eq!(run.stdout, output, "{command}");
        } else {
            assert_eq!((run.code, run.stdout.as_str()), (0, output), "{command}");
        }
        examples += 1;
    }
    assert_eq!(examples, 2);
}

#[test]
fn the_tables_of_the_page_are_true() {
    let page = page();
    let company = Company::new(&[]);
    let explain = |args: &[&str]| json(&company.corp(&[&["heartbeat", "explain", "f.md", "--json"], args].concat()));
    for row in table(&page, "### Effectively empty") {
        company.write("f.md", &row[0]);
        assert_eq!(explain(&[])["effectively_empty"], row[1] == "yes", "{row:?}");
    }
    for row in table(&page, "### Intervals") {
        company.write("f.md", format!("tasks:\n- name: a\n  interval: {}\n  prompt: p\n", row[0]));
        let ms = row[1].parse::<u64>().map_or(Json::Null, Json::from);
        assert_eq!(explain(&[])["tasks"][0]["interval_ms"], ms, "{row:?}");
    }
    for row in table(&page, "## The reply") {
        company.write("r.txt", &row[0]);
        let delivered = if row[1] == "nothing" { Json::Null } else { row[1].as_str().into() };
        assert_eq!(explain(&["--reply", "r.txt"])["reply"]["delivered"], delivered, "{row:?}");
    }
}

#[test]
fn the_page_names_every_field_and_code() {
    fn paths(value: &Json, path: &str, found: &mut Vec<String>) {
        match value {
            Json::Object(fields) => {
                for (name, value) in fields {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    paths(value, &path, found);
                    found.push(path);
                }
            }
            Json::Array(items) => items.iter().for_each(|item| paths(item, &format!("{path}[]"), found)),
            _ => {}
        }
    }
    let company = acme();
    company.write("agents/cto/HEARTBEAT.md", format!("{HEARTBEAT}    model: x\n"));
    company.write("reply.txt", "done");
    let value = json(&company.corp(&["heartbeat", "explain", "cto", "--reply", "reply.txt", "--json"]));
    let mut found = Vec::new();
    paths(&value, "", &mut found);
    let page = page();
    let codes = corp::rules::RULES.iter().map(|rule| rule.code).filter(|code| code.starts_with("heartbeat-"));
    found.extend(codes.map(str::to_owned));
    // `outcome` is always an object; the page names what is in it.
    let missing: Vec<_> =
        found.iter().filter(|path| *path != "outcome" && !page.contains(&format!("`{path}`"))).collect();
    assert!(missing.is_empty(), "docs/heartbeat.md does not name {missing:?}");
}
