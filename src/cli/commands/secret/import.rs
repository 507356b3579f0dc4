//! `corp secret import-env`: secrets out of a file of `NAME=value` lines, as many programs read it.

use super::{Context, safe, tell, told};
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::model::SecretName;
use crate::runtime::secrets::Safe;
use crate::secrets::Value;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Largest file that is read, in bytes: some hundred of the longest values.
const FILE_BYTES_MAX: u64 = 8 << 20;

/// Longest name that is shown of one that is refused, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// Take secrets from a file of `NAME=value` lines
#[derive(Debug, clap::Args)]
pub(super) struct ImportEnv {
    /// The file, such as `.env`
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Only these
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Pass over what cannot be a secret, such as a value that is too short
    #[arg(long)]
    skip: bool,
    /// Only say what would be taken
    #[arg(long)]
    dry_run: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(import: &ImportEnv, context: &Context, ui: &mut Ui) -> Outcome {
    let text = read(&import.path)?;
    let wanted: BTreeSet<&str> = import.names.iter().map(String::as_str).collect();
    let mut taken: Vec<(SecretName, Value)> = Vec::new();
    let mut passed: Vec<(String, String)> = Vec::new();
    for Line { number, name, value } in lines(&text) {
        if !wanted.is_empty() && !wanted.contains(name) {
            continue;
        }
        let value = Value::new(value.into_bytes()).map_err(|why| why.to_string());
        match Safe::name(name).map_err(|why| why.to_string()).and_then(|name| Ok((name, value?))) {
            Ok((name, value)) => {
                // The last counts, as for a shell.
                taken.retain(|(known, _)| *known != name);
                taken.push((name, value));
            }
            Err(_) if !is_telling(name) => {
                passed.push((format!("line {number}"), "it has no name that could be a secret's".to_owned()));
            }
            Err(why) => passed.push((name.to_owned(), why)),
        }
    }
    let found: BTreeSet<&str> =
        taken.iter().map(|(name, _)| name.as_str()).chain(passed.iter().map(|(name, _)| name.as_str())).collect();
    if let Some(missing) = wanted.iter().find(|name| !found.contains(*name)) {
        return Err(CommandError::new(Exit::Refused, format!("{} says no {missing}", told(&import.path))));
    }
    if !import.json {
        for (name, why) in &passed {
            ui.note(format_args!("{}: {why}", crate::cli::escape::line(name)));
        }
    }
    if !passed.is_empty() && !import.skip {
        let message = format!("{} of {} cannot be a secret; nothing was changed", passed.len(), told(&import.path));
        return Err(CommandError::new(Exit::Refused, message).hint("name those that are, or add `--skip`"));
    }
    let names: Vec<&str> = taken.iter().map(|(name, _)| name.as_str()).collect();
    let skipped: Vec<&str> = passed.iter().map(|(name, _)| name.as_str()).collect();
    if import.dry_run || taken.is_empty() {
        if import.json {
            ui.line(format_args!("{:#}", json!({ "secrets": names, "skipped": skipped, "commit": null })));
        } else {
            names.iter().for_each(|name| ui.line(name));
            ui.note(if taken.is_empty() {
                "there is nothing to take"
            } else {
                "nothing was changed; leave `--dry-run` out to do it"
            });
        }
        return Ok(Exit::Done);
    }
    let file = import.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let kept = safe(context)?.set_all(&taken, &file)?;
    tell(&kept.made, import.json, json!({ "secrets": names, "skipped": skipped }), ui);
    if !import.json {
        ui.hint(format_args!("{} still holds them: remove it once they are in use from here", told(&import.path)));
    }
    Ok(Exit::Done)
}

fn read(path: &std::path::Path) -> Result<String, CommandError> {
    use std::io::Read as _;
    let failed =
        |error: std::io::Error| CommandError::new(Exit::Environment, format!("{} cannot be read: {error}", told(path)));
    let mut text = String::new();
    std::fs::File::open(path).map_err(failed)?.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

/// A name and its value, and the line it is in.
struct Line<'t> {
    number: usize,
    name: &'t str,
    value: String,
}

/// Whether what stands before a `=` is a name that somebody wrote, and may be shown: a line of a key in base64 has a `=` as well.
fn is_telling(name: &str) -> bool {
    let all = |of: fn(&u8) -> bool| name.bytes().all(|byte| byte == b'_' || byte.is_ascii_digit() || of(&byte));
    let worded = name.contains('_') || !name.bytes().any(|byte| byte.is_ascii_digit());
    name.len() <= NAME_BYTES_MAX && (all(u8::is_ascii_uppercase) || all(u8::is_ascii_lowercase)) && worded
}

/// The names and values of such a file: comments, `export`, both kinds of quotes, values over several lines in quotes.
fn lines(text: &str) -> Vec<Line<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find('\n').unwrap_or(rest.len());
        let line = rest[..end].trim();
        let next = (end + 1).min(rest.len());
        let Some((name, _)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
            rest = &rest[next..];
            continue;
        };
        let name = name.trim().trim_start_matches("export ").trim();
        let number = 1 + text[..text.len() - rest.len()].matches('\n').count();
        let mut say = |value: String| found.push(Line { number, name, value });
        let start = rest.find('=').map_or(end, |at| at + 1);
        let value = rest[start..].trim_start_matches([' ', '\t']);
        match value.chars().next() {
            Some(quote @ ('"' | '\'')) => match quoted(&value[1..], quote) {
                Some((value, after)) => {
                    say(value);
                    rest = after.find('\n').map_or("", |at| &after[at + 1..]);
                    continue;
                }
                // A quote that is never closed is part of the value.
                None => say(rest[start..end.max(start)].trim().to_owned()),
            },
            _ if value.starts_with("-----BEGIN") => {
                // A key in PEM form without quotes goes to the end of its frame, or is the line that it is.
                let closing = value.find("-----END").map_or(0, |at| at);
                let last = value[closing..].find('\n').map_or(value.len(), |at| closing + at);
                say(value[..last].trim_end().to_owned());
                rest = value[last..].strip_prefix('\n').unwrap_or_default();
                continue;
            }
            _ => {
                let value = &rest[start..end.max(start)];
                let value = value.find(" #").map_or(value, |at| &value[..at]);
                say(value.trim().to_owned());
            }
        }
        rest = &rest[next..];
    }
    found
}

