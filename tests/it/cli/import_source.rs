//! `corp import` of what does not lie in a folder: archives, also hostile ones, and git repositories.

use super::import::{PACKAGE, scene};
use crate::harness::Company;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (path, text) in files {
        writer.start_file(*path, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@acme.example", "-c", "init.defaultBranch=main"])
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

#[test]
fn an_archive_that_wraps_the_package_in_a_folder_is_imported() {
    let scene = Company::new(&[]);
    let wrapped: Vec<(String, &str)> =
        PACKAGE.iter().map(|(path, text)| (format!("web-shop-1.2/{path}"), *text)).collect();
    let wrapped: Vec<(&str, &str)> = wrapped.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    scene.write("shop.zip", zip(&wrapped));
    let run = scene.corp(&["import", "shop.zip", "--yes"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(scene.root().join("web-shop/agents/ceo/AGENTS.md").is_file(), "{run:?}");
    assert_eq!(run.stderr.matches("tomorrow").count(), 0, "{run:?}");
}

#[test]
fn a_hostile_archive_is_refused_and_nothing_is_written() {
    let scene = Company::new(&[]);
    for (name, why) in [
        ("../../escape.md", "`../../escape.md` is refused: its path contains `.` or `..`"),
        (".git/hooks/post-checkout", "`.git/hooks/post-checkout` is refused: git's own files may not come"),
        ("company.md", "`company.md` is refused: on some file systems it is the same as `COMPANY.md`"),
    ] {
        scene.write("pack.zip", zip(&[PACKAGE[0], (name, "x")]));
        let run = scene.corp(&["import", "pack.zip", "--yes"]);
        assert_ne!(run.code, 0, "{run:?}");
        assert!(run.stderr.contains(why), "{run:?}");
        assert!(run.stderr.contains("hint: nothing was taken"), "{run:?}");
        assert_eq!(std::fs::read_dir(scene.root()).unwrap().count(), 1, "only the archive is there");
    }
}

#[test]
fn a_branch_is_imported_and_told_from_a_commit() {
    let scene = scene(PACKAGE);
    let package = scene.root().join("package");
    git(&package, &["init", "--quiet"]);
    git(&package, &["add", "."]);
    git(&package, &["commit", "--quiet", "-m", "x"]);
    let commit = git(&package, &["rev-parse", "HEAD"]);
    // What is not committed does not come.
    scene.write("package/agents/late/AGENTS.md", "---\nname: Late\n---\n");
    let run = scene.corp(&["import", "package#main", "--dry-run"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(!run.stdout.contains("late"), "{run:?}");
    assert!(run.stderr.contains(&format!("exactly this again: package#{commit}\n")), "{run:?}");
    let run = scene.corp(&["import", &format!("package#{commit}"), "--dry-run", "--json"]);
    let shown: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&shown["pinned"], &shown["network"]), (&true.into(), &serde_json::Value::Null));
    let run = scene.corp(&["import", "package#next", "--dry-run"]);
    assert!(run.stderr.contains("git could not fetch it: couldn't find remote ref next"), "{run:?}");
}
