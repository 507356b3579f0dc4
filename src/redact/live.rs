//! Hiding values that are known, wherever they stand and however they are written: [`Live`] knows them, [`Stream`] hides
//! them in what comes piece by piece.
//!
//! A value is looked for plain, as JSON writes it (once and twice), as URLs and forms do, in hexadecimal, and in base64
//! of both alphabets at each of the three places at which it may begin in what was encoded; of one with several lines or
//! fields what of it is a secret by itself also alone. It is not found reversed, compressed, encrypted, spelled letter by letter or broken
//! into lines that it does not have: nobody can say what all of that is.
//!
//! A stream holds back what may be the beginning of a value, and nothing else, until it is told what follows. What comes
//! out does not depend on how it was cut.

use super::parts::parts;
use aho_corasick::MatchKind;
use aho_corasick::automaton::Automaton as _;
use aho_corasick::nfa::contiguous::{Builder, NFA};
use aho_corasick::{Anchored, automaton::StateID};
use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Shortest pattern, in bytes. A shorter rest of an encoded value stands by chance in every long text.
pub const PATTERN_BYTES_MIN: usize = 6;

/// What a value is replaced by, around its name. Nothing in it means something to JSON, to a shell or to Markdown.
const MARK: (&str, &str) = ("[secret ", "]");

/// Values that are known.
#[derive(Clone, Default)]
pub struct Live(Option<Arc<Known>>);

struct Known {
    automaton: NFA,
    start: StateID,
    /// Every pattern in order, to tell whether a text may be the beginning of one.
    patterns: Vec<(Box<[u8]>, Arc<str>)>,
    /// Whether a pattern begins with this byte.
    first: [bool; 256],
    longest: usize,
}

/// A place where a value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its bytes.
    pub span: Range<usize>,
    /// The secret whose value it is.
    pub name: Arc<str>,
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Live({} patterns)", self.0.as_ref().map_or(0, |known| known.patterns.len()))
    }
}

impl Live {
    /// Knows these values, by the names of their secrets. Where two are written the same, the first name is told.
    pub fn new<'v>(values: impl IntoIterator<Item = (&'v str, &'v str)>) -> Self {
        let mut patterns: BTreeMap<Box<[u8]>, Arc<str>> = BTreeMap::new();
        for (name, value) in values {
            let name: Arc<str> = name.into();
            for pattern in written(value) {
                if pattern.len() >= PATTERN_BYTES_MIN {
                    patterns.entry(pattern.into()).or_insert_with(|| Arc::clone(&name));
                }
            }
        }
        let patterns: Vec<(Box<[u8]>, Arc<str>)> = patterns.into_iter().collect();
        // Only as many patterns as no company has, or as no memory holds, are refused.
        let built = Builder::new().match_kind(MatchKind::Standard).build(patterns.iter().map(|(pattern, _)| pattern));
        let Ok(automaton) = built else { return Self::default() };
        let Ok(start) = automaton.start_state(Anchored::No) else { return Self::default() };
        if patterns.is_empty() {
            return Self::default();
        }
        let mut first = [false; 256];
        for (pattern, _) in &patterns {
            first[usize::from(pattern[0])] = true;
        }
        let longest = patterns.iter().map(|(pattern, _)| pattern.len()).max().unwrap_or(0);
        Self(Some(Arc::new(Known { automaton, start, patterns, first, longest })))
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Where values stand, in order; places do not overlap.
    pub fn find(&self, bytes: &[u8]) -> Vec<Seen> {
        let Some(known) = &self.0 else { return Vec::new() };
        let mut spans = VecDeque::new();
        let mut state = known.start;
        known.scan(&mut state, bytes, 0, &mut spans);
        spans.into()
    }

