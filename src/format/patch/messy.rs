//! For tests: documents as people write them, made of a tape of choices, so that a failure shrinks.

use super::Value;
use crate::diag::KeyPath;
use std::ops::Range;

/// Choices, one after the other; an empty tape chooses the simplest.
#[derive(Debug, Clone)]
pub(crate) struct Tape<'t>(&'t [u8]);

impl<'t> Tape<'t> {
    pub(crate) fn new(bytes: &'t [u8]) -> Self {
        Self(bytes)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                usize::from(*first) % limit
            }
            None => 0,
        }
    }

    pub(crate) fn pick<'p, T: ?Sized>(&mut self, from: &[&'p T]) -> &'p T {
        from[self.below(from.len())]
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == one_in - 1
    }
}

/// A document and what it is made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Messy {
    /// The path of the file.
    pub(crate) file: &'static str,
    /// Its text.
    pub(crate) text: String,
    /// Every entry and item in block notation: its path and its bytes, with the line end.
    pub(crate) block: Vec<(KeyPath, Range<usize>)>,
    /// Every entry and item in flow notation.
    pub(crate) flow: Vec<(KeyPath, Range<usize>)>,
    eol: &'static str,
    dash: usize,
    step: usize,
    comments: usize,
    literal: bool,
    /// Anchors so far, if there are to be any.
    anchors: Option<usize>,
}

const KEYS: &[&str] = &["a", "b", "name", "status", "'q k'", "\"d\"", "ä", "labels", "on", "x-y"];
const SCALARS: &[&str] = &[
    "x",
    "1",
    "true",
    "~",
    "null",
    "'x'",
    "\"y\"",
    "'it''s'",
    "\"a\\nb\"",
    "2.00 USD",
    "a b",
    "http://x/#y",
    "''",
    "-1",
    "2026-01-02",
    "no",
];

impl Messy {
    pub(crate) fn new(tape: &mut Tape<'_>) -> Self {
        Self::make(tape, None)
    }

    /// A document with anchors, aliases and tags: some edits of it are refused.
    pub(crate) fn tangled(tape: &mut Tape<'_>) -> Self {
        Self::make(tape, Some(0))
    }

    fn make(tape: &mut Tape<'_>, anchors: Option<usize>) -> Self {
        let mut messy = Self { file: "vaults/a.yaml", step: 2 + 2 * tape.below(2), anchors, ..Self::default() };
        messy.eol = tape.pick(&["\n", "\r\n"]);
        messy.dash = tape.below(2) * messy.step;
        let markdown = tape.chance(2);
        if tape.chance(5) {
            messy.text.push('\u{feff}');
        }
        if markdown {
            messy.file = "goals/a.md";
            messy.put("---");
            messy.line();
        }
        if !tape.chance(12) {
            messy.map(tape, 0, 3, &KeyPath::default(), true);
        }
        if tape.chance(4) {
            messy.gap(tape, 0);
        }
        if markdown {
            messy.put("---");
            messy.line();
            messy.put("# Body\n\n--- a: 1\n");
        } else if tape.chance(4) && messy.text.ends_with('\n') && !messy.literal {
            let length = messy.text.trim_end_matches(['\r', '\n']).len();
            messy.text.truncate(length);
            for (_, range) in messy.block.iter_mut().chain(&mut messy.flow) {
                range.end = range.end.min(length);
            }
        }
        messy
    }

    fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn line(&mut self) {
        self.text.push_str(self.eol);
        self.literal = false;
    }

    fn comment(&mut self) {
        self.comments += 1;
        let comment = format!("# c{}: x", self.comments);
        self.put(&comment);
    }

    /// A blank line or a comment on a line of its own.
    fn gap(&mut self, tape: &mut Tape<'_>, column: usize) {
        if tape.chance(4) && !self.literal {
            self.line();
        }
        if tape.chance(4) {
            self.put(&" ".repeat(column));
            self.comment();
            self.line();
        }
    }

    /// The end of a line, perhaps with a comment.
    fn end(&mut self, tape: &mut Tape<'_>) {
        if tape.chance(4) {
            self.put(" ");
            self.comment();
        }
        self.line();
    }

    fn map(&mut self, tape: &mut Tape<'_>, column: usize, depth: usize, path: &KeyPath, mut on_new_line: bool) {
        let first = tape.below(KEYS.len());
        for offset in 0..1 + tape.below(4) {
            let key = KEYS[(first + offset) % KEYS.len()];
            if on_new_line {
                self.gap(tape, column);
            }
            let start = self.text.len();
            if on_new_line {
                self.put(&" ".repeat(column));
            }
            on_new_line = true;
            self.put(key);
            self.put(":");
            let path = path.clone().key(key.trim_matches(['\'', '"']));
            self.value(tape, column, depth, &path, false);
            self.block.push((path, start..self.text.len()));
        }
    }

    fn list(&mut self, tape: &mut Tape<'_>, column: usize, depth: usize, path: &KeyPath, mut on_new_line: bool) {
        for index in 0..1 + tape.below(3) {
            if on_new_line {
                self.gap(tape, column);
            }
            let start = self.text.len();
            if on_new_line {
                self.put(&" ".repeat(column));
            }
            on_new_line = true;
            self.put("-");
            let path = path.clone().index(index);
            self.value(tape, column, depth, &path, true);
            self.block.push((path, start..self.text.len()));
        }
    }

