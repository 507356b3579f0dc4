//! Tables for what a file says and what is reported about it.

use super::*;
use crate::diag::{At, Diagnostic, line_column};

fn parse(text: &str) -> (Heartbeat, Vec<Diagnostic>) {
    let mut reader = Reader::new("agents/a/HEARTBEAT.md");
    let heartbeat = read(text, &mut reader);
    (heartbeat, reader.diagnostics)
}

#[test]
fn what_says_nothing() {
    for (text, empty) in [
        ("", true),
        ("\u{a0}\u{feff}", true),
        ("\u{200b}", false),
        ("# Title\n##\n####### seven", true),
        ("#tag", false),
        ("#\u{a0}title", true),
        ("-\n* [ ]\n+ [x] \n- []\n-[X]", true),
        ("- [ ] a", false),
        ("- [y]", false),
        ("-x", false),
        ("- -", false),
        ("- [\t]", true),
        ("- [  ]", false),
        ("1.", false),
        ("```\n```json\n```a_b-1", true),
        ("``` json", false),
        ("````", false),
        ("~~~", false),
        ("---", false),
        ("> ", false),
        ("tasks:", false),
        ("<!-- a -->", true),
        ("<!-- a --> <!-- b", true),
        ("  <!-- a\nb --> # c", true),
        ("<!-->text", false),
        ("<!--->", true),
        ("a <!-- b -->", false),
        ("<!-- a --> b", false),
        ("<!-- tasks:\n- name: a", true),
    ] {
        assert_eq!(parse(text).0.file.emptiness.is_empty(), empty, "{text:?}");
    }
    let emptiness = parse("# A\n\n<!-- b -->\n\n  Do it.  \n").0.file.emptiness;
    assert_eq!(emptiness.content.map(|content| (content.line, content.text)), Some((5, "Do it.".to_owned())));
    assert_eq!(emptiness.lines.values().copied().collect::<Vec<_>>(), [2, 1, 1]);
}

#[test]
fn which_tasks_there_are() {
    for (text, expected) in [
        ("tasks:\n- name: a\n  interval: 5m\n  prompt: p", &["a|5m|p"][..]),
        ("tasks:\n- name: a\n\tprompt: 'p\"\n\tinterval: \"5m", &["a|5m|p"]),
        ("tasks:\n- name: \" a \"\n  interval: ' '\n  prompt: ''''", &[" a | |''"]),
        ("tasks:\n- name: a\n  interval:5m\n  prompt:p", &["a|5m|p"]),
        ("tasks:\n- name: a\n  interval: 5m\nprompt: p", &[]),
        ("tasks:\n- name: a\n\u{a0}interval: 5m\n  prompt: p", &[]),
        (
            "tasks:\n- name: a\n  interval: 5m\n  prompt: p\n  model: x\n- name: b\n  interval: 5m\n  prompt: q",
            &["a|5m|p"],
        ),
        ("tasks:\n- name: a\n  model: x\n  interval: 5m\n  prompt: p", &[]),
        ("tasks:\ninterval: 1m\n- other\n- name: a\n  interval: 5m\n  prompt: p", &["a|5m|p"]),
        (
            "tasks:\n- name: a\n  interval: 5m\n  prompt: p\n- other\n- name: b\n  interval: 5m\n  prompt: q",
            &["a|5m|p"],
        ),
        (
            "tasks:\n- name: a\n  interval: 5m\n  prompt: p\ntasks:\n- name: b\n  interval: 5m\n  prompt: q",
            &["a|5m|p", "b|5m|q"],
        ),
        ("tasks:\n- name: a\ntasks:\n  interval: 5m\n  prompt: p", &[]),
        ("tasks: # mine\n- name: a\n  interval: 5m\n  prompt: p", &[]),
        ("```\ntasks:\n- name: a\n  interval: 5m\n  prompt: p\n```", &["a|5m|p"]),
        ("<!-- c --> tasks:\n<!-- n -->- name: a\n <!-- i -->interval: 5m\n<!--\n--> prompt: p", &["a|5m|p"]),
        ("tasks:\n- name: a\n<!-- i -->interval: 5m\n  prompt: p", &[]),
        ("<!--\ntasks:\n- name: a\n  interval: 5m\n  prompt: p\n-->", &[]),
    ] {
        let tasks = parse(text).0.file.tasks;
        let tasks: Vec<String> =
            tasks.into_iter().map(|task| format!("{}|{}|{}", task.name, task.interval, task.prompt)).collect();
        assert_eq!(tasks, expected, "{text}");
    }
}

#[test]
fn what_stands_outside_of_tasks() {
    for (text, expected) in [
        ("# A\r\n\r\nb\r\n", "# A\n\nb"),
        ("# A\ntasks:\n  - name: a\n    interval: 5m\n    model: x\n\n  note\n# B\n\n- c\n", "# A\n# B\n\n- c"),
        ("tasks:\n- name: a\n- other", "- other"),
        ("tasks:\n\u{a0}x\ntasks:\ny", "tasks:\ny"),
        ("<!-- a -->\nb", "<!-- a -->\nb"),
    ] {
        assert_eq!(parse(text).0.file.prose, expected, "{text:?}");
    }
}

