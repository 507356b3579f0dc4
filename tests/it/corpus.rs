//! Real companies, which are not part of the repository: `CORP_SHARED` names the folder that holds them.

use crate::harness::Company;
use std::path::{Path, PathBuf};

fn companies() -> Option<Vec<PathBuf>> {
    let folder = Path::new(&std::env::var_os("CORP_SHARED")?).join("corpus/companies");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    assert_eq!(found.len(), 6, "{found:?}");
    Some(found)
}

/// Every file below `folder`, as it is.
fn files(folder: &Path, above: &str, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{above}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            files(&entry.path(), &format!("{path}/"), found);
        } else {
            found.push((path, std::fs::read(entry.path()).unwrap()));
        }
    }
}

#[test]
fn real_companies_are_sound_as_they_are() {
    let Some(companies) = companies() else {
        eprintln!("SKIPPED: real_companies_are_sound_as_they_are needs CORP_SHARED");
        return;
    };
    for company in companies {
        let checked = corp::store::check(&company).unwrap();
        assert!(checked.draft.entries.len() > 10, "{}", company.display());
        let errors: Vec<_> =
            checked.diagnostics.iter().filter(|found| found.severity == corp::diag::Severity::Error).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", company.display());
        // Nobody's text is taken for a secret or a half-done merge.
        let about_text = |code: &str| matches!(code, "secret-in-text" | "conflict-markers" | "allow-comment");
        assert!(!checked.diagnostics.iter().any(|found| about_text(found.code)), "{}", company.display());
    }
}

#[test]
fn real_companies_come_in_whole_and_sound() {
    let Some(companies) = companies() else {
        eprintln!("SKIPPED: real_companies_come_in_whole_and_sound needs CORP_SHARED");
        return;
    };
    for company in companies {
        let scratch = Company::new(&[]);
        let source = company.to_str().unwrap();
        let run = scratch.corp(&["import", source, "--into", "new", "--yes"]);
        assert_eq!(run.code, 0, "{source}: {}{}", run.stdout, run.stderr);
        let mut package = Vec::new();
        files(&company, "", &mut package);
        for (path, bytes) in package {
            assert_eq!(std::fs::read(scratch.root().join("new").join(&path)).unwrap(), bytes, "{source}: {path}");
        }
        let check = scratch.corp(&["check", "new"]);
        assert_eq!(check.code, 0, "{source}: {}{}", check.stdout, check.stderr);
    }
}

#[test]
fn real_companies_come_into_each_other() {
    let Some(companies) = companies() else {
        eprintln!("SKIPPED: real_companies_come_into_each_other needs CORP_SHARED");
        return;
    };
    let scratch = Company::new(&[]);
    for (position, company) in companies.iter().enumerate() {
        let source = company.to_str().unwrap();
        let under: &[&str] = if position == 0 { &[] } else { &["--under", "ceo"] };
        let run = scratch.corp(&[&["import", source, "--into", "all", "--yes"], under].concat());
        assert_eq!(run.code, 0, "{source}: {}{}", run.stdout, run.stderr);
        let check = scratch.corp(&["check", "all"]);
        assert_eq!(check.code, 0, "{source}: {}{}", check.stdout, check.stderr);
    }
}
