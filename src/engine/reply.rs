//! What of an agent's reply is worth delivering: `HEARTBEAT_OK` is taken off, and what little is left with it.
//!
//! The rule is OpenClaw's of 2026.7, with its sharp edge: a short message beside the token is dropped with it
//! (`docs/heartbeat.md` tells why one should not write any).

use crate::model::ecma;
use crate::model::heartbeat::OK_TOKEN;
use std::borrow::Cow;

/// Longest text beside the token that is dropped with it, in UTF-16 units, if nobody says otherwise.
pub const ACK_MAX_CHARS: f64 = 300.0;

/// The word with which newer agents say that there is nothing to say.
pub const SILENT_TOKEN: &str = "NO_REPLY";

/// Most characters (UTF-16 units) that may follow a token at the end: `HEARTBEAT_OK!!!`.
const TAIL_MAX: usize = 4;

/// What a reply answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A beat: short remainders are dropped.
    Heartbeat,
    /// A person: only the token goes.
    Message,
}

/// A reply without the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stripped {
    /// Nothing of it is to be delivered.
    pub skip: bool,
    /// What is left.
    pub text: String,
    /// The token was there and was taken off.
    pub stripped: bool,
}

/// Reads a limit as OpenClaw's settings may hold it: numeric text counts, negative is 0, junk is the default.
pub fn ack_max_chars(text: &str) -> f64 {
    limit(ecma::number(text))
}

/// The limit that `value` stands for: negative is 0, what is not a finite number is the default.
pub fn limit(value: f64) -> f64 {
    if value.is_finite() { value.max(0.0) } else { ACK_MAX_CHARS }
}

/// Takes the token off the edges of a reply. `ack_max` is a limit as [`limit`] gives it.
pub fn strip(reply: &str, mode: Mode, ack_max: f64) -> Stripped {
    let trimmed = ecma::trim(reply);
    let as_it_is = |text: &str| Stripped { skip: text.is_empty(), text: text.to_owned(), stripped: false };
    let bare = without_markup(trimmed);
    if !trimmed.contains(OK_TOKEN) && !bare.contains(OK_TOKEN) {
        return as_it_is(trimmed);
    }
    let left = strip_edges(trimmed).filter(|left| !left.is_empty()).or_else(|| strip_edges(&bare));
    let Some(left) = left else {
        return as_it_is(trimmed);
    };
    #[expect(clippy::cast_precision_loss, reason = "a reply is far shorter than 2^52 characters")]
    let short = mode == Mode::Heartbeat && ecma::length(&left) as f64 <= ack_max;
    let skip = left.is_empty() || short;
    Stripped { skip, text: if skip { String::new() } else { left }, stripped: true }
}

/// Whether a reply says no more than that there is nothing to say: by [`strip`], or with [`SILENT_TOKEN`] alone.
pub fn is_acknowledgement(reply: &str, ack_max: f64) -> bool {
    strip(reply, Mode::Heartbeat, ack_max).skip || is_silent(reply)
}

/// Whether a reply is [`SILENT_TOKEN`], once or more, in any case, as a quoted word or with punctuation around.
pub fn is_silent(reply: &str) -> bool {
    let bare = ecma::trim(reply).trim_matches(|c: char| c.is_ascii_punctuation() && c != '_');
    let mut words = bare.split(ecma::is_white).filter(|word| !word.is_empty()).peekable();
    words.peek().is_some() && words.all(|word| word.eq_ignore_ascii_case(SILENT_TOKEN))
}

/// Without tags, `&nbsp;` and the marks of emphasis and code at its ends.
fn without_markup(text: &str) -> Cow<'_, str> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        // Without a closing bracket further on there is no tag any more.
        let Some(close) = rest[open..].find('>') else { break };
        plain.push_str(&rest[..open]);
        plain.push(' ');
        rest = &rest[open + close + 1..];
    }
    plain.push_str(rest);
    let plain = without_nbsp(&plain);
    let mark = |c| matches!(c, '*' | '`' | '~' | '_');
    Cow::Owned(plain.trim_matches(mark).to_owned())
}

fn without_nbsp(text: &str) -> String {
    const NBSP: &str = "&nbsp;";
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let found = rest.get(..NBSP.len()).is_some_and(|start| start.eq_ignore_ascii_case(NBSP));
        plain.push(if found { ' ' } else { '&' });
        rest = &rest[if found { NBSP.len() } else { 1 }..];
    }
    plain.push_str(rest);
    plain
}

