//! How far two versions of a file are from each other: in lines that are in one and not in the other.

use diffy::{DiffOptions, Line};

/// Most lines, of both texts together, that are compared one with another; of longer ones only beginning and end are.
const COMPARED_LINES_MAX: usize = 20_000;

/// The number of lines that differ; zero for equal contents only.
pub(super) fn lines(one: &[u8], other: &[u8]) -> usize {
    if one == other {
        return 0;
    }
    let (Ok(one), Ok(other)) = (std::str::from_utf8(one), std::str::from_utf8(other)) else {
        return one.len().max(other.len()).max(1);
    };
    let (mut left, mut right): (Vec<&str>, Vec<&str>) =
        (one.split_inclusive('\n').collect(), other.split_inclusive('\n').collect());
    let same = left.iter().zip(&right).take_while(|(one, other)| one == other).count();
    left.drain(..same);
    right.drain(..same);
    while let (Some(one), Some(other)) = (left.last(), right.last()) {
        if one != other {
            break;
        }
        left.pop();
        right.pop();
    }
    if left.is_empty() || right.is_empty() || left.len() + right.len() > COMPARED_LINES_MAX {
        return (left.len() + right.len()).max(1);
    }
    let (left, right) = (left.concat(), right.concat());
    let mut options = DiffOptions::new();
    options.set_context_len(0);
    let patch = options.create_patch(&left, &right);
    let changed = |line: &&Line<'_, str>| !matches!(line, Line::Context(_));
    patch.hunks().iter().map(|hunk| hunk.lines().iter().filter(changed).count()).sum::<usize>().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_differ_are_counted() {
        for (one, other, far) in [
            ("", "", 0),
            ("a\n", "a\n", 0),
            ("a\n", "b\n", 2),
            ("a\nb\nc\n", "a\nc\n", 1),
            ("a\nb\nc\nd\n", "x\nb\nc\ny\n", 4),
            ("a", "a\n", 2),
            ("a\r\n", "a\n", 2),
        ] {
            assert_eq!(lines(one.as_bytes(), other.as_bytes()), far, "{one:?} {other:?}");
        }
        assert_eq!(lines(b"\xff", b"\xfe\xfe"), 2);
        assert_eq!(lines(b"a\n", "b\n".repeat(COMPARED_LINES_MAX).as_bytes()), COMPARED_LINES_MAX + 1);
    }
}
