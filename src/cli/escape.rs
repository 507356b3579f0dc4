//! Text from files and commits, made harmless for a terminal: nobody's commit moves the cursor or hides a line.

use crate::redact;

/// One line: everything that is not plainly visible is shown as its code, and what looks like a secret is masked.
pub fn line(text: &str) -> String {
    let mut shown = String::new();
    push_line(&mut shown, text);
    shown
}

/// The same, behind what stands there already.
pub fn push_line(shown: &mut String, text: &str) {
    push(shown, &redact::mask(text), |_| false);
}

/// A text of several lines, the same way; line ends and tabs stay.
pub fn lines(text: &str) -> String {
    escaped(&redact::mask(text), |c| matches!(c, '\n' | '\t'))
}

/// A text as it is, but for what would act on the terminal.
pub fn harmless(text: &str) -> String {
    escaped(text, |c| matches!(c, '\n' | '\t'))
}

fn escaped(text: &str, kept: impl Fn(char) -> bool) -> String {
    let mut shown = String::new();
    push(&mut shown, text, kept);
    shown
}

fn push(shown: &mut String, text: &str, kept: impl Fn(char) -> bool) {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return shown.push_str(text);
    }
    shown.reserve(text.len());
    for c in text.chars() {
        if kept(c) || !acts(c) {
            shown.push(c);
        } else {
            shown.extend(c.escape_unicode());
        }
    }
}

/// Whether a character acts instead of being seen: controls, line breaks, changes of direction, nothing at all.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_shown_and_what_is_seen_stays() {
        for (text, expected) in [
            ("Grüße, 👩\u{200d}🚀 – fine", "Grüße, 👩\u{200d}🚀 – fine"),
            ("a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
            ("a\nb\tc\r", "a\\u{a}b\\u{9}c\\u{d}"),
            ("evil\u{202e}gpj", "evil\\u{202e}gpj"),
            ("\u{9b}31m", "\\u{9b}31m"),
        ] {
            assert_eq!(line(text), expected);
        }
        assert_eq!(lines("a\n\tb\r\n"), "a\n\tb\\u{d}\n");
    }
}
