//! Symbolic places ("the value of `assignee`") become bytes of the text, in one place, when they are shown.

use super::document::yaml_part;
use super::layout;
use super::yaml::{self, Node};
use crate::diag::text::Sources;
use crate::diag::{At, Diagnostic, KeyPath};
use std::collections::BTreeMap;
use std::ops::Range;

/// Turns every place of `diagnostics` into a span or a whole file. `source` gives the text of a file.
pub fn resolve(diagnostics: &mut [Diagnostic], source: Sources<'_>) {
    // File by file, so that each is parsed once however many places it has.
    let mut places: BTreeMap<String, Vec<&mut At>> = BTreeMap::new();
    for label in diagnostics.iter_mut().flat_map(|diagnostic| &mut diagnostic.labels) {
        if matches!(label.place.at, At::Key(_) | At::Value(_)) {
            places.entry(label.place.file.clone()).or_default().push(&mut label.place.at);
        }
    }
    for (file, places) in places {
        let text = source(&file);
        let text = text.as_deref().unwrap_or_default();
        let range = yaml_part(layout::locate(&file).kind, text);
        let root = range.clone().and_then(|range| yaml::parse(&text[range.clone()], range.start).root);
        for place in places {
            *place = match (&range, &root) {
                (Some(range), Some(root)) => find(place, text, range, root),
                _ => At::File,
            };
        }
    }
}

fn find(place: &At, text: &str, range: &Range<usize>, root: &Node<'_>) -> At {
    let (path, key) = match place {
        At::Key(path) => (path, true),
        At::Value(path) => (path, false),
        At::File | At::Span(_) => return place.clone(),
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
