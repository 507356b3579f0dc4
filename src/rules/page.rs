//! `docs/rules.md`: every rule with its documentation, made from [`RULES`].

use super::RULES;
use std::fmt::Write as _;

/// The page, in Markdown.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    let mut line = |line: std::fmt::Arguments<'_>| writeln!(page, "{line}").expect("a string takes any text");
    line(format_args!("| code | severity | what it finds |\n| --- | --- | --- |"));
    for rule in RULES {
        let severity = rule.severity.word();
        line(format_args!(
            "| [`{code}`](#{code}) | {severity} | {} |",
            rule.summary.replace('|', "\\|"),
            code = rule.code
        ));
    }
    for rule in RULES {
        line(format_args!("\n## {}\n\n*{}*: {}.\n", rule.code, rule.severity.word(), rule.summary));
        line(format_args!("{}", rule.docs.trim()));
    }
    page
}

const HEAD: &str = "\
# Rules

Everything `corp check` can say, in the order of its own list. `corp explain CODE` prints the same text.

An *error* means that the file, or what depends on it, is not in force. A *warning* means that it works, and probably
not as it was meant. How to allow a warning where it stands is told under [`allow-comment`](#allow-comment).

This page is made from `src/rules/`; `BLESS=1 cargo test` rewrites it.

";
