//! Companies to live in.

use std::collections::BTreeMap;

pub(super) type Files = BTreeMap<String, String>;

fn put(files: &mut Files, path: &str, text: &str) {
    files.insert(path.to_owned(), text.to_owned());
}

fn agent(files: &mut Files, slug: &str, boss: Option<&str>, settings: &str, heartbeat: Option<&str>) {
    let boss = boss.map(|boss| format!("reportsTo: {boss}\n")).unwrap_or_default();
    put(files, &format!("agents/{slug}/AGENTS.md"), &format!("---\nname: {slug}\n{boss}---\nYou work.\n"));
    put(files, &format!("agents/{slug}/agent.yaml"), settings);
    if let Some(text) = heartbeat {
        put(files, &format!("agents/{slug}/HEARTBEAT.md"), text);
    }
}

fn head(files: &mut Files, runs: u32) {
    put(files, "COMPANY.md", "---\nname: Acme\n---\n\nTo live through anything.\n");
    let corp = format!(
        "schema: corp/v1\nticket_prefix: ACME\ntimezone: Europe/Berlin\nboard:\n  - {{id: ada, role: owner}}\nlimits: {{runs: {runs}}}\ndefaults:\n  run_ceiling: {{money: 1.00 USD, tokens: 100k}}\n"
    );
    put(files, "corp.yaml", &corp);
}

/// A small company of every kind: timers, tasks, active hours, a routine of each kind, budgets of each window.
pub(super) fn files() -> Files {
    let mut files = Files::new();
    head(&mut files, 4);
    agent(&mut files, "ceo", None, "role: ceo\nheartbeat: {cron: \"0 9 * * 1-5\"}\n", Some("Look around.\n"));
    agent(
        &mut files,
        "cto",
        Some("ceo"),
        "heartbeat: {every: 1h, active_hours: \"08:00-20:00\"}\nmax_concurrent_runs: 2\n",
        Some(
            "# Beat\n\ntasks:\n  - name: inbox\n    interval: 2h\n    prompt: Look.\n  - name: books\n    interval: 1d\n    prompt: Add up.\n",
        ),
    );
    agent(&mut files, "dev", Some("cto"), "cooldown: 30s\n", None);
    agent(&mut files, "qa", Some("cto"), "wake_on: [assignment, mention]\n", None);
    agent(&mut files, "ops", Some("ceo"), "heartbeat: {every: 6h}\n", Some("# Nothing yet\n- [ ]\n"));
    agent(&mut files, "intern", Some("dev"), "status: pending_approval\nheartbeat: {every: 30m}\n", Some("Work!\n"));
    put(&mut files, "projects/web/PROJECT.md", "---\nname: Web\n---\n");
    put(&mut files, "projects/web/project.yaml", "goal: launch\nmax_concurrent_runs: 1\n");
    put(&mut files, "goals/launch.md", "---\nname: Launch\nstatus: active\n---\n");
    put(
        &mut files,
        "budgets.yaml",
        "budgets:\n  - {scope: company, window: day, limit: 20.00 USD}\n  - {scope: \"agent:dev\", window: rolling 5h, limit: 700k tokens}\n  - {scope: \"project:web\", window: week, limit: 60 runs}\n  - {scope: \"goal:launch\", window: month, limit: 150.00 USD}\n",
    );
    let mut routine = |name: &str, assignee: &str, settings: &str| {
        let task = format!("---\nname: {name} of {{{{date}}}}\nassignee: {assignee}\n---\n\nDo it for {{{{date}}}}.\n");
        put(&mut files, &format!("tasks/{name}/TASK.md"), &task);
        put(&mut files, &format!("tasks/{name}/routine.yaml"), settings);
    };
    routine("digest", "qa", "triggers:\n  - cron: 30 8 * * *\n");
    routine("sweep", "dev", "triggers:\n  - every: 3h\nconcurrency: skip_if_active\n");
    routine(
        "backup",
        "ops",
        "triggers:\n  - cron: 0 */4 * * *\ncatch_up: enqueue_missed_with_cap\nconcurrency: always_enqueue\n",
    );
    routine("note", "cto", "triggers:\n  - every: 8h\npayload: message\n");
    for (number, assignee) in [(1, "dev"), (2, "cto"), (3, "qa")] {
        let text = format!(
            "---\nid: ACME-{number}\ntitle: Start {number}\nassignee: {assignee}\ncreated: 2026-11-20T09:00:00Z\n---\n"
        );
        put(&mut files, &format!("tickets/0000/ACME-{number}.md"), &text);
    }
    files
}

/// The same with less of everything, so that limits are reached.
pub(super) fn poor() -> Files {
    let mut files = files();
    for (path, from, to) in [
        ("budgets.yaml", "window: day, limit: 20.00 USD", "window: day, limit: 5.00 USD"),
        ("corp.yaml", "limits: {runs: 4}", "limits: {runs: 2}"),
    ] {
        let text = files.get_mut(path).unwrap();
        assert!(text.contains(from), "{text}");
        *text = text.replace(from, to);
    }
    files
}

/// Agents that beat every hour and do nothing else.
pub(super) fn beating(agents: u32) -> Files {
    let mut files = Files::new();
    head(&mut files, 8);
    for number in 0..agents {
        agent(&mut files, &format!("a{number}"), None, "heartbeat: {every: 1h}\n", Some("Look.\n"));
    }
    files
}

/// Agents with a heap of tickets.
pub(super) fn crowd(agents: u32, tickets: u32) -> Files {
    let mut files = Files::new();
    head(&mut files, 50);
    for number in 0..agents {
        agent(&mut files, &format!("a{number}"), None, "status: active\n", None);
    }
    for number in 1..=tickets {
        let assignee = number % agents;
        let text = format!(
            "---\nid: ACME-{number}\ntitle: Do {number}\nassignee: a{assignee}\ncreated: 2026-11-20T09:00:00Z\n---\n"
        );
        put(&mut files, &format!("tickets/{:04}/ACME-{number}.md", number / 100), &text);
    }
    files
}
