//! Published companies go in, come out, go in and come out again: nothing of a person's is lost or changed.
//!
//! The companies come from `CORP_SHARED`. A new one in the folder is taken along by itself.

use crate::harness::{Company, Run};
use std::collections::BTreeMap;
use std::path::Path;

/// How many companies the folder holds at least: a test that finds none proves nothing.
const COMPANIES_MIN: usize = 6;

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

fn done(what: &str, run: &Run) {
    assert_eq!(run.code, 0, "{what}\n{}{}", run.stdout, run.stderr);
}

/// Imports, checks and exports; returns what came out.
fn through(name: &str, place: &Company, source: &str, step: &str) -> BTreeMap<String, Vec<u8>> {
    let (company, package) = (format!("company-{step}"), format!("package-{step}"));
    done(&format!("{name}: import {step}"), &place.corp(&["import", source, "--into", &company, "--yes"]));
    done(&format!("{name}: check {step}"), &place.corp(&["-C", &company, "check"]));
    done(&format!("{name}: export {step}"), &place.corp(&["-C", &company, "export", &package]));
    files(&place.root().join(package))
}

#[test]
fn published_companies_survive_the_round_trip() {
    let Some(shared) = std::env::var_os("CORP_SHARED") else {
        eprintln!("SKIPPED: packages_round_trip needs CORP_SHARED");
        return;
    };
    let corpus = Path::new(&shared).join("corpus/companies");
    let mut names: Vec<String> =
        std::fs::read_dir(&corpus).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert!(names.len() >= COMPANIES_MIN, "{names:?}");
    for name in &names {
        let place = Company::new(&[]);
        let original = files(&corpus.join(name));
        let first = through(name, &place, corpus.join(name).to_str().unwrap(), "one");
        let second = through(name, &place, "package-one", "two");
        for (path, bytes) in original.iter().filter(|(path, _)| path.ends_with(".md")) {
            assert!(first.get(path) == Some(bytes), "{name}: {path} came out otherwise the first time");
            assert!(second.get(path) == Some(bytes), "{name}: {path} came out otherwise the second time");
        }
        // These say nothing that an import would not make again, so not even a settings file is added.
        assert_eq!(original.keys().collect::<Vec<_>>(), first.keys().collect::<Vec<_>>(), "{name}");
        assert!(first == second && first == original, "{name}: a file that is no Markdown came out otherwise");
    }
}

#[test]
fn what_paperclip_is_given_comes_back_as_the_same_company() {
    let Some(shared) = std::env::var_os("CORP_SHARED") else {
        eprintln!("SKIPPED: packages_round_trip needs CORP_SHARED");
        return;
    };
    let corpus = Path::new(&shared).join("corpus/companies");
    for entry in std::fs::read_dir(&corpus).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let place = Company::new(&[]);
        let source = corpus.join(&name);
        done(&name, &place.corp(&["import", source.to_str().unwrap(), "--into", "one", "--yes"]));
        done(&name, &place.corp(&["-C", "one", "export", "first.zip", "--vendor", "paperclip"]));
        done(&name, &place.corp(&["import", "first.zip", "--into", "two", "--yes"]));
        done(&name, &place.corp(&["-C", "two", "check"]));
        done(&name, &place.corp(&["-C", "two", "export", "second.zip", "--vendor", "paperclip"]));
        let bytes = |path: &str| std::fs::read(place.root().join(path)).unwrap();
        assert!(bytes("first.zip") == bytes("second.zip"), "{name}");
    }
}