/// A text up to its closing quote, and what follows.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            _ if letter == quote => return Some((value, &text[at + letter.len_utf8()..])),
            '\\' if quote == '"' => match letters.next()?.1 {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                other => value.push(other),
            },
            _ => value.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{is_telling, lines};

    #[test]
    fn a_line_of_a_key_is_not_shown_as_a_name() {
        for (name, expected) in [
            ("GH_TOKEN", true),
            ("debug", true),
            ("S3_KEY", true),
            ("gh_token", true),
            ("MIIEowIBAAKCAQEAx3k9Zq7vT1bY", false),
            ("Qm9i", false),
            ("JBSWY3DPEHPK3PXP", false),
            ("a+b/c", false),
        ] {
            assert_eq!(is_telling(name), expected, "{name}");
        }
    }

    #[test]
    fn the_files_other_programs_write_are_read() {
        let text = "# a comment = x\nA=plain\nexport B = 'single # quoted'\nC=\"two\\nlines \\\"q\\\"\"  # more\n\
                    D=\"over\nlines\"\nE=with # comment\nF=\nG='open\nnothing\n H=last\n\
                    P=-----BEGIN KEY-----\nMIIE=\n-----END KEY-----\nQ=x";
        let found = lines(text);
        let numbers: Vec<usize> = found.iter().map(|line| line.number).collect();
        assert_eq!(numbers, [2, 3, 4, 5, 7, 8, 9, 11, 12, 15]);
        let found: Vec<(&str, &str)> = found.iter().map(|line| (line.name, line.value.as_str())).collect();
        assert_eq!(
            found,
            [
                ("A", "plain"),
                ("B", "single # quoted"),
                ("C", "two\nlines \"q\""),
                ("D", "over\nlines"),
                ("E", "with"),
                ("F", ""),
                ("G", "'open"),
                ("H", "last"),
                ("P", "-----BEGIN KEY-----\nMIIE=\n-----END KEY-----"),
                ("Q", "x"),
            ]
        );
    }
}
