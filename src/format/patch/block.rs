//! Edits in block notation: a value on the line of its key or dash, or on the lines below.

use super::emit::{Manner, NotBare, Wish};
use super::lexis::{Form, Odd, Source};
use super::value::Value;
use super::walk::Spot;
use std::ops::Range;

/// A change of the text: bytes that go, and what comes instead.
pub(super) type Splice = (Range<usize>, String);

/// Why a change cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cannot {
    /// A bare value would need quotes.
    NotBare(NotBare),
    /// A notation that is not edited.
    Odd(Odd),
    /// The value has a tag that says another kind.
    Tagged,
}

impl From<NotBare> for Cannot {
    fn from(value: NotBare) -> Self {
        Self::NotBare(value)
    }
}

impl From<Odd> for Cannot {
    fn from(odd: Odd) -> Self {
        Self::Odd(odd)
    }
}

/// Puts `value` where the value of `spot` stands.
pub(super) fn replace(
    source: &Source<'_>,
    spot: &Spot<'_, '_>,
    value: &Value,
    manner: &Manner,
) -> Result<Vec<Splice>, Cannot> {
    let shape = &spot.shape;
    let wish = wish(source, spot, value);
    if shape.tagged && Value::of(spot.node).noun() != value.noun() {
        return Err(Cannot::Tagged);
    }
    let piece = manner.block(value, spot.holder, wish)?;
    let spaced = |head: &str| if head.is_empty() { String::new() } else { format!(" {head}") };
    let splices = match shape.form {
        Form::Empty => {
            let line_end = source.line_end(shape.bare);
            vec![(shape.bare..shape.bare, spaced(&piece.head)), (line_end..line_end, piece.tail)]
        }
        Form::Alias | Form::Inline | Form::Flow | Form::Pair => {
            let line_end = source.line_end(shape.end);
            let head = head(source, shape.bare, shape.start..shape.end, &piece.head);
            vec![head, (line_end..line_end, piece.tail)]
        }
        Form::Literal => {
            let line_end = source.line_end(shape.start);
            let header = &source.text[shape.start..line_end];
            let mark = header.find([' ', '\t']).unwrap_or(header.len());
            let head = head(source, shape.bare, shape.start..shape.start + mark, &piece.head);
            vec![head, (line_end..shape.end.max(line_end), piece.tail)]
        }
        Form::BlockList | Form::BlockMap => {
            let end = source.line_end(shape.end);
            let same_line = !source.text[shape.bare..shape.start].contains('\n');
            if same_line {
                vec![(shape.start..end, piece.head + &piece.tail)]
            } else {
                let line_end = source.line_end(shape.bare);
                vec![(shape.bare..shape.bare, spaced(&piece.head)), (line_end..end, piece.tail)]
            }
        }
    };
    Ok(splices)
}

/// The part on the line of the key or dash. Without a head, the spaces before it go too.
fn head(source: &Source<'_>, limit: usize, range: Range<usize>, head: &str) -> Splice {
    if head.is_empty() {
        (source.back_over_spaces(range.start, limit)..range.end, String::new())
    } else if range.start == limit {
        (range, format!(" {head}"))
    } else {
        (range, head.to_owned())
    }
}

/// The notation the old value has, if the new one is of the same type.
pub(super) fn wish(source: &Source<'_>, spot: &Spot<'_, '_>, value: &Value) -> Wish {
    let old = &source.text[spot.shape.start..spot.shape.end];
    match (spot.shape.form, value) {
        (Form::Inline, Value::Text(_)) if old.starts_with('\'') => Wish::Single,
        (Form::Inline, Value::Text(_)) if old.starts_with('"') => Wish::Double,
        (Form::Literal, Value::Text(_)) => Wish::Literal,
        (Form::Flow, Value::List(_) | Value::Map(_)) => Wish::Flow,
        (Form::BlockList, Value::List(_)) | (Form::BlockMap, Value::Map(_)) => {
            Wish::Block(source.column(spot.shape.start))
        }
        _ => Wish::Usual,
    }
}

