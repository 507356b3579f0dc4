//! Nothing of a value comes out, however it is written and cut; everything else does.

use super::*;

/// Numbers by chance, the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % most.max(1)
    }
}

fn streamed(live: &Live, text: &[u8], mut piece: impl FnMut() -> usize) -> Vec<u8> {
    let mut stream = live.stream();
    let mut out = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (now, then) = rest.split_at(piece().clamp(1, rest.len()));
        stream.feed(now, &mut out);
        rest = then;
    }
    stream.finish(&mut out);
    assert!(!stream.holds());
    out
}

#[test]
fn a_value_is_hidden_in_every_writing() {
    let value = "p@ss \"wörd\"/\\ 12+";
    let live = Live::new([("KEY", value)]);
    for way in written(value) {
        let text = [b"before ".as_slice(), &way, b" after"].concat();
        let hidden = streamed(&live, &text, || 1000);
        assert_eq!(String::from_utf8_lossy(&hidden), "before [secret KEY] after", "{}", String::from_utf8_lossy(&way));
    }
    assert_eq!(live.hide("nothing of it"), "nothing of it");
    assert_eq!(live.hide_bytes(b"nothing of \xff it"), None);
    assert_eq!(live.hide_bytes("\u{0}p@ss \"w\u{f6}rd\"/\\ 12+".as_bytes()).unwrap(), b"\0[secret KEY]");
    assert_eq!(live.hide("für p@ss \"wörd\"/\\ 12+ und mehr"), "für [secret KEY] und mehr");
}

#[test]
fn the_writings_are_those_of_others() {
    let whole = |text: &str| String::from_utf8(base64(text.as_bytes(), 0, STANDARD)).unwrap();
    // By the program `base64`: "Y29ycmVjdCBob3JzZQ==", without the letter that says two bits of it and the padding.
    assert_eq!(whole("correct horse"), "Y29ycmVjdCBob3JzZ");
    for (before, lead) in [(0, ""), (1, "x"), (2, "xx")] {
        let found = String::from_utf8(base64(b"correct horse", before, STANDARD)).unwrap();
        assert!(whole(&format!("{lead}correct horse, and more")).contains(&found), "{before} {found}");
    }
    assert_eq!(json("a\"b\\c\nd\u{1}é", false, false), "a\\\"b\\\\c\\nd\\u0001é");
    assert_eq!(json("é😀", true, false), "\\u00e9\\ud83d\\ude00");
    assert_eq!(url(b"a b/c~", b"-_.~", true, false), b"a%20b%2Fc~");
    assert_eq!(url(b"a b/c", b"-_.*", false, true), b"a+b%2fc");
    assert_eq!(hex(b"\xab\x01", false), b"ab01");
}

#[test]
fn values_in_one_another_are_hidden_whole() {
    let live = Live::new([("INNER", "secret-one"), ("OUTER", "my-secret-one-and-more"), ("NEXT", "more-than-that")]);
    assert_eq!(live.hide("x my-secret-one-and-more y"), "x [secret OUTER] y");
    assert_eq!(live.hide("x my-secret-one-and-more-than-that y"), "x [secret OUTER] y");
    assert_eq!(live.hide("x my-secret-one-and-mor y"), "x my-[secret INNER]-and-mor y");
}

#[test]
fn lines_of_a_key_are_hidden_by_themselves_and_its_frame_is_not() {
    let key = concat!(
        "-----BEGIN PRIV",
        "ATE KEY-----\nMIIEowIBAAKCAQEAx3k9Zq7vT1bY\np0sLrW8fJdHn2cGmQ5uEiKoXaS4t\n-----END PRIVATE KEY-----\n"
    );
    let live = Live::new([("PEM", key)]);
    assert_eq!(live.hide("> MIIEowIBAAKCAQEAx3k9Zq7vT1bY\n> other"), "> [secret PEM]\n> other");
    assert_eq!(live.hide("-----END PRIVATE KEY-----"), "-----END PRIVATE KEY-----");
}

#[test]
fn what_every_key_file_says_is_not_hidden_and_its_key_is_however_it_is_taken_out() {
    let account = "{\n  \"type\": \"service_account\",\n  \"private_key\": \"MIIEowIBAAKCAQEAx3k9Zq7v\\np0sLrW8fJdHn2cGmQ5uE\\n\"\n}";
    let live = Live::new([("GCP", account)]);
    for said in ["{", "  \"type\": \"service_account\",", "\"private_key\": \"…\""] {
        assert_eq!(live.hide(said), said);
    }
    assert_eq!(live.hide(account), "[secret GCP]");
    // As `jq -r .private_key` shows it, and as it stands in the file.
    assert_eq!(live.hide("MIIEowIBAAKCAQEAx3k9Zq7v\n- p0sLrW8fJdHn2cGmQ5uE"), "[secret GCP]\n- [secret GCP]");
    assert_eq!(live.hide("\"private_key\": \"MIIEowIBAAKCAQEAx3k9Zq7v\\np0s"), "\"private_key\": \"[secret GCP]\\np0s");
}

