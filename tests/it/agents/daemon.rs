//! What happens to a program, as the daemon deals with it: conversations that go on and that are gone, instructions that
//! changed, skills, refusals, a run that is stopped.

use super::bench::{CLAUDE, CODEX, INSTALLED, Installed};
use super::company::{founded, job, live, runs, shown, used, used_of};
use crate::harness::{Company, git, until};
use crate::standin::{Charged, StandIn};
use serde_json::Value;

const TICKET: &str = "tickets/0000/COMPANY-1.md";

fn commit(company: &Company) {
    git(&company.root(), &["add", "-A"]);
    git(&company.root(), &["commit", "-qm", "a person changes something"]);
}

/// Lets the ticket be worked on once more.
fn again(company: &Company) {
    company.write(TICKET, company.read(TICKET).replace("status: blocked", "status: todo"));
    commit(company);
    live(company);
}

/// The runs, the first one first.
fn in_order(company: &Company) -> Vec<Value> {
    let mut all = runs(company);
    all.sort_by_key(|run| run["announced"].as_str().map(str::to_owned));
    all
}

fn last(company: &Company) -> Value {
    in_order(company).pop().unwrap()
}

fn said(company: &Company, run: &Value) -> String {
    company.corp(&["run", "show", run["run"].as_str().unwrap()]).stdout
}

