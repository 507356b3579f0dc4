//! `corp export`.

use crate::harness::{Company, Run};
use std::collections::BTreeMap;
use std::path::Path;

const FILES: &[(&str, &str)] = &[
    ("COMPANY.md", "---\nname: Acme\nslug: acme\nlicense: MIT\n---\nWe make anvils.\n"),
    ("LICENSE", "MIT\n"),
    (
        "corp.yaml",
        "schema: corp/v1\nticket_prefix: ACME\nboard:\n  - id: ada\n    email: ada@acme.example\n    role: owner\n# Quiet hours\ntimezone: Europe/Berlin\n",
    ),
    ("home.yaml", "clone: c-1\n"),
    ("agents/cto/AGENTS.md", "---\nname: Chief   # spaces stay\nskills: [pdf]\n---\r\nBody\r\n"),
    (
        "agents/cto/agent.yaml",
        "status: active\nadapter:\n  type: claude_local\n  cwd: /home/ada/acme  # here only\nheartbeat: {every: 1h}\n",
    ),
    ("agents/cto/MEMORY.md", "I remember.\n"),
    ("agents/cto/USER.md", "Ada likes tea.\n"),
    ("agents/cto/TOOLS.md", "Build with /home/ada/bin/make.\n"),
    ("agents/old/AGENTS.md", "---\nname: Old\n---\n"),
    ("agents/old/agent.yaml", "status: terminated\n"),
    ("skills/pdf/SKILL.md", "---\nname: pdf\ndescription: >\n  Reads\n  PDFs\n---\n"),
    ("skills/pdf/run.py", "#!/usr/bin/env python3\n"),
    ("teams/web/TEAM.md", "---\nname: Web\nmanager: ../../agents/old/AGENTS.md\n---\n"),
    ("tickets/0000/ACME-1.md", "---\nid: ACME-1\ntitle: T\n---\n"),
    ("secrets/GH_TOKEN.yaml", "name: GH_TOKEN\n"),
    (".env", "X=1\n"),
    ("notes.txt", "mine\n"),
];

fn token() -> String {
    ["ghp_", "x7Kq2mZp9LrT4vWn8YbC", "3dHf6GjS1aQeUoI0"].concat()
}

fn done(run: Run) -> Run {
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    run
}

