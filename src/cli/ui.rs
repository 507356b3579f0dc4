//! All output of the program: data to standard output, everything else to standard error.

use super::preferences::Preferences;
use crate::diag::{Diagnostic, text};
use crate::redact;
use std::fmt::Display;
use std::io::Write as _;

/// Writes what people and programs read. A closed pipe ends the output quietly.
#[derive(Debug)]
pub struct Ui {
    colour: bool,
    quiet: bool,
}

impl Ui {
    /// Output as the surroundings allow it.
    pub fn new(preferences: &Preferences) -> Self {
        Self { colour: preferences.colour.value, quiet: preferences.quiet.value }
    }

    /// Whether output may be coloured.
    pub fn colour(&self) -> bool {
        self.colour
    }

    /// Writes a line of data to standard output.
    pub fn line(&mut self, line: impl Display) {
        drop(writeln!(std::io::stdout().lock(), "{line}"));
    }

    /// Writes a line of data that must not be overlooked to standard output, in red where there are colours.
    pub fn warning(&mut self, line: impl Display) {
        let (on, off) = if self.colour { ("\u{1b}[1;31m", "\u{1b}[0m") } else { ("", "") };
        self.line(format_args!("{on}{line}{off}"));
    }

    /// Writes data to standard output as it is.
    pub fn raw(&mut self, text: &str) {
        drop(std::io::stdout().lock().write_all(text.as_bytes()));
    }

    /// Writes bytes that may not be text to standard output.
    pub fn bytes(&mut self, bytes: &[u8]) {
        drop(std::io::stdout().lock().write_all(bytes));
    }

    /// Tells something that is not data, unless only data is wanted.
    pub fn note(&mut self, line: impl Display) {
        if !self.quiet {
            self.say(line);
        }
    }

    /// Tells what has to be known, however quiet the program is to be.
    pub fn say(&mut self, line: impl Display) {
        drop(writeln!(std::io::stderr().lock(), "{line}"));
    }

    /// Tells, while the program waits, what it waits for.
    pub fn waiter(&self) -> impl FnMut(&str) + Send + use<> {
        let quiet = self.quiet;
        move |what| {
            if !quiet {
                drop(writeln!(std::io::stderr().lock(), "waiting: {what}"));
            }
        }
    }

    /// Asks a person whether to go on; anything but a clear yes is a no.
    pub fn confirm(&mut self, question: &str) -> bool {
        let mut stderr = std::io::stderr().lock();
        drop(write!(stderr, "{question} [y/N] ").and_then(|()| stderr.flush()));
        let mut answer = String::new();
        let read = std::io::stdin().read_line(&mut answer);
        read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
    }

    /// Asks a person for a word; a line without one means the `usual`. None: there is nobody to answer any more.
    pub fn ask(&mut self, question: &str, usual: &str) -> Option<String> {
        let mut stderr = std::io::stderr().lock();
        drop(write!(stderr, "{question} [{usual}] ").and_then(|()| stderr.flush()));
        let mut answer = String::new();
        if std::io::stdin().read_line(&mut answer).ok()? == 0 {
            return None;
        }
        let answer = answer.trim();
        Some(if answer.is_empty() { usual } else { answer }.to_owned())
    }

    /// Tells what went wrong.
    pub fn error(&mut self, message: impl Display) {
        let (on, off) = if self.colour { ("\u{1b}[1;31m", "\u{1b}[0m") } else { ("", "") };
        self.say(format_args!("{on}error{off}: {message}"));
    }

    /// Tells what to do next.
    pub fn hint(&mut self, hint: impl Display) {
        let (on, off) = if self.colour { ("\u{1b}[1;36m", "\u{1b}[0m") } else { ("", "") };
        self.note(format_args!("{on}hint{off}: {hint}"));
    }

    /// Shows a diagnostic whose places are found.
    pub fn diagnostic(&mut self, diagnostic: &Diagnostic, sources: text::Sources<'_>) {
        let shown = self.rendered(diagnostic, sources);
        self.line(format_args!("{shown}\n"));
    }

    /// Tells a diagnostic that is not data.
    pub fn note_diagnostic(&mut self, diagnostic: &Diagnostic, sources: text::Sources<'_>) {
        let shown = self.rendered(diagnostic, sources);
        self.say(shown);
    }

    /// Whatever a diagnostic quotes, no secret reaches the terminal, where it would stay in a log.
    fn rendered(&self, diagnostic: &Diagnostic, sources: text::Sources<'_>) -> String {
        redact::mask(&text::render(diagnostic, sources, self.colour)).into_owned()
    }
}
