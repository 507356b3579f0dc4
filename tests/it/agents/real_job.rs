//! The real job, on real input: two companies that others made come into one, some of its agents are put on the real Claude Code,
//! and work off tickets at the same time under the company's budget, while the daemon is killed three times.
//!
//! `.ci/real-job` runs it, with twenty agents and fifty tickets.

use super::bench::CLAUDE;
use super::company::{every_job_is_done, runs};
use crate::harness::{Company, git, until_within};
use crate::standin::StandIn;
use serde_json::Value;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

/// What the model does on any ticket: look, make, say it, and say done. The waits let many be at work at once.
const USUAL: &str = "[[bash:sleep 2; touch made-{ticket}.txt]] [[bash:corp ticket comment {ticket} 'it is made']] \
                     [[bash:corp ticket done {ticket}]] [[reply:all done]]";

/// What the work of agencies is; the rest of a title is its number.
const WORK: [&str; 5] = [
    "Read the brief of client",
    "Draft the page for client",
    "Look over the numbers of client",
    "Answer the mail of client",
    "Prepare the call with client",
];

fn number(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// A line of the report.
fn say(line: impl std::fmt::Display) {
    use std::io::Write as _;
    writeln!(std::io::stdout().lock(), "{line}").unwrap();
}

fn imported(shared: &Path) -> Company {
    let company = Company::within(env!("CARGO_TARGET_TMPDIR"));
    for (name, under) in [("agency-agents", &[][..]), ("superpowers", &["--under", "ceo"][..])] {
        let source = shared.join("corpus/companies").join(name);
        let words = [&["import", source.to_str().unwrap(), "--into", ".", "--yes"], under].concat();
        let run = company.corp(&words);
        assert_eq!(run.code, 0, "{name}: {}{}", run.stdout, run.stderr);
    }
    company
}

/// Puts these agents on the program, and lets them go on.
fn employ(company: &Company, standin: &StandIn, agents: &[String], at_once: usize) {
    let settings = CLAUDE.settings(standin);
    let adapter = serde_json::json!({
        "type": CLAUDE.adapter,
        "model": settings.model,
        "command": settings.command,
        "env": settings.environment,
        "login": "own",
    });
    for agent in agents {
        company.write(
            &format!("agents/{agent}/agent.yaml"),
            format!(
                "status: active\nadapter: {adapter}\ncooldown: 1ms\nrun_ceiling: {{money: 1.00 USD, tokens: 4M}}\n"
            ),
        );
    }
    let corp = company.read("corp.yaml");
    assert!(!corp.contains("\nlimits:"), "{corp}");
    company.write("corp.yaml", format!("{corp}\nlimits: {{runs: {at_once}}}\n"));
    company.write("budgets.yaml", "budgets:\n  - {scope: company, window: month, limit: 120.00 USD, at_limit: stop}\n");
    git(&company.root(), &["add", "-A"]);
    git(&company.root(), &["commit", "-qm", "Twenty go to work"]);
}

fn up(company: &Company, log: &Path) -> Child {
    let log = std::fs::File::options().create(true).append(true).open(log).unwrap();
    company.command(&["up"]).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap()
}

/// The tickets that are done, in the files.
fn done(company: &Company, tickets: &[String]) -> usize {
    let is_done = |ticket: &&String| company.read(&format!("tickets/0000/{ticket}.md")).contains("\nstatus: done\n");
    tickets.iter().filter(is_done).count()
}

#[test]
#[ignore = "needs the agent programs and some minutes: .ci/real-job"]
fn fifty_tickets_of_a_real_company_by_twenty_agents_while_the_daemon_dies_three_times() {
    let Some(shared) = std::env::var_os("CORP_SHARED") else {
        eprintln!("SKIPPED: the real job needs CORP_SHARED");
        return;
    };
    let (at_once, count) = (number("CORP_AT_ONCE", 20), number("CORP_TICKETS", 50));
    let standin = StandIn::doing(USUAL);
    let company = imported(Path::new(&shared));
    let begun = Instant::now();
    let mut agents: Vec<String> = std::fs::read_dir(company.root().join("agents"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    agents.sort();
    say(format_args!("{} agents imported from two companies", agents.len()));
    agents.truncate(at_once);
    employ(&company, &standin, &agents, at_once);
    let mut tickets = Vec::new();
    for number in 0..count {
        let title = format!("{} {}", WORK[number % WORK.len()], number + 1);
        let made = company.corp(&["ticket", "new", "--title", &title, "--assignee", &agents[number % agents.len()]]);
        assert_eq!(made.code, 0, "{}", made.stderr);
        tickets.push(made.stdout.trim().to_owned());
    }
    say(format_args!("{count} tickets for {} agents, after {:.0} s", agents.len(), begun.elapsed().as_secs_f64()));
    let log = company.root().with_file_name("daemon.log");
    let mut daemon = up(&company, &log);
    let mut most = 0;
    let mut kills = [count / 5, count * 2 / 5, count * 3 / 5].into_iter().peekable();
    let started = Instant::now();
    until_within(Duration::from_secs(3_000), "all tickets are done", || {
        let finished = done(&company, &tickets);
        let status = company.corp(&["status", "--json"]);
        let status: Value = serde_json::from_str(&status.stdout).unwrap_or_default();
        let at_work = status["daemon"]["runs"].as_array().map_or(0, Vec::len);
        most = most.max(at_work);
        if let Some(at) = kills.next_if(|at| finished >= *at) {
            daemon.kill().unwrap();
            daemon.wait().unwrap();
            say(format_args!("kill -9 of the daemon at {finished} (for {at}) of {count} done, {at_work} runs at work"));
            daemon = up(&company, &log);
        }
        finished == count
    });
    let nothing = "no run goes on any more";
    until_within(Duration::from_secs(300), nothing, || runs(&company).iter().all(|run| run["state"] != "running"));
    assert_eq!(company.corp(&["down"]).code, 0);
    daemon.wait().unwrap();
    let took = started.elapsed().as_secs_f64();
    say(format_args!(
        "{count} tickets done in {took:.0} s, at most {most} runs at once, {} in all",
        runs(&company).len()
    ));
    assert_eq!(kills.count(), 0, "the daemon was killed three times");
    let log = company.corp(&["log", "-n", "100000", "--verbose"]).stdout;
    for ticket in &tickets {
        for what in ["gives", "takes", "comments on", "done"] {
            let told = log.lines().any(|line| line.contains(ticket.as_str()) && line.contains(what));
            assert!(told, "nothing says `{what}` of {ticket}");
        }
        let own = company.corp(&["log", ticket]);
        assert!(own.code == 0 && own.stdout.lines().count() >= 2, "{ticket}: {}", own.stdout);
    }
    say("corp log explains every ticket: who gave it, who took it, what was said, who finished it");
    every_job_is_done(&company, &standin, &tickets);
    let charged = standin.charged();
    say(format_args!(
        "the ledger has what the stand-in charged: {} requests, {} tokens in, {} from the cache, {} out",
        charged.requests, charged.input, charged.cached, charged.output
    ));
    let budget = company.corp(&["budget", "status"]);
    assert_eq!(budget.code, 0, "{}", budget.stderr);
    say(budget.stdout.trim_end());
    say(company.corp(&["cost"]).stdout.lines().last().unwrap_or_default());
    say("corp doctor --strict finds nothing");
}
