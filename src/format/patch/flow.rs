//! Edits in flow notation: inside brackets and braces, on one line or several.

use super::block::{Cannot, Splice};
use super::emit::{Manner, Wish};
use super::lexis::{Form, Odd, Source};
use super::value::Value;
use super::walk::Spot;

/// Puts `value` where the value of `spot` stands.
pub(super) fn replace(
    source: &Source<'_>,
    spot: &Spot<'_, '_>,
    value: &Value,
    manner: &Manner,
) -> Result<Vec<Splice>, Cannot> {
    let shape = &spot.shape;
    if shape.tagged && Value::of(spot.node).noun() != value.noun() {
        return Err(Cannot::Tagged);
    }
    let wish = match super::block::wish(source, spot, value) {
        quotes @ (Wish::Single | Wish::Double) => quotes,
        _ => Wish::Usual,
    };
    let text = manner.flow_as(value, wish)?;
    Ok(vec![match shape.form {
        Form::Empty => (shape.bare..shape.bare, format!(" {text}")),
        _ => (shape.start..shape.end, text),
    }])
}

/// Puts new text behind entry `after` of a flow collection; into an empty one for `None`.
pub(super) fn insert(
    source: &Source<'_>,
    parent: &Spot<'_, '_>,
    after: Option<usize>,
    text: &str,
    manner: &Manner,
) -> Result<Vec<Splice>, Cannot> {
    if parent.shape.form != Form::Flow {
        return Err(Odd(parent.node.span.clone()).into());
    }
    let inside = parent.shape.start + 1..parent.shape.end - 1;
    let extents = extents(source, parent)?;
    let Some((start, end)) = after.and_then(|after| extents.get(after)).copied() else {
        let keep = source.text[inside.clone()].contains(['\n', '#']);
        let range = if keep { inside.start..inside.start } else { inside };
        return Ok(vec![(range, text.to_owned())]);
    };
    let own_lines = source.is_first_on_line(start) && source.line_start(start) > parent.shape.start;
    if own_lines {
        let indent = " ".repeat(source.column(start));
        let (comma, behind) = comma(source, end);
        let line_end = source.line_end(behind);
        let rest = source.text[behind..line_end].trim();
        if rest.is_empty() || rest.starts_with('#') {
            let (before, at_end) = if comma { ("", ",") } else { (",", "") };
            return Ok(vec![
                (end..end, before.to_owned()),
                (line_end..line_end, format!("{}{indent}{text}{at_end}", manner.eol)),
            ]);
        }
    }
    Ok(vec![(end..end, format!(", {text}"))])
}

/// Takes entry `index` out of a flow collection.
pub(super) fn remove(source: &Source<'_>, parent: &Spot<'_, '_>, index: usize) -> Result<Vec<Splice>, Cannot> {
    if parent.shape.form != Form::Flow {
        return Err(Odd(parent.node.span.clone()).into());
    }
    let extents = extents(source, parent)?;
    let Some((start, end)) = extents.get(index).copied() else { return Ok(Vec::new()) };
    let (has_comma, behind) = comma(source, end);
    let previous = index.checked_sub(1).and_then(|index| extents.get(index)).map(|(_, end)| *end);
    let line_end = source.line_end(behind);
    let rest = source.text[behind..line_end].trim();
    if source.is_first_on_line(start)
        && source.line_start(start) > parent.shape.start
        && (rest.is_empty() || rest.starts_with('#'))
    {
        let mut splices = vec![(source.line_start(start)..source.next_line(line_end), String::new())];
        // Without an entry behind it, the comma before has nothing to part.
        if let (Some(previous), false) = (previous, has_comma) {
            let (found, behind) = comma(source, previous);
            if found {
                splices.insert(0, (behind - 1..behind, String::new()));
            }
        }
        return Ok(splices);
    }
    let range = match (extents.get(index + 1), previous) {
        (Some((next, _)), _) if !source.has_comment(end..*next) => start..*next,
        (None, Some(previous)) if !source.has_comment(previous..start) => previous..end,
        _ => start..behind,
    };
    Ok(vec![(range, String::new())])
}

/// Whether a comma follows, and where what follows `end` begins: behind the comma, if there is one.
fn comma(source: &Source<'_>, end: usize) -> (bool, usize) {
    let at = source.skip(end);
    if source.text[at..].starts_with(',') { (true, at + 1) } else { (false, end) }
}

/// Where the entries of a flow collection begin, with key or anchor, and end.
fn extents(source: &Source<'_>, parent: &Spot<'_, '_>) -> Result<Vec<(usize, usize)>, Odd> {
    if matches!(parent.node.data, crate::format::yaml::Data::List(_)) {
        let items = source.items(parent.node, &parent.shape)?;
        return Ok(items.into_iter().map(|item| (source.skip(item.from), item.end)).collect());
    }
    let mut at = parent.shape.start + 1;
    let mut found = Vec::new();
    for (key, value) in parent.node.entries() {
        let start = source.skip(at);
        let end = source.shape(value, source.behind_colon(key)?, true)?.end;
        at = comma(source, end).1;
        found.push((start, end));
    }
    Ok(found)
}
