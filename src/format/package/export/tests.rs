//! Exports of small companies: what goes in, what stays, what is told.

use super::*;
use crate::format::document;
use crate::format::draft::Entry;

/// A company as it would be read from a folder.
fn company(files: &[(&str, &str)]) -> (Draft, Tree) {
    let mut draft = Draft::default();
    let mut tree = Tree::new();
    for (path, text) in [("COMPANY.md", "---\nname: Acme\n---\nMission.\n")].iter().chain(files) {
        draft.insert(path, document::read(path, text).0);
        draft.entries.insert((*path).to_owned(), Entry { kind: EntryType::File, bytes: text.len() as u64 });
        tree.insert((*path).to_owned(), PackageFile::text(*text));
    }
    (draft, tree)
}

fn exported(files: &[(&str, &str)], wish: &Wish) -> Export {
    let (draft, tree) = company(files);
    export(&draft, &tree, wish).unwrap()
}

fn paths(export: &Export) -> Vec<&str> {
    export.files.keys().map(String::as_str).collect()
}

fn notes(export: &Export) -> Vec<String> {
    export.notes.iter().map(|note| format!("{}: {}", note.place.file, note.message)).collect()
}

const AGENT: &str = "---\nname: A\nskills: [pdf, Word Counter]\nreportsTo: boss\n---\n";

#[test]
fn a_part_brings_what_it_needs() {
    let files = [
        ("agents/a/AGENTS.md", AGENT),
        ("agents/a/docs/x.md", "x"),
        ("agents/boss/AGENTS.md", "---\nname: B\n---\n"),
        ("skills/pdf/SKILL.md", "---\nname: pdf\ndescription: d\n---\n"),
        ("skills/wc/SKILL.md", "---\nname: Word Counter\ndescription: d\n---\n"),
        ("skills/other/SKILL.md", "---\nname: other\ndescription: d\n---\n"),
        (
            "teams/t/TEAM.md",
            "---\nmanager: ../../agents/boss/AGENTS.md\nincludes: [../../agents/a/AGENTS.md, ../u/TEAM.md]\n---\n",
        ),
        (
            "teams/u/TEAM.md",
            "---\nmanager: boss\nincludes: [../t/TEAM.md, ../../skills/other/SKILL.md, ../../../x]\n---\n",
        ),
        ("projects/web/PROJECT.md", "---\nowner: a\n---\n"),
        ("projects/web/tasks/fix/TASK.md", "---\nassignee: a\n---\n"),
        ("goals/launch.md", "---\nname: L\n---\n"),
        ("LICENSE", "MIT"),
        ("README.md", "all of it"),
        ("corp.yaml", "schema: corp/v1\nticket_prefix: A\n"),
    ];
    let all = ["agents/a/AGENTS.md", "agents/a/docs/x.md", "skills/pdf/SKILL.md", "skills/wc/SKILL.md"];
    for (select, expected) in [
        (&["agents/a"][..], &all[..]),
        (&["skills/pdf/"], &["skills/pdf/SKILL.md"]),
        (&["projects/web"], &["projects/web/PROJECT.md", "projects/web/tasks/fix/TASK.md"]),
        (&["projects/web/tasks/fix", "goals/launch"], &["goals/launch.md", "projects/web/tasks/fix/TASK.md"]),
        (
            &["teams/t"],
            &[
                "agents/a/AGENTS.md",
                "agents/a/docs/x.md",
                "agents/boss/AGENTS.md",
                "skills/other/SKILL.md",
                "skills/pdf/SKILL.md",
                "skills/wc/SKILL.md",
                "teams/t/TEAM.md",
                "teams/u/TEAM.md",
            ],
        ),
    ] {
        let wish = Wish { select: select.iter().map(|part| (*part).to_owned()).collect(), ..Wish::default() };
        let export = exported(&files, &wish);
        let mut expected = expected.to_vec();
        expected.splice(0..0, ["COMPANY.md", "LICENSE"]);
        assert_eq!(paths(&export), expected, "{select:?}");
    }
    let wish = Wish { select: vec!["agents/b".to_owned()], ..Wish::default() };
    let (draft, tree) = company(&files);
    let Err(ExportError::Unknown(unknown)) = export(&draft, &tree, &wish) else { panic!("there is no agents/b") };
    assert_eq!(unknown.near.as_deref(), Some("agents/a"));
}

