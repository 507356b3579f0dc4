//! A company that others made, as it is imported, at work with the real programs.

use super::bench::{CLAUDE, CODEX, Installed};
use super::company::{every_job_is_done, live, runs};
use crate::harness::{Company, git};
use crate::standin::StandIn;
use std::path::Path;

/// What the model does on any ticket: the texts of the company say nothing of it.
const USUAL: &str = "[[bash:touch made-{ticket}.txt]] [[bash:corp ticket comment {ticket} 'it is made']] \
                     [[bash:corp ticket done {ticket}]] [[reply:all done]]";

/// The company imported, and those of its agents that have tickets let go on with this program. Also its tickets.
fn imported(source: &Path, standin: &StandIn, installed: Installed) -> (Company, Vec<String>) {
    let company = Company::within(env!("CARGO_TARGET_TMPDIR"));
    let run = company.corp(&["import", source.to_str().unwrap(), "--into", ".", "--yes"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let mut tickets = Vec::new();
    for file in std::fs::read_dir(company.root().join("tickets/0000")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        let text = company.read(&format!("tickets/0000/{name}"));
        let assignee = text.lines().find_map(|line| line.strip_prefix("assignee: ")).expect("it is nobody's");
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
            &format!("agents/{assignee}/agent.yaml"),
            format!("status: active\nadapter: {adapter}\nrun_ceiling: {{money: 2.00 USD, tokens: 4M}}\n"),
        );
        tickets.push(name.trim_end_matches(".md").to_owned());
    }
    tickets.sort();
    git(&company.root(), &["commit", "-qam", "those with tickets go on"]);
    (company, tickets)
}

#[test]
#[ignore = "needs the agent programs: .ci/agents"]
fn the_starter_tickets_of_a_real_company_are_worked_off() {
    let Some(shared) = std::env::var_os("CORP_SHARED") else {
        eprintln!("SKIPPED: the_starter_tickets_of_a_real_company_are_worked_off needs CORP_SHARED");
        return;
    };
    let source = Path::new(&shared).join("corpus/companies/donchitos-game-studio");
    for installed in [CLAUDE, CODEX] {
        let standin = StandIn::doing(USUAL);
        let (company, tickets) = imported(&source, &standin, installed);
        assert_eq!(tickets.len(), 5);
        live(&company);
        every_job_is_done(&company, &standin, &tickets);
        assert_eq!(runs(&company).len(), tickets.len(), "{:#?}", runs(&company));
        // From the checkout to the end, each in its agent's name.
        let log = company.corp(&["log", "-n", "1000", "--verbose"]).stdout;
        for ticket in &tickets {
            for what in ["takes", "comments on", "done"] {
                let told = log.lines().any(|line| line.contains(ticket.as_str()) && line.contains(what));
                assert!(told, "nothing says `{what}` of {ticket}: {log}");
            }
        }
        // What the model was told came from the company's papers.
        let seen = standin.seen();
        assert!(seen.iter().any(|one| one.said.contains("falsifiable")), "the ticket's text reached nobody");
    }
}
