//! Whole jobs: a company whose agents are the real programs, from the ticket to the ledger.

use super::bench::{CLAUDE, CODEX, Installed};
use crate::harness::{Company, git};
use crate::standin::{Charged, StandIn};
use serde_json::Value;
use std::collections::BTreeSet;

/// A company with one agent of each of these, and a ticket for each with these words. A ticket is told which it is.
pub(super) fn founded(standin: &StandIn, agents: &[Installed], words: impl Fn(&str) -> String) -> Company {
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
            format!(
                "status: active\nadapter: {adapter}\ncooldown: 1ms\nrun_ceiling: {{money: 2.00 USD, tokens: 4M}}\n"
            ),
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

pub(super) fn live(company: &Company) {
    let output = company.command(&["up", "--until-idle"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The work of one ticket, in the words of the stand-in.
pub(super) fn job(ticket: &str) -> String {
    format!(
        "[[bash:touch made-{ticket}.txt]] [[bash:corp ticket comment {ticket} 'it is made']] \
         [[bash:corp ticket done {ticket}]] [[reply:all done]]"
    )
}

/// The runs as `corp run list` tells them.
pub(super) fn runs(company: &Company) -> Vec<Value> {
    let listed = company.corp(&["run", "list", "--json"]);
    assert_eq!(listed.code, 0, "{}", listed.stderr);
    serde_json::from_str(&listed.stdout).unwrap()
}

/// What all the ledger's lines say was used.
pub(super) fn used(company: &Company) -> Charged {
    runs(company).iter().fold(Charged::default(), |sum, run| {
        let used = used_of(&shown(company, run["run"].as_str().unwrap()));
        Charged {
            requests: 0,
            input: sum.input + used.input,
            cached: sum.cached + used.cached,
            output: sum.output + used.output,
        }
    })
}

/// A run as `corp run show` tells it to a program.
pub(super) fn shown(company: &Company, run: &str) -> Value {
    let shown = company.corp(&["run", "show", run, "--json"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    serde_json::from_str(&shown.stdout).unwrap()
}

/// What the ledger says it used.
pub(super) fn used_of(shown: &Value) -> Charged {
    let count = |key: &str| shown["usage"][key].as_u64().unwrap_or_default();
    Charged { requests: 0, input: count("input"), cached: count("cached_input"), output: count("output") }
}

pub(super) fn every_job_is_done(company: &Company, standin: &StandIn, tickets: &[String]) {
    for ticket in tickets {
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
    let log = company.corp(&["log", "-n", "1000"]);
    for ticket in tickets {
        assert!(log.stdout.contains(ticket), "{}", log.stdout);
    }
    let doctor = company.corp(&["doctor", "--strict"]);
    assert_eq!(doctor.code, 0, "{}{}", doctor.stdout, doctor.stderr);
}

fn tickets(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("COMPANY-{number}")).collect()
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn a_whole_job_of_each_program() {
    for installed in [CLAUDE, CODEX] {
        let standin = StandIn::start();
        let company = founded(&standin, &[installed], job);
        live(&company);
        every_job_is_done(&company, &standin, &tickets(1));
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
    let company = founded(&standin, &agents, |ticket| {
        let commit = format!("[[bash:git add made-{ticket}.txt]] [[bash:git commit -qm made]]");
        let made = format!("[[bash:touch made-{ticket}.txt]]");
        match ticket {
            "COMPANY-1" | "COMPANY-2" | "COMPANY-3" | "COMPANY-4" => {
                job(ticket).replace(&made, &(made.clone() + &commit))
            }
            _ => job(ticket),
        }
    });
    let web = company.root().with_file_name("web");
    std::fs::create_dir(&web).unwrap();
    git(&web, &["init", "-qb", "main"]);
    std::fs::write(web.join("README.md"), "the web\n").unwrap();
    git(&web, &["add", "-A"]);
    git(&web, &["commit", "-qm", "begin"]);
    company.write("projects/web/PROJECT.md", "---\nname: Web\nslug: web\ndescription: The web.\n---\n\nThe web.\n");
    company
        .write("projects/web/project.yaml", format!("status: in_progress\nrepository: {{url: {}}}\n", web.display()));
    for ticket in tickets(4) {
        let path = format!("tickets/0000/{ticket}.md");
        company.write(&path, company.read(&path).replace("\n---\n\n", "\nproject: web\n---\n\n"));
    }
    git(&company.root(), &["add", "-A"]);
    git(&company.root(), &["commit", "-qm", "a project"]);
    live(&company);
    every_job_is_done(&company, &standin, &tickets(agents.len()));
    // Four branches with one file each, and nothing of one in another.
    for ticket in tickets(4) {
        let branch = format!("corp/{ticket}");
        let files = git(&web, &["ls-tree", "--name-only", &branch]);
        assert_eq!(files.lines().collect::<Vec<_>>(), ["README.md", &format!("made-{ticket}.txt")]);
        assert_eq!(git(&web, &["rev-list", "--count", &format!("main..{branch}")]).trim(), "1");
        let clone = company.state().join("workspaces").join(&ticket);
        git(&clone, &["fsck", "--strict"]);
    }
    assert_eq!(git(&web, &["for-each-ref", "--format=%(refname:short)"]).lines().count(), 5);
    git(&web, &["fsck", "--strict"]);
    // Each has a conversation of its own, and each is charged what it was answered.
    let sessions: BTreeSet<String> = standin.seen().into_iter().filter_map(|one| one.session).collect();
    assert_eq!(sessions.len(), agents.len(), "{sessions:?}");
    assert_eq!(runs(&company).len(), agents.len());
    for run in runs(&company) {
        let shown = shown(&company, run["run"].as_str().unwrap());
        let session = shown["session"].as_str().unwrap_or_else(|| panic!("{shown:#}"));
        assert_eq!(used_of(&shown), Charged { requests: 0, ..standin.charged_to(session) }, "{shown:#}");
    }
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

/// An agent that would spend far more than its budget in many requests, each of which is little: it is stopped within one of them,
/// whatever the program says of itself, and its ticket is let go.
#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn a_budget_of_half_a_dollar_holds_within_one_request() {
    // What a request of it costs, in millionths of a dollar, by hand.
    for (installed, model, one) in [(CLAUDE, "claude-sonnet-4-6", 315_000), (CODEX, "gpt-5", 135_000)] {
        let standin = StandIn::start();
        let words = |_: &str| {
            let calls: String = (0..40).map(|at| format!("[[bash:echo {at}]] ")).collect();
            format!("{calls}[[usage:100000,0,1000]] [[reply:all done]]")
        };
        let company = founded(&standin, &[installed], words);
        let environment = if installed.is_codex() {
            serde_json::json!({"CODEX_API_KEY": "any", "OPENAI_BASE_URL": format!("{}/v1", standin.url())})
        } else {
            serde_json::json!({"ANTHROPIC_API_KEY": "any", "ANTHROPIC_BASE_URL": standin.url()})
        };
        let command = installed.program().to_str().unwrap().to_owned();
        let adapter = serde_json::json!({
            "type": installed.adapter, "model": model, "command": command, "env": environment, "login": "own",
        });
        company.write(
            "agents/w1/agent.yaml",
            format!("status: active\nadapter: {adapter}\nrun_ceiling: {{money: 0.50 USD, tokens: 40M}}\n"),
        );
        company.write("budgets.yaml", "budgets:\n  - {scope: company, window: lifetime, limit: 0.50 USD}\n");
        git(&company.root(), &["add", "-A"]);
        git(&company.root(), &["commit", "-qm", "half a dollar"]);
        live(&company);
        let all = runs(&company);
        assert_eq!(all.len(), 1, "{all:#?}");
        let run = all[0]["run"].as_str().unwrap();
        let shown = company.corp(&["run", "show", run, "--json"]).stdout;
        let shown: Value = serde_json::from_str(&shown).unwrap();
        let charged = standin.charged();
        let spent = charged.requests * one;
        assert!(spent >= 500_000 - one && spent < 500_000 + one, "{} requests, {spent}: {shown:#}", charged.requests);
        assert_eq!(shown["usage"]["input"].as_u64(), Some(charged.input), "{shown:#}");
        let ticket = company.read("tickets/0000/COMPANY-1.md");
        assert!(ticket.contains("status: todo"), "{ticket}");
        let thread = std::fs::read_dir(company.root().join("tickets/0000/COMPANY-1")).unwrap().flatten();
        let said: String = thread.map(|file| std::fs::read_to_string(file.path()).unwrap()).collect();
        assert!(said.contains("was stopped"), "{said}\n{shown:#}");
        let status = company.corp(&["budget", "status"]).stdout;
        assert!(status.contains("full: nothing more starts"), "{status}");
        // The board is asked, and lets one more run be spent.
        let asked = company.read("approvals/AP-1.md");
        assert!(asked.contains("limit: 0.50 USD") && asked.contains("status: pending"), "{asked}");
        live(&company);
        assert_eq!(runs(&company).len(), 1, "nobody has decided yet");
        let approved = company.corp(&["approval", "approve", "AP-1", "--raise-to", "1.20 USD"]);
        assert_eq!(approved.code, 0, "{}", approved.stderr);
        live(&company);
        assert_eq!(runs(&company).len(), 2, "{:#?}", runs(&company));
        let spent = standin.charged().requests * one;
        assert!(spent >= 2 * (500_000 - one) && spent < 2 * (500_000 + one), "{spent}");
        // Two runs in a row were stopped, so it rests; whoever does not want to wait for that finds that there is no room.
        assert_eq!(company.corp(&["wake", "w1", "--ticket", "COMPANY-1"]).code, 0);
        live(&company);
        assert!(company.read("approvals/AP-2.md").contains("limit: 1.20 USD"), "and is asked again");
    }
}