#[test]
fn who_was_let_go_stays_and_what_names_them_is_told() {
    let export = exported(
        &[
            ("agents/gone/AGENTS.md", "---\nname: G\n---\n"),
            ("agents/gone/agent.yaml", "status: terminated\n"),
            ("agents/a/AGENTS.md", "---\nname: A\nreportsTo: gone\n---\n"),
            ("tasks/t/TASK.md", "---\nname: T\nassignee: gone\n---\n"),
            ("teams/t/TEAM.md", "---\nmanager: ../../agents/gone/AGENTS.md\n---\n"),
            ("goals/g.md", "---\nname: G\nowner: ada\n---\n"),
            ("corp.yaml", "schema: corp/v1\nticket_prefix: A\nboard: [{id: ada, email: ada@acme.example}]\n"),
            (
                "budgets.yaml",
                "budgets:\n  - {scope: company, window: day, limit: 1 runs}\n  - {scope: 'agent:gone', window: day, limit: 1 runs}\n  - {scope: 'routine:t', window: day, limit: 1 runs}\n  - {scope: 'ticket:A-1', window: day, limit: 1 runs}\n",
            ),
            ("README.md", "Ask ada@acme.example.\n"),
        ],
        &Wish::default(),
    );
    assert_eq!(
        paths(&export),
        [
            "COMPANY.md",
            "README.md",
            "agents/a/AGENTS.md",
            "budgets.yaml",
            "corp.yaml",
            "goals/g.md",
            "tasks/t/TASK.md",
            "teams/t/TEAM.md"
        ]
    );
    assert_eq!(export.left_out[&Why::Terminated], ["agents/gone/AGENTS.md", "agents/gone/agent.yaml"]);
    assert_eq!(
        notes(&export),
        [
            "agents/a/AGENTS.md: `reportsTo` names the agent `gone`, who is not in the package",
            "budgets.yaml: left out `budgets[1]`, for `agent:gone`, which is not in the package; `budgets[3]`, for `ticket:A-1`, which is not in the package",
            "corp.yaml: left out `board`, the people of this company",
            "goals/g.md: `owner` names `ada`, a person of this company",
            "tasks/t/TASK.md: `assignee` names the agent `gone`, who is not in the package",
            "teams/t/TEAM.md: `manager` names the agent `gone`, who is not in the package",
        ]
    );
    assert_eq!(export.warnings.len(), 1, "{:?}", export.warnings);
    assert_eq!(export.files["corp.yaml"].as_text(), Some("schema: corp/v1\nticket_prefix: A\n"));
}

#[test]
fn settings_that_an_import_makes_again_are_left_out_and_others_are_not() {
    let sidecar = "schema: paperclip/v1\nagents:\n  a: {role: qa, budgetMonthlyCents: 100}\n  b: {role: qa}\n";
    let before = [
        ("agents/a/AGENTS.md", "---\nname: A\n---\n"),
        ("agents/b/AGENTS.md", "---\nname: B\n---\n"),
        (".paperclip.yaml", sidecar),
    ];
    let made = paperclip::convert(&company(&before).1).files;
    let text = |path: &str| made[path].as_str();
    let changed = text("agents/b/agent.yaml").replace("qa", "cto");
    let mut files = before.to_vec();
    files.extend([
        ("agents/a/agent.yaml", text("agents/a/agent.yaml")),
        ("budgets.yaml", text("budgets.yaml")),
        ("agents/b/agent.yaml", &changed),
    ]);
    let export = exported(&files, &Wish::default());
    assert_eq!(export.left_out[&Why::Generated], ["agents/a/agent.yaml", "budgets.yaml"]);
    assert_eq!(export.files["agents/b/agent.yaml"].as_text(), Some("role: cto\n"));
    assert_eq!(export.files[".paperclip.yaml"].as_text(), Some(sidecar));
}

