//! `corp import --update`: a newer version meets what people have changed.

use super::import::{PACKAGE, done, files, scene, sound};
use crate::harness::Company;

/// Writes the next version of the package over the first.
fn next_version(scene: &Company) {
    let write = |path: &str, text: &str| scene.write(&format!("package/{path}"), text);
    write("COMPANY.md", &PACKAGE[0].1.replace("1.2.0", "1.3.0"));
    write("agents/ceo/SOUL.md", "Calm and kind.\n");
    write(
        "agents/dev/AGENTS.md",
        "---\nname: Developer\ntitle: Builder\nreportsTo: ceo\nskills:\n  - build\n---\n\nBuild and test.\n",
    );
    write("agents/qa/AGENTS.md", "---\nname: QA\nreportsTo: dev\nskills: [test]\n---\n\nTest.\n");
    write("skills/test/SKILL.md", "---\nname: test\ndescription: Tests.\n---\n\nTest.\n");
    write("tasks/tidy/TASK.md", "---\nname: Tidy up\nassignee: qa\n---\n\nTidy.\n");
    std::fs::remove_dir_all(scene.root().join("package/skills/plan")).unwrap();
    write("agents/ceo/AGENTS.md", &PACKAGE[3].1.replace("skills: [plan]", "skills: []"));
}

/// What was edited in the company by hand is committed.
fn committed(scene: &Company) {
    done(&scene.corp_in(&scene.root().join("web-shop"), &["commit"]));
}

#[test]
fn the_same_version_again_changes_nothing() {
    let scene = scene(PACKAGE);
    done(&scene.corp(&["import", "package", "--yes"]));
    let before = files(&scene.root());
    let again = scene.corp(&["import", "./package", "--update", "--yes"]);
    done(&again);
    assert!(again.stderr.contains("nothing would change"), "{}", again.stderr);
    assert_eq!(files(&scene.root()), before);
}

#[test]
fn what_a_person_changed_stays_and_the_rest_follows() {
    let scene = scene(PACKAGE);
    done(&scene.corp(&["import", "package", "--yes"]));
    scene.write("web-shop/agents/dev/agent.yaml", "status: active # at last\n");
    scene.write(
        "web-shop/agents/dev/AGENTS.md",
        "---\nname: Devi\nreportsTo: ceo\nskills:\n  - build\n---\n\nBuild.\n\nNever on Fridays.\n",
    );
    scene.write("web-shop/README.md", "# Our shop\n");
    std::fs::remove_file(scene.root().join("web-shop/agents/ceo/SOUL.md")).unwrap();
    committed(&scene);
    next_version(&scene);
    let run = scene.corp(&["import", "package", "--update", "--yes"]);
    done(&run);
    assert_eq!(run.stdout, include_str!("import-update.txt"));
    let now = files(&scene.root().join("web-shop"));
    assert_eq!(
        now["agents/dev/AGENTS.md"],
        "---\nname: Devi\ntitle: Builder\nreportsTo: ceo\nskills:\n  - build\n---\n\nBuild.\n\nNever on Fridays.\n"
    );
    assert_eq!(now["agents/dev/agent.yaml"], "status: active # at last\n");
    assert_eq!(now["README.md"], "# Our shop\n");
    assert!(now["COMPANY.md"].contains("version: 1.3.0\n"));
    assert!(!now.contains_key("agents/ceo/SOUL.md"), "what a person took out stays out");
    assert!(!now.contains_key("skills/plan/SKILL.md"), "what the package took out and nobody touched goes");
    assert!(!scene.root().join("web-shop/skills/plan").exists(), "and its folder with it");
    assert!(now["agents/qa/agent.yaml"].contains("\nstatus: paused\n"));
    assert!(now["tickets/0000/WEBSHOP-2.md"].contains("\nseed: tasks/tidy\n"), "a new seed gives a ticket");
    assert!(!now.contains_key("tickets/0000/WEBSHOP-3.md"), "an old one gives none again");
    sound(&scene, "web-shop");
    let again = scene.corp(&["import", "package", "--update", "--yes"]);
    assert!(again.stderr.contains("nothing would change"), "{}{}", again.stdout, again.stderr);
}

#[test]
fn names_given_at_the_import_hold() {
    let scene = scene(PACKAGE);
    done(&scene.corp(&["import", "package", "--into", "live", "--under", "ceo", "--yes"]));
    let before = files(&scene.root().join("live"));
    next_version(&scene);
    done(&scene.corp(&["import", "package", "--into", "live", "--update", "--yes"]));
    sound(&scene, "live");
    let now = files(&scene.root().join("live"));
    assert_eq!(
        now["agents/ceo-2/AGENTS.md"],
        before["agents/ceo-2/AGENTS.md"].replace("skills: [plan-2]", "skills: []")
    );
    assert!(now["agents/dev/AGENTS.md"].contains("reportsTo: ceo-2\n"));
    assert_eq!(now["skills/plan/SKILL.md"], before["skills/plan/SKILL.md"], "the company's own skill stays");
    assert!(!now.contains_key("skills/plan-2/SKILL.md"));
    assert!(now["packages/web-shop/files/COMPANY.md"].contains("version: 1.3.0\n"));
    assert!(!now.contains_key("agents/ceo-3/AGENTS.md"));
}