/// Takes tokens off both ends until there is none; `None` if there never was one. A token at the end may have a
/// few characters after it, which stay.
fn strip_edges(text: &str) -> Option<String> {
    // The text is `body` and `tail` together; the tail holds what stood behind tokens taken off the end. Kept
    // apart, each step costs only what it takes off.
    let mut body = ecma::trim(text);
    let mut tail = String::new();
    let mut stripped = false;
    loop {
        body = ecma::trim_start(body);
        tail.truncate(ecma::trim_end(&tail).len());
        if tail.is_empty() {
            body = ecma::trim_end(body);
        }
        if body.is_empty() {
            let start = tail.len() - ecma::trim_start(&tail).len();
            tail.drain(..start);
        }
        if let Some(after) = body.strip_prefix(OK_TOKEN) {
            body = after;
        } else if let Some((before, after)) = split_at_last_token(body, ecma::length(&tail)) {
            body = ecma::trim_end(before);
            if body.is_empty() {
                tail.clear();
            } else {
                tail = ecma::trim_start(&format!("{after}{tail}")).to_owned();
            }
        } else {
            break;
        }
        stripped = true;
    }
    stripped.then(|| ecma::collapse(&format!("{body}{tail}")))
}

/// Splits around a token that nothing but a few characters follow, `behind` more of which are not in `text`.
fn split_at_last_token(text: &str, behind: usize) -> Option<(&str, &str)> {
    let mut units = behind;
    let mut end = text.len();
    for (at, c) in text.char_indices().rev() {
        if ecma::is_word(c) {
            break;
        }
        units += c.len_utf16();
        if units > TAIL_MAX {
            return None;
        }
        end = at;
    }
    Some((text[..end].strip_suffix(OK_TOKEN)?, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_goes_and_so_does_little_beside_it() {
        use Mode::{Heartbeat as H, Message as M};
        for (reply, mode, max, text, stripped) in [
            ("HEARTBEAT_OK", H, 300.0, None, true),
            ("  ", H, 300.0, None, false),
            ("**HEARTBEAT_OK**", H, 300.0, None, true),
            ("You have 3 unread urgent emails. HEARTBEAT_OK", H, 300.0, None, true),
            ("You have 3 unread urgent emails. HEARTBEAT_OK", H, 0.0, Some("You have 3 unread urgent emails."), true),
            ("the server is down", H, 300.0, Some("the server is down"), false),
            ("so HEARTBEAT_OK !!!", M, 300.0, Some("so!!!"), true),
            ("HEARTBEAT_OK!!!", M, 300.0, Some("!!!"), true),
            ("x HEARTBEAT_OK😀😀", M, 300.0, Some("x😀😀"), true),
            ("x HEARTBEAT_OK😀😀.", M, 300.0, Some("x HEARTBEAT_OK😀😀."), false),
            ("x HEARTBEAT_OK! HEARTBEAT_OK!", M, 300.0, Some("x!!"), true),
            ("x HEARTBEAT_OK!! HEARTBEAT_OK!!!", M, 300.0, Some("x HEARTBEAT_OK!!!!!"), true),
            ("HEARTBEAT_OKx", M, 300.0, Some("x"), true),
            ("<p>fine</p>&NBSP;HEARTBEAT_OK", M, 300.0, Some("<p>fine</p>&NBSP;"), true),
            ("<b>HEARTBEAT_OK</b>&NBSP;", M, 300.0, None, true),
            ("a < b HEARTBEAT_OK", M, 300.0, Some("a < b"), true),
            ("a\n\n b HEARTBEAT_OK", M, 300.0, Some("a b"), true),
        ] {
            let expected = Stripped { skip: text.is_none(), text: text.unwrap_or_default().to_owned(), stripped };
            assert_eq!(strip(reply, mode, max), expected, "{reply}");
        }
    }

    #[test]
    fn limits() {
        for (text, max) in [("4", 4.0), ("-5", 0.0), ("junk", 300.0), ("", 0.0), ("Infinity", 300.0), ("0x10", 16.0)] {
            assert!((ack_max_chars(text) - max).abs() < f64::EPSILON, "{text}");
        }
    }

    #[test]
    fn silence() {
        for (reply, silent) in [
            ("NO_REPLY", true),
            (" no_reply\nNO_REPLY ", true),
            ("\"NO_REPLY\"", true),
            ("**NO_REPLY**.", true),
            ("NO_REPLY: actual reminder", false),
            ("", false),
            ("!", false),
        ] {
            assert_eq!(is_silent(reply), silent, "{reply}");
        }
    }
}