#[test]
fn the_operation_of_a_company_goes_along_once_somebody_changed_it() {
    let person = Person::new("Ada Lovelace", "ada@acme.example");
    let founder = Founder { board: person, timezone: "Europe/Berlin".to_owned(), branch: "main".to_owned() };
    let text = arrive::corp_file(&template::prefix_of("acme"), &founder);
    let export = exported(&[("corp.yaml", &text)], &Wish::default());
    assert_eq!(export.left_out[&Why::Generated], ["corp.yaml"]);
    for changed in
        [text.replace("main", "trunk") + "archive_after: 9d\n", text.replace("ticket_prefix: ACME", "ticket_prefix: A")]
    {
        let export = exported(&[("corp.yaml", &changed)], &Wish::default());
        let cleaned = export.files["corp.yaml"].as_text().unwrap();
        assert!(!cleaned.contains("ada@acme") && cleaned.contains("schema: corp/v1"), "{cleaned}");
    }
}

#[test]
fn broken_settings_and_a_folder_without_a_company_are_refused() {
    let (draft, tree) = company(&[("agents/a/AGENTS.md", ""), ("agents/a/agent.yaml", "status: [")]);
    assert!(
        matches!(export(&draft, &tree, &Wish::default()), Err(ExportError::Broken(mistakes)) if mistakes.len() == 1)
    );
    assert_eq!(export(&Draft::default(), &Tree::new(), &Wish::default()), Err(ExportError::NoCompany));
}

