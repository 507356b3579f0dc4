//! `corp init`.

use crate::harness::{Company, Run, git};
use std::collections::BTreeMap;
use std::path::Path;

const TEMPLATES: [&str; 7] = ["code-review", "data-processing", "monitoring", "newsroom", "research", "solo", "studio"];

/// Every file below `folder` but git's own, by path.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(top: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with(".git") {
            } else if path.is_dir() {
                walk(top, &path, found);
            } else {
                let name = path.strip_prefix(top).unwrap().to_str().unwrap().to_owned();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

fn done(run: &Run) {
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
}

#[test]
fn each_template_founds_a_company_without_findings_twice_the_same() {
    let scratch = Company::new(&[]);
    for template in TEMPLATES {
        let (first, second) = (format!("a-{template}"), format!("b-{template}"));
        for folder in [&first, &second] {
            done(&scratch.corp(&["init", folder, "--template", template, "--name", "Acme"]));
        }
        let root = scratch.root();
        assert_eq!(files(&root.join(&first)), files(&root.join(&second)), "{template}");
        let check = scratch.corp(&["-C", &first, "check"]);
        done(&check);
        assert!(check.stderr.contains(" 0 errors, 0 warnings"), "{template}: {}{}", check.stdout, check.stderr);
    }
}

#[test]
fn the_first_commit_holds_every_file_and_says_who_founded_it() {
    let scratch = Company::new(&[]);
    done(&scratch.corp(&["init", "acme", "--template", "studio"]));
    let root = scratch.root().join("acme");
    assert_eq!(git(&root, &["status", "--porcelain"]), "");
    git(&root, &["fsck", "--strict"]);
    assert_eq!(
        git(&root, &["log", "--format=%an <%ae>, %cn, %cI, %D%n%B"]).trim(),
        concat!(
            "ada <ada@localhost>, corp, 2026-11-20T10:00:00Z, HEAD -> main\n",
            "Found Acme from the template studio\n\nActor: ada"
        )
    );
    let listed = git(&root, &["ls-files"]);
    assert_eq!(listed.lines().map(str::to_owned).collect::<Vec<_>>(), files(&root).into_keys().collect::<Vec<_>>());
}

#[test]
fn what_is_there_stays_and_what_is_missing_comes_back() {
    let scratch = Company::new(&[]);
    scratch.write("acme/agents/ceo/AGENTS.md", "---\nname: Mine\n---\n");
    scratch.write("acme/notes.txt", "mine");
    done(&scratch.corp(&["init", "acme", "--template", "studio"]));
    let root = scratch.root().join("acme");
    assert_eq!(files(&root)["agents/ceo/AGENTS.md"], b"---\nname: Mine\n---\n");
    assert_eq!(git(&root, &["status", "--porcelain"]), "?? agents/ceo/AGENTS.md\n?? notes.txt\n");
    let before = files(&root);
    let again = scratch.corp(&["init", "acme", "--template", "studio"]);
    done(&again);
    assert!(again.stderr.contains("nothing was changed"), "{}", again.stderr);
    std::fs::remove_file(root.join("corp.yaml")).unwrap();
    let third = scratch.corp(&["init", "acme"]);
    done(&third);
    assert_eq!(third.stdout, "corp.yaml\n");
    assert_eq!(files(&root).keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
}

#[test]
fn in_a_repository_of_yours_nothing_is_committed() {
    let scratch = Company::new(&[("acme/README.md", "mine\n")]);
    let root = scratch.root().join("acme");
    git(&root, &["init", "-q", "-b", "trunk"]);
    done(&scratch.corp(&["init", "acme"]));
    assert_eq!(files(&root)["README.md"], b"mine\n");
    assert!(String::from_utf8(files(&root)["corp.yaml"].clone()).unwrap().contains("branch: trunk\n"));
    assert!(git(&root, &["status", "--porcelain"]).lines().all(|line| line.starts_with("??")));
}

#[test]
fn mistakes_are_answered_with_what_to_type() {
    let scratch = Company::new(&[]);
    for (args, expected) in [
        (&["init", "a", "--template", "studoi"][..], "did you mean `studio`?"),
        (&["init", "a", "--prefix", "acme"], "capitals and digits"),
        (&["init", "a", "--tz", "Berlin"], "an IANA name"),
        (&["init"], "<DIR>"),
    ] {
        let run = scratch.corp(args);
        assert_eq!(run.code, 2, "{args:?}");
        assert!(run.stderr.contains(expected), "{args:?}: {}", run.stderr);
    }
    assert_eq!(files(&scratch.root()).len(), 0, "nothing is written");
    let list = scratch.corp(&["init", "--list"]);
    assert_eq!(list.stdout.lines().map(|line| line.split(' ').next().unwrap()).collect::<Vec<_>>(), TEMPLATES);
}

/// Answers typed at a terminal of its own, a line each.
#[cfg(target_os = "linux")]
#[test]
fn a_person_is_asked_at_a_terminal_and_nobody_elsewhere() {
    use std::io::Write as _;
    let scratch = Company::new(&[]);
    let refused = scratch.corp(&["init", "--interactive"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("there is no terminal to ask at") && refused.stderr.contains("corp init DIR"));
    let like = scratch.command(&[]);
    let mut script = std::process::Command::new("script");
    script.env_clear().envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
    script.args(["-qec", &format!("{} init --interactive", env!("CARGO_BIN_EXE_corp")), "/dev/null"]);
    script.current_dir(scratch.root()).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let Ok(mut started) = script.spawn() else {
        println!("SKIPPED: there is no `script` to have a terminal with");
        return;
    };
    // A folder; a template with a wrong letter, and again; the usual name; a prefix that cannot be, and one that can.
    let answers = "works\nstudoi\nstudio\n\nwrong prefix\nWRK\nEurope/Berlin\nclaude_local\n";
    started.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
    let output = started.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    for words in
        ["folder [acme]", "did you mean `studio`?", "its name [Works]", "cannot be used", "Works is founded in works"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    let read = |path: &str| std::fs::read_to_string(scratch.root().join("works").join(path)).unwrap();
    assert!(read("corp.yaml").contains("Europe/Berlin") && read("corp.yaml").contains("WRK"));
    assert!(read("agents/ceo/agent.yaml").contains("type: claude_local"));
    assert_eq!(scratch.corp(&["-C", "works", "check"]).code, 0);
}

#[test]
fn agents_of_every_template_can_be_another_program() {
    let scratch = Company::new(&[]);
    for template in TEMPLATES {
        done(&scratch.corp(&["init", template, "--template", template, "--adapter", "codex_local"]));
        let check = scratch.corp(&["-C", template, "check"]);
        done(&check);
        assert!(check.stderr.contains(" 0 errors, 0 warnings"), "{template}: {}{}", check.stdout, check.stderr);
        let listed = scratch.corp(&["-C", template, "agent", "list"]).stdout;
        assert!(listed.contains("codex_local") && !listed.contains("script"), "{template}: {listed}");
    }
}
