//! `corp prompt` and `corp skill`: what an agent is told and can do, from the files of a real company.

use crate::harness::Company;

fn company() -> Company {
    let company = Company::new(&[]);
    assert_eq!(company.corp(&["init", ".", "--template", "solo"]).code, 0);
    let agent = "---\nname: Cleo\nslug: cto\ntitle: CTO\nreportsTo: assistant\nskills: [deploy, windows-only, gone]\n\
                 description: Leads.\n---\n\nYou lead engineering.\n";
    company.write("agents/cto/AGENTS.md", agent);
    company.write("agents/cto/agent.yaml", "status: paused\nadapter: {type: script}\n");
    company.write("agents/cto/SOUL.md", "Calm.\n");
    let skill = |name: &str, gate: &str| {
        format!("---\nname: {name}\ndescription: Does {name}.\nmetadata:\n  openclaw: {gate}\n---\n\nDo it.\n")
    };
    company.write("skills/deploy/SKILL.md", skill("deploy", "{requires: {bins: [sh]}}"));
    company.write("skills/windows-only/SKILL.md", skill("windows-only", "{os: [win32]}"));
    company.write("goals/win.md", "---\nname: Win\n---\n\nBe the best.\n");
    company.write("goals/ship.md", "---\nname: Ship\nparent: win\n---\n\nShip it.\n");
    company.write(
        "tickets/0000/COMPANY-90.md",
        "---\nid: COMPANY-90\ntitle: Sign-in\nstatus: todo\nassignee: cto\ngoal: ship\ncreated_by: ada\n---\n\nMake it work.\n",
    );
    company.write(
        "tickets/0000/COMPANY-90/20261120T090000Z-qa-1a2b.md",
        "---\nauthor: qa\nat: 2026-11-20T09:00:00Z\n---\n\nIt fails with Okta.\n",
    );
    assert_eq!(company.corp(&["commit", "-m", "more"]).code, 0, "{}", company.corp(&["check"]).stdout);
    company
}

#[test]
fn a_prompt_is_shown_with_its_length() {
    let company = company();
    let shown = company.corp(&["prompt", "cto", "COMPANY-90"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    let mut last = 0;
    for part in [
        "# The mission of",
        "## Win",
        "## Ship, which serves the one above",
        "# Your ticket: COMPANY-90",
        "Make it work.",
        "from=\"qa, comment of 2026-11-20T09:00:00Z\">\nIt fails with Okta.",
        "# Why you were woken\n\nThis ticket was given to you.",
        "# How you work here",
        "You lead engineering.",
        "## SOUL.md\n\nCalm.",
        "<name>deploy</name>",
    ] {
        let at = shown.stdout[last..].find(part);
        last += at.unwrap_or_else(|| panic!("{part} is not there, or not in its place: {}", shown.stdout));
    }
    assert!(!shown.stdout.contains("windows-only") && !shown.stdout.contains("gone"));
    assert!(shown.stderr.contains("about ") && shown.stderr.contains(" tokens"), "{}", shown.stderr);
    assert!(shown.stderr.contains("the skill `gone` is of no use here: there is no skills/gone/SKILL.md"));
    let again = company.corp(&["prompt", "cto", "COMPANY-90"]);
    assert_eq!(shown.stdout, again.stdout, "the same files, the same prompt");
    let parts = company.corp(&["prompt", "cto", "COMPANY-90", "--parts"]);
    assert!(parts.stdout.lines().any(|line| line.ends_with("  thread")), "{}", parts.stdout);
    let json: serde_json::Value =
        serde_json::from_str(&company.corp(&["prompt", "cto", "COMPANY-90", "--json"]).stdout).unwrap();
    assert!(json["tokens"].as_u64().unwrap() > 200);
    for (args, code) in
        [(&["prompt", "nobody"][..], 1), (&["prompt", "cto", "COMPANY-777"], 1), (&["prompt", "cto", "x"], 2)]
    {
        assert_eq!(company.corp(args).code, code, "{args:?}");
    }
}

#[test]
fn an_own_prompt_is_filled_in() {
    let company = company();
    company.write(
        "agents/cto/agent.yaml",
        "status: paused\nadapter: {type: script}\nprompt_template: |\n  {{agent.name}} does {{ticket.id}} ({{wake.reason}}). \
         {{what}}\nbootstrap_template: Welcome to {{company.name}}.\n",
    );
    assert_eq!(company.corp(&["commit", "-m", "a prompt"]).code, 0);
    let shown = company.corp(&["prompt", "cto", "COMPANY-90"]).stdout;
    assert!(shown.contains("Cleo does COMPANY-90 (ticket_assigned). {{what}}"), "{shown}");
    assert!(shown.starts_with("Welcome to "), "{shown}");
    assert!(shown.contains("# How you work here") && !shown.contains("Make it work."));
}

#[test]
fn skills_are_listed_and_what_is_of_no_use_is_told() {
    let company = company();
    let list = company.corp(&["skill", "list"]);
    assert_eq!(list.code, 0, "{}", list.stderr);
    assert!(list.stdout.lines().any(|line| line.starts_with("deploy ") && line.ends_with("cto: Does deploy.")));
    let check = company.corp(&["skill", "check", "cto"]);
    assert_eq!(check.code, 1);
    let expected = [
        "cto: gone: there is no skills/gone/SKILL.md",
        if cfg!(target_os = "macos") {
            "cto: windows-only: it is for win32, and this is darwin"
        } else {
            "cto: windows-only: it is for win32, and this is linux"
        },
    ];
    assert_eq!(check.stdout.lines().collect::<Vec<_>>(), expected);
    assert_eq!(company.corp(&["skill", "check", "nobody"]).code, 1);
    let laid = company.corp(&["desk", "lay", "cto"]);
    assert_eq!(laid.code, 0, "{}", laid.stderr);
    let desk = company.state().join("desks/cto");
    assert!(desk.join("skills/deploy/SKILL.md").exists() && !desk.join("skills/windows-only").exists());
    assert!(desk.join("ORG.md").exists() && !desk.join("agents/cto/agent.yaml").exists());
}
