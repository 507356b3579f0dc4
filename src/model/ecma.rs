//! Text rules of ECMAScript, where a format that others read with JavaScript depends on them: what white
//! space is, how long a text is, what a number or a length of time looks like.
//!
//! `HEARTBEAT.md` comes from a program written in JavaScript. Rust's own rules differ in the corners (a byte
//! order mark is white space there, the next-line character is not), and people's files live in those corners.

/// Whether `c` is white space to `\s` and `String.prototype.trim`.
pub fn is_white(c: char) -> bool {
    matches!(
        c,
        '\u{9}'..='\u{d}' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}'
            | '\u{202f}' | '\u{205f}' | '\u{3000}' | '\u{feff}'
    )
}

/// Whether `c` is a word character to `\w`.
pub fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// `text.trim()`
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_white)
}

/// `text.trimStart()`
pub fn trim_start(text: &str) -> &str {
    text.trim_start_matches(is_white)
}

/// `text.trimEnd()`
pub fn trim_end(text: &str) -> &str {
    text.trim_end_matches(is_white)
}

/// `text.length`: UTF-16 units.
pub fn length(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// `text.replace(/\s+/g, " ").trim()`
pub fn collapse(text: &str) -> String {
    let mut collapsed = String::with_capacity(text.len());
    for word in text.split(is_white).filter(|word| !word.is_empty()) {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    collapsed
}

/// `Number(text)`; not a number is `NaN`.
pub fn number(text: &str) -> f64 {
    let text = trim(text);
    if text.is_empty() {
        return 0.0;
    }
    for (prefix, radix) in [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let value = |digits: &str| {
                digits.chars().try_fold(0.0, |sum, c| Some(sum * f64::from(radix) + f64::from(c.to_digit(radix)?)))
            };
            return if digits.is_empty() { f64::NAN } else { value(digits).unwrap_or(f64::NAN) };
        }
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned == "Infinity" {
        return if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    // Rust reads more than JavaScript does: `inf`, `nan`. What begins with a digit or a point is the same in both.
    if unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        text.parse().unwrap_or(f64::NAN)
    } else {
        f64::NAN
    }
}

/// Largest whole number that is exact in JavaScript; longer times are refused by the original, too.
pub const SAFE_INTEGER_MAX: u64 = (1 << 53) - 1;

/// Units of a length of time with their milliseconds.
pub const DURATION_UNITS: [(&str, u64); 5] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Reads a length of time in milliseconds: a number with unit, a run of them without gaps (`1h30m`), or a bare
/// number that takes `default_unit`. Decimals are allowed and the sum is rounded; upper and lower case are the
/// same; white space around is passed over. This is the grammar OpenClaw uses for `every` and task intervals.
///
/// # Errors
/// What is wrong, in words.
pub fn duration_ms(text: &str, default_unit: &str) -> Result<u64, String> {
    let text = trim(text).to_ascii_lowercase();
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    let mut rest = text.as_str();
    let mut total_ms = 0.0_f64;
    while !rest.is_empty() {
        let first = rest.len() == text.len();
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let number = decimal(number).ok_or("a number with a unit is expected, such as `30m`")?;
        let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let unit = if unit.is_empty() && first && tail.is_empty() { default_unit } else { unit };
        let Some((_, scale)) = DURATION_UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err("the unit is one of ms, s, m, h, d".to_owned());
        };
        #[expect(clippy::cast_precision_loss, reason = "the scales are small powers of ten and sixty")]
        let scale = *scale as f64;
        total_ms += number * scale;
        rest = tail;
    }
    let total_ms = total_ms.round();
    #[expect(clippy::cast_precision_loss, reason = "the number has 53 bits")]
    if !total_ms.is_finite() || total_ms > SAFE_INTEGER_MAX as f64 {
        return Err("it is too long".to_owned());
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to lie between 0 and 2^53")]
    Ok(total_ms as u64)
}

/// Reads `12` or `12.5`; no sign, no bare point.
fn decimal(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits(whole) && digits(fraction) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_javascripts() {
        for (text, trimmed) in [
            ("\u{a0}a\u{feff}", "a"),
            ("\u{200b}", "\u{200b}"),
            ("\u{85}", "\u{85}"),
            ("\u{2003}\u{3000}\t\r\n", ""),
            ("\u{180e}", "\u{180e}"),
        ] {
            assert_eq!(trim(text), trimmed, "{text:?}");
        }
        assert_eq!(collapse(" a\u{a0}\n b "), "a b");
        assert_eq!((length("é"), length("😀")), (1, 2));
    }

    #[test]
    fn numbers_are_javascripts() {
        for (text, value) in [
            ("", 0.0),
            (" 4 ", 4.0),
            ("-5", -5.0),
            ("+.5", 0.5),
            ("5.", 5.0),
            ("1e2", 100.0),
            ("0x1F", 31.0),
            ("0b101", 5.0),
            ("-Infinity", f64::NEG_INFINITY),
        ] {
            assert!((number(text) - value).abs() < f64::EPSILON || number(text).total_cmp(&value).is_eq(), "{text}");
        }
        for text in ["abc", "4px", "inf", "nan", "infinity", "-0x1", "0x", "0b2", "1_000", "--1", ".", "1e", "4 4"] {
            assert!(number(text).is_nan(), "{text}");
        }
    }

    #[test]
    fn lengths_of_time() {
        for (text, unit, expected) in [
            ("10000", "ms", Some(10_000)),
            ("5", "m", Some(300_000)),
            ("1.5", "h", Some(5_400_000)),
            ("1h30m", "m", Some(5_400_000)),
            ("1H30M10S", "m", Some(5_410_000)),
            ("\u{feff} 30m\u{a0}", "m", Some(1_800_000)),
            ("1m1m", "m", Some(120_000)),
            ("0.0004s", "m", Some(0)),
            ("0.5ms", "m", Some(1)),
            ("104249991d", "m", Some(104_249_991 * 86_400_000)),
            ("104249992d", "m", None),
            ("1h30", "m", None),
            ("1h 30m", "m", None),
            ("1.5.5s", "m", None),
            ("5.", "m", None),
            ("1mms", "m", None),
            ("٣m", "m", None),
        ] {
            assert_eq!(duration_ms(text, unit).ok(), expected, "{text}");
        }
    }
}
