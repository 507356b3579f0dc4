//! Finding secret-looking text in any text, and making it unreadable.
//!
//! Two looks are taken. [`known`] knows what the tokens of well-known services begin with; [`assigned`] looks at
//! values given to names such as `password` and reports those that seem to be made by chance. Neither asks
//! anybody, so neither knows whether a secret is real: placeholders, hashes, UUIDs and names of secrets are
//! passed over, and a password made of words is not noticed.
//!
//! Every file of a company goes through [`find`] (`cargo bench -- redact` measures it). A secret's value
//! that is known is hidden by [`live`].

mod assigned;
mod chance;
mod known;
pub mod live;
mod parts;

use std::borrow::Cow;
use std::ops::Range;

/// A place in a text that looks like a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The bytes of the secret. They are ASCII.
    pub span: Range<usize>,
    /// What it looks like, with its article: "a GitHub token".
    pub kind: &'static str,
    /// How many bytes at the start of `span` only tell the kind, such as `ghp_`; the rest is never shown.
    pub lead: usize,
}

impl Found {
    /// The bytes that are never shown.
    pub fn hidden(&self) -> Range<usize> {
        self.span.start + self.lead..self.span.end
    }
}

/// Shortest text that holds something that looks like a secret, in bytes: a password of six in the address of somebody without
/// a name. Everything else is longer.
const BYTES_MIN: usize = "://:secret@".len();

/// Finds what looks like a secret, in the order of the text. Places do not overlap.
pub fn find(text: &str) -> Vec<Found> {
    // What is asked about is often nothing or a word, and then the prefixes need not be compiled: a run that says nothing is
    // started in half the time, and most cells of a list are words.
    if text.len() < BYTES_MIN {
        return Vec::new();
    }
    let mut found = known::find(text);
    found.extend(assigned::find(text));
    // Where both looks see something, the first to begin tells the kind, and nothing of the other stays visible.
    found.sort_by_key(|found| found.span.start);
    found.dedup_by(|next, before| {
        let overlap = next.span.start < before.span.end;
        if overlap {
            before.span.end = before.span.end.max(next.span.end);
        }
        overlap
    });
    found
}

/// The text with every byte of a secret replaced by `*`; line ends stay. Lengths and places do not change.
pub fn mask(text: &str) -> Cow<'_, str> {
    let found = find(text);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    let mut end = 0;
    for found in found {
        let hidden = found.hidden();
        masked.push_str(&text[end..hidden.start]);
        masked.extend(
            text[hidden.clone()].chars().map(|letter| if matches!(letter, '\n' | '\r') { letter } else { '*' }),
        );
        end = hidden.end;
    }
    masked.push_str(&text[end..]);
    Cow::Owned(masked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_keeps_every_place() {
        let secret = concat!("gh", "p_7Kq2mVx9RtLw4BzNc8YhJd3FsGp6QaTe1UiX");
        let text = format!("Grüße\ntoken: {secret} # keep\nmore\n");
        let masked = mask(&text);
        assert_eq!(masked, format!("Grüße\ntoken: ghp_{} # keep\nmore\n", "*".repeat(36)));
        assert_eq!(masked.len(), text.len());
        assert!(matches!(mask("nothing here: at all"), Cow::Borrowed(_)));
    }

    #[test]
    fn no_text_is_too_short_that_holds_one() {
        let shortest = concat!(":/", "/:k9Q2mV@");
        assert_eq!((shortest.len(), find(shortest).len()), (BYTES_MIN, 1));
    }

    #[test]
    fn what_two_looks_see_in_part_is_hidden_whole() {
        let token = concat!("gh", "p_7Kq2mVx9RtLw4BzNc8YhJd3FsGp6QaTe1UiX");
        let text = format!("token: {token}/9fK2mQ7xVt4LwRz8");
        assert_eq!(mask(&text), format!("token: ghp_{}", "*".repeat(36 + 17)));
    }

    #[test]
    fn places_are_in_order_and_apart_and_a_mask_leaves_nothing_to_find() {
        let key = concat!(
            "-----BEGIN RSA PRIV",
            "ATE KEY-----\nMIIEowIBAAKCAQEAx3k9Zq7vT1bYp0sLrW8fJdHn2cGm\nQ5uEiKoXaS4tVwRyBzNlPjMhFgDcUq6e\n-----END RSA PRIVATE KEY-----"
        );
        let pat = concat!("github_", "pat_11ABCDE7Kq2mVx9RtLw4_BzNc8YhJd3FsGp6QaTe1UiX");
        let text = format!("api_key = \"{pat}\"\n{key}\nclient_secret: 9fK2mQ7xVt4LwRz8BnYc\n");
        let found = find(&text);
        assert_eq!(
            found.iter().map(|found| found.kind).collect::<Vec<_>>(),
            ["a GitHub token", "a private key", "a secret value"]
        );
        for pair in found.windows(2) {
            assert!(pair[0].span.end <= pair[1].span.start);
        }
        let masked = mask(&text);
        assert_eq!(masked.lines().count(), text.lines().count());
        assert_eq!(find(&masked), []);
    }
}