/// Every file below `folder`.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(top: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(top, &path, found);
            } else {
                found.insert(
                    path.strip_prefix(top).unwrap().to_str().unwrap().to_owned(),
                    std::fs::read(&path).unwrap(),
                );
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

#[test]
fn a_package_is_shown_before_it_is_written() {
    let company = Company::new(FILES);
    let run = done(company.corp(&["export"]));
    insta::assert_snapshot!(format!("{}--\n{}", run.stdout, run.stderr), @r##"
    COMPANY.md
    LICENSE
    agents/cto/AGENTS.md
    agents/cto/TOOLS.md
    agents/cto/agent.yaml
    corp.yaml
    skills/pdf/SKILL.md
    skills/pdf/run.py
    teams/web/TEAM.md
    --
    acme would hold 9 files, 1 agent, 1 team, 1 skill
    left out: 1 file, live work of this company (tickets, threads, approvals, the ledger)
    left out: 1 file, secrets and where they are kept
    left out: 1 file, how this company is operated here
    left out: 2 files, what agents remember, and what they know about people (`--with-memory` takes it along)
    left out: 2 files, agents who were let go: agents/old/AGENTS.md, agents/old/agent.yaml
    left out: 2 files, no part of a company's package: .env, notes.txt
    agents/cto/agent.yaml: left out `adapter.cwd`, a path of this machine
    corp.yaml: left out `board`, the people of this company
    teams/web/TEAM.md: `manager` names the agent `old`, who is not in the package
    warning[machine-path]: a folder of one machine
     --> agents/cto/TOOLS.md:1:12
      |
    1 | Build with /home/ada/bin/make.
      |            ^^^^^^^^^^^^^^^^^^^
      |
      = help: others do not have it; write a path relative to the company
    executable: skills/pdf/run.py
    hint: name a folder or an archive to write it: corp export ../DEST.zip
    "##);
    assert_eq!(files(&company.root()).len(), FILES.len(), "looking leaves no trace");
}

#[test]
fn a_folder_holds_the_company_and_nothing_of_this_place() {
    let company = Company::new(FILES);
    done(company.corp(&["export", "../out"]));
    let out = files(&company.root().join("../out"));
    let text = |path: &str| String::from_utf8(out[path].clone()).unwrap();
    assert_eq!(text("agents/cto/agent.yaml"), "adapter:\n  type: claude_local\nheartbeat: {every: 1h}\n");
    assert_eq!(text("corp.yaml"), "schema: corp/v1\nticket_prefix: ACME\n# Quiet hours\ntimezone: Europe/Berlin\n");
    for (path, content) in FILES.iter().filter(|(path, _)| path.ends_with(".md") && out.contains_key(*path)) {
        assert_eq!(&text(path), content, "{path}");
    }
    let again = company.corp(&["export", "../out"]);
    assert_eq!(again.code, 1);
    assert_eq!(
        again.stderr,
        "error: the folder ../out is not empty\nhint: name a folder that is empty or not there, or a new archive\n"
    );
}

#[test]
fn archives_are_the_same_twice_and_are_never_written_over() {
    let company = Company::new(FILES);
    for (first, second) in [("../a.zip", "../b.zip"), ("../a.tar.gz", "../b.tar.gz")] {
        done(company.corp(&["export", first]));
        done(company.corp(&["export", second]));
        let bytes = |path: &str| std::fs::read(company.root().join(path)).unwrap();
        assert_eq!(bytes(first), bytes(second));
        let again = company.corp(&["export", first]);
        assert_eq!(
            (again.code, again.stderr.lines().next()),
            (1, Some(format!("error: {first} is there already").as_str()))
        );
    }
}

#[test]
fn a_secret_stops_the_export_and_is_not_shown() {
    let company = Company::new(FILES);
    company.write("skills/pdf/notes.md", format!("a\nb\nuse {}\n", token()));
    let run = company.corp(&["export", "../out.zip"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    assert_eq!(
        run.stderr,
        "error: skills/pdf/notes.md:3 holds what looks like a GitHub token
error: nothing was written: 1 secret could leave the house
hint: take it out of the text, and give it to agents as a secret
hint: if you looked and it is none: --not-secret skills/pdf/notes.md:3
"
    );
    assert!(!company.root().join("../out.zip").exists());
    let json = company.corp(&["export", "../out.zip", "--json"]);
    assert_eq!(json.code, 1);
    assert!(json.stdout.contains("\"written\": null") && !json.stdout.contains(&token()), "{}", json.stdout);
    let looked = done(company.corp(&["export", "../out.zip", "--not-secret", "skills/pdf/notes.md:3"]));
    assert!(looked.stdout.contains("skills/pdf/notes.md\n"));
    let wrong = company.corp(&["export", "--not-secret", "x"]);
    assert_eq!(wrong.code, 2);
}

#[test]
fn parts_are_chosen_and_bring_what_they_need() {
    let company = Company::new(FILES);
    let run = done(company.corp(&["export", "--select", "agents/cto"]));
    assert_eq!(
        run.stdout.lines().collect::<Vec<_>>(),
        [
            "COMPANY.md",
            "LICENSE",
            "agents/cto/AGENTS.md",
            "agents/cto/TOOLS.md",
            "agents/cto/agent.yaml",
            "skills/pdf/SKILL.md",
            "skills/pdf/run.py"
        ]
    );
    let run = done(company.corp(&["export", "--select", "agents/cto", "--with-memory"]));
    assert!(run.stdout.contains("agents/cto/MEMORY.md\nagents/cto/TOOLS.md\nagents/cto/USER.md\n"), "{}", run.stdout);
    let run = company.corp(&["export", "--select", "agents/ctoo"]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (2, "error: there is no `agents/ctoo` in this company\nhint: did you mean `agents/cto`?\n")
    );
}

#[test]
fn a_package_does_not_lie_in_its_company_and_broken_settings_are_shown() {
    let company = Company::new(FILES);
    for dest in ["out", "agents/x.zip", "../company/y"] {
        let run = company.corp(&["export", dest]);
        assert_eq!((run.code, run.stderr.contains("lies in the company itself")), (1, true), "{dest}: {}", run.stderr);
    }
    company.write("agents/cto/agent.yaml", "status: [\n");
    let run = company.corp(&["export"]);
    assert_eq!(run.code, 3);
    assert!(
        run.stdout.contains("error[yaml-syntax]") && run.stdout.contains("agents/cto/agent.yaml:"),
        "{}",
        run.stdout
    );
    assert_eq!(run.stderr, "error: settings with mistakes cannot be cleaned for others\n");
}

#[test]
fn json_says_everything() {
    let company = Company::new(FILES);
    let run = done(company.corp(&["export", "--json", "--vendor", "paperclip"]));
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["name"], "acme");
    assert_eq!(json["written"], serde_json::Value::Null);
    assert_eq!(json["executables"][0], "skills/pdf/run.py");
    assert_eq!(json["left_out"]["private"][0], "agents/cto/MEMORY.md");
    assert!(json["files"].as_array().unwrap().iter().any(|file| file["path"] == ".paperclip.yaml"));
    assert!(
        json["notes"]
            .as_array()
            .unwrap()
            .iter()
            .any(|note| note["message"].as_str().unwrap().contains("such a front matter: 1"))
    );
}

#[cfg(unix)]
#[test]
fn the_executable_bit_goes_along_and_links_do_not() {
    use std::os::unix::fs::PermissionsExt as _;
    let company = Company::new(FILES);
    let script = company.root().join("skills/pdf/run.py");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", company.root().join("skills/pdf/link.md")).unwrap();
    let run = done(company.corp(&["export", "../out"]));
    assert!(run.stderr.contains("1 file, links, pipes and devices: skills/pdf/link.md"), "{}", run.stderr);
    let out = company.root().join("../out/skills/pdf");
    assert_eq!(std::fs::metadata(out.join("run.py")).unwrap().permissions().mode() & 0o777, 0o755);
    assert!(!out.join("link.md").exists());
}
