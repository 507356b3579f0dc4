//! What was probably meant: after a command was refused because of a name, the one in the company that is nearest to it.
//!
//! Which argument names what is told by the table that completions have ([`complete::offer`]), so no command says it again.

use super::complete::{self, Named};
use super::error::CommandError;
use crate::format::record::nearest;
use clap::ArgMatches;
use clap::parser::ValueSource;
use std::path::PathBuf;

/// The error, with what was probably meant.
pub fn explained(error: CommandError, matches: &ArgMatches, company: Option<&PathBuf>) -> CommandError {
    if error.hints.iter().any(|hint| hint.contains("did you mean")) {
        return error;
    }
    let Some(meant) = meant(&error.message, "corp", matches, company) else { return error };
    let mut error = error;
    error.hints.insert(0, format!("did you mean `{meant}`?"));
    error
}

/// What was meant by a word that the message complains about.
fn meant(message: &str, command: &str, matches: &ArgMatches, company: Option<&PathBuf>) -> Option<String> {
    for argument in matches.ids() {
        let argument = argument.as_str();
        if matches.value_source(argument) != Some(ValueSource::CommandLine) {
            continue;
        }
        let Some(offer) = complete::offer(command, argument) else { continue };
        let Ok(Some(values)) = matches.try_get_raw(argument) else { continue };
        for value in values.filter_map(|value| value.to_str()).filter(|value| message.contains(*value)) {
            let words: Vec<String> = complete::words(offer, company).into_iter().map(|(word, _)| word).collect();
            if words.iter().any(|word| word == value) {
                continue;
            }
            let near = if offer.is_of(Named::Tickets) { ticket(value, &words) } else { None };
            let near = near.or_else(|| name(value, &words));
            if near.is_some() {
                return near;
            }
        }
    }
    let (name, below) = matches.subcommand()?;
    meant(message, name, below, company)
}

/// The ticket with that number: a wrong letter before it, or nothing. Another number is another ticket, however near.
fn ticket(said: &str, words: &[String]) -> Option<String> {
    let number = |id: &str| id[id.trim_end_matches(|c: char| c.is_ascii_digit()).len()..].to_owned();
    let wanted = number(said);
    if wanted.is_empty() {
        return None;
    }
    let mut found = words.iter().filter(|word| number(word) == wanted && word.contains('-'));
    found.next().cloned()
}

fn name(said: &str, words: &[String]) -> Option<String> {
    let names = words.iter().map(String::as_str).filter(|word| !word.ends_with(|c: char| c.is_ascii_digit()));
    nearest(said, names).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_letter_is_seen_and_a_wrong_number_is_not() {
        let words: Vec<String> = ["ACME-1", "ACME-12", "engineer", "ceo"].map(str::to_owned).to_vec();
        for (said, expected) in [("ACNE-1", Some("ACME-1")), ("12", Some("ACME-12")), ("acme-1", Some("ACME-1"))] {
            assert_eq!(ticket(said, &words).as_deref(), expected, "{said}");
        }
        assert_eq!(ticket("ACME-13", &words), None);
        for (said, expected) in
            [("enginer", Some("engineer")), ("coe", Some("ceo")), ("ACME-13", None), ("zebra", None)]
        {
            assert_eq!(name(said, &words).as_deref(), expected, "{said}");
        }
    }
}
