//! Whether a value seems to be made by chance, or by a person.

/// Whether `value` is a stand-in for a secret rather than one: `xxxx`, `your-token-here`, `${TOKEN}`.
pub(super) fn is_placeholder(value: &str) -> bool {
    const WORDS: [&str; 20] = [
        "example",
        "placeholder",
        "your",
        "changeme",
        "change_me",
        "change-me",
        "dummy",
        "redacted",
        "xxxx",
        "....",
        "insert",
        "replace",
        "abcdef",
        "123456789",
        "987654321",
        "qwerty",
        "sample",
        "my-secret",
        "test-token",
        "abc123",
    ];
    let mut seen = [false; 256];
    value.bytes().for_each(|byte| seen[usize::from(byte)] = true);
    if seen.iter().filter(|seen| **seen).count() < 7 {
        return true;
    }
    let low = value.to_ascii_lowercase();
    WORDS.iter().any(|word| low.contains(word))
}

/// Whether `value` seems to be made by chance: letters and digits mixed in one long run, many different ones.
/// Words, names, versions, dates, paths and UUIDs are not.
pub(super) fn is_random(value: &str) -> bool {
    let bytes = value.as_bytes();
    is_mixed(bytes) && !is_uuid(bytes) && !is_placeholder(value) && bits_per_byte(bytes) >= 3.2
}

/// Whether some run without separators has twelve letters and digits, and changes between them three times.
fn is_mixed(bytes: &[u8]) -> bool {
    bytes.split(|byte| matches!(byte, b'-' | b'_' | b'.' | b'/' | b'~')).any(|run| {
        let digits = |byte: &u8| byte.is_ascii_digit();
        run.len() >= 12 && run.windows(2).filter(|pair| digits(&pair[0]) != digits(&pair[1])).count() >= 3
    })
}

fn is_uuid(bytes: &[u8]) -> bool {
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Shannon's measure of how many bits a byte of this text carries, judged by the text alone.
fn bits_per_byte(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    bytes.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let total = bytes.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / total;
            -share * share.log2()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_and_people_are_told_apart() {
        for (value, expected) in [
            ("9fK2mQ7xVt4LwRz8BnYc", true),
            ("3b9f0c7ad2e84f16a5c0d97e1b82f634", true),
            ("b2Jx9Qd7+Lm4/Tz8Rk1WvA==", true),
            ("prod-db-password-2026", false),
            ("GH_TOKEN_FOR_RELEASES", false),
            ("generateTokenFromRequest", false),
            ("6f1c2d3e-8a7b-4c5d-9e0f-1a2b3c4d5e6f", false),
            ("your-9fK2mQ7xVt4LwRz8BnYc", false),
            ("xxxxxxxxxxxxxxxxxxxxxxxx", false),
            ("2026-11-20T10:15:00Z", false),
            ("packages/core/src/token2.rs", false),
        ] {
            assert_eq!(is_random(value), expected, "{value}");
        }
    }
}