/// Puts a new entry into a block mapping, behind entry `after`.
pub(super) fn insert_entry(
    source: &Source<'_>,
    map: &Spot<'_, '_>,
    after: usize,
    (key, value): (&str, &Value),
    manner: &Manner,
) -> Result<Vec<Splice>, Cannot> {
    let (before, node) = &map.node.entries()[after];
    let column = column_of(source, before.span.start)?;
    let end = source.shape(node, source.behind_colon(before)?, false)?.end;
    let at = source.entry_end(end, column);
    let text = format!("{}{}{}", manner.eol, " ".repeat(column), manner.entry(key, value, column)?);
    Ok(vec![(at..at, text)])
}

/// Puts a new item at the end of a block list that has items.
pub(super) fn append(
    source: &Source<'_>,
    list: &Spot<'_, '_>,
    value: &Value,
    manner: &Manner,
) -> Result<Vec<Splice>, Cannot> {
    let items = source.items(list.node, &list.shape)?;
    let Some(last) = items.last() else { return Err(Odd(list.node.span.clone()).into()) };
    let column = column_of(source, last.from - 1)?;
    let at = source.entry_end(last.end, column);
    let wish = match value {
        Value::Map(_) if items.iter().all(|item| item.form == Form::Flow) => Wish::Flow,
        _ => Wish::Usual,
    };
    let text = format!("{}{}{}", manner.eol, " ".repeat(column), manner.item(value, column, wish)?);
    Ok(vec![(at..at, text)])
}

/// Takes entry `index` out of a block collection that has others.
pub(super) fn remove(source: &Source<'_>, parent: &Spot<'_, '_>, index: usize) -> Result<Vec<Splice>, Cannot> {
    let extents = extents(source, parent)?;
    let Some((start, end)) = extents.get(index).copied() else { return Ok(Vec::new()) };
    let column = column_of(source, start)?;
    let end = source.entry_end(end, column);
    let next_line = source.next_line(end);
    if source.is_first_on_line(start) {
        let line = source.line_start(start);
        let at_the_end = next_line == source.yaml.end && !source.text[..next_line].ends_with('\n');
        let range = if at_the_end && line > source.yaml.start {
            // The line end before goes instead of the one that is not there.
            source.line_end(source.line_start(line - 1))..next_line
        } else {
            line..next_line
        };
        return Ok(vec![(range, String::new())]);
    }
    // The first entry stands behind a dash; what follows moves up, if no comment is in between.
    let Some((next, _)) = extents.get(index + 1).copied() else { return Err(Odd(start..end).into()) };
    let range = if source.line_start(next) == next_line {
        start..next
    } else {
        source.back_over_spaces(start, source.line_start(start))..end
    };
    Ok(vec![(range, String::new())])
}

/// Where the entries of a block collection begin (with key or dash) and end.
fn extents(source: &Source<'_>, parent: &Spot<'_, '_>) -> Result<Vec<(usize, usize)>, Odd> {
    if parent.shape.form == Form::BlockList {
        let items = source.items(parent.node, &parent.shape)?;
        return Ok(items.into_iter().map(|item| (item.from - 1, item.end)).collect());
    }
    let extent = |(key, value): &(_, _)| {
        let key: &crate::format::yaml::Node<'_> = key;
        let shape = source.shape(value, source.behind_colon(key)?, false)?;
        Ok((key.span.start, shape.end))
    };
    parent.node.entries().iter().map(extent).collect()
}

/// The column of a key or dash, if only spaces and dashes stand before it.
fn column_of(source: &Source<'_>, at: usize) -> Result<usize, Odd> {
    let before = &source.text[source.line_start(at)..at];
    if before.bytes().all(|byte| matches!(byte, b' ' | b'-')) { Ok(before.len()) } else { Err(Odd(at..at + 1)) }
}
