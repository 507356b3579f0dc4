//! Diagnostics as SARIF 2.1.0, which code scanning of repository hosts and editors read.
//!
//! The form is OASIS's "Static Analysis Results Interchange Format", version 2.1.0.

use super::report::Report;
use super::{Diagnostic, Label, Place, Severity};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A rule as SARIF lists it.
#[derive(Debug, Clone, Copy)]
pub struct RuleText<'a> {
    /// Its code.
    pub code: &'a str,
    /// The severity of what it reports.
    pub severity: Severity,
    /// What it finds, in a few words.
    pub summary: &'a str,
    /// Its documentation, in Markdown.
    pub docs: &'a str,
}

/// Renders a report as a SARIF log. `rules` are described in it if something shown comes from them.
pub fn render(report: &Report<'_>, rules: &[RuleText<'_>]) -> String {
    let used: Vec<&RuleText<'_>> =
        rules.iter().filter(|rule| report.diagnostics.iter().any(|found| found.code == rule.code)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": used.iter().map(|rule| describe(rule)).collect::<Vec<_>>(),
            } },
            // Columns count characters.
            "columnKind": "unicodeCodePoints",
            "results": report.diagnostics.iter().map(|found| result(report, found, &used)).collect::<Vec<_>>(),
        }],
    });
    format!("{log:#}\n")
}

fn describe(rule: &RuleText<'_>) -> Value {
    json!({
        "id": rule.code,
        "shortDescription": { "text": rule.summary },
        "help": { "text": rule.docs, "markdown": rule.docs },
        "defaultConfiguration": { "level": rule.severity.word() },
    })
}

fn result(report: &Report<'_>, diagnostic: &Diagnostic, rules: &[&RuleText<'_>]) -> Value {
    let mut result = json!({
        "ruleId": diagnostic.code,
        "level": diagnostic.severity.word(),
        "message": { "text": Report::message_with_help(diagnostic) },
        "locations": diagnostic.labels.iter().take(1).map(|label| location(report, label, None)).collect::<Vec<_>>(),
    });
    if let Some(index) = rules.iter().position(|rule| rule.code == diagnostic.code) {
        result["ruleIndex"] = json!(index);
    }
    if diagnostic.labels.len() > 1 {
        let others = diagnostic.labels.iter().enumerate().skip(1);
        result["relatedLocations"] = others.map(|(id, label)| location(report, label, Some(id))).collect();
    }
    result
}

fn location(report: &Report<'_>, label: &Label, id: Option<usize>) -> Value {
    let mut location = json!({
        "physicalLocation": { "artifactLocation": { "uri": uri(report.folder, &label.place) } },
    });
    if let Some(region) = report.region(&label.place) {
        location["physicalLocation"]["region"] = json!({
            "startLine": region.line,
            "startColumn": region.column,
            "endLine": region.end_line,
            "endColumn": region.end_column,
        });
    }
    if let Some(id) = id {
        location["id"] = json!(id);
    }
    if !label.message.is_empty() {
        location["message"] = json!({ "text": label.message });
    }
    location
}

/// The path from the repository's top as a relative URI: everything but plain characters is escaped (RFC 3986).
fn uri(folder: &str, place: &Place) -> String {
    let mut uri = String::new();
    for byte in folder.bytes().chain(place.file.bytes()) {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(byte.into()),
            _ => write!(uri, "%{byte:02X}").expect("a string takes any text"),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_relative_uri() {
        for (folder, file, expected) in [
            ("", "agents/cto/AGENTS.md", "agents/cto/AGENTS.md"),
            ("companies/acme/", "papers/Grüße an.md", "companies/acme/papers/Gr%C3%BC%C3%9Fe%20an.md"),
            ("", "a:b#c?.md", "a%3Ab%23c%3F.md"),
        ] {
            assert_eq!(uri(folder, &Place::file(file)), expected);
        }
    }
}
