//! `corp bench` and `corp repack`.

use crate::harness::Company;

#[test]
fn the_store_is_measured_beside_git_and_plain_files() {
    let company = Company::new(&[]);
    let run = company.corp(&["bench", "store", "--tickets", "20", "--changes", "5", "--in", ".", "--json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let read: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(read[0]["tickets"], 20);
    let rows = read[0]["rows"].as_array().unwrap();
    let shown: Vec<_> =
        rows.iter().map(|row| format!("{} {} {}", row["what"], row["callers"], row["durable"])).collect();
    assert_eq!(
        shown,
        [
            "\"plain files\" 1 false",
            "\"plain files\" 1 true",
            "\"corp\" 1 false",
            "\"corp\" 16 false",
            "\"corp\" 1 true",
            "\"corp\" 16 true",
            "\"corp, opened each time\" 1 true",
            "\"git add and commit\" 1 false",
            "\"git add and commit\" 1 true",
        ]
    );
    assert!(rows.iter().all(|row| row["changes"].as_u64() > Some(0) && row["per_second"].is_u64()));
    assert_eq!(std::fs::read_dir(company.root()).unwrap().count(), 0, "the folder is removed");
}

#[test]
fn repack_packs_what_is_loose() {
    let company = Company::new(&[]);
    let run = company.corp(&["repack"]);
    assert_eq!(run.code, 5, "{}", run.stderr);
    assert_eq!(company.corp(&["init", "."]).code, 0);
    let run = company.corp(&["repack"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("now: 0 objects, 0.0 MiB"), "{}", run.stderr);
}