#[test]
fn what_would_execute_something_new_is_paused() {
    let scene = scene(PACKAGE);
    scene.write("package/agents/dev/agent.yaml", "role: engineer\n");
    done(&scene.corp(&["import", "package", "--yes"]));
    scene.write("web-shop/agents/dev/agent.yaml", "role: engineer\nstatus: active\n");
    committed(&scene);
    scene.write("package/agents/dev/agent.yaml", "role: qa\n");
    done(&scene.corp(&["import", "package", "--update", "--yes"]));
    assert_eq!(scene.read("web-shop/agents/dev/agent.yaml"), "role: qa\nstatus: active\n");
    scene.write("package/agents/dev/agent.yaml", "role: qa\nadapter: {type: process, command: sh}\n");
    let run = scene.corp(&["import", "package", "--update", "--yes"]);
    done(&run);
    let now = scene.read("web-shop/agents/dev/agent.yaml");
    assert!(now.contains("status: paused\n") && now.contains("command: sh"), "{now}");
    assert!(run.stdout.contains("agents/dev/agent.yaml: runs `sh` (off: the agent is paused)"), "{}", run.stdout);
    assert!(
        run.stdout.contains("agents/dev/agent.yaml is paused: it would run or start something new"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_thing_that_was_worked_on_is_kept_whole() {
    let scene = scene(PACKAGE);
    done(&scene.corp(&["import", "package", "--yes"]));
    scene.write("web-shop/agents/dev/MEMORY.md", "I know the build.\n");
    std::fs::remove_dir_all(scene.root().join("package/agents/dev")).unwrap();
    let run = scene.corp(&["import", "package", "--update", "--yes"]);
    done(&run);
    let now = files(&scene.root().join("web-shop"));
    for file in ["AGENTS.md", "agent.yaml", "MEMORY.md"] {
        assert!(now.contains_key(&format!("agents/dev/{file}")), "{file}");
    }
    assert!(
        run.stdout.contains("agents/dev (the package no longer has it; it is kept, because you changed it)"),
        "{}",
        run.stdout
    );
}

#[test]
fn an_update_needs_what_was_imported() {
    let scene = scene(PACKAGE);
    let never = scene.corp(&["import", "package", "--into", "live", "--update", "--yes"]);
    assert_eq!(never.code, 1);
    assert!(never.stderr.contains("`web-shop` was never imported here"), "{}", never.stderr);
    done(&scene.corp(&["import", "package", "--yes"]));
    scene.write("web-shop/packages/web-shop/package.lock", "{\"schema\":\"corp/package-lock/v9\",\"origin\":\"x\"}\n");
    let newer = scene.corp(&["import", "package", "--update", "--yes"]);
    assert_eq!(newer.code, 1);
    assert!(newer.stderr.contains("corp/package-lock/v9"), "{}", newer.stderr);
    assert!(newer.stderr.contains("git checkout HEAD -- packages/web-shop/package.lock"), "{}", newer.stderr);
}

#[test]
fn a_lock_takes_nothing_away_that_no_package_brings() {
    let scene = scene(PACKAGE);
    done(&scene.corp(&["import", "package", "--yes"]));
    let lock = "packages/web-shop/package.lock";
    let corp = scene.read("web-shop/corp.yaml");
    let line = serde_json::json!({ "path": "corp.yaml", "sha256": sha256(&corp), "text": corp });
    let text = scene.read(&format!("web-shop/{lock}"));
    scene.write(&format!("web-shop/{lock}"), format!("{text}{line}\n"));
    committed(&scene);
    done(&scene.corp(&["import", "package", "--update", "--yes"]));
    assert_eq!(scene.read("web-shop/corp.yaml"), corp);
}

fn sha256(text: &str) -> String {
    corp::format::package::digest::sha256(text.as_bytes())
}

#[test]
fn into_a_live_company_it_is_one_commit_that_can_be_taken_back() {
    let scene = scene(PACKAGE);
    done(&scene.corp(&["import", "package", "--yes"]));
    let live = scene.root().join("web-shop");
    let before = files(&live);
    let other: &[(&str, &str)] = &[("agents/scout/AGENTS.md", "---\nname: Scout\n---\n\nLook.\n")];
    for (path, text) in other {
        scene.write(&format!("team/{path}"), text);
    }
    let run = scene.corp(&["import", "team", "--into", "web-shop", "--under", "ceo", "--yes"]);
    done(&run);
    assert!(run.stderr.contains("`corp undo "), "{}", run.stderr);
    let log = scene.corp_in(&live, &["log"]);
    assert_eq!(log.stdout.lines().count(), 2, "{}", log.stdout);
    assert!(log.stdout.lines().next().unwrap().contains("Import team"), "{}", log.stdout);
    assert!(scene.corp_in(&live, &["commit", "--dry-run"]).stderr.contains("nothing to commit"));
    let made = files(&live);
    assert!(made.contains_key("agents/scout/AGENTS.md"));

    // A file that a person has changed since stops it, and nothing is half-done.
    scene.write("web-shop/agents/scout/AGENTS.md", "---\nname: Scout\n---\n\nLook twice.\n");
    scene.write("team/agents/scout/AGENTS.md", "---\nname: Scout\ntitle: Eyes\n---\n\nLook.\n");
    let refused = scene.corp(&["import", "team", "--into", "web-shop", "--update", "--yes"]);
    assert_eq!(refused.code, 4, "{}", refused.stderr);
    assert!(refused.stderr.contains("agents/scout/AGENTS.md is not as it was last committed"), "{}", refused.stderr);
    assert!(refused.stderr.contains("corp commit"), "{}", refused.stderr);
    scene.write("web-shop/agents/scout/AGENTS.md", &made["agents/scout/AGENTS.md"]);

    done(&scene.corp_in(&live, &["undo", "HEAD"]));
    assert_eq!(files(&live).keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
}