    /// The text with every value replaced by the name of its secret.
    pub fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let found = self.find(text.as_bytes());
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut hidden = String::with_capacity(text.len());
        let mut end = 0;
        for seen in found {
            // What stands around a value may be cut in a letter; values themselves are text.
            hidden.push_str(text.get(end..seen.span.start).unwrap_or_default());
            hidden.push_str(MARK.0);
            hidden.push_str(&seen.name);
            hidden.push_str(MARK.1);
            end = seen.span.end;
        }
        hidden.push_str(text.get(end..).unwrap_or_default());
        Cow::Owned(hidden)
    }

    /// The same of bytes that need be no text; `None`: there is no value in them.
    pub fn hide_bytes(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        if self.find(bytes).is_empty() {
            return None;
        }
        let mut hidden = Vec::with_capacity(bytes.len());
        let mut stream = self.stream();
        stream.feed(bytes, &mut hidden);
        stream.finish(&mut hidden);
        Some(hidden)
    }

    /// Hides values in what comes piece by piece.
    pub fn stream(&self) -> Stream {
        let state = self.0.as_ref().map(|known| known.start);
        Stream { live: self.clone(), state, held: Vec::new(), at: 0, done: 0, spans: VecDeque::new() }
    }
}

impl Known {
    /// Goes on through `bytes`, the first of which is number `at`, and adds the places of values.
    fn scan(&self, state: &mut StateID, bytes: &[u8], at: usize, spans: &mut VecDeque<Seen>) {
        let automaton = &self.automaton;
        let mut here = *state;
        for (place, byte) in bytes.iter().enumerate() {
            here = automaton.next_state(Anchored::No, here, *byte);
            if automaton.is_special(here) && automaton.is_match(here) {
                // The first is the longest: all that end here lie in it.
                let (pattern, name) = &self.patterns[automaton.match_pattern(here, 0).as_usize()];
                let end = at + place + 1;
                add(spans, Seen { span: end - pattern.len()..end, name: Arc::clone(name) });
            }
        }
        *state = here;
    }

    /// Where in `tail` the longest beginning of a pattern starts that goes on to its end.
    fn may_begin(&self, tail: &[u8]) -> usize {
        let from = tail.len().saturating_sub(self.longest - 1);
        let begins = |at: &usize| {
            let rest = &tail[*at..];
            self.first[usize::from(rest[0])] && {
                let next = self.patterns.partition_point(|(pattern, _)| **pattern < *rest);
                self.patterns.get(next).is_some_and(|(pattern, _)| pattern.starts_with(rest))
            }
        };
        (from..tail.len()).find(begins).unwrap_or(tail.len())
    }
}

/// Adds a place that ends behind all before it; those it overlaps become one with it.
fn add(spans: &mut VecDeque<Seen>, mut seen: Seen) {
    while let Some(last) = spans.back()
        && last.span.end > seen.span.start
    {
        if last.span.start <= seen.span.start {
            seen.span.start = last.span.start;
            seen.name = Arc::clone(&last.name);
        }
        spans.pop_back();
    }
    spans.push_back(seen);
}

/// Hides values in what comes piece by piece.
#[derive(Debug)]
pub struct Stream {
    live: Live,
    state: Option<StateID>,
    /// What was not handed on yet; the first byte is number `done`.
    held: Vec<u8>,
    /// How many bytes came.
    at: usize,
    /// How many of them were handed on or hidden.
    done: usize,
    /// Places of values that were not handed on yet.
    spans: VecDeque<Seen>,
}

impl Stream {
    /// Takes a piece, and adds to `out` what is known not to be part of a value, or what stands for one.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let (Some(known), Some(state)) = (self.live.0.clone(), self.state.as_mut()) else {
            out.extend_from_slice(bytes);
            return;
        };
        known.scan(state, bytes, self.at, &mut self.spans);
        self.held.extend_from_slice(bytes);
        self.at += bytes.len();
        let safe = self.done + known.may_begin(&self.held);
        self.hand_on(safe, out);
    }

    /// Adds what is left: nothing follows.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.hand_on(self.at, out);
        self.state = self.live.0.as_ref().map(|known| known.start);
    }

    /// Whether something is held back.
    pub fn holds(&self) -> bool {
        self.done < self.at
    }

    /// Hands on what lies before `safe`, where the first value may begin that is not known yet.
    fn hand_on(&mut self, safe: usize, out: &mut Vec<u8>) {
        let base = self.done;
        let mut cursor = base;
        while let Some(seen) = self.spans.front().filter(|seen| seen.span.end <= safe) {
            if cursor < seen.span.start {
                out.extend_from_slice(&self.held[cursor - base..seen.span.start - base]);
            }
            out.extend_from_slice(MARK.0.as_bytes());
            out.extend_from_slice(seen.name.as_bytes());
            out.extend_from_slice(MARK.1.as_bytes());
            cursor = seen.span.end;
            self.spans.pop_front();
        }
        // A value that may yet be longer is not shown; what lies in it is needed no more.
        let until = self.spans.front().map_or(safe, |seen| seen.span.start.min(safe));
        if cursor < until {
            out.extend_from_slice(&self.held[cursor - base..until - base]);
        }
        cursor = cursor.max(safe);
        self.held.drain(..cursor - base);
        self.done = cursor;
    }
}

