//! What holds for any document and any edit.

use super::messy::{Messy, Tape, value};
use super::*;
use proptest::collection::vec;
use proptest::prelude::*;

/// What the file says.
fn read(file: &str, text: &str) -> Value {
    let yaml = yaml_part(layout::locate(file).kind, text).unwrap_or(0..0);
    let parsed = yaml::parse(&text[yaml.clone()], yaml.start);
    assert_eq!(parsed.problems, [], "{text:?}");
    document(parsed.root.as_ref())
}

/// How much of the beginning and the end two texts share.
fn shared(one: &str, other: &str) -> (usize, usize) {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let head = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let tail = one.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| one == other).count();
    (head, tail)
}

/// An edit of something that is there, or of something new.
fn edit(tape: &mut Tape<'_>, messy: &Messy) -> Edit {
    let all: Vec<&KeyPath> = messy.block.iter().chain(&messy.flow).map(|(path, _)| path).collect();
    let path = if all.is_empty() { KeyPath::from("new") } else { all[tape.below(all.len())].clone() };
    match tape.below(6) {
        0 | 1 => Edit::Set(path, value(tape, 2)),
        2 => Edit::Remove(path),
        3 => Edit::Append(path, value(tape, 2)),
        4 => Edit::Set(path.key("new"), value(tape, 2)),
        _ => {
            let mut path = path;
            path.0.pop();
            Edit::Set(path.key(tape.pick(&["new", "no", "a b", "x: y", ""])), value(tape, 2))
        }
    }
}

/// The entry, and the nearest one above it.
fn extents(messy: &Messy, path: &KeyPath) -> (Option<Range<usize>>, Option<Range<usize>>) {
    let find = |path: &KeyPath| {
        messy.block.iter().chain(&messy.flow).find(|(other, _)| other == path).map(|(_, range)| range.clone())
    };
    let mut above = path.clone();
    above.0.pop();
    (find(path), find(&above))
}

/// Makes the edit and looks at the result.
fn check(messy: &Messy, edit: &Edit, tangled: bool) -> Result<(), TestCaseError> {
    let (file, text) = (messy.file, &messy.text);
    let before = read(file, text);
    let mut expected = before.clone();
    let fits = expected.apply(edit).is_ok();
    let after = match patch(file, text, std::slice::from_ref(edit)) {
        Ok(after) => after,
        Err(error) => {
            // Nothing in these documents may be refused but what makes no sense, and what would let a
            // block scalar with `+` take in the blank lines behind a removed entry.
            if text.contains("|+") && matches!(edit, Edit::Remove(_)) && error.reason == Reason::Elsewhere {
                return Ok(());
            }
            let tangle = matches!(error.reason, Reason::Alias | Reason::Elsewhere | Reason::Tag);
            prop_assert!(!fits || tangled && tangle, "{text:?}\n{edit:?}\n{error}");
            prop_assert!(fits || error.reason == Reason::InTheWay, "{error}");
            return Ok(());
        }
    };
    let found = read(file, &after);
    prop_assert!(expected.same(&found), "{text:?}\n{edit:?}\n{after:?}\n{expected:?}\n{found:?}");
    if expected == before {
        prop_assert_eq!(&after, text);
        return Ok(());
    }
    // Everything outside the entry is what it was, byte by byte.
    let (path, removed) = match edit {
        Edit::Set(path, _) | Edit::Append(path, _) => (path, false),
        Edit::Remove(path) => (path, true),
        Edit::Body(_) => unreachable!("not made here"),
    };
    let (own, above) = extents(messy, path);
    let is_flow = messy.flow.iter().any(|(other, _)| other == path);
    let range = match (own, above) {
        // What is left may be `{}` or `[]` in place of lines, and in braces the commas change.
        (Some(own), Some(above)) if removed => {
            if is_flow || own.end >= above.end {
                above
            } else {
                own
            }
        }
        (Some(own), _) => own,
        (None, Some(above)) => above,
        (None, None) => 0..text.len(),
    };
    let (head, tail) = shared(text, &after);
    let line_end = text[..range.start].len() - text[..range.start].trim_end_matches([' ', '\r', '\n']).len();
    prop_assert!(head + line_end >= range.start, "before the entry\n{text:?}\n{edit:?}\n{after:?}");
    // Behind a dash, the next entry moves up and leaves its indentation.
    let spaces = text[range.end..].len() - text[range.end..].trim_start_matches(' ').len();
    prop_assert!(tail + spaces >= text.len() - range.end, "behind the entry\n{text:?}\n{edit:?}\n{after:?}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn only_the_edited_entry_changes(tape in vec(any::<u8>(), 0..160)) {
        let mut tape = Tape::new(&tape);
        let messy = Messy::new(&mut tape);
        let edit = edit(&mut tape, &messy);
        check(&messy, &edit, false)?;
    }

    #[test]
    fn anchors_and_tags_are_kept_or_the_edit_is_refused(tape in vec(any::<u8>(), 0..160)) {
        let mut tape = Tape::new(&tape);
        let messy = Messy::tangled(&mut tape);
        let edit = edit(&mut tape, &messy);
        check(&messy, &edit, true)?;
    }

    #[test]
    fn what_is_new_is_only_added(tape in vec(any::<u8>(), 0..160)) {
        let mut tape = Tape::new(&tape);
        let messy = Messy::new(&mut tape);
        let (file, text) = (messy.file, &messy.text);
        let edit = Edit::Set(KeyPath::from("new"), value(&mut tape, 2));
        let after = patch(file, text, std::slice::from_ref(&edit));
        let after = match after {
            Ok(after) => after,
            Err(error) => return Err(TestCaseError::fail(format!("{text:?}\n{edit:?}\n{error}"))),
        };
        let (head, tail) = shared(text, &after);
        prop_assert!(head + tail >= text.len(), "{text:?}\n{after:?}");
        // Taking it out again gives the same bytes.
        let back = patch(file, &after, &[Edit::Remove(KeyPath::from("new"))]);
        let empty_now = messy.block.is_empty() && !text.ends_with('\n');
        prop_assert!(empty_now || back.as_ref() == Ok(text), "{text:?}\n{after:?}\n{back:?}");
    }
}
