//! What a sidecar becomes: a whole one in full, then what is refused, then what is hostile.

use super::*;
use crate::format::package::PackageFile;
use std::fmt::Write as _;

fn package(sidecar: &str, more: &[(&str, &str)]) -> Tree {
    let files = [
        ("COMPANY.md", "---\nname: Acme\n---\n"),
        ("agents/cto/AGENTS.md", "---\nname: Chief\nreportsTo: ceo\n---\n"),
        ("agents/ceo/AGENTS.md", "---\nname: Boss\nreportsTo: null\n---\n"),
        ("projects/web/PROJECT.md", "---\nname: Web\n---\n"),
        ("projects/web/tasks/digest/TASK.md", "---\nname: Digest\n---\n"),
        (".paperclip.yaml", sidecar),
    ];
    files.iter().chain(more).map(|(path, text)| ((*path).to_owned(), PackageFile::text(*text))).collect()
}

/// Everything a conversion says, as text.
fn shown(done: &Converted) -> String {
    let mut text = String::new();
    for (path, content) in &done.files {
        writeln!(text, "== {path}\n{content}").unwrap();
    }
    for found in &done.diagnostics {
        writeln!(text, "{}[{}] {}", found.severity.word(), found.code, found.message).unwrap();
    }
    for note in &done.notes {
        writeln!(text, "note {}", note.message).unwrap();
    }
    for wanted in &done.secrets_wanted {
        writeln!(
            text,
            "secret {} for {}, required {}: {:?}",
            wanted.name, wanted.wanted_by, wanted.required, wanted.description
        )
        .unwrap();
    }
    for executes in &done.executes {
        writeln!(text, "executes {}", executes.what).unwrap();
    }
    text
}

/// Converts, and checks that every file reads back without a diagnostic.
fn converted(tree: &Tree) -> Converted {
    let done = convert(tree);
    for (path, text) in &done.files {
        let (_, diagnostics) = document::read(path, text);
        assert_eq!(diagnostics, [], "{path}:\n{text}");
    }
    done
}

const WHOLE: &str = r##"schema: paperclip/v1
company:
  brandColor: "#ff0000"
  requireBoardApprovalForNewAgents: false
  attachmentMaxBytes: 1048576
sidebar:
  agents: [ceo, cto]
agents:
  cto:
    role: cto
    icon: rocket
    capabilities: "Builds: everything # really"
    reportsTo: ceo
    adapter:
      type: codex_local
      config:
        model: gpt-5
        cwd: /home/ada/acme
        extraArgs: [--search, --dangerously-bypass-approvals-and-sandbox]
        timeoutSec: 5400
        graceSec: 20
        promptTemplate: "Hello {{agent.name}}"
        env:
          LOG_LEVEL: info
          REGION: {type: plain, value: "no"}
          DB: {type: secret_ref, secretId: "1"}
    runtime:
      heartbeat: {enabled: true, intervalSec: 3600, cooldownSec: 10, wakeOnDemand: false, maxConcurrentRuns: 3}
    permissions: {canCreateAgents: false, odd: 1}
    budgetMonthlyCents: 12345
    metadata: {a: 1}
    inputs:
      env:
        GH_TOKEN: {kind: secret, requirement: required, description: "to read issues"}
        MODE: {kind: plain, default: fast}
        EDITION: {kind: plain}
projects:
  web:
    leadAgentSlug: cto
    targetDate: 2026-12-31
    status: in_progress
    env: {STAGE: test}
    executionWorkspacePolicy: {enabled: true, defaultMode: shared_workspace, defaultProjectWorkspaceKey: main}
    workspaces:
      docs: {repoUrl: "https://github.com/acme/docs"}
      main: {repoUrl: "https://github.com/acme/web", repoRef: trunk, setupCommand: "npm ci", cleanupCommand: "a\nb"}
tasks:
  digest: {status: todo, priority: high, comments: [{body: hi}]}
