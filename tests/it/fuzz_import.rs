//! Any package, whatever its files say, gives a plan or a reason: no panic, and no path that leads anywhere else.

use crate::fuzz::{Input, mutate};
use corp::format::package::plan::arrive::Founder;
use corp::format::package::plan::collide::OnCollision;
use corp::format::package::plan::{Live, Options, Plan, plan};
use corp::format::package::{PackageFile, Tree};
use corp::format::{self, Draft, draft};

const FILES: &[(&str, &str)] = &[
    ("COMPANY.md", "---\nname: A\nslug: a\nschema: agentcompanies/v1\nincludes: [agents/ceo/AGENTS.md]\n---\n\nX\n"),
    ("agents/ceo/AGENTS.md", "---\nname: C\nreportsTo: null\nskills: [plan, ../../skills/plan]\n---\n\nAsk `dev`.\n"),
    ("agents/dev/AGENTS.md", "---\nname: D\nslug: dev\nreportsTo: ../ceo/AGENTS.md\n---\n"),
    (
        "agents/dev/agent.yaml",
        "status: active\nadapter: {type: process, command: sh, env: {A: b}}\nheartbeat: {every: 1h}\n",
    ),
    (
        "teams/core/TEAM.md",
        "---\nmanager: ../../agents/ceo/AGENTS.md\nincludes:\n  - ../../agents/dev/AGENTS.md\n---\n",
    ),
    ("projects/site/PROJECT.md", "---\nname: S\nowner: ceo\n---\n"),
    ("projects/site/project.yaml", "repository: {url: https://x.example/y, setup: make}\n"),
    ("projects/site/tasks/one/TASK.md", "---\nname: One\nassignee: dev\nlabels: [a, 'b, c']\n---\n\nGo.\n"),
    (
        "tasks/two/TASK.md",
        "---\nname: Two\nrecurring: true\nschedule:\n  startsAt: 2026-01-01T08:00:00Z\n  recurrence: {frequency: weekly, interval: 2}\n---\n",
    ),
    ("tasks/three/routine.yaml", "status: active\ntriggers: [{cron: 0 9 * * 1}]\n"),
    (
        "skills/plan/SKILL.md",
        "---\nname: plan\nmetadata:\n  sources:\n    - {kind: github-file, path: x, usage: vendored}\n---\n\n!`id`\n",
    ),
    ("goals/up.md", "---\nname: Up\nowner: ceo\n---\n"),
    ("budgets.yaml", "budgets:\n  - {scope: agent:ceo, window: month, limit: 1.00 USD}\n"),
    (
        ".paperclip.yaml",
        "schema: paperclip/v1\nagents:\n  ceo:\n    budgetMonthlyCents: 5\n    adapter: {type: process, config: {command: sh}}\n",
    ),
];

const TOKENS: &[&str] = &[
    "---\n", ": ", "- ", "../", "/", "null", "[", "]", "{", "}", "\"", "'", "|\n", "&a ", "*a", "#", "\u{202e}", "é",
    "\r\n", "ceo",
];

fn draft(files: &Tree) -> Draft {
    let mut read = Draft::default();
    for (path, file) in files {
        if let Some(text) = file.as_text() {
            read.insert(path, format::read(path, text).0);
        }
        read.entries.insert(path.clone(), draft::Entry { kind: draft::EntryType::File, bytes: 0 });
    }
    read
}

fn options(update: bool, on_collision: Option<OnCollision>, under: Option<&str>) -> Options {
    Options {
        origin: "./x".to_owned(),
        name: "x".to_owned(),
        commit: None,
        under: under.map(str::to_owned),
        only: Vec::new(),
        on_collision,
        update,
        at_work: false,
        founder: Founder { board: None, timezone: "UTC".to_owned(), branch: "main".to_owned() },
        now: "2026-11-20T10:00:00Z".parse().unwrap(),
    }
}

fn sane(plan: &Plan) {
    for change in &plan.changes {
        let parts = || change.path.split('/');
        assert!(parts().all(|part| !part.is_empty() && part != "." && part != ".."), "{}", change.path);
        assert_ne!(change.before, change.after, "{}", change.path);
    }
    let text = plan.preview.text();
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
}

fn apply(plan: &Plan, files: &mut Tree) {
    for change in &plan.changes {
        match &change.after {
            Some(bytes) => {
                files.insert(change.path.clone(), PackageFile { bytes: bytes.clone(), executable: false });
            }
            None => {
                files.remove(&change.path);
            }
        }
    }
}

#[test]
fn any_package_is_planned() {
    let original: Tree = FILES.iter().map(|(path, text)| ((*path).to_owned(), PackageFile::text(*text))).collect();
    bolero::check!().with_type::<(u8, Input)>().for_each(|(which, input)| {
        let (path, text) = FILES[usize::from(*which) % FILES.len()];
        let mut changed = original.clone();
        changed.insert(path.to_owned(), PackageFile::text(mutate(&[text], TOKENS, input)));
        let Ok(founded) = plan(&changed, None, &options(false, None, None)) else { return };
        sane(&founded);
        let mut company = Tree::new();
        apply(&founded, &mut company);
        for (tree, update, on_collision) in [
            (&original, true, None),
            (&changed, true, None),
            (&original, false, Some(OnCollision::Rename)),
            (&changed, false, Some(OnCollision::Replace)),
            (&changed, false, Some(OnCollision::Skip)),
        ] {
            let read = draft(&company);
            let live = Live { draft: &read, files: &company };
            match plan(tree, Some(&live), &options(update, on_collision, Some("ceo"))) {
                Ok(planned) => {
                    sane(&planned);
                    let same = update && std::ptr::eq(tree, &raw const changed);
                    assert!(!same || planned.preview.conflicts.is_empty(), "what nobody changed has no conflict");
                }
                Err(why) => assert!(!why.to_string().is_empty()),
            }
        }
    });
}
