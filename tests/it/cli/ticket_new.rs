//! `corp ticket new` in an editor: a shell command stands in for the person.

use crate::harness::Company;

fn founded() -> Company {
    let company = Company::new(&[]);
    let founded = company.corp(&["init", ".", "--template", "solo"]);
    assert_eq!(founded.code, 0, "{}", founded.stderr);
    company
}

/// `corp ticket new` with an editor; `visual` stands above `editor`.
fn new(company: &Company, visual: Option<&str>, editor: &str, args: &[&str]) -> (i32, String, String) {
    let mut command = company.command(&[&["ticket", "new"], args].concat());
    command.env("EDITOR", editor).envs(visual.map(|visual| ("VISUAL", visual)));
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn tickets(company: &Company) -> usize {
    let folder = company.root().join("tickets/0000");
    std::fs::read_dir(folder).into_iter().flatten().count()
}

#[test]
fn what_is_saved_becomes_the_ticket() {
    let company = founded();
    let before = tickets(&company);
    // The template carries what was said on the command line; the person adds the rest.
    let write =
        "sed -i 's/^title:.*/title: A page about us/; s/^# priority:.*/priority: high/; $ a One page.\\nNo more.'";
    let (code, stdout, stderr) = new(&company, Some(write), "false", &["--status", "backlog"]);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(tickets(&company), before + 1, "{stdout}{stderr}");
    let id = stdout.trim();
    let text = company.read(&format!("tickets/0000/{id}.md"));
    for part in ["title: A page about us\n", "priority: high\n", "status: backlog\n", "\nOne page.\nNo more.\n"] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
    assert!(!text.contains("# "), "what the template says to the person is not kept: {text}");
    assert_eq!(company.corp(&["check"]).code, 0);
}

#[test]
fn what_is_left_as_it_was_or_emptied_makes_none() {
    let company = founded();
    let before = tickets(&company);
    for editor in ["true", "truncate -s 0", "sed -i d"] {
        let (code, stdout, stderr) = new(&company, None, editor, &[]);
        assert_eq!((code, stdout.as_str()), (0, ""), "{editor}: {stderr}");
        assert_eq!(stderr, "nothing was written, so no ticket is made\n", "{editor}");
    }
    assert_eq!(tickets(&company), before);
}

#[test]
fn what_cannot_be_made_is_kept_and_opened_again() {
    let company = founded();
    let before = tickets(&company);
    // An error, a missing title, an editor that fails after saving, an agent that is not there.
    for (editor, says) in [
        ("sed -i 's/^title:.*/title: Half a thing/; s/^# priority:.*/priority: soon/'", "holds an error"),
        ("sed -i 's/^priority:.*//; s/^title:.*/title:/; $ a Text.'", "has no title"),
        ("sh -c 'sed -i \"s/^title:.*/title: Half a thing/\" \"$1\"; exit 3' sh", "ended with exit status: 3"),
    ] {
        let (code, stdout, stderr) = new(&company, None, editor, &[]);
        assert!(code != 0 && stdout.is_empty(), "{editor}: {code} {stdout}");
        assert!(stderr.contains(says) && stderr.contains("what you wrote is kept in "), "{editor}: {stderr}");
    }
    assert_eq!(tickets(&company), before);
    let (code, _, stderr) = new(&company, None, "true", &[]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("is opened again"), "{stderr}");
    assert_eq!(tickets(&company), before + 1, "what was kept is made as it stands");
}

#[test]
fn without_an_editor_it_says_what_to_do() {
    let run = founded().corp(&["ticket", "new"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert_eq!(
        run.stderr,
        "error: there is no editor to write it in\nhint: set VISUAL or EDITOR, or say it on the command line\n"
    );
}
