//! Cutting a long text so that its beginning and its end stay, and so that it says what is missing.

/// Of what is kept, so many hundredths are the beginning: what a text is about stands there. The rest is the end, where
/// the newest things stand.
const HEAD_HUNDREDTHS: usize = 78;

/// Room for the words that say what is missing, in characters.
const MARK_CHARS: usize = 160;

/// Fewer characters than this tell nothing; a text that would get fewer is left out whole, and that is said.
pub const CHARS_MIN: usize = 400;

/// What a whole prompt may hold, handed out text by text: the important ones ask first.
#[derive(Debug)]
pub struct Room {
    left: usize,
}

impl Room {
    /// Room for so many characters.
    pub fn new(chars: usize) -> Self {
        Self { left: chars }
    }

    /// `text`, or its beginning and end if it has more than `max` characters or more than is left. `place` is where the
    /// whole of it can be read. Also whether something is missing.
    pub fn take(&mut self, text: &str, max: usize, place: &str) -> (String, bool) {
        let text = text.trim();
        let (kept, cut) = head_and_tail(text, max.min(self.left), place);
        self.left = self.left.saturating_sub(kept.chars().count());
        (kept, cut)
    }
}

/// `text`, or its beginning and end if it has more than `max` characters. Also whether something is missing.
fn head_and_tail(text: &str, max: usize, place: &str) -> (String, bool) {
    let chars = text.chars().count();
    if chars <= max {
        return (text.to_owned(), false);
    }
    if max < CHARS_MIN {
        return (format!("[all {chars} characters are left out here; the whole text is {place}]"), true);
    }
    let kept = max - MARK_CHARS;
    let head = kept * HEAD_HUNDREDTHS / 100;
    let head_end = byte_of(text, head);
    let tail_start = byte_of(text, chars - (kept - head));
    // At the end of a line where one is near, so that no sentence is cut for a few characters.
    let head_end = text[..head_end].rfind('\n').filter(|at| head_end - at < 200).unwrap_or(head_end);
    let tail_start = text[tail_start..].find('\n').filter(|at| *at < 200).map_or(tail_start, |at| tail_start + at + 1);
    let missing = text[head_end..tail_start].chars().count();
    let mark = format!("[{missing} of {chars} characters are left out here; the whole text is {place}]");
    (format!("{}\n\n{mark}\n\n{}", text[..head_end].trim_end(), text[tail_start..].trim_start()), true)
}

/// The byte at which the character number `at` begins.
fn byte_of(text: &str, at: usize) -> usize {
    text.char_indices().nth(at).map_or(text.len(), |(byte, _)| byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_keeps_both_ends_and_says_what_is_missing() {
        let text: String = (0..1_000).map(|line| format!("line {line} ä\n")).collect();
        let (cut, is_cut) = head_and_tail(text.trim(), 1_000, "in a.md");
        assert!(is_cut && cut.chars().count() <= 1_000, "{}", cut.chars().count());
        assert!(cut.starts_with("line 0 ä\nline 1 ä\n") && cut.ends_with("line 998 ä\nline 999 ä"), "{cut}");
        let missing: usize = cut.split('[').nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        let kept =
            cut.split("\n\n[").next().unwrap().chars().count() + cut.rsplit("]\n\n").next().unwrap().chars().count();
        let all = text.trim().chars().count();
        assert!(all.abs_diff(missing + kept) <= 2, "{all} is not {missing} and {kept}");
        assert!(cut.contains(&format!("of {all} characters are left out here; the whole text is in a.md]")));
    }

    #[test]
    fn what_fits_stays_and_what_has_no_room_says_so() {
        assert_eq!(head_and_tail("short", 5, "in a.md"), ("short".to_owned(), false));
        let (none, cut) = head_and_tail(&"x".repeat(500), 399, "in a.md");
        assert_eq!((none.as_str(), cut), ("[all 500 characters are left out here; the whole text is in a.md]", true));
        let one_line = "ü".repeat(2_000);
        let (cut, _) = head_and_tail(&one_line, 1_000, "in a.md");
        assert!(cut.chars().count() <= 1_000);
    }

    #[test]
    fn room_is_handed_out_once() {
        let mut room = Room::new(1_000);
        assert_eq!(room.take(&"x".repeat(700), 10_000, "in a.md"), ("x".repeat(700), false));
        assert!(room.take(&"y".repeat(700), 10_000, "in b.md").0.starts_with("[all 700"));
    }
}
