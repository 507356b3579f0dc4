//! Comments that allow a warning where it stands, with a reason: `# corp: allow CODE — why`.
//!
//! [`read`] finds them in a text, [`apply`] takes away what they allow and reports those that do nothing.

use super::{RULES, Rule};
use crate::diag::{At, Diagnostic, Place, Severity};
use crate::format::document::yaml_part;
use crate::format::layout::{self, Kind};
use crate::format::record::nearest;
use memchr::memmem;
use std::collections::BTreeMap;
use std::ops::Range;

pub(super) static RULE: Rule = Rule {
    code: "allow-comment",
    severity: Severity::Warning,
    summary: "a comment that allows something has no effect",
    docs: "\
A comment `corp: allow CODE — why` takes a warning away where it stands. This one does nothing: its code does not exist or
reports errors, it gives no reason, or nothing is reported there any more.

A comment that has no effect says something untrue about the file, and would hide the next mistake.

Correct or remove it. Where it may stand:

```yaml
# corp: allow unknown-key — read by our dashboard
colour: blue
shape: round  # corp: allow unknown-key — read by our dashboard
```

In the text of a Markdown file it is `<!-- corp: allow secret-in-text — why -->` above the paragraph or the code block it
is about. A warning about a file as a whole is allowed anywhere in the file. Warnings can be allowed, and of the errors
only `secret-in-text`.
",
    check: None,
};

/// Most comments of one file that are read. A person writes a handful.
const ALLOWANCES_MAX: usize = 500;

/// What a comment begins with, after the sign of the comment.
const MARK: &[u8] = b"corp: allow ";

/// A comment that allows something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// The bytes of the comment.
    span: Range<usize>,
    /// The bytes of the lines it is about.
    covers: Range<usize>,
    codes: Vec<String>,
    reason: bool,
}

/// Finds the comments of the file at `path`.
pub fn read(path: &str, text: &str) -> Vec<Allowance> {
    let bytes = text.as_bytes();
    // Nearly no file has one, so nothing is done before the first is seen.
    let mut hits = memmem::find_iter(bytes, MARK).peekable();
    if hits.peek().is_none() {
        return Vec::new();
    }
    let kind = layout::locate(path).kind;
    let yaml = match yaml_part(kind, text) {
        None if kind == Kind::Other && !path.ends_with(".md") => 0..text.len(),
        part => part.unwrap_or(0..0),
    };
    hits.filter_map(|at| allowance(text, at, &yaml)).take(ALLOWANCES_MAX).collect()
}

fn allowance(text: &str, at: usize, yaml: &Range<usize>) -> Option<Allowance> {
    let in_yaml = yaml.contains(&at);
    let signs: &[&str] = if in_yaml { &["#", "//", "<!--"] } else { &["<!--"] };
    // The sign is looked at before the line is, which may be a megabyte long and have a mark in every word.
    let before = text[..at].trim_end_matches([' ', '\t']);
    let sign = before.len() - signs.iter().find(|sign| before.ends_with(**sign))?.len();
    if !(sign == 0 || matches!(text.as_bytes()[sign - 1], b' ' | b'\t' | b'\n')) {
        return None;
    }
    let start = text[..sign].rfind('\n').map_or(0, |newline| newline + 1);
    let end = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |newline| at + newline);
    let comment = text[at..end].trim_end();
    let comment = comment.strip_suffix("-->").unwrap_or(comment).trim_end();
    // With the space before it, so that a comment that names no code is seen to name none.
    let said = &comment[MARK.len() - 1..];
    let (codes, reason) = [" — ", " – ", " -- ", " - ", ": "]
        .iter()
        .filter_map(|dash| said.split_once(dash))
        .min_by_key(|(codes, _)| codes.len())
        .unwrap_or((said, ""));
    let alone = text[start..sign].trim().is_empty();
    let covers = match (alone, in_yaml) {
        (false, _) => start..end,
        (true, true) => start..line_below(text, end),
        (true, false) => start..block_below(text, end),
    };
    Some(Allowance {
        span: sign..at + comment.len(),
        covers,
        codes: codes.split(',').map(|code| code.trim().to_owned()).filter(|code| !code.is_empty()).collect(),
        reason: !reason.trim().is_empty(),
    })
}

/// The end of the next line that is neither empty nor a comment.
fn line_below(text: &str, from: usize) -> usize {
    let mut at = from;
    for line in text[from..].split_inclusive('\n') {
        at += line.len();
        let line = line.trim();
        if !line.is_empty() && !line.starts_with(['#']) && !line.starts_with("//") {
            return at;
        }
    }
    at
}

/// The end of the next code block, or of the next lines up to an empty one.
fn block_below(text: &str, from: usize) -> usize {
    let (mut at, mut inside, mut fenced) = (from, false, false);
    for line in text[from..].split_inclusive('\n') {
        at += line.len();
        let line = line.trim();
        let fence = line.starts_with("```");
        if fence && fenced {
            return at;
        }
        if line.is_empty() && inside && !fenced {
            return at;
        }
        fenced |= fence && !inside;
        inside |= !line.is_empty() && !line.starts_with("<!--");
    }
    at
}

