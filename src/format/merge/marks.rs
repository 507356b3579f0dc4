//! A merge with conflicts as git shows one: both values, between marks, nothing else marked.

use super::{Conflict, Merged};
use crate::format::patch::{Edit, patch};
use diffy::{DiffOptions, Line};

/// What stands before, between and after the two versions.
const MARKS: [&str; 3] = ["<<<<<<< ours\n", "=======\n", ">>>>>>> theirs\n"];

/// The text with each conflict marked. A conflict whose two versions cannot be put side by side is marked as a whole
/// text: `theirs` is the other side's.
pub fn marked(path: &str, merged: &Merged, theirs: &str) -> String {
    if merged.conflicts.is_empty() {
        return merged.text.clone();
    }
    let other = other(path, merged).unwrap_or_else(|| theirs.to_owned());
    side_by_side(&merged.text, &other)
}

/// The merged text with their side of every conflict.
fn other(path: &str, merged: &Merged) -> Option<String> {
    let mut text = merged.text.clone();
    // From the end, so that the places before stay where they are.
    let mut lines: Vec<(usize, &String, &String)> = Vec::new();
    let mut edits = Vec::new();
    for conflict in &merged.conflicts {
        match conflict {
            Conflict::Value { path, theirs: Some(theirs), .. } => edits.push(Edit::Set(path.clone(), theirs.clone())),
            Conflict::Value { path, theirs: None, .. } => edits.push(Edit::Remove(path.clone())),
            Conflict::Lines { at, ours, theirs } => lines.push((*at, ours, theirs)),
        }
    }
    lines.sort_by_key(|(at, _, _)| std::cmp::Reverse(*at));
    for (at, ours, theirs) in lines {
        if !text.get(at..)?.starts_with(ours.as_str()) {
            return None;
        }
        text.replace_range(at..at + ours.len(), theirs);
    }
    let text = patch(path, &text, &edits).ok()?;
    if text == merged.text { None } else { Some(text) }
}

/// `ours` with every run of lines that `theirs` has otherwise between marks.
fn side_by_side(ours: &str, theirs: &str) -> String {
    let patch = DiffOptions::new().set_context_len(0).create_patch(ours, theirs);
    let lines: Vec<&str> = ours.split_inclusive('\n').collect();
    let mut text = String::new();
    let mut at = 0;
    let whole = |text: &mut String, line: &str| {
        text.push_str(line);
        if !line.ends_with('\n') {
            text.push('\n');
        }
    };
    for hunk in patch.hunks() {
        let range = hunk.old_range().range();
        // An empty range stands before its start plus one: lines are counted from 1.
        let start = if range.is_empty() { range.start } else { range.start.saturating_sub(1) };
        lines[at.min(lines.len())..start.min(lines.len())].iter().for_each(|line| whole(&mut text, line));
        text.push_str(MARKS[0]);
        for line in hunk.lines() {
            if let Line::Delete(line) = line {
                whole(&mut text, line);
            }
        }
        text.push_str(MARKS[1]);
        for line in hunk.lines() {
            if let Line::Insert(line) = line {
                whole(&mut text, line);
            }
        }
        text.push_str(MARKS[2]);
        at = start + range.len();
    }
    lines[at.min(lines.len())..].iter().for_each(|line| text.push_str(line));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::merge::merge;

    #[test]
    fn only_what_both_changed_is_marked() {
        let ticket = "tickets/0000/ACME-1.md";
        let text = |assignee: &str, priority: &str, body: &str| {
            format!("---\nid: ACME-1\nassignee: {assignee}\npriority: {priority}\n---\n\nOne.\n{body}\nThree.\n")
        };
        let base = text("cto", "low", "Two.");
        for (ours, theirs, expected) in [
            (text("qa", "low", "Two."), text("cto", "high", "Two."), text("qa", "high", "Two.")),
            (
                text("qa", "low", "Two."),
                text("ceo", "high", "Two."),
                text("qa", "high", "Two.")
                    .replace("assignee: qa\n", "<<<<<<< ours\nassignee: qa\n=======\nassignee: ceo\n>>>>>>> theirs\n"),
            ),
            (
                text("cto", "low", "Zwei."),
                text("cto", "high", "Deux."),
                text("cto", "high", "<<<<<<< ours\nZwei.\n=======\nDeux.\n>>>>>>> theirs"),
            ),
        ] {
            let merged = merge(ticket, &base, &ours, &theirs);
            assert_eq!(marked(ticket, &merged, &theirs), expected);
        }
    }

    #[test]
    fn a_text_without_a_last_line_end_is_marked_too() {
        let merged = merge("README.md", "a", "b", "c");
        assert_eq!(marked("README.md", &merged, "c"), "<<<<<<< ours\nb\n=======\nc\n>>>>>>> theirs\n");
    }
}
