//! Diagnostics as JSON: one object, described in `docs/check.md`. Keys are added, never changed or taken away,
//! without a new name in `schema`.

use super::report::Report;
use super::{Diagnostic, Label, Severity};
use serde_json::{Map, Value, json};

/// The name of this form; the first key of the object.
pub const SCHEMA: &str = "corp-check/v1";

/// Renders a report as one JSON object with a line end.
pub fn render(report: &Report<'_>) -> String {
    let object = json!({
        "schema": SCHEMA,
        "diagnostics": report.diagnostics.iter().map(|found| diagnostic(report, found)).collect::<Vec<_>>(),
        "summary": {
            "files": report.files,
            "errors": report.count(Severity::Error),
            "warnings": report.count(Severity::Warning),
            "notes": report.count(Severity::Note),
        },
    });
    format!("{object:#}\n")
}

fn diagnostic(report: &Report<'_>, diagnostic: &Diagnostic) -> Value {
    json!({
        "code": diagnostic.code,
        "severity": diagnostic.severity.word(),
        "message": diagnostic.message,
        "places": diagnostic.labels.iter().map(|label| place(report, label)).collect::<Vec<_>>(),
        "help": diagnostic.help,
    })
}

fn place(report: &Report<'_>, label: &Label) -> Value {
    let mut object = Map::new();
    object.insert("file".to_owned(), json!(label.place.file));
    if let Some(region) = report.region(&label.place) {
        object.insert("line".to_owned(), json!(region.line));
        object.insert("column".to_owned(), json!(region.column));
        object.insert("end_line".to_owned(), json!(region.end_line));
        object.insert("end_column".to_owned(), json!(region.end_column));
    }
    if !label.message.is_empty() {
        object.insert("message".to_owned(), json!(label.message));
    }
    Value::Object(object)
}
