//! Symbolic places ("the value of `assignee`") become bytes of the text, in one place, when they are shown.

use super::document::yaml_part;
use super::layout;
use super::yaml;
use crate::diag::{At, Diagnostic, KeyPath, Place};
use std::collections::BTreeMap;
use std::ops::Range;

/// Turns every place of `diagnostics` into a span or a whole file. `source` gives the text of a file.
pub fn resolve(diagnostics: &mut [Diagnostic], source: &dyn Fn(&str) -> Option<String>) {
    let mut texts: BTreeMap<String, Option<String>> = BTreeMap::new();
    for diagnostic in diagnostics {
        for label in &mut diagnostic.labels {
            if matches!(label.place.at, At::Key(_) | At::Value(_)) {
                let file = label.place.file.clone();
                let text = texts.entry(file).or_insert_with_key(|file| source(file));
                label.place.at = text.as_deref().map_or(At::File, |text| find(&label.place, text));
            }
        }
    }
}

fn find(place: &Place, text: &str) -> At {
    let (path, key) = match &place.at {
        At::Key(path) => (path, true),
        At::Value(path) => (path, false),
        At::File | At::Span(_) => return place.at.clone(),
    };
    let Some(range) = yaml_part(layout::locate(&place.file).kind, text) else {
        return At::File;
    };
    let parsed = yaml::parse(&text[range.clone()], range.start);
    let Some(root) = parsed.root else {
        return At::File;
    };
    // A value that is not there is shown at the nearest thing around it that is.
    let mut path = KeyPath(path.0.clone());
    loop {
        if let Some((name, value)) = root.at(&path) {
            if path.0.is_empty() {
                return At::Span(root.entries().first().map_or(range.start..range.start, |(key, _)| key.span.clone()));
            }
            let span = match name {
                Some(name) if key || value.span.is_empty() => name.span.clone(),
                _ => first_line(text, value.span.clone()),
            };
            return At::Span(span);
        }
        path.0.pop();
    }
}

/// A value of several lines is shown by its first.
fn first_line(text: &str, span: Range<usize>) -> Range<usize> {
    let end = memchr::memchr(b'\n', &text.as_bytes()[span.clone()]).map_or(span.end, |at| span.start + at);
    let end = span.start + text[span.start..end].trim_end().len();
    span.start..end.max(span.start)
}