    /// A value behind a key or a dash at `column`, with everything to the end of its last line.
    fn value(&mut self, tape: &mut Tape<'_>, column: usize, depth: usize, path: &KeyPath, dash: bool) {
        let inner = if dash { column + 2 } else { column + self.step };
        let deep = if depth == 0 { 7 } else { 11 };
        if let Some(anchors) = self.anchors {
            match tape.below(4) {
                0 if anchors > 0 => {
                    let alias = format!(" *k{}", 1 + tape.below(anchors));
                    self.put(&alias);
                    return self.end(tape);
                }
                1 => {
                    let anchor = format!(" &k{}", anchors + 1);
                    self.put(&anchor);
                    self.put(" ");
                    self.put(tape.pick(&["x", "'y'", "[x, {a: 1}]", "{b: 2}"]));
                    self.anchors = Some(anchors + 1);
                    return self.end(tape);
                }
                2 => {
                    self.put(tape.pick(&[" !!str 1", " !mine x", " !!str"]));
                    return self.end(tape);
                }
                _ => {}
            }
        }
        match tape.below(deep) {
            0 => {
                self.put(" ");
                self.put(tape.pick(SCALARS));
                self.end(tape);
            }
            1 => self.end(tape),
            2 | 3 => {
                self.put(" ");
                self.flow(tape, path, 2);
                self.end(tape);
            }
            4 => {
                self.put(tape.pick(&[" |", " |-", " |+", " >", " >-"]));
                self.end(tape);
                for _ in 0..1 + tape.below(2) {
                    self.put(&" ".repeat(inner));
                    self.put(tape.pick(&["some text", "# not a comment", "a: 1"]));
                    self.line();
                }
                if tape.chance(3) {
                    self.line();
                }
                self.literal = true;
            }
            5 => {
                self.put(tape.pick(&[" one", " 'one", " \"one"]));
                let close = self.text[self.text.len() - 4..].trim_start_matches(' ').trim_end_matches("one").to_owned();
                self.line();
                self.put(&" ".repeat(inner));
                self.put("two");
                self.put(&close);
                self.end(tape);
            }
            6 => {
                self.end(tape);
                self.put(&" ".repeat(inner));
                self.put(tape.pick(SCALARS));
                self.end(tape);
            }
            7 | 8 if dash => {
                self.put(" ");
                self.map(tape, column + 2, depth - 1, path, false);
            }
            9 if dash => {
                self.put(" ");
                self.list(tape, column + 2, depth - 1, path, false);
            }
            7 | 8 => {
                self.end(tape);
                self.map(tape, inner, depth - 1, path, true);
            }
            _ => {
                self.end(tape);
                let column = if dash { column + 2 } else { column + self.dash };
                self.list(tape, column, depth - 1, path, true);
            }
        }
    }

    /// A list or mapping in brackets or braces; sometimes on several lines, with comments.
    fn flow(&mut self, tape: &mut Tape<'_>, path: &KeyPath, depth: usize) {
        let list = tape.chance(2);
        let lines = tape.chance(4);
        self.put(if list { "[" } else { "{" });
        let count = tape.below(4);
        let first = tape.below(KEYS.len());
        for index in 0..count {
            if lines {
                self.end(tape);
                self.put("          ");
            }
            let start = self.text.len();
            let path = if list {
                path.clone().index(index)
            } else {
                let key = KEYS[(first + index) % KEYS.len()];
                self.put(key);
                self.put(": ");
                path.clone().key(key.trim_matches(['\'', '"']))
            };
            if depth > 0 && tape.chance(5) {
                self.flow(tape, &path, depth - 1);
            } else {
                self.put(tape.pick(SCALARS));
            }
            self.flow.push((path, start..self.text.len()));
            if index + 1 < count || tape.chance(4) {
                self.put(if lines { "," } else { ", " });
            }
        }
        if lines {
            self.end(tape);
            self.put("          ");
        }
        self.put(if list { "]" } else { "}" });
    }
}

const TEXTS: &[&str] = &[
    "x",
    "no",
    "a: b",
    "#x",
    "- y",
    "two\nlines\n",
    "two\nlines",
    " lead",
    "trail ",
    "'q'",
    "\"d\"",
    "\\",
    "1",
    "---",
    "",
    "a\n\nb\n\n",
    "\ttab",
    "[x",
    "x]",
    "a, b",
    "@x",
    "%x",
    "!t",
    "&a",
    "*a",
    "? x",
    ": x",
    "|",
    ">",
    "x\r\ny",
    "\u{85}",
    "\u{feff}x",
    "null",
    "~",
    "2026-01-01",
    "-",
    "--- x",
    "a #b",
    "a# b",
    "key:",
    "\n",
    "\n\nx",
    " \n x",
    "😀",
    "e\u{301}",
    "\0",
    "{{agent.name}}",
    "x\n---\ny\n",
    "a\n \nb",
    "a\n#b\n",
    "it's",
    "`x`",
    "=",
    "<<",
    "a\t#b",
    "-x",
    "?",
    "'",
    "\u{2028}",
];
const BARES: &[&str] =
    &["1", "-2.5", "true", "no", "2026-11-20T10:00:00Z", "0x1f", "12:30", ".inf", "1e3", "todo", "~"];

/// Any value an edit could put somewhere.
pub(crate) fn value(tape: &mut Tape<'_>, depth: usize) -> Value {
    match tape.below(if depth == 0 { 4 } else { 7 }) {
        0 | 1 => Value::text(tape.pick(TEXTS)),
        2 => Value::Bare(tape.pick(BARES).to_owned()),
        3 => Value::Null,
        4 | 5 => Value::List((0..tape.below(4)).map(|_| value(tape, depth - 1)).collect()),
        _ => {
            let first = tape.below(TEXTS.len());
            let key = |offset: usize| TEXTS[(first + offset) % TEXTS.len()].to_owned();
            Value::Map((0..tape.below(4)).map(|offset| (key(offset), value(tape, depth - 1))).collect())
        }
    }
}
