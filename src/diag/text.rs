//! Diagnostics for a terminal: message, source line, carets, help.

use super::{At, Diagnostic, Severity};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::rc::Rc;

/// Where the text of a file comes from when a place in it is shown.
pub type Sources<'a> = &'a dyn Fn(&str) -> Option<Rc<str>>;

/// Renders one diagnostic whose places are spans or whole files (see [`crate::format::locate`]).
/// `colour` decides about escape codes; the text is complete without them.
pub fn render(diagnostic: &Diagnostic, sources: Sources<'_>, colour: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    // Labels of one file share a snippet; files keep the order in which they are first named.
    let mut files: Vec<(&str, Option<Rc<str>>)> = Vec::new();
    for label in &diagnostic.labels {
        if !files.iter().any(|(file, _)| *file == label.place.file) {
            let text = matches!(label.place.at, At::Span(_)).then(|| sources(&label.place.file)).flatten();
            files.push((&label.place.file, text));
        }
    }
    let mut group = Group::with_title(level.primary_title(diagnostic.message.as_str()).id(diagnostic.code));
    for (file, text) in &files {
        let labels = diagnostic.labels.iter().filter(|label| label.place.file == *file);
        match text {
            Some(text) => {
                let mut snippet = Snippet::source(text.as_ref()).path(*file);
                for label in labels {
                    let At::Span(span) = &label.place.at else {
                        continue;
                    };
                    let primary = std::ptr::eq(label, &raw const diagnostic.labels[0]);
                    let kind = if primary { AnnotationKind::Primary } else { AnnotationKind::Context };
                    let span = clamp(text, span.clone());
                    let message = (!label.message.is_empty()).then_some(label.message.as_str());
                    snippet = snippet.annotation(kind.span(span).label(message));
                }
                group = group.element(snippet);
            }
            None => {
                group = group.element(Origin::path(*file));
                for label in labels.filter(|label| !label.message.is_empty()) {
                    group = group.element(Level::NOTE.message(label.message.as_str()));
                }
            }
        }
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

/// Keeps a span inside its text and on character boundaries, so that a stale place cannot panic.
fn clamp(text: &str, span: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = floor(span.start);
    start..floor(span.end).max(start)
}