const CAME: &str = "schema: paperclip/v1
company: {brandColor: '#f00'}
sidebar: {agents: [gone, a]}
agents:
  a:
    icon: rocket
    adapter: {type: claude_local, config: {model: old, chrome: true, promptTemplate: \"x\\ny\"}}
    runtime: {heartbeat: {enabled: true, intervalSec: 60}}
    budgetMonthlyCents: 500
    inputs: {env: {GH_TOKEN: {kind: secret, requirement: required, description: d}, OLD: {kind: secret}}}
  gone: {role: cto}
projects:
  web: {workspaces: {docs: {repoUrl: 'https://h/docs'}, code: {repoUrl: 'https://h/old', isPrimary: true, visibility: v}}}
routines:
  t: {triggers: [{kind: webhook, signingMode: hmac}, {kind: schedule, cronExpression: '0 9 * * *'}]}
";

#[test]
fn a_sidecar_for_paperclip_keeps_what_it_held() {
    let files = [
        (".paperclip.yaml", CAME),
        ("agents/a/AGENTS.md", "---\nname: A\n---\n"),
        (
            "agents/a/agent.yaml",
            "adapter: {type: claude_local, model: new, cwd: /srv, env: {LEVEL: 'no', API_KEY: x}}\nsecrets: [GH_TOKEN, NEW]\noptional_secrets: [MAYBE]\nheartbeat: {every: 1h}\npermissions: {hire: never}\n",
        ),
        ("agents/b/AGENTS.md", "---\nname: B\n---\n"),
        (
            "budgets.yaml",
            "budgets:\n  - {scope: 'agent:b', window: month, limit: 12.34 USD}\n  - {scope: company, window: day, limit: 1 runs}\n",
        ),
        ("projects/web/PROJECT.md", "---\nname: W\n---\n"),
        ("projects/web/project.yaml", "repository: {url: 'https://h/new', branch: main}\nstatus: in_progress\n"),
        ("projects/web/tasks/t/TASK.md", "---\nname: T\nrecurring: true\n---\n"),
        (
            "projects/web/tasks/t/routine.yaml",
            "triggers:\n  - {every: 15m}\n  - {every: 7m}\nvariables: {topic: {default: news}}\n",
        ),
        ("skills/s/SKILL.md", "---\nname: s\ndescription: >\n  d\n---\n"),
    ];
    let export = exported(&files, &Wish { paperclip: true, ..Wish::default() });
    insta::assert_snapshot!(export.files[".paperclip.yaml"].as_text().unwrap(), @r##"
    schema: paperclip/v1
    company:
      brandColor: "#f00"
    sidebar:
      agents:
        - a
    agents:
      a:
        adapter:
          type: claude_local
          config:
            model: new
            chrome: true
            promptTemplate: "x\ny"
            env:
              LEVEL: "no"
        runtime:
          heartbeat:
            enabled: true
            intervalSec: 3600
        inputs:
          env:
            GH_TOKEN:
              kind: secret
              requirement: required
              description: d
            MAYBE:
              kind: secret
              requirement: optional
              default: ""
            NEW:
              kind: secret
              requirement: required
              default: ""
        permissions:
          canCreateAgents: false
      b:
        adapter:
          type: claude_local
        budgetMonthlyCents: 1234
    projects:
      web:
        workspaces:
          docs:
            repoUrl: https://h/docs
          code:
            repoUrl: https://h/new
            isPrimary: true
            visibility: v
            repoRef: main
        status: in_progress
    routines:
      t:
        triggers:
          -
            kind: webhook
            signingMode: hmac
          -
            kind: schedule
            cronExpression: "*/15 * * * *"
        variables:
          -
            name: topic
            defaultValue: news
    "##);
    assert_eq!(
        notes(&export),
        [
            "agents/a/agent.yaml: left out `adapter.cwd`, a path of this machine; `adapter.env.API_KEY`, whose name says that it is secret",
            "budgets.yaml: limits are written if they are an agent's, monthly and in USD; 1 is not",
            "projects/web/tasks/t/TASK.md: Paperclip takes a recurring task only with `assignee` and `project`",
            "projects/web/tasks/t/routine.yaml: Paperclip has cron expressions only; a trigger that none can say was left out",
            "skills/s/SKILL.md: Paperclip reads folded, aliased and '…' texts otherwise than YAML; files with such a front matter: 1, this is the first",
        ]
    );
    // What was written is understood again, and says the same.
    let again: Tree = export
        .files
        .iter()
        .filter(|(path, _)| !path.ends_with(".yaml") || path.starts_with('.'))
        .map(|(path, file)| (path.clone(), file.clone()))
        .collect();
    let made = paperclip::convert(&again);
    assert!(made.files["agents/a/agent.yaml"].contains("model: new\n"), "{}", made.files["agents/a/agent.yaml"]);
    assert!(made.files["projects/web/project.yaml"].contains("url: https://h/new\n  branch: main\n"));
    assert!(made.files["budgets.yaml"].contains("agent:b\n    window: month\n    limit: 12.34 USD\n"));
}

#[test]
fn a_sidecar_that_says_it_all_is_only_put_in_order() {
    let agents = [(".paperclip.yaml", CAME), ("agents/a/AGENTS.md", "---\nname: A\n---\n")];
    let once = exported(&agents, &Wish { paperclip: true, ..Wish::default() });
    let text = once.files[".paperclip.yaml"].as_text().unwrap();
    for kept in [
        "brandColor: \"#f00\"",
        "chrome: true",
        "promptTemplate: \"x\\ny\"",
        "intervalSec: 60",
        "requirement: required",
    ] {
        assert!(text.contains(kept), "{kept}\n{text}");
    }
    assert!(!text.contains("gone") && !text.contains("projects"), "{text}");
    let twice = exported(&[(".paperclip.yaml", text), agents[1]], &Wish { paperclip: true, ..Wish::default() });
    assert_eq!(twice.files[".paperclip.yaml"].as_text().unwrap(), text);
}
