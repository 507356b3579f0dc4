//! From the parser's events to the tree of [`Node`]s, within the limits, with every problem in its place.

use super::{DEPTH_MAX, Data, NODES_MAX, Node, PROBLEMS_MAX, Parsed, Problem, Style};
use granit_parser::{Event, Options, Parser, ScalarStyle, Span, StructureStyle};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

/// Composes the one document of `text`; `offset` is added to every place.
pub(super) fn compose(text: &str, offset: usize) -> Parsed<'_> {
    let mut composer = Composer {
        text,
        offset,
        stack: Vec::new(),
        anchors: BTreeMap::new(),
        nodes: 0,
        root: None,
        documents: 0,
        problems: Vec::new(),
    };
    composer.run();
    Parsed { root: composer.root, problems: composer.problems }
}

/// Builds nodes out of the parser's events.
struct Composer<'a> {
    text: &'a str,
    offset: usize,
    stack: Vec<Open<'a>>,
    anchors: BTreeMap<usize, Anchored<'a>>,
    nodes: usize,
    root: Option<Node<'a>>,
    documents: usize,
    problems: Vec<Problem>,
}

/// A value with an anchor, and what a copy of it would cost.
struct Anchored<'a> {
    node: Node<'a>,
    nodes: usize,
    height: usize,
}

/// A list or mapping that has begun.
struct Open<'a> {
    start: usize,
    flow: bool,
    anchor: usize,
    data: Data<'a>,
    key: Option<Node<'a>>,
    /// Keys seen so far, so that a mapping of n keys costs n log n and not n².
    seen: BTreeMap<Cow<'a, str>, Range<usize>>,
}

impl<'a> Composer<'a> {
    fn run(&mut self) {
        let mut options = Options::default();
        options.emit_comments = false;
        options.flow_nesting_limit = DEPTH_MAX;
        options.block_nesting_limit = DEPTH_MAX;
        options.emit_unresolved_aliases = true;
        for event in Parser::new_from_str_with_options(self.text, options) {
            let going_on = match event {
                Ok((event, span)) => self.take(event, span),
                Err(error) => {
                    let at = error.marker().byte_offset().unwrap_or(self.text.len()).min(self.text.len());
                    if error.info().contains("recursion limit") {
                        self.problem("yaml-too-deep", at..at, format!("nested deeper than {DEPTH_MAX} levels"));
                    } else {
                        self.problem("yaml-syntax", at..at, error.info());
                    }
                    false
                }
            };
            if !going_on {
                break;
            }
        }
        // Whatever was open when reading stopped is kept: half an understanding helps more than none. What was
        // wrong has been said.
        let said = self.problems.len();
        while !self.stack.is_empty() {
            self.close(self.text.len());
        }
        self.problems.truncate(said.max(1));
    }

