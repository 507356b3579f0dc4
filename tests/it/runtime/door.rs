//! What a run may ask for at its door, and what is for people.

use super::daemon::workers;

/// What the agent types, and what it hears. It is `w2`, which reports to `w1`.
const ASKED: &[(&str, &str)] = &[
    ("inbox", "ticket  COMPANY-2  Job 2 (in progress)"),
    ("inbox w2", "ticket  COMPANY-2  Job 2 (in progress)"),
    ("org", "w1  Worker 1"),
    ("inbox w1", "error: a run sees its agent's inbox, tickets that concern it, the goals and who works here"),
    ("board", "error: a run sees its agent's inbox"),
    ("ticket list --all", "error: a run sees its agent's inbox"),
    ("ticket show COMPANY-1", "error: COMPANY-1 is not yours to see: an agent sees its own tickets"),
    ("ticket assign COMPANY-1 w2", "error: w2 may not change COMPANY-1: it is w1's"),
    ("ticket assign COMPANY-2 w1", "error: w2 may not change COMPANY-2: `permissions.assign` lets it give work to"),
    (
        "ticket edit COMPANY-2 --title Less",
        "error: w2 may not change COMPANY-2: what is wanted is said by whoever asked",
    ),
    ("ticket new --title More --assignee w1", "error: w2 may not give work to w1"),
    ("ticket edit COMPANY-2 --priority critical", "COMPANY-2 is changed"),
    ("unlock COMPANY-1 --reason mine", "error: that is for people"),
    ("pause", "error: that is for people"),
];

#[test]
fn a_run_sees_and_changes_what_is_its_own() {
    let company = workers(2, "say hello\n");
    let heard = company.root().parent().unwrap().join("heard");
    std::fs::create_dir(&heard).unwrap();
    let said: String = ASKED
        .iter()
        .enumerate()
        .map(|(number, (args, _))| {
            format!("corp -C {} {args} > {}/{number} 2>&1 || true; ", company.root().display(), heard.display())
        })
        .collect();
    let agent = format!(
        "status: active\nadapter:\n  type: process\n  command: /bin/sh\n  args: [\"-c\", {}]\nrun_ceiling: {{money: 0.50 USD}}\nreach: {{read: [{:?}], write: [{heard:?}]}}\n",
        serde_json::json!(format!("{said}corp ticket done COMPANY-2")),
        company.root(),
    );
    company.write("agents/w2/agent.yaml", agent);
    // The other one's ticket is as it was; only it could have changed it.
    company.write("agents/w1/agent.yaml", "status: paused\nadapter: {type: script}\n");
    super::daemon::git(&company, &["commit", "-qam", "an agent that asks"]);
    let up = company.command(&["up", "--until-idle"]).output().unwrap();
    assert!(up.status.success(), "{}", String::from_utf8_lossy(&up.stderr));
    for (number, (args, expected)) in ASKED.iter().enumerate() {
        let said = std::fs::read_to_string(heard.join(number.to_string())).unwrap();
        assert!(said.starts_with(expected), "corp {args}: {said}");
    }
    assert!(company.read("tickets/0000/COMPANY-2.md").contains("status: done"));
    assert!(company.read("tickets/0000/COMPANY-1.md").contains("assignee: w1"));
}
