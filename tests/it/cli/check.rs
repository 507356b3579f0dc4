//! `corp check`.

use crate::harness::Company;
use serde_json::{Value, json};

/// A company with an error, a warning, a place in two files and a secret.
fn troubled() -> (Company, String) {
    // In pieces, so that nobody's scanner takes this file for a leak.
    let secret = format!("{}_7Kq2mVx9RtLw4BzNc8YhJd3FsGp6QaTe1UiX", concat!("gh", "p"));
    let company = Company::new(&[
        ("COMPANY.md", "---\nname: Acme\ncolour: blue\n---\n"),
        ("agents/cto/AGENTS.md", "---\nname: CTO\nreportsTo: ops\n---\n"),
        ("agents/cto/agent.yaml", "adapter: {type: script}\nstatus: active\nstatus: paused\n"),
        ("agents/ops/AGENTS.md", "---\nname: Ops\nreportsTo: cto\n---\n"),
        ("papers/Grüße an.md", "Hello.\n"),
    ]);
    company.write("agents/ops/agent.yaml", format!("role: {secret}\nadapter: {{type: script}}\n{secret}: 1\n"));
    company.write("papers/Grüße an.md", format!("The token of äll is {secret}.\n"));
    (company, secret)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn an_empty_folder_is_not_a_company() {
    let company = Company::new(&[]);
    let run = company.corp(&["check"]);
    assert_eq!(run.code, 5);
    assert!(run.stderr.contains("there is no company here"), "{}", run.stderr);
    let run = company.corp(&["check", "."]);
    assert_eq!(run.code, 5);
    assert!(run.stderr.contains(". lies in no company"), "{}", run.stderr);
    let run = company.corp(&["check", "nowhere"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("there is no nowhere\nhint: "), "{}", run.stderr);
}

#[test]
fn a_sound_company_is_worth_one_line() {
    let company = Company::new(&[("COMPANY.md", "---\nname: Acme\n---\n")]);
    let run = company.corp(&["check"]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", "1 file: 0 errors, 0 warnings\n"));
}

#[test]
fn a_wrong_word_is_shown_where_it_stands() {
    let company =
        Company::new(&[("COMPANY.md", "---\nname: Acme\n---\n"), ("agents/cto/agent.yaml", "status: activ\n")]);
    let run = company.corp(&["check"]);
    assert_eq!(run.code, 3);
    assert!(run.stdout.contains("error[unknown-word]: `status: activ` is not a choice"), "{}", run.stdout);
    assert!(run.stdout.contains("agents/cto/agent.yaml:1:9"), "{}", run.stdout);
}

#[test]
fn a_secret_is_shown_in_no_form() {
    let (company, secret) = troubled();
    for format in ["text", "json", "sarif", "github"] {
        let run = company.corp(&["check", "--format", format]);
        assert_eq!(run.code, 3, "{format}: {}", run.stderr);
        for part in [&secret[4..], &secret[4..14], &secret[20..]] {
            assert!(!run.stdout.contains(part) && !run.stderr.contains(part), "{format} shows {part}:\n{}", run.stdout);
        }
        assert!(run.stdout.contains("this looks like a GitHub token"), "{format}: {}", run.stdout);
        // The word and the key that are wrong besides are reported, too.
        assert!(run.stdout.contains("ghp_****"), "{format}: {}", run.stdout);
    }
}

#[test]
fn json_has_every_diagnostic_with_lines_and_columns() {
    let (company, _) = troubled();
    let run = company.corp(&["check", "--json"]);
    let report = json(&run.stdout);
    let keys: Vec<&String> = report.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["schema", "diagnostics", "summary"]);
    assert_eq!(report["schema"], "corp-check/v1");
    let all = report["diagnostics"].as_array().unwrap();
    let count = |word: &str| all.iter().filter(|found| found["severity"] == word).count();
    assert_eq!(
        report["summary"],
        json!({ "files": 6, "errors": count("error"), "warnings": count("warning"), "notes": 0 })
    );
    let of =
        |code: &str| all.iter().find(|found| found["code"] == code).unwrap_or_else(|| panic!("no {code}: {all:#?}"));
    assert_eq!(
        of("yaml-duplicate-key"),
        &json!({
            "code": "yaml-duplicate-key",
            "severity": "error",
            "message": "the key `status` stands here a second time",
            "places": [
                { "file": "agents/cto/agent.yaml", "line": 3, "column": 1, "end_line": 3, "end_column": 7 },
                {
                    "file": "agents/cto/agent.yaml", "line": 2, "column": 1, "end_line": 2, "end_column": 7,
                    "message": "first here",
                },
            ],
            "help": ["keep one of the two"],
        })
    );
    let secret = all.iter().find(|found| found["places"][0]["file"] == "papers/Grüße an.md").unwrap();
    // Columns count characters, not bytes.
    assert_eq!(secret["places"][0]["column"], 21, "{secret:#}");
    assert_eq!(company.corp(&["check", "--format", "json"]).stdout, run.stdout);
}

#[test]
fn sarif_has_the_structure_that_readers_need() {
    let (company, _) = troubled();
    let log = json(&company.corp(&["check", "--format", "sarif"]).stdout);
    let location = json!({
        "type": "object",
        "required": ["physicalLocation"],
        "properties": {
            "id": { "type": "integer" },
            "message": { "type": "object", "required": ["text"] },
            "physicalLocation": {
                "type": "object",
                "required": ["artifactLocation"],
                "additionalProperties": false,
                "properties": {
                    "artifactLocation": {
                        "type": "object",
                        "required": ["uri"],
                        "properties": { "uri": { "type": "string", "pattern": "^[A-Za-z0-9._~/%-]+$" } },
                    },
                    "region": {
                        "type": "object",
                        "required": ["startLine", "startColumn", "endLine", "endColumn"],
                        "additionalProperties": { "type": "integer", "minimum": 1 },
                    },
                },
            },
        },
        "additionalProperties": false,
    });
    let text = json!({ "type": "object", "required": ["text"], "properties": { "text": { "type": "string", "minLength": 1 } } });
    let schema = json!({
        "type": "object",
        "required": ["$schema", "version", "runs"],
        "properties": {
            "version": { "const": "2.1.0" },
            "runs": { "type": "array", "minItems": 1, "items": {
                "type": "object",
                "required": ["tool", "results", "columnKind"],
                "properties": {
                    "columnKind": { "enum": ["utf16CodeUnits", "unicodeCodePoints"] },
                    "tool": { "required": ["driver"], "properties": { "driver": {
                        "required": ["name", "version", "informationUri", "rules"],
                        "properties": { "rules": { "type": "array", "minItems": 1, "items": {
                            "required": ["id", "shortDescription", "help", "defaultConfiguration"],
                            "properties": {
                                "shortDescription": text,
                                "help": text,
                                "defaultConfiguration": { "properties": { "level": { "enum": ["error", "warning", "note"] } } },
                            },
                        } } },
                    } } },
                    "results": { "type": "array", "minItems": 1, "items": {
                        "type": "object",
                        "required": ["ruleId", "ruleIndex", "level", "message", "locations"],
                        "properties": {
                            "ruleId": { "type": "string" },
                            "ruleIndex": { "type": "integer" },
                            "level": { "enum": ["error", "warning", "note"] },
                            "message": text,
                            "locations": { "type": "array", "minItems": 1, "maxItems": 1, "items": location },
                            "relatedLocations": { "type": "array", "minItems": 1, "items": location },
                        },
                        "additionalProperties": false,
                    } },
                },
            } },
        },
    });
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> =
        validator.iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{}\n{log:#}", wrong.join("\n"));
    let (rules, results) = (&log["runs"][0]["tool"]["driver"]["rules"], &log["runs"][0]["results"]);
    for result in results.as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
    let circle = results.as_array().unwrap().iter().find(|result| result["ruleId"] == "reporting-cycle").unwrap();
    assert_eq!(circle["relatedLocations"].as_array().unwrap().len(), 1, "{circle:#}");
}

#[test]
fn github_is_told_paths_from_the_top_of_the_repository() {
    let company = Company::new(&[]);
    company.write(".git/HEAD", "ref: refs/heads/main\n");
    company.excuse("it is a repository only from afar");
    company.write("companies/acme/COMPANY.md", "---\nname: Acme\n---\n");
    company.write("companies/acme/agents/cto/agent.yaml", "status: activ\n");
    let run = company.corp(&["check", "companies/acme", "--format", "github"]);
    let expected = "::error title=unknown-word,file=companies/acme/agents/cto/agent.yaml,line=1,endLine=1,col=9,endColumn=14::`status: activ` is not a choice%0Ahelp: ";
    assert!(run.stdout.lines().any(|line| line.starts_with(expected)), "{}", run.stdout);
    assert!(run.stdout.lines().all(|line| line.starts_with("::")), "{}", run.stdout);
    let log = json(&company.corp(&["check", "companies/acme", "--format", "sarif"]).stdout);
    let uri = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert!(uri.as_str().unwrap().starts_with("companies/acme/"), "{uri}");
}

#[test]
fn of_a_part_only_what_concerns_it_is_shown() {
    let (company, _) = troubled();
    let files = |args: &[&str]| {
        let run = company.corp(args);
        let report = json(&run.stdout);
        let all = report["diagnostics"].as_array().unwrap().clone();
        let first = |found: &Value| found["places"][0]["file"].as_str().unwrap().to_owned();
        let files: std::collections::BTreeSet<String> = all.iter().map(first).collect();
        (run.code, files.into_iter().collect::<Vec<_>>(), report["summary"]["files"].clone(), run.stderr)
    };
    let (code, shown, judged, stderr) = files(&["check", "COMPANY.md", "--json"]);
    assert_eq!((code, shown), (0, vec!["COMPANY.md".to_owned()]));
    assert_eq!(judged, 6, "everything is judged");
    assert!(stderr.contains("elsewhere in the company)"), "{stderr}");
    let (code, shown, ..) = files(&["check", "agents/cto", "--json"]);
    assert_eq!(code, 3);
    assert!(shown.iter().all(|file| file.starts_with("agents/")), "{shown:?}");
    // A folder is not the beginning of a name.
    assert_eq!(files(&["check", "papers", "--json"]).1, ["papers/Grüße an.md"]);
    company.write("pap", "A file.\n");
    assert_eq!(files(&["check", "pap", "--json"]).1, Vec::<String>::new());
    // From inside a folder, too.
    let run = company.corp_in(&company.root().join("agents"), &["check", "ops", "--json"]);
    assert!(json(&run.stdout)["diagnostics"].as_array().unwrap().len() > 1, "{}", run.stdout);
}

#[test]
fn what_is_committed_and_broken_is_told_with_the_version_that_is_in_force() {
    let acme = crate::repository::Repository::acme();
    let ada = crate::repository::ADA;
    acme.company.write("corp.yaml", "schema: corp/v1\nticket_prefix: ACME\n");
    acme.commit(ada, "2026-11-19T11:00:00Z", "Say what it is");
    let sound = acme.corp(&["check", "--in-force"]);
    assert_eq!((sound.code, sound.stdout.as_str()), (0, ""), "{}", sound.stderr);
    acme.company.write("agents/cto/agent.yaml", "heartbeat: [\n");
    acme.company.write("goals/new.md", "---\nname: [\n---\n");
    acme.commit(ada, "2026-11-19T12:00:00Z", "Break it");
    // What lies in the folder does not matter.
    acme.company.write("agents/cto/agent.yaml", "heartbeat: {every: 2h}\n");
    std::fs::remove_file(acme.company.root().join("corp.yaml")).unwrap();
    let run = acme.corp(&["check", "--in-force"]);
    assert_eq!(run.code, 3);
    for part in [
        "error[yaml-syntax]",
        "--> agents/cto/agent.yaml:1:",
        "agents/cto/agent.yaml: in force as of ",
        "“Say what it is”\n",
        "goals/new.md: not in force: there was never a good version\n",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    assert!(run.stderr.contains("main ("), "{}", run.stderr);
    let run = acme.corp(&["check", "--in-force", "--json"]);
    let found = json(&run.stdout);
    assert_eq!(
        (run.code, &found["branch"], &found["broken"][0]["codes"][0]),
        (3, &json!("main"), &json!("yaml-syntax"))
    );
    assert_eq!(found["broken"][1]["in_force"], json!(null));
}
