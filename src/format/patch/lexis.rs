//! The text around nodes: lines, indentation, comments, and where exactly a value begins and ends.
//!
//! [`crate::format::yaml`] says where the content of a node stands. An edit also needs what lies around it: the colon or
//! dash, an anchor or a tag, the header of a block scalar, the comment at the end of the line.

use super::emit::Manner;
use crate::format::yaml::{Data, Node, Style};
use std::ops::Range;

/// The text of a file and where its YAML is.
#[derive(Debug, Clone)]
pub(super) struct Source<'t> {
    /// All of the file.
    pub(super) text: &'t str,
    /// The bytes that are YAML.
    pub(super) yaml: Range<usize>,
}

/// In what notation a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Nothing is written.
    Empty,
    /// `*name`
    Alias,
    /// A scalar with or without quotes, perhaps over several lines.
    Inline,
    /// `|` or `>`
    Literal,
    /// In brackets or braces.
    Flow,
    /// Dashes.
    BlockList,
    /// Keys on lines of their own.
    BlockMap,
    /// `a: b` without braces inside brackets.
    Pair,
}

/// A value in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    /// Behind the colon, dash, comma or bracket before it.
    pub(super) from: usize,
    /// Behind its anchor and tag; `from` if it has neither.
    pub(super) bare: usize,
    /// Whether it has a tag.
    pub(super) tagged: bool,
    /// Its first byte, anchor and tag left out.
    pub(super) start: usize,
    /// Behind its last byte.
    pub(super) end: usize,
    /// In what notation it stands.
    pub(super) form: Form,
}

/// A notation that is read and not edited; with the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Odd(pub(super) Range<usize>);

