//! `conflict-markers`: a merge was left half done.

use super::Rule;
use crate::diag::{self, Diagnostic, PER_FILE_MAX, Place, Severity};
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
    let markdown = path.ends_with(".md");
    let mut fences = Fences { text, seen: 0, open: false };
    let (mut from, before) = (0, found.len());
    let mut more = 0;
    while let Some(at) = memmem::find(&text.as_bytes()[from..], b"<<<<<<< ").map(|at| from + at) {
        from = at + 8;
        if at > 0 && text.as_bytes()[at - 1] != b'\n' {
            continue;
        }
        let rest = &text.as_bytes()[at..];
        let Some(middle) = memmem::find(rest, b"\n=======") else { break };
        let Some(end) = memmem::find(&rest[middle..], b"\n>>>>>>> ").map(|end| middle + end) else { break };
        from = at + end;
        if markdown && fences.is_open_at(at) {
            continue;
        }
        if found.len() - before >= PER_FILE_MAX {
            more += 1;
            continue;
        }
        let line = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        found.push(
            Diagnostic::error(RULE.code, Place::span(path, at..at + line), "two versions of this file meet here")
                .also(Place::span(path, at + end + 1..at + end + 8), "the second version ends here")
                .help("keep what is right, and remove the lines with `<<<<<<<`, `=======` and `>>>>>>>`"),
        );
    }
    if more > 0 {
        found.push(diag::more(path, more));
    }
}

/// The code blocks of a Markdown text, followed from its beginning.
struct Fences<'t> {
    text: &'t str,
    /// How far the text was looked at; always the beginning of a line.
    seen: usize,
    open: bool,
}

impl Fences<'_> {
    /// Whether a code block is open at `at`, the beginning of a line. Asked for places in their order.
    fn is_open_at(&mut self, at: usize) -> bool {
        let fences = self.text[self.seen..at].lines().filter(|line| line.trim_start().starts_with("```")).count();
        self.open ^= fences % 2 == 1;
        self.seen = at;
        self.open
    }
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