#[test]
fn no_more_is_held_back_than_may_be_a_beginning() {
    let live = Live::new([("KEY", "correct horse battery")]);
    let mut stream = live.stream();
    let mut out = Vec::new();
    stream.feed(b"a line that says nothing\n", &mut out);
    assert_eq!((String::from_utf8_lossy(&out).as_ref(), stream.holds()), ("a line that says nothing\n", false));
    stream.feed(b"correct hor", &mut out);
    assert!(stream.holds() && out.ends_with(b"nothing\n"));
    stream.feed(b"net", &mut out);
    assert!(out.ends_with(b"correct hornet"));
}

#[test]
fn a_value_that_overlaps_itself_without_end_takes_no_memory() {
    let live = Live::new([("KEY", "abababab")]);
    let mut stream = live.stream();
    let mut out = Vec::new();
    for _ in 0..10_000 {
        stream.feed(b"abababababababab", &mut out);
        assert!(stream.held.len() < 64 && stream.spans.len() <= 1, "{}", stream.held.len());
    }
    stream.feed(b" end", &mut out);
    stream.finish(&mut out);
    assert_eq!(String::from_utf8_lossy(&out), "[secret KEY] end");
}

/// One case: values by chance, many of them like each other, planted by chance in a text of their own letters, cut by
/// chance in three ways.
fn case(chance: &mut Chance) {
    let letters: &[u8] = if chance.below(2) == 0 { b"ab\"/ " } else { b"aZ9+/=-_ \"\\\n%&" };
    let word = |chance: &mut Chance, least: usize, more: usize| -> String {
        let length = least + chance.below(more);
        (0..length).map(|_| char::from(letters[chance.below(letters.len())])).collect()
    };
    let values: Vec<String> = (0..1 + chance.below(4)).map(|_| word(chance, 8, 20)).collect();
    let live = Live::new(values.iter().map(|value| ("K", value.as_str())));
    let mut text = Vec::new();
    for _ in 0..chance.below(6) {
        let between = word(chance, 0, 12);
        text.extend_from_slice(between.as_bytes());
        let ways = written(&values[chance.below(values.len())]);
        let way = &ways[chance.below(ways.len())];
        // Whole, or only its beginning.
        let length = if chance.below(4) == 0 { chance.below(way.len()) } else { way.len() };
        text.extend_from_slice(&way[..length]);
    }
    let whole = streamed(&live, &text, || usize::MAX);
    assert_eq!(streamed(&live, &text, || 1), whole, "byte by byte: {values:?}");
    assert_eq!(streamed(&live, &text, || 1 + chance.below(9)), whole, "by chance: {values:?}");
    // The same by another way: every place where a pattern stands, tried one by one.
    let mut hidden = vec![false; text.len()];
    for way in values.iter().flat_map(|value| written(value)).filter(|way| way.len() >= PATTERN_BYTES_MIN) {
        for at in 0..=text.len().saturating_sub(way.len()) {
            if text[at..].starts_with(&way) {
                hidden[at..at + way.len()].fill(true);
            }
        }
    }
    let kept: Vec<u8> = text.iter().zip(&hidden).filter(|(_, hidden)| !**hidden).map(|(byte, _)| *byte).collect();
    let mut shown = Vec::new();
    let mut rest = whole.as_slice();
    while let Some(byte) = rest.first() {
        // No letter of a mark but those is among the letters of texts, so that a mark is told from what was there.
        rest = rest.strip_prefix(b"[secret K]").unwrap_or_else(|| {
            shown.push(*byte);
            &rest[1..]
        });
    }
    assert_eq!(String::from_utf8_lossy(&shown), String::from_utf8_lossy(&kept), "{values:?}");
}

proptest::proptest! {
    /// Eight cases for each of proptest's: some thousand here, and a hundred thousand with `PROPTEST_CASES=12500`.
    #[test]
    fn nothing_leaks_and_nothing_else_is_hidden_however_it_is_cut(seed in 1u64..) {
        let mut chance = Chance(seed);
        for _ in 0..8 {
            case(&mut chance);
        }
    }
}
