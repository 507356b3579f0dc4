//! What a shell offers, asked through a real bash and the lines that `corp completions bash` prints; and the manual.

use super::look;
use crate::harness::Company;
use std::process::Command;

/// What bash would offer for the last of `words`, in the order in which it would show it.
fn offered(company: &Company, words: &[&str]) -> Vec<String> {
    let like = company.command(&[]);
    let program = std::path::Path::new(like.get_program()).parent().unwrap().to_path_buf();
    let mut bash = Command::new("bash");
    bash.env_clear().envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let path = std::env::var("PATH").unwrap();
    let script = r#"
source <(corp completions bash)
COMP_WORDS=(corp "$@")
COMP_CWORD=$#
COMP_TYPE=9
_clap_complete_corp corp "${!#}" ""
printf '%s\n' "${COMPREPLY[@]}""#;
    let output = bash
        .current_dir(company.root())
        .env("PATH", format!("{}:{path}", program.display()))
        .args(["--norc", "-c", script, "bash"])
        .args(words)
        .output()
        .unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn what_there_is_in_the_company_is_offered_by_name() {
    let company = look::busy();
    for (words, expected) in [
        (&["ticket", "list"][..], &["list"][..]),
        (&["ticket", "why"], &[]),
        // The open ones first, in any case.
        (&["why", "acme-"], &["ACME-1", "ACME-2", "ACME-4", "ACME-5", "ACME-7", "ACME-3", "ACME-6"]),
        (&["ticket", "block", "ACME-1", "--on", "ACME-2"], &["ACME-2"]),
        (&["agent", "pause", ""], &["ceo", "eng"]),
        (&["ticket", "assign", "ACME-1", "b"], &["bob"]),
        (&["ticket", "list", "--goal", ""], &["launch", "site"]),
        (&["ticket", "list", "--project", ""], &["web"]),
        (&["ticket", "list", "--label", "u"], &["urgent"]),
        (&["ticket", "move", "ACME-1", "in_"], &["in_progress", "in_review"]),
        (&["adapter", "test", "co"], &["codex_local"]),
        // In a folder that is no company there is nothing to offer, and nothing is said about it.
        (&["-C", "/", "why", ""], &[]),
    ] {
        let offered = offered(&company, words);
        let values: Vec<&String> = offered.iter().filter(|word| !word.starts_with('-')).collect();
        assert_eq!(values, expected, "{words:?}");
    }
}

#[test]
fn every_command_has_a_page_in_the_manual() {
    let company = look::busy();
    let pages = company.state().join("man");
    let written = company.corp(&["man", pages.to_str().unwrap()]);
    assert_eq!((written.code, written.stderr.as_str()), (0, ""));
    for page in ["corp", "corp-ticket-new", "corp-up", "corp-man"] {
        let text = std::fs::read_to_string(pages.join(format!("{page}.1"))).unwrap();
        assert!(text.contains(".SH SYNOPSIS"), "{page}");
    }
    // What only the program itself calls is no command for people.
    assert!(!pages.join("corp-supervise.1").exists());
    let page = company.corp(&["man"]);
    assert!(page.stdout.contains("corp\\-ticket(1)"), "{}", page.stdout);
}
