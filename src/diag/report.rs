//! [`Report`]: what one check has to say, in one of four forms.

use super::text::Sources;
use super::{At, Diagnostic, Place, Severity, line_column};

/// What one check has to say.
#[derive(Clone, Copy)]
pub struct Report<'a> {
    /// What is shown, in its order. Places are spans or whole files.
    pub diagnostics: &'a [&'a Diagnostic],
    /// How many files were judged.
    pub files: usize,
    /// The company's folder inside its repository, with `/` at the end; empty if they are the same. Hosts of
    /// repositories want paths from there.
    pub folder: &'a str,
    /// The texts of the files, secrets masked.
    pub sources: Sources<'a>,
}

/// Where a place begins and ends, counted in lines and characters from 1. The end is the first character that is
/// no longer part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// Line of the first character.
    pub line: usize,
    /// Column of the first character.
    pub column: usize,
    /// Line of the end.
    pub end_line: usize,
    /// Column of the end.
    pub end_column: usize,
}

impl Report<'_> {
    /// How many of the shown diagnostics have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }

    /// Where `place` is; `None` for a whole file, or one that cannot be read any more.
    pub fn region(&self, place: &Place) -> Option<Region> {
        let At::Span(span) = &place.at else { return None };
        let text = (self.sources)(&place.file)?;
        let (line, column) = line_column(&text, span.start);
        let (end_line, end_column) = line_column(&text, span.end.max(span.start));
        Some(Region { line, column, end_line, end_column })
    }

    /// Help as it is appended to a message by forms that have no place for it.
    pub(super) fn message_with_help(diagnostic: &Diagnostic) -> String {
        let help = diagnostic.help.iter().map(|help| format!("\nhelp: {help}"));
        std::iter::once(diagnostic.message.clone()).chain(help).collect()
    }
}
