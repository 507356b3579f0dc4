//! What a run may ask for at its door, and what is for people.

use super::daemon::workers;

/// What the agent types, and what it hears.
const ASKED: &[(&str, &str)] = &[
    ("inbox", "ticket  COMPANY-1  Job 1 (in progress)"),
    ("inbox w1", "ticket  COMPANY-1  Job 1 (in progress)"),
    ("org", "w1  Worker 1"),
    (
        "inbox w2",
        "error: a run sees its agent's inbox, the goals and who works here; what else it may read is on its desk",
    ),
    ("board", "error: a run sees its agent's inbox"),
    ("ticket list --all", "error: a run sees its agent's inbox"),
    ("ticket show COMPANY-2", "error: a run sees its agent's inbox"),
    ("ticket assign COMPANY-2 w1", "error: that is for people"),
    ("ticket edit COMPANY-1 --priority critical", "error: that is for people"),
    ("unlock COMPANY-2 --reason mine", "error: that is for people"),
    ("pause", "error: that is for people"),
];

#[test]
fn a_run_sees_what_is_its_own_and_changes_nobodys_keys() {
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
        "status: active\nadapter:\n  type: process\n  command: /bin/sh\n  args: [\"-c\", {}]\nrun_ceiling: {{money: 0.50 USD}}\n",
        serde_json::json!(format!("{said}corp ticket done COMPANY-1"))
    );
    company.write("agents/w1/agent.yaml", agent);
    // The other one's ticket is as it was; only it could have changed it.
    company.write("agents/w2/agent.yaml", "status: paused\nadapter: {type: script}\n");
    super::daemon::git(&company, &["commit", "-qam", "an agent that asks"]);
    let up = company.command(&["up", "--until-idle"]).output().unwrap();
    assert!(up.status.success(), "{}", String::from_utf8_lossy(&up.stderr));
    for (number, (args, expected)) in ASKED.iter().enumerate() {
        let said = std::fs::read_to_string(heard.join(number.to_string())).unwrap();
        assert!(said.starts_with(expected), "corp {args}: {said}");
    }
    assert!(company.read("tickets/0000/COMPANY-1.md").contains("status: done"));
    assert!(company.read("tickets/0000/COMPANY-2.md").contains("assignee: w2"));
}