impl<'t> Source<'t> {
    /// The end of lines in this text.
    pub(super) fn eol(text: &str) -> &'static str {
        match memchr::memchr(b'\n', text.as_bytes()) {
            Some(at) if at > 0 && text.as_bytes()[at - 1] == b'\r' => "\r\n",
            _ => "\n",
        }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        (at < self.yaml.end).then(|| self.text.as_bytes()[at])
    }

    /// Where the line of `at` begins.
    pub(super) fn line_start(&self, at: usize) -> usize {
        memchr::memrchr(b'\n', &self.text.as_bytes()[self.yaml.start..at])
            .map_or(self.yaml.start, |found| self.yaml.start + found + 1)
    }

    /// Where the line of `at` ends, its line end left out.
    pub(super) fn line_end(&self, at: usize) -> usize {
        match memchr::memchr(b'\n', &self.text.as_bytes()[at..self.yaml.end]) {
            Some(found) if found > 0 && self.text.as_bytes()[at + found - 1] == b'\r' => at + found - 1,
            Some(found) => at + found,
            None => self.yaml.end,
        }
    }

    /// Where the line after that of `at` begins; the end of the YAML if there is none.
    pub(super) fn next_line(&self, at: usize) -> usize {
        memchr::memchr(b'\n', &self.text.as_bytes()[at..self.yaml.end]).map_or(self.yaml.end, |found| at + found + 1)
    }

    /// How many bytes `at` is from the beginning of its line.
    pub(super) fn column(&self, at: usize) -> usize {
        at - self.line_start(at)
    }

    /// Whether nothing but spaces stands before `at` on its line.
    pub(super) fn is_first_on_line(&self, at: usize) -> bool {
        self.text[self.line_start(at)..at].bytes().all(|byte| byte == b' ')
    }

    /// Whether there is a comment in `range`, known to hold no values.
    pub(super) fn has_comment(&self, range: Range<usize>) -> bool {
        self.text.get(range).is_some_and(|text| text.contains('#'))
    }

    /// The next byte from `at` that is neither space, line end nor comment.
    pub(super) fn skip(&self, mut at: usize) -> usize {
        while let Some(byte) = self.byte(at) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => at += 1,
                b'#' => at = self.line_end(at),
                _ => break,
            }
        }
        at
    }

    /// Spaces before `at` on its line, back to `limit` at most.
    pub(super) fn back_over_spaces(&self, at: usize, limit: usize) -> usize {
        limit + self.text[limit..at].trim_end_matches([' ', '\t']).len()
    }

    /// Where a value stands that follows `from`.
    pub(super) fn shape(&self, node: &Node<'t>, from: usize, in_flow: bool) -> Result<Shape, Odd> {
        let (bare, tagged) = self.properties(from, node.span.start);
        let mut shape = Shape { from, bare, tagged, start: bare, end: bare, form: Form::Empty };
        if node.span.is_empty() && matches!(node.data, Data::Scalar(_, Style::Plain)) {
            return Ok(shape);
        }
        shape.start = self.skip(bare);
        shape.form = match (&node.data, self.byte(shape.start)) {
            _ if self.is_alias(node, shape.start) => Form::Alias,
            (Data::Scalar(_, Style::Block), _) => Form::Literal,
            (Data::Scalar(..), _) => Form::Inline,
            (_, Some(b'[' | b'{')) if shape.start == node.span.start => Form::Flow,
            (Data::Map(_), _) if in_flow => Form::Pair,
            (Data::List(_), _) => Form::BlockList,
            (Data::Map(_), _) => Form::BlockMap,
        };
        shape.end = match shape.form {
            Form::Empty => bare,
            Form::Alias | Form::Inline | Form::Flow | Form::Pair => node.span.end,
            Form::Literal => self.literal_end(node, shape.start),
            Form::BlockList => match self.items(node, &shape)?.pop() {
                Some(last) => last.end,
                None => return Err(Odd(node.span.clone())),
            },
            Form::BlockMap => match node.entries().last() {
                Some((key, value)) => self.shape(value, self.behind_colon(key)?, false)?.end,
                None => return Err(Odd(node.span.clone())),
            },
        };
        Ok(shape)
    }

    /// The items of a list in the text.
    pub(super) fn items(&self, list: &Node<'t>, shape: &Shape) -> Result<Vec<Shape>, Odd> {
        let flow = shape.form == Form::Flow;
        let mut at = if flow { shape.start + 1 } else { shape.start };
        let mut found = Vec::new();
        for item in list.items() {
            if !flow {
                at = self.skip(at);
                if self.byte(at) != Some(b'-') {
                    return Err(Odd(item.span.clone()));
                }
                at += 1;
            } else if !found.is_empty() {
                at = self.skip(at);
                if self.byte(at) != Some(b',') {
                    return Err(Odd(item.span.clone()));
                }
                at += 1;
            }
            let item = self.shape(item, at, flow)?;
            at = item.end;
            found.push(item);
        }
        Ok(found)
    }

    /// Behind the colon of a key.
    pub(super) fn behind_colon(&self, key: &Node<'_>) -> Result<usize, Odd> {
        let mut at = key.span.end;
        while matches!(self.byte(at), Some(b' ' | b'\t')) {
            at += 1;
        }
        if self.byte(at) == Some(b':') { Ok(at + 1) } else { Err(Odd(key.span.clone())) }
    }

    /// Where an entry of a block collection ends whose value ends at `end` and whose key or dash is at `column`:
    /// behind the comment on its last line and the comments below that stand further right.
    pub(super) fn entry_end(&self, end: usize, column: usize) -> usize {
        let mut found = self.line_end(end);
        let mut line = self.next_line(found);
        while line < self.yaml.end {
            let content = self.text[line..self.line_end(line)].trim_start_matches([' ', '\t']);
            let at = self.line_end(line) - content.len();
            if content.starts_with('#') && at - line > column {
                found = self.line_end(line);
            } else if !content.is_empty() {
                break;
            }
            line = self.next_line(line);
        }
        found
    }

    /// How this text writes things.
    pub(super) fn manner(&self, root: Option<&Node<'t>>) -> Manner {
        let eol = Self::eol(self.text);
        let mut seen = Seen::default();
        if let Some(root) = root
            && let Ok(shape) = self.shape(root, self.yaml.start, false)
        {
            seen.json = shape.form == Form::Flow
                && root.entries().first().is_some_and(|(key, _)| self.byte(key.span.start) == Some(b'"'));
            self.look(root, &shape, &mut seen);
        }
        Manner { eol, step: seen.step.unwrap_or(2), dash: seen.dash.or(seen.step).unwrap_or(2), json: seen.json }
    }

    fn look(&self, node: &Node<'t>, shape: &Shape, seen: &mut Seen) {
        if seen.step.is_some() && seen.dash.is_some() {
            return;
        }
        match shape.form {
            Form::BlockMap => {
                for (key, value) in node.entries() {
                    let Ok(child) = self.behind_colon(key).and_then(|from| self.shape(value, from, false)) else {
                        continue;
                    };
                    let right = self.column(child.start).checked_sub(self.column(key.span.start));
                    match (child.form, right) {
                        (Form::BlockMap, Some(1..)) => seen.step = seen.step.or(right),
                        (Form::BlockList, Some(_)) => seen.dash = seen.dash.or(right),
                        _ => {}
                    }
                    self.look(value, &child, seen);
                }
            }
            Form::BlockList => {
                for (item, child) in node.items().iter().zip(self.items(node, shape).unwrap_or_default()) {
                    self.look(item, &child, seen);
                }
            }
            Form::Empty | Form::Alias | Form::Inline | Form::Literal | Form::Flow | Form::Pair => {}
        }
    }

    /// Goes over an anchor and a tag; returns what is behind them, and whether there is a tag.
    fn properties(&self, from: usize, limit: usize) -> (usize, bool) {
        let (mut bare, mut tagged) = (from, false);
        loop {
            let at = self.skip(bare);
            match self.byte(at) {
                Some(mark @ (b'&' | b'!')) if at < limit => {
                    tagged |= mark == b'!';
                    let rest = &self.text[at..self.yaml.end];
                    let length = rest.find([' ', '\t', '\r', '\n', ',', '[', ']', '{', '}']).unwrap_or(rest.len());
                    bare = at + length;
                }
                _ => return (bare, tagged),
            }
        }
    }

    fn is_alias(&self, node: &Node<'_>, start: usize) -> bool {
        let text = &self.text[node.span.clone()];
        let own_children = match &node.data {
            Data::Scalar(..) => false,
            Data::List(items) => items.first().is_some_and(|item| item.span.start >= node.span.start),
            Data::Map(entries) => entries.first().is_some_and(|(key, _)| key.span.start >= node.span.start),
        };
        start == node.span.start && text.starts_with('*') && !text.contains([' ', '\t', '\r', '\n']) && !own_children
    }

    /// Where the lines of a block scalar end. Blank lines below belong to it only if `+` says so.
    fn literal_end(&self, node: &Node<'_>, header: usize) -> usize {
        let header_end = self.line_end(header);
        let mark = self.text[header..header_end].split([' ', '\t']).next().unwrap_or_default();
        let content = &self.text[node.span.clone()];
        let indent = if content.is_empty() { 0 } else { self.column(node.span.start) };
        let is_blank = |line: &str| line.len() <= indent && line.bytes().all(|byte| byte == b' ');
        // The parser's content may reach into the indentation of the next line.
        let mut kept = match content.rfind('\n') {
            Some(at) if is_blank(&content[at + 1..]) => &content[..=at],
            _ => content,
        };
        if mark.contains('+') {
            kept = kept.strip_suffix('\n').map_or(kept, |kept| kept.strip_suffix('\r').unwrap_or(kept));
        } else {
            loop {
                kept = kept.trim_end_matches(['\r', '\n']);
                let line = kept.rfind('\n').map_or(kept, |at| &kept[at + 1..]);
                if line.is_empty() || !is_blank(line) {
                    break;
                }
                kept = &kept[..kept.len() - line.len()];
            }
        }
        let end = node.span.start + kept.len();
        let mark_end = header + mark.len();
        if node.span.is_empty() { mark_end } else { end.max(mark_end) }
    }
}

#[derive(Default)]
struct Seen {
    step: Option<usize>,
    dash: Option<usize>,
    json: bool,
}