    /// Takes one event; returns whether to go on.
    fn take(&mut self, event: Event<'a>, span: Span) -> bool {
        let range = span.byte_range().unwrap_or(0..0);
        match event {
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd | Event::Anchor(..) | Event::Comment(..) => true,
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    self.problem("yaml-syntax", range, "a second document begins here".to_owned());
                    return false;
                }
                true
            }
            Event::Scalar(text, style, anchor, _) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                };
                self.place(Node { span: self.shift(range), data: Data::Scalar(text, style) }, anchor)
            }
            Event::SequenceStart(style, anchor, _) => self.open(range.start, style, anchor, Data::List(Vec::new())),
            Event::MappingStart(style, anchor, _) => self.open(range.start, style, anchor, Data::Map(Vec::new())),
            Event::SequenceEnd | Event::MappingEnd => self.close(range.end),
            Event::Alias(id) => self.alias(id, range),
            Event::UnresolvedAlias(name) => {
                self.problem("yaml-syntax", range, format!("there is no anchor `&{name}` before this alias"));
                false
            }
            // The parser's list of events is open; one we do not know is not a value.
            _ => true,
        }
    }

    /// Puts a copy of the anchored value here, if that stays within the limits.
    fn alias(&mut self, id: usize, range: Range<usize>) -> bool {
        let Some(anchored) = self.anchors.get(&id) else {
            self.problem("yaml-syntax", range, "an alias inside the value it names".to_owned());
            return false;
        };
        if self.stack.len() + anchored.height > DEPTH_MAX {
            self.problem("yaml-too-deep", range, format!("nested deeper than {DEPTH_MAX} levels through aliases"));
            return false;
        }
        // Counted before it is copied, so that a bomb costs nothing.
        self.nodes = self.nodes.saturating_add(anchored.nodes);
        if self.nodes > NODES_MAX {
            self.problem("yaml-too-large", range, format!("more than {NODES_MAX} values, aliases included"));
            return false;
        }
        let node = Node { span: self.shift(range), data: anchored.node.data.clone() };
        self.place(node, 0)
    }

    fn open(&mut self, start: usize, style: StructureStyle, anchor: usize, data: Data<'a>) -> bool {
        let flow = style == StructureStyle::Flow;
        self.stack.push(Open { start, flow, anchor, data, key: None, seen: BTreeMap::new() });
        if self.stack.len() > DEPTH_MAX {
            self.problem("yaml-too-deep", start..start, format!("nested deeper than {DEPTH_MAX} levels"));
            return false;
        }
        true
    }

    fn close(&mut self, end: usize) -> bool {
        let Some(open) = self.stack.pop() else {
            return true;
        };
        let mut data = open.data;
        if let (Data::Map(entries), Some(key)) = (&mut data, open.key) {
            let nothing = Node { span: key.span.end..key.span.end, data: Data::Scalar("".into(), Style::Plain) };
            entries.push((key, nothing));
        }
        // A block collection ends where its last line ends; the parser reports the next token instead.
        let last = match &data {
            Data::Map(entries) => entries.last().map(|(_, value)| value.span.end - self.offset),
            Data::List(items) => items.last().map(|item| item.span.end - self.offset),
            Data::Scalar(..) => None,
        };
        let end = if open.flow { end } else { last.unwrap_or(end) };
        let span = self.shift(open.start..end.max(open.start));
        self.place(Node { span, data }, open.anchor)
    }

    fn place(&mut self, node: Node<'a>, anchor: usize) -> bool {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            let at = node.span.start - self.offset;
            self.problem("yaml-too-large", at..at, format!("more than {NODES_MAX} values, aliases included"));
            return false;
        }
        if anchor != 0 {
            let (nodes, height) = measure(&node);
            self.anchors.insert(anchor, Anchored { node: node.clone(), nodes, height });
        }
        let Some(open) = self.stack.last_mut() else {
            self.root = Some(node);
            return true;
        };
        match &mut open.data {
            Data::List(items) => items.push(node),
            Data::Map(entries) => match open.key.take() {
                Some(key) => entries.push((key, node)),
                None => open.key = Some(node),
            },
            Data::Scalar(..) => {}
        }
        self.check_key()
    }

    /// Looks at a key that has just been read.
    fn check_key(&mut self) -> bool {
        let Some(open) = self.stack.last_mut() else {
            return true;
        };
        let Some(key) = &open.key else { return true };
        let span = key.span.start - self.offset..key.span.end - self.offset;
        let Data::Scalar(name, style) = &key.data else {
            self.problem("yaml-syntax", span, "a key is a single piece of text".to_owned());
            return false;
        };
        if name == "<<" && *style == Style::Plain {
            self.problem("yaml-merge-key", span, "merge keys are not read".to_owned());
            return false;
        }
        if let Some(first) = open.seen.get(name) {
            let problem = Problem {
                code: "yaml-duplicate-key",
                message: format!("the key `{name}` stands here a second time"),
                span: key.span.clone(),
                also: Some((first.clone(), "first here")),
                help: Some("keep one of the two"),
            };
            self.problems.push(problem);
            return self.problems.len() < PROBLEMS_MAX;
        }
        open.seen.insert(name.clone(), key.span.clone());
        true
    }

    fn problem(&mut self, code: &'static str, span: Range<usize>, message: String) {
        let help = match code {
            "yaml-merge-key" => "write the keys out",
            "yaml-too-deep" | "yaml-too-large" => "split the file",
            _ => syntax_help(&message),
        };
        // What is left open when a limit stops the reading passes the same limit again.
        if self.problems.iter().any(|problem| problem.code == code && code.starts_with("yaml-too-")) {
            return;
        }
        let help = Some(help);
        let span = self.shift(span);
        self.problems.push(Problem { code, span, message, also: None, help });
    }

    fn shift(&self, range: Range<usize>) -> Range<usize> {
        range.start + self.offset..range.end + self.offset
    }
}

/// What to do about a mistake, by what the parser calls it.
fn syntax_help(message: &str) -> &'static str {
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if has(&["mapping values"]) {
        "put a value that contains `: ` in quotes, and begin every key on a line of its own"
    } else if has(&["tab"]) {
        "indent with spaces"
    } else if has(&["alias"]) {
        "an alias `*name` repeats a value marked `&name` further up; put text that begins with `*` in quotes"
    } else if has(&["second document"]) {
        "keep one document, and end it without another `---`"
    } else if has(&["quoted", "quote"]) {
        "close the quote on the same line, and double a quote inside quotes"
    } else if has(&["flow", "',' or"]) {
        "close every `[` and `{`, and put a comma between the items"
    } else if has(&["indent"]) {
        "give the keys of one mapping the same indentation"
    } else if has(&["a key is"]) {
        "write the key as one word or in quotes"
    } else {
        "put values with special characters in quotes, and indent with spaces; `corp explain yaml-syntax` lists the usual causes"
    }
}

/// How many nodes a tree has, itself included, and how many levels.
fn measure(node: &Node<'_>) -> (usize, usize) {
    let children: &mut dyn Iterator<Item = &Node<'_>> = match &node.data {
        Data::Scalar(..) => &mut std::iter::empty(),
        Data::List(items) => &mut items.iter(),
        Data::Map(entries) => &mut entries.iter().flat_map(|(key, value)| [key, value]),
    };
    children.map(measure).fold((1, 1), |(nodes, height), (more, levels)| (nodes + more, height.max(levels + 1)))
}
