//! `conflict-markers`: a merge was left half done.

use super::Rule;
use crate::diag::{Diagnostic, Place, Severity};
use memchr::memmem;

pub(super) static RULE: Rule = Rule {
    code: "conflict-markers",
    severity: Severity::Error,
    summary: "a merge was left half done",
    docs: "\
The file has the marks that git leaves where two changes met: `<<<<<<<`, `=======` and `>>>>>>>` at the beginning of
lines. Marks inside a fenced code block of a Markdown file are an example and are left alone.

Both versions stand in the file, so an agent would read both and believe either.

Keep what is right, remove the three marks, and commit.
",
    check: None,
};

pub(super) fn look(path: &str, text: &str, found: &mut Vec<Diagnostic>) {
    let mut from = 0;
    while let Some(at) = memmem::find(&text.as_bytes()[from..], b"<<<<<<< ").map(|at| from + at) {
        from = at + 8;
        if at > 0 && text.as_bytes()[at - 1] != b'\n' {
            continue;
        }
        let rest = &text.as_bytes()[at..];
        let Some(middle) = memmem::find(rest, b"\n=======") else { return };
        let Some(end) = memmem::find(&rest[middle..], b"\n>>>>>>> ").map(|end| middle + end) else { return };
        from = at + end;
        if path.ends_with(".md") && in_fence(&text[..at]) {
            continue;
        }
        let line = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        found.push(
            Diagnostic::error(RULE.code, Place::span(path, at..at + line), "two versions of this file meet here")
                .also(Place::span(path, at + end + 1..at + end + 8), "the second version ends here")
                .help("keep what is right, and remove the lines with `<<<<<<<`, `=======` and `>>>>>>>`"),
        );
    }
}

/// Whether a code block of Markdown is open at the end of `before`.
fn in_fence(before: &str) -> bool {
    before.lines().filter(|line| line.trim_start().starts_with("```")).count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_count_where_git_writes_them() {
        let marks = "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> theirs\n";
        for (path, text, expected) in [
            ("a.md", marks.to_owned(), 1),
            ("a.md", format!("x\n{marks}y\n{marks}"), 2),
            ("a.md", format!("```\n{marks}```\n"), 0),
            ("a.yaml", format!("```\n{marks}```\n"), 1),
            ("a.md", marks.replace("=======", "------"), 0),
            ("a.md", marks.replace("<<<<", "  <<<<"), 0),
            ("a.md", "Title\n=======\n<<<<<<< \n".to_owned(), 0),
        ] {
            let mut found = Vec::new();
            look(path, &text, &mut found);
            assert_eq!(found.len(), expected, "{path}: {text}");
        }
    }
}