#[test]
fn what_would_be_lost_is_reported() {
    const FINE: &str = "tasks:\n- name: a\n  interval: 5m\n  prompt: p\n";
    for (text, expected) in [
        (FINE.to_owned(), vec![]),
        ("# Notes\n\n- name: something people write\n".to_owned(), vec![]),
        (format!("{FINE}# Keep it short\n"), vec![]),
        (
            "tasks:\n- name: a\n  interval: soon\n  prompt: p".to_owned(),
            vec![
                "3:13 heartbeat-interval the interval `soon` cannot be read: a number with a unit is expected, such as `30m`; the task runs once and never again",
            ],
        ),
        (
            format!("{FINE}  model: x\n- name: b\n  interval: 5m\n  prompt: p"),
            vec!["5:3 heartbeat-field nothing reads `model` in a task: the task `a` and the block end here"],
        ),
        (
            "tasks:\n- name: a\n  intervall: 5m\n  prompt: p".to_owned(),
            vec!["3:3 heartbeat-field nothing reads `intervall` in a task: the task `a` is lost"],
        ),
        (
            "tasks:\n- name: a\ninterval: 5m\n".to_owned(),
            vec!["3:1 heartbeat-field `interval` is not indented: the task `a` is lost"],
        ),
        (
            "tasks:\n  # note\n- name: a\n  interval: 5m\n  prompt: p".to_owned(),
            vec!["2:3 heartbeat-field this line is no field: the block ends here"],
        ),
        (
            "tasks:\n- name: a\n  interval: 5m".to_owned(),
            vec!["2:1 heartbeat-incomplete the task `a` has no `prompt` and is passed over"],
        ),
        (
            "tasks:\n- name: a\n- name:\n  interval: ''\n".to_owned(),
            vec![
                "2:1 heartbeat-incomplete the task `a` has no `interval` and `prompt` and is passed over",
                "3:1 heartbeat-incomplete this task has no `name`, `interval` and `prompt` and is passed over",
            ],
        ),
        (
            "tasks:\n- name: a\nDone.".to_owned(),
            vec!["2:1 heartbeat-incomplete the task `a` has no `interval` and `prompt` and is passed over"],
        ),
        (
            "tasks:\n  prompt: p\n  - check mail\n".to_owned(),
            vec![
                "2:3 heartbeat-field this field belongs to no task: no `- name:` stands above it",
                "3:3 heartbeat-item this list item is no task and is passed over",
            ],
        ),
        (format!("{FINE}  prompt: q\n"), vec!["5:11 heartbeat-repeated `prompt` is there twice, and this one counts"]),
        (
            format!("{FINE}- name: a\n  interval: 5m\n  prompt: q\n"),
            vec!["5:9 heartbeat-duplicate two tasks are called `a`, and a run of one counts for both"],
        ),
        (
            "## Tasks\n- name: a\n  interval: 5m\n  prompt: p".to_owned(),
            vec!["2:1 heartbeat-block this task is lost: it stands below no line `tasks:`"],
        ),
        (
            format!("{FINE}- other\n- name: b\n  interval: 5m\n  prompt: q"),
            vec!["6:1 heartbeat-block this task is lost: the block above it has ended"],
        ),
        (
            "tasks:\n- name: a\n  interval: 5m\n  prompt: |\n    Long.".to_owned(),
            vec![
                "4:11 heartbeat-prompt the prompt of this task is `|`: a value has one line",
                "5:5 heartbeat-field this line is no field: the task `a` and the block end here",
            ],
        ),
        (
            "<!-- note\nDo it.".to_owned(),
            vec!["1:1 heartbeat-comment this comment has no end and hides the rest of the file"],
        ),
        (
            "Do it. <!-- not\nthis -->".to_owned(),
            vec!["1:8 heartbeat-comment a comment that begins behind text hides nothing: the lines below it count"],
        ),
    ] {
        let (_, diagnostics) = parse(&text);
        let shown: Vec<String> = diagnostics
            .iter()
            .map(|diagnostic| {
                let At::Span(span) = &diagnostic.place().unwrap().at else { panic!("{diagnostic:?}") };
                let (line, column) = line_column(&text, span.start);
                assert!(!diagnostic.help.is_empty(), "{diagnostic:?}");
                format!("{line}:{column} {} {}", diagnostic.code, diagnostic.message)
            })
            .collect();
        assert_eq!(shown, expected, "{text}");
    }
}

#[test]
fn a_typing_mistake_is_guessed_and_lost_tasks_are_shown() {
    let text = "tasks:\n- name: a\n  promt: p\n  interval: 5m\n- name: b\n  interval: 5m\n  prompt: q\n";
    let (_, diagnostics) = parse(text);
    assert_eq!(diagnostics.len(), 1);
    assert!(diagnostics[0].help[0].starts_with("did you mean `prompt`?"), "{:?}", diagnostics[0]);
    assert_eq!(diagnostics[0].labels[1].message, "this task is lost, too");
}

#[test]
fn a_file_of_mistakes_is_not_repeated_at_full_length() {
    let (_, diagnostics) = parse(&"tasks:\n  x: y\n".repeat(1000));
    assert_eq!(diagnostics.len(), 100);
    assert_eq!(diagnostics[99].help.last().unwrap(), "900 more problems of this file are not shown");
}
