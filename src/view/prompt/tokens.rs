//! How many tokens a text is, roughly: every model counts differently, and none is asked for this.

/// Characters of English and code that make one token, as models of today count them.
const ASCII_PER_TOKEN: u64 = 4;

/// Tokens of text: one for four characters of ASCII, two for three of anything else.
pub fn estimate(text: &str) -> u64 {
    let ascii = text.bytes().filter(u8::is_ascii).count() as u64;
    let others = text.chars().count() as u64 - ascii;
    ascii.div_ceil(ASCII_PER_TOKEN) + (others * 2).div_ceil(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates() {
        for (text, tokens) in [("", 0), ("word", 1), ("words", 2), ("漢字漢", 2), ("ab漢", 2)] {
            assert_eq!(estimate(text), tokens, "{text}");
        }
    }
}
