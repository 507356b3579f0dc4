//! `corp adapter`.

use crate::harness::Company;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;

/// A company of one agent, and a program called `claude` that answers as that program does.
fn company(login: &str) -> Company {
    let company = Company::new(&[]);
    assert_eq!(company.corp(&["init", ".", "--template", "solo"]).code, 0);
    let program = company.root().join("../claude");
    let script = r#"#!/bin/sh
word=ready; cat "$COMPANY/corp.yaml" > /dev/null 2>&1 && word=unconfined
[ "$1" = --version ] && { echo "9.9.9 (Claude Code)"; exit 0; }
cat > /dev/null
echo '{"type":"system","subtype":"init","session_id":"s","model":"m"}'
echo '{"type":"assistant","message":{"id":"1","content":[{"type":"text","text":"'$word'"}]}}'
echo '{"type":"result","subtype":"success","is_error":false,"result":"'$word'","session_id":"s","usage":{"input_tokens":3,"output_tokens":1},"total_cost_usd":0.25}'
"#;
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = program.canonicalize().unwrap();
    company.write(
        "agents/assistant/agent.yaml",
        format!(
            "adapter:\n  type: claude_local\n  command: {}\n  login: {login}\n  env: {{COMPANY: {}}}\n",
            program.display(),
            company.root().canonicalize().unwrap().display()
        ),
    );
    commit(&company);
    company
}

/// What is asked for is what is in force: what is committed.
fn commit(company: &Company) {
    let mut git = std::process::Command::new("git");
    git.args(["-c", "user.name=Ada", "-c", "user.email=ada@localhost", "commit", "-qam", "another program"]);
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null").current_dir(company.root());
    assert!(git.status().unwrap().success());
}

#[test]
fn what_is_here_is_listed() {
    let company = company("shared");
    let listed = company.corp(&["adapter", "list", "--json"]);
    assert_eq!(listed.code, 0, "{}", listed.stderr);
    let all: Vec<Value> = serde_json::from_str(&listed.stdout).unwrap();
    let names: Vec<&str> = all.iter().map(|one| one["adapter"].as_str().unwrap()).collect();
    assert_eq!(names, ["claude_local", "codex_local", "http", "process", "script"]);
    let script = all.iter().find(|one| one["adapter"] == "script").unwrap();
    assert_eq!((&script["login"], &script["needs_network"]), (&Value::Null, &Value::Bool(false)));
    let text = company.corp(&["adapter", "list"]).stdout;
    assert!(text.lines().any(|line| line.starts_with("script") && line.ends_with("needs no login")), "{text}");
    let shown = company.corp(&["adapter", "show", "claude_local", "--agent", "assistant"]);
    assert!(shown.stdout.contains("version        9.9.9 (Claude Code)"), "{}", shown.stdout);
    assert!(shown.stdout.contains("login          missing"), "{}", shown.stdout);
    assert!(shown.stderr.contains("`corp adapter login claude_local`"), "{}", shown.stderr);
    let unknown = company.corp(&["adapter", "show", "claude"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.stderr.contains("there is no adapter `claude`"), "{}", unknown.stderr);
    let other = company.corp(&["adapter", "test", "codex_local", "--agent", "assistant"]);
    assert!(other.stderr.contains("assistant is no codex_local: its adapter is claude_local"), "{}", other.stderr);
}

#[test]
fn a_login_that_is_missing_is_said_with_what_to_type() {
    let company = company("own");
    let tried = company.corp(&["adapter", "test", "claude_local", "--agent", "assistant"]);
    assert_eq!(tried.code, 5);
    assert!(tried.stderr.contains("corp adapter login claude_local --agent assistant"), "{}", tried.stderr);
    let command = company.corp(&["adapter", "login", "claude_local", "--agent", "assistant"]);
    assert_eq!(command.code, 0, "{}", command.stderr);
    assert!(
        command.stdout.contains("/homes/assistant/.claude") && command.stdout.ends_with("auth login\n"),
        "{}",
        command.stdout
    );
}

#[test]
fn a_program_that_is_logged_in_answers_with_a_word() {
    if !corp::sandbox::Offer::here().is_of_use() {
        println!("SKIPPED: nothing is confined here");
        return;
    }
    let company = company("own");
    let home = company.state().join("homes/assistant/.claude");
    std::fs::create_dir_all(&home).unwrap();
    std::fs::write(home.join(".credentials.json"), "{}").unwrap();
    let tried = company.corp(&["adapter", "test", "claude_local", "--agent", "assistant"]);
    assert_eq!((tried.code, tried.stdout.as_str()), (0, "ready\n"), "{}", tried.stderr);
    assert!(tried.stderr.contains("3 tokens in, 0 from the cache, 1 out, 0.25 USD"), "{}", tried.stderr);
    assert!(!tried.stderr.contains("not confined"), "{}", tried.stderr);
    // Of nobody in particular it is what the operator's account can do, and that is said.
    let file = company.read("agents/assistant/agent.yaml");
    company.write("agents/assistant/agent.yaml", format!("{file}confinement: off\n"));
    commit(&company);
    let open = company.corp(&["adapter", "test", "claude_local", "--agent", "assistant"]);
    assert_eq!((open.code, open.stdout.as_str()), (0, "unconfined\n"), "{}", open.stderr);
    assert!(open.stderr.contains("this test is not confined, `confinement: off` in its agent.yaml"), "{}", open.stderr);
    let nothing = company.corp(&["adapter", "login", "script"]);
    assert!(nothing.stderr.contains("script needs no login"), "{}", nothing.stderr);
}
