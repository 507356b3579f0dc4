//! What is wrong with a file, collected while it is read; and how close words are, for "did you mean".

use crate::diag::{Diagnostic, PER_FILE_MAX, Place, Severity, more};
use crate::format::yaml::Node;
use std::ops::Range;

/// Collects what is wrong while one file is read.
#[derive(Debug)]
pub struct Reader<'f> {
    /// The file's path, relative to the company's root.
    pub file: &'f str,
    /// What has been found so far.
    pub diagnostics: Vec<Diagnostic>,
    /// The key whose value is being read, for messages.
    pub key: &'static str,
    /// How many errors, warnings and notes there were.
    counts: [usize; 3],
    /// What is not kept because there is too much of it; see [`PER_FILE_MAX`].
    dropped: usize,
    spare: Option<Diagnostic>,
}

impl<'f> Reader<'f> {
    /// A reader for `file`.
    pub fn new(file: &'f str) -> Self {
        Self { file, diagnostics: Vec::new(), key: "", counts: [0; 3], dropped: 0, spare: None }
    }

    /// What was found, with a word on what was too much to be kept.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        if self.dropped > 0 {
            self.diagnostics.push(more(self.file, self.dropped));
        }
        self.diagnostics
    }

    /// Whether there are so many errors that further ones are not kept.
    pub fn is_full(&self) -> bool {
        self.counts[Severity::Error as usize] > PER_FILE_MAX
    }

    /// Reports an error at `span`; refine the returned diagnostic with `help`.
    pub fn error(&mut self, code: &'static str, span: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.report(Diagnostic::error(code, Place::span(self.file, span), message))
    }

    /// Reports a warning at `span`.
    pub fn warning(&mut self, code: &'static str, span: Range<usize>, message: impl Into<String>) -> &mut Diagnostic {
        self.report(Diagnostic::warning(code, Place::span(self.file, span), message))
    }

    /// Reports something; refine the returned diagnostic.
    pub fn report(&mut self, diagnostic: Diagnostic) -> &mut Diagnostic {
        let count = &mut self.counts[diagnostic.severity as usize];
        *count += 1;
        if *count > PER_FILE_MAX {
            self.dropped += 1;
            return self.spare.insert(diagnostic);
        }
        self.diagnostics.push(diagnostic);
        self.diagnostics.last_mut().expect("one was just pushed")
    }

    /// Reports that `node` is not of the kind that is needed.
    pub fn expected(&mut self, node: &Node<'_>, expected: &str) {
        let message = format!("`{}` holds {}, where {expected} belongs", self.key, node.kind());
        let help = match expected {
            "a list" => "write a list: `[one, two]`, or a line `- one` for each".to_owned(),
            "a mapping" => "write `name: value` on lines of their own below the key, indented".to_owned(),
            "text" => "write text on the same line, in quotes if it has special characters".to_owned(),
            other => format!("write {other}"),
        };
        self.error("bad-value", node.span.clone(), message).help.push(help);
    }

    /// Reports a key nobody reads, with the nearest of `known`.
    pub fn unknown_key(&mut self, key: &Node<'_>, known: &[&'static str]) {
        let name = key.text().unwrap_or_default().to_owned();
        let help = match nearest(&name, known.iter().copied()) {
            Some(near) => {
                format!("did you mean `{near}`? As it stands, the key is kept and has no effect")
            }
            None => "it is kept, and has no effect".to_owned(),
        };
        self.warning("unknown-key", key.span.clone(), format!("nothing reads the key `{name}`")).help.push(help);
    }

    /// Reports that none, or more than one, of keys that exclude each other is there.
    pub(super) fn choose(&mut self, node: &Node<'_>, keys: &[&'static str], needed: bool) {
        let present: Vec<_> =
            keys.iter().filter_map(|key| node.entry(key)).filter(|(_, value)| !value.is_null()).collect();
        let list = || join(keys.iter().map(|key| format!("`{key}`")), "or");
        if let [_, (second, _), ..] = present[..] {
            let message = format!("only one of {} can be given", list());
            self.error("choose-one", second.span.clone(), message).help.push("keep the one that is meant".to_owned());
        } else if present.is_empty() && needed {
            let message = format!("one of {} is needed", list());
            self.error("choose-one", head(node), message).help.push("add the one that is meant".to_owned());
        }
    }
}

/// The first line of a mapping: where something is said that concerns it as a whole.
pub(super) fn head(node: &Node<'_>) -> Range<usize> {
    match node.entries().first() {
        Some((key, _)) => key.span.clone(),
        None => node.span.clone(),
    }
}

/// Returns the candidate nearest to `name`, if one is near enough to be a typing mistake: one letter, in longer words one more
/// for every six, and less than half of the word.
pub fn nearest<'c>(name: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let name_low = name.to_lowercase();
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(&name_low, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| {
            let longer = candidate.chars().count().max(name.chars().count());
            *distance <= 1 + longer / 6 && 2 * distance < longer
        })
        .min_by_key(|(distance, candidate)| (*distance, *candidate))
        .map(|(_, candidate)| candidate)
}

/// Joins words as people do: `a, b or c`.
pub fn join(words: impl Iterator<Item = String>, last: &str) -> String {
    let words: Vec<String> = words.collect();
    match words.split_last() {
        Some((end, rest)) if !rest.is_empty() => format!("{} {last} {end}", rest.join(", ")),
        Some((end, _)) => end.clone(),
        None => String::new(),
    }
}