/// All the ways in which a value is looked for.
fn written(value: &str) -> Vec<Vec<u8>> {
    let mut ways: Vec<Vec<u8>> = ways_of(value);
    ways.extend(parts(value).iter().flat_map(|part| ways_of(part)));
    ways
}

fn ways_of(value: &str) -> Vec<Vec<u8>> {
    let bytes = value.as_bytes();
    let mut ways = vec![bytes.to_vec()];
    for once in [json(value, false, false), json(value, true, false), json(value, false, true)] {
        ways.push(json(&once, false, false).into_bytes());
        ways.push(once.into_bytes());
    }
    for upper in [true, false] {
        // What is left as it is: by RFC 3986; by JavaScript's `encodeURIComponent`; by forms, with `+` for a space.
        ways.push(url(bytes, b"-_.~", upper, false));
        ways.push(url(bytes, b"-_.~!*'()", upper, false));
        ways.push(url(bytes, b"-_.*", upper, true));
        // Older and stricter ones leave no `~` and no `*`.
        ways.push(url(bytes, b"-_.", upper, false));
        ways.push(url(bytes, b"-_.", upper, true));
        ways.push(hex(bytes, upper));
    }
    for alphabet in [STANDARD, URL_SAFE] {
        ways.extend((0..3).map(|before| base64(bytes, before, alphabet)));
    }
    ways
}

/// A text as it stands between quotes in JSON; `ascii`: with everything else as `\u…`, `slash`: with `\/`.
fn json(text: &str, ascii: bool, slash: bool) -> String {
    let mut written = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '/' if slash => written.push_str("\\/"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            '\u{8}' => written.push_str("\\b"),
            '\u{c}' => written.push_str("\\f"),
            control if control < ' ' => written.extend([format!("\\u{:04x}", u32::from(control))]),
            other if ascii && !other.is_ascii() => {
                let mut units = [0; 2];
                written.extend(other.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
            }
            other => written.push(other),
        }
    }
    written
}

fn digit(nibble: u8, upper: bool) -> u8 {
    let digits: &[u8; 16] = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    digits[usize::from(nibble & 15)]
}

fn hex(bytes: &[u8], upper: bool) -> Vec<u8> {
    bytes.iter().flat_map(|byte| [digit(byte >> 4, upper), digit(*byte, upper)]).collect()
}

fn url(bytes: &[u8], kept: &[u8], upper: bool, form: bool) -> Vec<u8> {
    let mut written = Vec::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b' ' if form => written.push(b'+'),
            plain if plain.is_ascii_alphanumeric() || kept.contains(plain) => written.push(*plain),
            other => written.extend([b'%', digit(other >> 4, upper), digit(*other, upper)]),
        }
    }
    written
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The letters of base64 that say these bytes and nothing else, when `before` bytes (up to a multiple of three) stand before
/// them.
fn base64(bytes: &[u8], before: usize, alphabet: &[u8; 64]) -> Vec<u8> {
    let bit = |number: usize| -> usize {
        let byte = (number / 8).checked_sub(before).and_then(|at| bytes.get(at)).copied().unwrap_or(0);
        usize::from(byte >> (7 - number % 8)) & 1
    };
    let (from, to) = ((8 * before).div_ceil(6), 8 * (before + bytes.len()) / 6);
    let letter = |at: usize| alphabet[(0..6).fold(0, |index, offset| index << 1 | bit(6 * at + offset))];
    (from..to).map(letter).collect()
}

#[cfg(test)]
mod tests;