/// Whether a comment can take away what `rule` reports.
fn can_be_allowed(rule: &Rule) -> bool {
    rule.code != RULE.code && (rule.severity != Severity::Error || rule.code == super::secret_in_text::RULE.code)
}

/// Takes away what is allowed where it stands, and reports the comments that have no effect. The places of
/// `diagnostics` are found already.
pub fn apply(diagnostics: &mut Vec<Diagnostic>, allowances: &BTreeMap<String, Vec<Allowance>>) {
    if allowances.is_empty() {
        return;
    }
    // Which code of which comment of which file did something.
    let mut used: BTreeMap<&str, Vec<Vec<bool>>> = allowances
        .iter()
        .map(|(file, comments)| (file.as_str(), comments.iter().map(|one| vec![false; one.codes.len()]).collect()))
        .collect();
    diagnostics.retain(|diagnostic| {
        let Some(place) = diagnostic.place() else { return true };
        let (Some(comments), Some(used)) = (allowances.get(&place.file), used.get_mut(place.file.as_str())) else {
            return true;
        };
        if super::find(diagnostic.code).is_none_or(|rule| !can_be_allowed(rule)) {
            return true;
        }
        let mut kept = true;
        for (comment, used) in comments.iter().zip(used) {
            let here = match &place.at {
                At::Span(span) => comment.covers.contains(&span.start),
                At::File | At::Key(_) | At::Value(_) => true,
            };
            if here && comment.reason {
                for (code, used) in comment.codes.iter().zip(used).filter(|(code, _)| *code == diagnostic.code) {
                    debug_assert!(!code.is_empty());
                    *used = true;
                    kept = false;
                }
            }
        }
        kept
    });
    for (file, comments) in allowances {
        for (comment, used) in comments.iter().zip(&used[file.as_str()]) {
            diagnostics.extend(complaints(file, comment, used));
        }
    }
}

fn complaints(file: &str, comment: &Allowance, used: &[bool]) -> Vec<Diagnostic> {
    let report = |message: String, help: String| {
        Diagnostic::new(RULE.code, RULE.severity, Place::span(file, comment.span.clone()), message).help(help)
    };
    if comment.codes.is_empty() {
        let help = "write `corp: allow CODE — why`; the code stands in the brackets of the message".to_owned();
        return vec![report("this comment does not say what it allows".to_owned(), help)];
    }
    let complaint = |code: &str, used: bool| {
        let shown: String = code.chars().take(60).collect::<String>().escape_debug().to_string();
        let Some(rule) = super::find(code) else {
            let help = match nearest(&shown, RULES.iter().filter(|rule| can_be_allowed(rule)).map(|rule| rule.code)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`corp explain` lists them".to_owned(),
            };
            return Some(report(format!("there is no rule `{shown}`"), help));
        };
        if !can_be_allowed(rule) {
            let help = "correct what it reports; only warnings and `secret-in-text` can be allowed".to_owned();
            return Some(report(format!("`{code}` cannot be allowed"), help));
        }
        if !comment.reason {
            let help = format!("write `corp: allow {code} — why`");
            return Some(report(format!("`{code}` is allowed here without a reason, so it is not"), help));
        }
        (!used).then(|| report(format!("nothing is reported here as `{code}`"), "remove the comment".to_owned()))
    };
    comment.codes.iter().zip(used).filter_map(|(code, used)| complaint(code, *used)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covered(path: &str, text: &str) -> Vec<(String, String, bool)> {
        read(path, text)
            .into_iter()
            .map(|one| (one.codes.join("+"), text[one.covers].trim().replace('\n', "|"), one.reason))
            .collect()
    }

    #[test]
    fn a_comment_is_about_its_line_or_what_follows() {
        let one = |codes: &str, covers: &str, reason| vec![(codes.to_owned(), covers.to_owned(), reason)];
        for (path, text, expected) in [
            ("corp.yaml", "a: 1 # corp: allow x — why\nb: 2\n", one("x", "a: 1 # corp: allow x — why", true)),
            (
                "corp.yaml",
                "# corp: allow x, y - why\n\n# more\nb: 2\nc: 3\n",
                one("x+y", "# corp: allow x, y - why||# more|b: 2", true),
            ),
            ("corp.yaml", "#corp: allow x\nb: 2\n", one("x", "#corp: allow x|b: 2", false)),
            ("corp.yaml", "a: b#corp: allow x — why\n", vec![]),
            ("corp.yaml", "a: say corp: allow x — why\n", vec![]),
            ("COMPANY.md", "---\na: 1 # corp: allow x — why\n---\n", one("x", "a: 1 # corp: allow x — why", true)),
            ("COMPANY.md", "---\n---\n# corp: allow x — why\n", vec![]),
            (
                "README.md",
                "<!-- corp: allow x — why -->\n```\na\n\nb\n```\nc\n",
                one("x", "<!-- corp: allow x — why -->|```|a||b|```", true),
            ),
            (
                "README.md",
                "<!-- corp: allow x — why -->\n\na\nb\n\nc\n",
                one("x", "<!-- corp: allow x — why -->||a|b", true),
            ),
            ("run.js", "// corp: allow x — why\na\nb\n", one("x", "// corp: allow x — why|a", true)),
        ] {
            assert_eq!(covered(path, text), expected, "{path}: {text}");
        }
    }
}