fn exact(company: &Company, standin: &StandIn) {
    assert_eq!(used(company), Charged { requests: 0, ..standin.charged() }, "{:#?}", runs(company));
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn a_conversation_over_three_runs_then_other_instructions_then_it_is_gone() {
    for installed in INSTALLED {
        let standin = StandIn::start();
        let words = "[[bash:corp ticket block COMPANY-1 --owner board --reason 'a word, please']] [[usage:100,10,7]] \
                     [[probe:on second thoughts]]";
        let company = founded(&standin, &[installed], |_| words.to_owned());
        live(&company);
        exact(&company, &standin);
        let session = last(&company)["session"].as_str().unwrap().to_owned();
        for _ in 2..=3 {
            again(&company);
            assert_eq!(last(&company)["session"].as_str(), Some(&*session), "{installed:?}");
            exact(&company, &standin);
        }
        let all = in_order(&company);
        assert_eq!(all.len(), 3, "{all:#?}");
        assert!(all.iter().all(|run| run["state"] == "succeeded"), "{all:#?}");
        assert_eq!(standin.charged_to(&session), standin.charged());
        assert!(said(&company, &all[2]).contains("on second thoughts: "), "{}", said(&company, &all[2]));
        assert!(!said(&company, &all[2]).contains("on second thoughts: system"), "{}", said(&company, &all[2]));
        // Who has other instructions begins anew, and the model sees them.
        let papers = company.read("agents/w1/AGENTS.md").replace("\nWork.\n", "\nWork, on second thoughts.\n");
        company.write("agents/w1/AGENTS.md", papers);
        again(&company);
        let fourth = last(&company);
        let other = fourth["session"].as_str().unwrap().to_owned();
        assert_ne!(other, session, "{installed:?}");
        assert!(said(&company, &fourth).contains("on second thoughts: system"), "{}", said(&company, &fourth));
        exact(&company, &standin);
        // One that is gone is found out, and another is begun.
        for kept in [".claude", ".codex"] {
            drop(std::fs::remove_dir_all(company.state().join("homes/w1").join(kept)));
        }
        let mut daemon = company.command(&["up"]).spawn().unwrap();
        company.write(TICKET, company.read(TICKET).replace("status: blocked", "status: todo"));
        commit(&company);
        until("it is gone", || in_order(&company)[4..].iter().any(|run| run["state"] == "failed"));
        // The pause after a failure is not waited for.
        let woken = company.corp(&["wake", "w1", "--ticket", "COMPANY-1"]);
        assert_eq!(woken.code, 0, "{}", woken.stderr);
        until("another one is begun", || {
            last(&company)["session"].as_str().is_some_and(|id| id != other && id != session)
        });
        company.command(&["down"]).output().unwrap();
        daemon.wait().unwrap();
        assert_eq!(last(&company)["state"], "succeeded", "{:#?}", in_order(&company));
        exact(&company, &standin);
    }
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn a_skill_of_the_company_is_read_by_the_model() {
    for installed in [CLAUDE, CODEX] {
        let standin = StandIn::start();
        let company = founded(&standin, &[installed], |ticket| {
            let use_it = if installed.is_codex() { "Use $plough." } else { "[[tool:Skill {\"skill\":\"plough\"}]]" };
            format!("{use_it} [[bash:corp ticket done {ticket}]] [[probe:Deep and straight]]")
        });
        let papers = company.read("agents/w1/AGENTS.md");
        company.write(
            "agents/w1/AGENTS.md",
            papers.replace("description: Works.\n", "description: Works.\nskills: [plough]\n"),
        );
        let skill = "---\nname: plough\ndescription: How to plough a field.\n---\n\nDeep and straight.\n";
        company.write("skills/plough/SKILL.md", skill);
        commit(&company);
        live(&company);
        let told = said(&company, &last(&company));
        assert!(told.contains("Deep and straight: messages"), "{installed:?} {told}");
        // What was made for the run is gone with it.
        assert_eq!(std::fs::read_dir(company.state().join("skills")).unwrap().count(), 0);
        let profiles = std::fs::read_dir(company.state().join("homes/w1/.codex")).into_iter().flatten().flatten();
        let left = profiles.filter(|file| file.file_name().to_string_lossy().ends_with(".config.toml")).count();
        assert_eq!(left, 0);
    }
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn what_passes_is_got_over_and_what_stays_is_told() {
    let cases = [
        ("429*1", "succeeded"),
        ("500*1", "succeeded"),
        ("disconnect*1", "succeeded"),
        ("401", "failed"),
        ("garbage", "failed"),
        ("hang", "timed_out"),
    ];
    for installed in [CLAUDE, CODEX] {
        let standin = StandIn::start();
        let company = founded(&standin, &[installed; 6], |ticket| {
            let number: usize = ticket.rsplit('-').next().unwrap().parse().unwrap();
            format!("[[fault:{}]] {}", cases[number - 1].0, job(ticket))
        });
        let hanging = company.read("agents/w6/agent.yaml");
        company.write(
            "agents/w6/agent.yaml",
            hanging.replace("\"login\":\"own\"", "\"login\":\"own\",\"timeout\":\"30s\""),
        );
        commit(&company);
        let mut daemon = company.command(&["up"]).spawn().unwrap();
        for (number, (fault, state)) in (1..).zip(cases) {
            let ended = || {
                let mut all = runs(&company).into_iter();
                all.find(|run| run["agent"] == format!("w{number}") && run["ended"].is_string())
            };
            until(fault, || ended().is_some());
            let run = ended().unwrap();
            assert_eq!(run["state"], state, "{installed:?} {fault} {run:#}");
            let done = company.read(&format!("tickets/0000/COMPANY-{number}.md")).contains("status: done");
            assert_eq!(done, state == "succeeded", "{installed:?} {fault}");
            if state == "succeeded" {
                let shown = shown(&company, run["run"].as_str().unwrap());
                let session = shown["session"].as_str().unwrap();
                let whole = standin.charged_to(session);
                let mut charged = Charged { requests: 0, ..whole };
                if fault.starts_with("disconnect") && !installed.is_codex() {
                    // An answer of this kind begins with what was read for it. The gateway has seen that, and whoever
                    // answers takes money for it; Codex is told at the end only.
                    charged.input += whole.input / whole.requests;
                    charged.cached += whole.cached / whole.requests;
                    charged.output += 1;
                }
                assert_eq!(used_of(&shown), charged, "{shown:#}");
            } else {
                assert!(run["why"].as_str().is_some_and(|why| !why.is_empty()), "{run:#}");
                // Who was not let in has used nothing. An answer that does not say what it used is charged by its length.
                if fault == "401" {
                    assert_eq!(used_of(&run), Charged::default(), "{run:#}");
                }
            }
        }
        company.command(&["down"]).output().unwrap();
        daemon.wait().unwrap();
    }
}

/// Whether a process with this word in its command line lives.
fn lives(word: &str) -> bool {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let mut lines = all.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.any(|line| String::from_utf8_lossy(&line).contains(word))
}

fn stop_in_the_middle(installed: Installed, seconds: &str) {
    let standin = StandIn::start();
    let company = founded(&standin, &[installed], |_| {
        format!("[[bash:setsid sleep {seconds} & echo up > up.txt; tail -f /dev/null]] [[reply:never]]")
    });
    if !installed.is_codex() {
        let settings =
            company.read("agents/w1/agent.yaml").replace("\"args\":[]", "\"args\":[\"--allowedTools\",\"Bash\"]");
        company.write("agents/w1/agent.yaml", settings);
        commit(&company);
    }
    let mut daemon = company.command(&["up"]).spawn().unwrap();
    until("the tool runs", || company.state().join("workspaces/COMPANY-1/up.txt").exists());
    until("its child runs", || lives(seconds));
    let run = last(&company)["run"].as_str().unwrap().to_owned();
    let stopped = company.corp(&["run", "stop", &run, "--reason", "enough"]);
    assert_eq!(stopped.code, 0, "{}", stopped.stderr);
    until("it is over", || shown(&company, &run)["ended"].is_string());
    assert_eq!(shown(&company, &run)["state"], "cancelled", "{:#}", shown(&company, &run));
    assert!(!lives(seconds), "{installed:?} left a child behind");
    company.command(&["down"]).output().unwrap();
    daemon.wait().unwrap();
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn a_run_that_is_stopped_leaves_nobody_behind() {
    stop_in_the_middle(CLAUDE, "73041");
    stop_in_the_middle(CODEX, "73042");
}