routines:
  digest:
    status: active
    concurrencyPolicy: skip_if_active
    catchUpPolicy: skip_missed
    triggers:
      - {kind: schedule, cronExpression: "0 9 * * 1-5", timezone: Europe/Berlin, label: Weekdays, enabled: true}
      - {kind: webhook, signingMode: hmac}
    variables:
      - {name: topic, type: select, options: [news, sports], defaultValue: news, required: false, label: About}
      - {name: plain}
"##;

#[test]
fn a_whole_sidecar() {
    let done = converted(&package(WHOLE, &[]));
    insta::assert_snapshot!(shown(&done), @r##"
    == agents/ceo/agent.yaml
    # Arrived paused: nothing is started until this says `active`.
    status: paused
    role: ceo

    == agents/cto/agent.yaml
    # From .paperclip.yaml. Arrived paused: nothing is started until `status` says `active`.
    status: paused
    role: cto
    capabilities: "Builds: everything # really"
    icon: rocket
    adapter:
      type: codex_local
      model: gpt-5
      args: ["--search"]
      timeout: 1h30m
      grace: 20s
      env:
        LOG_LEVEL: info
        MODE: fast
        REGION: "no"
    # Timers arrive switched off. To switch this one on, take the `#` away:
    # heartbeat: {every: 1h}
    wake_on: []
    max_concurrent_runs: 3
    cooldown: 10s
    secrets: [GH_TOKEN, DB]
    permissions:
      hire: never

    == budgets.yaml
    # From .paperclip.yaml: the most that each agent may spend in a month.
    budgets:
      - scope: agent:cto
        window: month
        limit: 123.45 USD

    == projects/web/project.yaml
    # From .paperclip.yaml.
    status: in_progress
    target_date: "2026-12-31"
    repository:
      url: https://github.com/acme/web
      branch: trunk
      # Commands arrive switched off. Read this one, then take the `#` away:
      # setup: npm ci
      # Commands arrive switched off. Read this one, then take the `#` away:
      # cleanup: "a\nb"
    workspace: project
    env:
      STAGE: test

    == projects/web/tasks/digest/routine.yaml
    # From .paperclip.yaml. Arrived paused: nothing fires until `status` says `active`.
    status: paused
    concurrency: skip_if_active
    catch_up: skip_missed
    triggers:
      - cron: "0 9 * * 1-5"
        timezone: Europe/Berlin
        label: Weekdays
    variables:
      topic:
        type: select
        default: news
        required: false
        options: [news, sports]
        description: About
      plain: {}

    warning[sidecar] `agents.cto.adapter.config.extraArgs[1]`: the argument switches off what keeps an agent in bounds; it was not taken over
    note `agents.cto.adapter.config.promptTemplate`: templates fill in other words there than `prompt_template` does here
    note `agents.cto.inputs.env.EDITION`: the package asks for a value; write it under `env`
    note `company.brandColor`: how the company looks has no home here
    note `company.requireBoardApprovalForNewAgents`: the package lets agents hire without the board; here the board decides, until corp.yaml says `policy: {hire: free}`
    note `company.attachmentMaxBytes`: the largest attachment; say it in corp.yaml with `limits: {attachment_bytes: …}`
    note `sidebar`: the order of menus has no home here
    note `agents.cto.adapter.config.cwd`: the folder belongs to one machine and was not taken over
    note `agents.cto.permissions.odd`: nothing here reads it; see `permissions` in agent.yaml
    note `agents.cto.metadata`: nothing here reads it
    note `projects.web.leadAgentSlug`: who answers for a project stands in its PROJECT.md; write `owner` there
    note `projects.web.workspaces.docs`: a project here has one repository; this workspace was left out
    note `tasks.digest.status`: a task here is a seed: its ticket gets an id and a status of its own
    note `tasks.digest.priority`: how urgent a task is stands in its TASK.md; write `priority` there
    note `tasks.digest.comments`: a task here has no thread; its ticket gets one
    note `routines.digest.triggers[1].kind`: only times make a routine fire here
    secret DB for agents/cto, required true: None
    secret GH_TOKEN for agents/cto, required true: Some("to read issues")
    executes `a b`, as the cleanup of a workspace (arrives switched off)
    executes `npm ci`, as the setup of a workspace (arrives switched off)
    executes arguments of an agent's program: --search
    "##);
    assert_eq!(convert(&package(WHOLE, &[])), done, "the same again");
}

#[test]
fn without_a_sidecar_every_agent_arrives_paused() {
    let mut tree = package("", &[("agents/cto/agent.yaml", "status: active\n")]);
    tree.remove(".paperclip.yaml");
    let done = converted(&tree);
    assert_eq!(done.files.keys().collect::<Vec<_>>(), ["agents/ceo/agent.yaml"], "what the package says itself counts");
    assert!(done.files["agents/ceo/agent.yaml"].contains("status: paused"));
}

#[test]
fn a_secret_in_the_sidecar_is_reported_and_never_repeated() {
    let token = sensitive::token();
    let sidecar = format!(
        "schema: paperclip/v1
agents:
  cto:
    capabilities: use {token}
    adapter:
      type: claude_local
      config:
        model: {token}
        env: {{API_KEY: hunter2, NOTE: {token}, WRONG: [hunter2], ANTHROPIC_BASE_URL: 'https://hunter2', HOME: /hunter2}}
        headers: {{Authorization: hunter2}}
    inputs:
      env:
        GH_TOKEN: {{kind: secret, default: hunter2, value: hunter2, description: {token}}}
        'hunter-x': {{kind: secret}}
        PASSWORD: {{kind: plain, default: hunter2}}
        ODD: {{kind: hunter3, requirement: [hunter2]}}
projects:
  web:
    workspaces: {{main: {{repoUrl: 'https://hunter2@github.com/a/b'}}}}
"
    );
    let done = converted(&package(&sidecar, &[]));
    let text = shown(&done);
    assert!(!text.contains("hunter2") && !text.contains(&token), "{text}");
    for key in ["API_KEY", "NOTE", "GH_TOKEN", "PASSWORD", "capabilities", "repoUrl", "ANTHROPIC_BASE_URL"] {
        assert!(done.diagnostics.iter().any(|found| found.message.contains(key)), "{key}:\n{text}");
    }
    // Nor may the place of a diagnostic make the line visible.
    for place in done
        .diagnostics
        .iter()
        .flat_map(|found| &found.labels)
        .map(|label| &label.place)
        .chain(done.notes.iter().map(|note| &note.place))
    {
        if let crate::diag::At::Span(span) = &place.at {
            let start = sidecar[..span.start].rfind('\n').map_or(0, |at| at + 1);
            let line = sidecar[start..].lines().next().unwrap();
            assert!(!line.contains("hunter2") && !line.contains(&token), "{line}");
        }
    }
}

#[test]
fn what_cannot_be_used_is_said() {
    for (sidecar, expected) in [
        ("agents: [a]", "`agents` holds a list"),
        ("agents: {cto: 1}", "`agents` holds text"),
        ("agents: {ghost: {}}", "`agents.ghost`: the package has no agent of this name"),
        ("agents: {cto: {budgetMonthlyCents: 1e9}}", "`budgetMonthlyCents: 1e9` cannot be read"),
        ("agents: {cto: {budgetMonthlyCents: -1}}", "`budgetMonthlyCents: -1` cannot be read"),
        ("agents: {cto: {budgetMonthlyCents: 18446744073709551615}}", "more than a budget can say"),
        ("agents: {cto: {budgetMonthlyCents: 99999999999999999999999}}", "it is too large"),
        ("agents: {cto: {role: wizard}}", "there is no such role here"),
        ("agents: {cto: {reportsTo: bob}}", "AGENTS.md says something else"),
        ("agents: {cto: {adapter: {type: gemini_local}}}", "there is no such adapter here"),
        ("agents: {cto: {adapter: {config: {timeoutSec: 18446744073709551615}}}}", "longer than 7d"),
        ("agents: {cto: {runtime: {heartbeat: {maxConcurrentRuns: 100000}}}}", "lies between 1 and 50"),
        ("agents: {cto: {runtime: {heartbeat: {intervalSec: 99999999999}}}}", "longer than 366d"),
        ("agents: {cto: {runtime: {heartbeat: {enabled: maybe}}}}", "`enabled: maybe` is neither"),
        ("agents: {cto: {adaptor: {}}}", "nothing reads the key `adaptor`"),
        ("projects: {web: {status: archived}}", "no such status of a project"),
        ("projects: {web: {workspaces: {m: {repoUrl: 'ext::sh -c id'}}}}", "not an address of a repository"),
        (
            "projects: {web: {workspaces: {m: {repoUrl: 'https://x/y', repoRef: '--upload-pack=id'}}}}",
            "not the name of a branch",
        ),
        ("routines: {digest: {triggers: [{kind: schedule}]}}", "says no time"),
        ("routines: {digest: {triggers: [{cronExpression: '* * * * *', timezone: Mars/X}]}}", "no such zone"),
        ("routines: {ghost: {}}", "the package has no task of this name"),
        ("a: 1\nagents: {cto: {}", "error[yaml-syntax]"),
        ("agents:\n  cto: {}\n  cto: {role: ceo}", "the key `cto` stands here a second time"),
        ("- a", "keys with values belong here, not a list"),
        ("schema: paperclip/v9", "not a version of the file that is known here"),
    ] {
        let done = converted(&package(sidecar, &[]));
        assert!(shown(&done).contains(expected), "{sidecar}: {expected}\n{}", shown(&done));
    }
}

#[test]
fn a_task_name_that_two_projects_share_is_not_guessed() {
    let more = [("tasks/digest/TASK.md", "---\nname: x\n---\n")];
    let done = converted(&package("schema: paperclip/v1\nroutines: {digest: {}}\n", &more));
    assert!(shown(&done).contains("several projects"), "{}", shown(&done));
}

#[test]
fn hostile_sidecars_give_diagnostics_and_no_panic() {
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\nagents: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n";
    let deep = format!("agents: {}", "[".repeat(4_000));
    let many: String = (0..2_000).fold("routines:\n  digest:\n    triggers:\n".to_owned(), |text, _| {
        text + "      - {cronExpression: '0 9 * * *'}\n"
    });
    for text in [
        bomb,
        &deep,
        &many,
        "agents: {cto: {adapter: {config: {env: {'\u{202e}': x, '': y}}}}}",
        "\u{0}",
        "agents: {'': {}, '../x': {}}",
    ] {
        let done = converted(&package(text, &[]));
        assert!(!done.diagnostics.is_empty(), "{}", &text[..text.len().min(60)]);
        assert!(done.files.keys().all(|path| !path.contains("..")), "{:?}", done.files.keys());
    }
    let mut binary = package("", &[]);
    binary.insert(".paperclip.yaml".to_owned(), PackageFile { bytes: vec![0xff, 0xfe], executable: false });
    assert_eq!(converted(&binary).diagnostics[0].code, "not-utf8");
}

#[test]
fn what_it_says_cannot_break_out_of_the_new_file() {
    let sidecar = "schema: paperclip/v1\nagents:\n  cto:\n    capabilities: \"x\\nstatus: active\"\n    icon: \"a\\r\\nb: c\"\nprojects:\n  web:\n    workspaces:\n      m: {repoUrl: 'https://h/x', setupCommand: \"a\\nsetup: evil\\u2028cleanup: evil\"}\n";
    let done = converted(&package(sidecar, &[]));
    let read = |path: &str| document::read(path, &done.files[path]).0;
    let Document::AgentSettings(agent) = read("agents/cto/agent.yaml") else { panic!("an agent's settings") };
    assert_eq!(agent.status, Some(crate::model::status::AgentStatus::Paused));
    assert_eq!(agent.capabilities.as_deref(), Some("x\nstatus: active"));
    let Document::ProjectSettings(project) = read("projects/web/project.yaml") else { panic!("a project's settings") };
    let repository = project.repository.unwrap();
    assert_eq!((repository.setup, repository.cleanup), (None, None), "commands arrive switched off");
    assert_eq!(done.executes.len(), 1);
}
