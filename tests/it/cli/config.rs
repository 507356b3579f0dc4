//! `corp config`, what is quiet and what is not, and the pager.

use crate::harness::{Company, until};
use serde_json::Value;
use std::process::{Command, Stdio};

fn company() -> Company {
    let company = Company::new(&[]);
    assert_eq!(company.corp(&["init", ".", "--prefix", "ACME"]).code, 0);
    company
}

/// The value of a setting, and where it comes from.
fn setting(mut command: Command, name: &str) -> (String, String) {
    let output = command.output().unwrap();
    let all: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let one = all.iter().find(|one| one["setting"] == name).unwrap();
    (one["value"].as_str().unwrap().to_owned(), one["origin"].as_str().unwrap().to_owned())
}

#[test]
fn each_setting_says_where_it_comes_from() {
    let company = company();
    let file = company.root().with_file_name("home").join(".config/corp/config.yaml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let show = ["config", "show", "--json"];
    let at = |words: &[&str]| company.command(words);
    assert_eq!(setting(at(&show), "pager"), ("less".to_owned(), "usual".to_owned()));
    let mut variable = at(&show);
    variable.env("PAGER", "more");
    assert_eq!(setting(variable, "pager"), ("more".to_owned(), "variable PAGER".to_owned()));
    std::fs::write(&file, "# mine\npager: most\nquiet: true\ncompany: ~/acme\neditor: ed\n").unwrap();
    let from_file = format!("file {}", file.display());
    let mut both = at(&show);
    both.env("PAGER", "more").env("EDITOR", "vi");
    assert_eq!(setting(both, "pager"), ("most".to_owned(), from_file.clone()));
    let mut ours = at(&show);
    ours.env("CORP_PAGER", "cat").env("CORP_QUIET", "0");
    assert_eq!(setting(ours, "pager"), ("cat".to_owned(), "variable CORP_PAGER".to_owned()));
    assert_eq!(
        setting(at(&[&show[..], &["--no-pager"]].concat()), "pager"),
        (String::new(), "flag --no-pager".to_owned())
    );
    assert_eq!(setting(at(&show), "editor"), ("ed".to_owned(), from_file.clone()));
    assert_eq!(setting(at(&show), "quiet"), ("yes".to_owned(), from_file.clone()));
    let mut not_quiet = at(&show);
    not_quiet.env("CORP_QUIET", "0");
    assert_eq!(setting(not_quiet, "quiet"), ("no".to_owned(), "variable CORP_QUIET".to_owned()));
    // The company that is around counts before the one in the file, and one that is named before both.
    assert_eq!(setting(at(&show), "company").1, "the nearest folder upwards that is one");
    let home = company.root().with_file_name("home");
    let mut elsewhere = at(&show);
    elsewhere.current_dir("/");
    assert_eq!(setting(elsewhere, "company"), (home.join("acme").display().to_string(), from_file));
    let mut named = at(&show);
    named.env("CORP_COMPANY", "/x");
    assert_eq!(setting(named, "company"), ("/x".to_owned(), "variable CORP_COMPANY".to_owned()));
    let mut flag = at(&["-C", "/y", "config", "show", "--json"]);
    flag.env("CORP_COMPANY", "/x");
    assert_eq!(setting(flag, "company"), ("/y".to_owned(), "flag -C".to_owned()));
    let shown = company.corp(&["config", "show", "--origin"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert!(shown.stdout.lines().any(|line| line.starts_with("quiet") && line.contains("yes")), "{}", shown.stdout);
}

#[test]
fn a_mistake_in_the_settings_is_shown_and_the_rest_counts() {
    let company = company();
    let file = company.root().with_file_name("home").join(".config/corp/config.yaml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "quite: true\nverbose: perhaps\npager: most\n").unwrap();
    let shown = company.corp(&["config", "show"]);
    assert_eq!(shown.code, 3, "{}", shown.stdout);
    for words in ["nothing reads the key `quite`", "did you mean `quiet`?", "config.yaml:2:10", "has mistakes"] {
        assert!(shown.stderr.contains(words), "{words}: {}", shown.stderr);
    }
    assert!(shown.stdout.contains("most"), "{}", shown.stdout);
    // Another command says it, too, and does its work.
    let check = company.corp(&["check"]);
    assert!(check.code == 0 && check.stderr.contains("did you mean `quiet`?"), "{}", check.stderr);
}

#[test]
fn quiet_leaves_data_and_errors() {
    let company = company();
    for quiet in ["-q", "--quiet"] {
        let new = company.corp(&["ticket", "new", "--title", "x", "--assignee", "assistant", quiet]);
        assert!(new.code == 0 && new.stdout.starts_with("ACME-") && new.stderr.is_empty(), "{}", new.stderr);
    }
    let check = company.corp(&["-q", "check"]);
    assert_eq!((check.code, check.stdout.as_str(), check.stderr.as_str()), (0, "", ""));
    let wrong = company.corp(&["-q", "wake", "nobody"]);
    assert!(wrong.code == 1 && wrong.stderr.starts_with("error: there is no agent `nobody`"), "{}", wrong.stderr);
    assert_eq!(company.corp(&["-q", "-v", "check"]).code, 2);
    let mut variable = company.command(&["check"]);
    assert!(variable.env("CORP_QUIET", "1").output().unwrap().stderr.is_empty());
}

#[test]
fn verbose_tells_what_the_program_does() {
    let company = company();
    let usual = company.corp(&["up", "--once"]);
    assert!(!usual.stderr.contains("DEBUG"), "{}", usual.stderr);
    let told = company.corp(&["ticket", "new", "--title", "x", "--assignee", "assistant", "--verbose"]);
    assert!(
        told.code == 0 && told.stderr.contains(" opens ACME-3") | told.stderr.contains(" gives ACME-3"),
        "{}",
        told.stderr
    );
    // `log -v` means its own.
    let log = company.corp(&["log", "-v", "-n", "1"]);
    assert!(log.code == 0 && !log.stderr.contains("DEBUG"), "{}", log.stderr);
}

/// A command on a terminal of its own.
fn terminal(company: &Company, line: &str, more: &[(&str, &str)]) -> Command {
    let like = company.command(&[]);
    let mut script = Command::new("script");
    script.env_clear().envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
    script.envs(more.iter().copied()).env("TERM", "xterm").current_dir(company.root());
    let line = line.replace("corp ", &format!("{} ", env!("CARGO_BIN_EXE_corp")));
    script.args(["-qefc", &line, "/dev/null"]).stdin(Stdio::null());
    script
}

/// What it shows there until it ends.
fn on_a_terminal(company: &Company, line: &str, more: &[(&str, &str)]) -> Option<String> {
    let output = terminal(company, line, more).output();
    // Where there is no `script`, there is no terminal to be had.
    let output = output.ok()?;
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn long_output_goes_through_the_pager_on_a_terminal_only() {
    let company = company();
    let pager = [("CORP_PAGER", "sed 's/^/paged /'")];
    let Some(shown) = on_a_terminal(&company, "corp log", &pager) else {
        eprintln!("SKIPPED: there is no `script` to have a terminal with");
        return;
    };
    assert!(shown.starts_with("paged ") && shown.contains("Found Company"), "{shown}");
    let shown = on_a_terminal(&company, "corp log --no-pager", &pager).unwrap();
    assert!(!shown.contains("paged") && shown.contains("Found Company"), "{shown}");
    // What does something is never paged, and a pager that is not installed shows nothing less.
    let shown = on_a_terminal(&company, "corp check", &pager).unwrap();
    assert!(!shown.contains("paged"), "{shown}");
    for missing in ["a-program-nobody-has -x", "HERE=1 a-program-nobody-has"] {
        let shown = on_a_terminal(&company, "corp log", &[("CORP_PAGER", missing)]).unwrap();
        assert!(shown.contains("Found Company"), "{missing}: {shown}");
    }
    // A line for the shell is run as it is.
    let with_variable = [("CORP_PAGER", "THE=1 sed 's/^/paged /'")];
    let shown = on_a_terminal(&company, "corp log", &with_variable).unwrap();
    assert!(shown.starts_with("paged "), "{shown}");
    // What programs read is not read page by page.
    for line in ["corp log --json", "corp ticket list --json"] {
        let shown = on_a_terminal(&company, line, &pager).unwrap();
        assert!(!shown.is_empty() && !shown.contains("paged"), "{line}: {shown}");
    }
    // What goes on is seen as it comes.
    assert_eq!(company.corp(&["ticket", "new", "--title", "Look here", "--assignee", "assistant"]).code, 0);
    let seen = company.root().with_file_name("seen");
    let mut watching = terminal(&company, "corp inbox assistant --watch", &pager);
    let mut watching = watching.stdout(std::fs::File::create(&seen).unwrap()).spawn().unwrap();
    until("the inbox is shown", || std::fs::read_to_string(&seen).is_ok_and(|shown| shown.contains("Look here")));
    watching.kill().unwrap();
    watching.wait().unwrap();
    assert!(!std::fs::read_to_string(&seen).unwrap().contains("paged"));
    let mut piped = company.command(&["log"]);
    let piped = String::from_utf8(piped.env("CORP_PAGER", pager[0].1).output().unwrap().stdout).unwrap();
    assert!(!piped.contains("paged"), "{piped}");
}

/// A pager's parent is the shell, and the shell's is the program: there Ctrl-C arrives as it does from a terminal.
#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_in_the_pager_is_the_pagers() {
    let company = company();
    let pager = [("CORP_PAGER", "kill -INT $PPID; kill -INT $$; sed 's/^/paged /'")];
    let Some(shown) = on_a_terminal(&company, "corp log", &pager) else {
        eprintln!("SKIPPED: there is no `script` to have a terminal with");
        return;
    };
    assert!(shown.starts_with("paged ") && shown.contains("Found Company"), "{shown}");
}

#[cfg(target_os = "linux")]
#[test]
fn colours_are_for_a_terminal_that_wants_them() {
    let company = company();
    let wrong = "corp wake nobody || true";
    let Some(shown) = on_a_terminal(&company, wrong, &[]) else {
        eprintln!("SKIPPED: there is no `script` to have a terminal with");
        return;
    };
    assert!(shown.contains("\u{1b}[1;31merror"), "{shown}");
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let line = if name == "TERM" { format!("TERM=dumb {wrong}") } else { wrong.to_owned() };
        let shown = on_a_terminal(&company, &line, &[(name, value)]).unwrap();
        assert!(!shown.contains('\u{1b}'), "{name}: {shown}");
    }
}
