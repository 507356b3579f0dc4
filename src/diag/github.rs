//! Diagnostics as workflow commands of GitHub Actions: they appear beside the lines of a pull request.

use super::report::Report;
use super::{Diagnostic, Severity};
use std::fmt::Write as _;

/// Renders a report, one line per diagnostic.
pub fn render(report: &Report<'_>) -> String {
    report.diagnostics.iter().map(|diagnostic| command(report, diagnostic)).collect()
}

fn command(report: &Report<'_>, diagnostic: &Diagnostic) -> String {
    let name = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut line = format!("::{name} title={}", property(diagnostic.code));
    if let Some(place) = diagnostic.place() {
        let file = property(&format!("{}{}", report.folder, place.file));
        write!(line, ",file={file}").expect("a string takes any text");
        if let Some(region) = report.region(place) {
            write!(line, ",line={},endLine={}", region.line, region.end_line).expect("a string takes any text");
            // Columns are understood within one line only.
            if region.line == region.end_line {
                let columns = format!(",col={},endColumn={}", region.column, region.end_column);
                line.push_str(&columns);
            }
        }
    }
    let others = diagnostic.labels.iter().skip(1).map(|label| {
        let line = report.region(&label.place).map_or(String::new(), |region| format!(":{}", region.line));
        let file = &label.place.file;
        if label.message.is_empty() {
            format!("\nsee {file}{line}")
        } else {
            format!("\n{file}{line}: {}", label.message)
        }
    });
    let message: String = std::iter::once(Report::message_with_help(diagnostic)).chain(others).collect();
    format!("{line}::{}\n", data(&message))
}

/// Escapes the message of a command, as GitHub's own toolkit does.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Place;

    #[test]
    fn a_line_stays_a_line_whatever_it_says() {
        let found = Diagnostic::error("bad-value", Place::span("a,b:c.md", 4..6), "100% of it\r\n::stop")
            .also(Place::file("other.md"), "here too")
            .help("write less");
        let report =
            Report { diagnostics: &[&found], files: 1, folder: "acme/", sources: &|_| Some("one\ntwo\n".into()) };
        assert_eq!(
            render(&report),
            "::error title=bad-value,file=acme/a%2Cb%3Ac.md,line=2,endLine=2,col=1,endColumn=3::100%25 of it%0D%0A::stop%0Ahelp: write less%0Aother.md: here too\n"
        );
    }
}
