//! Ids of tickets where people write them: in front matter, and in text outside of code, where they are links.
//!
//! A ticket that had to give up its number takes along what was said of it. Whose texts those are is known where two
//! sides are brought together; here it is only found and changed, in the text, and nothing else in it.

use super::front_matter;
use crate::model::TicketId;
use crate::model::ticket::Ticket;

/// The text with every mention of `old` made one of `new`; `None` if there is none. What stands in code is what somebody
/// typed or copied, and an id in an address belongs to whatever lies there: both stay.
pub fn redirect(text: &str, old: &TicketId, new: &TicketId) -> Option<String> {
    let names = Names::new(old, new);
    if !text.contains(&names.old) {
        return None;
    }
    let body = front_matter::split(text).body;
    let mut made = String::with_capacity(text.len() + 16);
    names.line(&text[..body.start], &mut made);
    let mut fence: Option<&str> = None;
    for line in text[body].split_inclusive('\n') {
        let trimmed = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (Some(_), _) => {}
            (None, None) => {
                // Between every second pair of backticks there is code; without a partner a backtick is only a backtick.
                let parts: Vec<&str> = line.split('`').collect();
                for (place, part) in parts.iter().enumerate() {
                    if place > 0 {
                        made.push('`');
                    }
                    let code = place % 2 == 1 && place + 1 < parts.len();
                    if code { made.push_str(part) } else { names.line(part, &mut made) }
                }
                continue;
            }
        }
        made.push_str(line);
    }
    (made != text).then_some(made)
}

/// A ticket's names, as texts write them: its id, and where it lies.
struct Names {
    old: String,
    new: String,
    old_bucket: String,
    new_bucket: String,
}

impl Names {
    fn new(old: &TicketId, new: &TicketId) -> Self {
        let bucket = |id: &TicketId| format!("{}/", id.bucket());
        debug_assert!(Ticket::thread_path_of(old).ends_with(&format!("{}{old}", bucket(old))));
        Self { old: old.to_string(), new: new.to_string(), old_bucket: bucket(old), new_bucket: bucket(new) }
    }

    fn line(&self, text: &str, made: &mut String) {
        let mut done = 0;
        for (at, _) in text.match_indices(&self.old) {
            let (before, after) = (&text[done..at], &text[at + self.old.len()..]);
            let in_path = before.ends_with(&self.old_bucket);
            let joined = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '/' | '.' | '@' | '#');
            if !(in_path || text[..at].chars().next_back().is_none_or(|c| !joined(c))) || goes_on(after) {
                continue;
            }
            if in_path {
                made.push_str(&before[..before.len() - self.old_bucket.len()]);
                made.push_str(&self.new_bucket);
            } else {
                made.push_str(before);
            }
            made.push_str(&self.new);
            done = at + self.old.len();
        }
        made.push_str(&text[done..]);
    }
}

/// Whether what follows an id makes it another word: `ACME-12` in `ACME-123`, `ACME-12-b`, `ACME-12.5`.
fn goes_on(after: &str) -> bool {
    let mut chars = after.chars();
    match (chars.next(), chars.next()) {
        (Some(c), _) if c.is_alphanumeric() || c == '_' => true,
        (Some('-'), Some(c)) => c.is_alphanumeric(),
        (Some('.'), Some(c)) => c.is_ascii_digit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Scalar as _;

    #[test]
    fn mentions_are_found_where_people_mean_them() {
        let (old, new) = (TicketId::parse("ACME-7").unwrap(), TicketId::parse("ACME-112").unwrap());
        for (text, expected) in [
            (
                "---\nparent: ACME-7\nblocked_by: [ACME-7, ACME-70]\n---\n",
                "---\nparent: ACME-112\nblocked_by: [ACME-112, ACME-70]\n---\n",
            ),
            (
                "---\ntitle: After ACME-7, the rest\n---\nSee ACME-7.\n",
                "---\ntitle: After ACME-112, the rest\n---\nSee ACME-112.\n",
            ),
            ("ACME-7", "ACME-112"),
            ("(ACME-7) ACME-7, *ACME-7*: “ACME-7”", "(ACME-112) ACME-112, *ACME-112*: “ACME-112”"),
            (
                "[it](tickets/0000/ACME-7.md) and ../0000/ACME-7/a.md",
                "[it](tickets/0001/ACME-112.md) and ../0001/ACME-112/a.md",
            ),
            ("ACME-70 XACME-7 ACME-7b ACME-7-b ACME-7.5 MY-ACME-7", ""),
            ("https://tracker.example/browse/ACME-7 and a@ACME-7", ""),
            ("`ACME-7` and ACME-7", "`ACME-7` and ACME-112"),
            ("a ` b ACME-7", "a ` b ACME-112"),
            ("```\nACME-7\n```\nACME-7\n", "```\nACME-7\n```\nACME-112\n"),
            ("nothing", ""),
        ] {
            let made = redirect(text, &old, &new);
            assert_eq!(made.as_deref().unwrap_or_default(), expected, "{text:?}");
            if let Some(made) = made {
                assert_eq!(redirect(&made, &old, &new), None, "{text:?}");
            }
        }
    }
}
