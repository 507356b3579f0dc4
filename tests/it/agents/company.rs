//! Whole jobs: a company whose agents are the real programs, from the ticket to the ledger.

use super::bench::{CLAUDE, CODEX, Installed};
use crate::harness::{Company, git};
use crate::standin::{Charged, StandIn};
use serde_json::Value;

/// A company with one agent of each of these, and a ticket for each with these words. A ticket is told which it is.
fn founded(standin: &StandIn, agents: &[Installed], words: impl Fn(&str) -> String) -> Company {
    let company = Company::within(env!("CARGO_TARGET_TMPDIR"));
    let made = company.corp(&["init", ".", "--template", "solo"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    for folder in ["tickets", "tasks", "agents"] {
        std::fs::remove_dir_all(company.root().join(folder)).unwrap();
    }
    let corp = company.read("corp.yaml");
    company.write("corp.yaml", format!("{corp}\nlimits: {{runs: {}}}\n", agents.len()));
    for (at, installed) in agents.iter().enumerate() {
        let (number, slug) = (at + 1, format!("w{}", at + 1));
        let reports = if number == 1 { String::new() } else { "reportsTo: w1\n".to_owned() };
        let head = format!("---\nname: Worker {number}\nslug: {slug}\ndescription: Works.\n{reports}---\n\nWork.\n");
        company.write(&format!("agents/{slug}/AGENTS.md"), head);
        let settings = installed.settings(standin);
        let adapter = serde_json::json!({
            "type": installed.adapter,
            "model": settings.model,
            "command": settings.command,
            "args": settings.arguments,
            "env": settings.environment,
            "login": "own",
        });
        company.write(
            &format!("agents/{slug}/agent.yaml"),
            format!("status: active\nadapter: {adapter}\nrun_ceiling: {{money: 2.00 USD, tokens: 4M}}\n"),
        );
        let ticket = format!("COMPANY-{number}");
        let head = format!("id: {ticket}\ntitle: Job {number}\nstatus: todo\nassignee: {slug}\n");
        let words = words(&ticket);
        company.write(&format!("tickets/0000/{ticket}.md"), format!("---\n{head}---\n\n{words}\n"));
    }
    git(&company.root(), &["add", "-A"]);
    git(&company.root(), &["commit", "-qm", "workers"]);
    company
}

fn live(company: &Company) {
    let output = company.command(&["up", "--until-idle"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The work of one ticket, in the words of the stand-in.
fn job(ticket: &str) -> String {
    format!(
        "[[bash:touch made-{ticket}.txt]] [[bash:corp ticket comment {ticket} 'it is made']] \
         [[bash:corp ticket done {ticket}]] [[reply:all done]]"
    )
}

/// The runs as `corp run list` tells them.
fn runs(company: &Company) -> Vec<Value> {
    let listed = company.corp(&["run", "list", "--json"]);
    assert_eq!(listed.code, 0, "{}", listed.stderr);
    serde_json::from_str(&listed.stdout).unwrap()
}

/// What all the ledger's lines say was used.
fn used(company: &Company) -> Charged {
    let mut sum = Charged::default();
    for run in runs(company) {
        let shown = company.corp(&["run", "show", run["run"].as_str().unwrap(), "--json"]);
        let shown: Value = serde_json::from_str(&shown.stdout).unwrap();
        let count = |key: &str| shown["usage"][key].as_u64().unwrap_or_default();
        sum.input += count("input");
        sum.cached += count("cached_input");
        sum.output += count("output");
    }
    sum
}

fn every_job_is_done(company: &Company, standin: &StandIn, agents: usize) {
    for number in 1..=agents {
        let ticket = format!("COMPANY-{number}");
        let text = company.read(&format!("tickets/0000/{ticket}.md"));
        let told = || {
            let all = runs(company);
            let logs = all.iter().map(|run| company.corp(&["run", "show", run["run"].as_str().unwrap()]).stdout);
            format!("{text}\n{all:#?}\n{}", logs.collect::<Vec<_>>().join("\n"))
        };
        assert!(text.contains("status: done"), "{}", told());
        let thread = std::fs::read_dir(company.root().join(format!("tickets/0000/{ticket}"))).unwrap();
        let said = thread.flatten().any(|file| std::fs::read_to_string(file.path()).unwrap().contains("it is made"));
        assert!(said, "{}", told());
        let made = company.state().join(format!("workspaces/{ticket}/made-{ticket}.txt"));
        assert!(made.exists(), "{} {}", made.display(), told());
    }
    let charged = Charged { requests: 0, ..standin.charged() };
    assert_eq!(used(company), charged, "the ledger is what was charged");
    assert_eq!(git(&company.root(), &["status", "--porcelain"]), "");
    let log = company.corp(&["log"]);
    assert!(log.stdout.contains("COMPANY-1"), "{}", log.stdout);
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn a_whole_job_of_each_program() {
    for installed in [CLAUDE, CODEX] {
        let standin = StandIn::start();
        let company = founded(&standin, &[installed], job);
        live(&company);
        every_job_is_done(&company, &standin, 1);
        let all = runs(&company);
        let run = all.last().unwrap()["run"].as_str().unwrap();
        let shown = company.corp(&["run", "show", run]).stdout;
        for part in ["touch made-COMPANY-1.txt", "all done"] {
            assert!(shown.contains(part), "{shown}");
        }
        let raw = company.corp(&["run", "show", run, "--raw"]).stdout;
        assert!(raw.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{raw}");
        let asked = standin.seen();
        assert!(asked.iter().all(|one| one.session.is_some()), "{asked:#?}");
        assert!(asked.iter().any(|one| one.said.contains("[[bash:touch") && !one.path.is_empty()));
    }
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn eight_runs_of_both_programs_at_once() {
    let standin = StandIn::start();
    let agents = [CLAUDE, CODEX, CLAUDE, CODEX, CLAUDE, CODEX, CLAUDE, CODEX];
    let company = founded(&standin, &agents, job);
    live(&company);
    every_job_is_done(&company, &standin, agents.len());
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn a_program_that_is_not_logged_in_is_found_before_the_run() {
    let standin = StandIn::start();
    let company = founded(&standin, &[CLAUDE], job);
    let settings = company.read("agents/w1/agent.yaml").replace("\"ANTHROPIC_API_KEY\":\"any\",", "");
    assert!(!settings.contains("API_KEY"), "{settings}");
    company.write("agents/w1/agent.yaml", settings);
    git(&company.root(), &["commit", "-qam", "no key"]);
    let mut daemon = company.command(&["up"]).spawn().unwrap();
    crate::harness::until("the run failed", || {
        runs(&company).iter().any(|run| {
            run["why"].as_str().is_some_and(|why| why.contains("corp adapter login claude_local --agent w1"))
        })
    });
    company.command(&["down"]).output().unwrap();
    daemon.wait().unwrap();
    assert!(standin.seen().is_empty(), "nobody was asked anything");
}
