//! Words that several rules share.

use crate::diag::{Diagnostic, Place, Severity};

/// Longest name that is shown in a message, in characters. Names come from files that anybody may have written.
const SHOWN_CHARACTERS_MAX: usize = 80;

/// A name out of a file, short and without control characters, for a message.
pub(super) fn shown(name: &str) -> String {
    let mut characters = name.chars();
    let short: String = characters.by_ref().take(SHOWN_CHARACTERS_MAX).collect();
    let end = if characters.next().is_some() { "…" } else { "" };
    format!("{}{end}", short.escape_debug())
}

/// Escapes control characters in everything that `found` says. Rules put names of folders into their words, and a
/// name may carry whatever a file system takes: commands for a terminal, or a second line.
pub(super) fn make_harmless(found: &mut [Diagnostic]) {
    for diagnostic in found {
        let labels = diagnostic.labels.iter_mut().map(|label| &mut label.message);
        for text in labels.chain(&mut diagnostic.help).chain([&mut diagnostic.message]) {
            if text.contains(char::is_control) {
                let escape =
                    |part: char| if part.is_control() { part.escape_default().to_string() } else { part.into() };
                *text = text.chars().map(escape).collect();
            }
        }
    }
}

/// What `code` reports about a name that stands for nothing: `noun` is what should be there, `create` what to do
/// if nothing similar exists.
pub(super) fn unknown(
    code: &'static str,
    severity: Severity,
    place: Place,
    (noun, name): (&str, &str),
    near: Option<&str>,
    create: &str,
) -> Diagnostic {
    let help = match near {
        Some(near) => format!("did you mean `{}`?", shown(near)),
        None => create.to_owned(),
    };
    Diagnostic::new(code, severity, place, format!("there is no {noun} `{}`", shown(name))).help(help)
}

/// Most places that one diagnostic shows. A hostile circle has as many members as there are tickets.
const PLACES_SHOWN_MAX: usize = 12;

/// One diagnostic about several places of equal weight, each with what is there; there must be one at least.
pub(super) fn about_all(
    (code, severity): (&'static str, Severity),
    message: &str,
    places: impl ExactSizeIterator<Item = (Place, String)>,
) -> Diagnostic {
    let more = places.len().saturating_sub(PLACES_SHOWN_MAX);
    let message = match more {
        0 => message.to_owned(),
        _ => format!("{message}; {} not shown", count(more, "more place")),
    };
    let mut places = places.take(PLACES_SHOWN_MAX);
    let (first, label) = places.next().expect("something that is reported is somewhere");
    let diagnostic = Diagnostic::new(code, severity, first, message).here(label);
    places.fold(diagnostic, |diagnostic, (place, label)| diagnostic.also(place, label))
}

/// `1 ticket`, `2 tickets`.
pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_short_and_harmless() {
        for (name, expected) in [("cto", "cto"), ("a\u{1b}[31m\n", "a\\u{1b}[31m\\n")] {
            assert_eq!(shown(name), expected);
        }
        assert_eq!(shown(&"x".repeat(1000)), format!("{}…", "x".repeat(80)));
    }

    #[test]
    fn what_is_said_is_harmless() {
        let place = Place::file("a");
        let mut found =
            [Diagnostic::error("x", place.clone(), "a\nb").here("c\u{1b}[31m").also(place, "é").help("d\0")];
        make_harmless(&mut found);
        let [said] = found;
        let labels: Vec<&str> = said.labels.iter().map(|label| label.message.as_str()).collect();
        assert_eq!((said.message.as_str(), said.help[0].as_str()), ("a\\nb", "d\\u{0}"));
        assert_eq!(labels, ["c\\u{1b}[31m", "é"]);
    }
}
