//! Who is named in a text with `@`: `@cto`, outside of code.

use super::{Scalar as _, Slug};

/// Most people one text can name; the rest of a longer list is noise.
pub const MENTIONS_MAX: usize = 50;

/// Who is named in `text`, in order of appearance, each once. What stands in code is passed over, and so is what is
/// part of a word, such as an address of mail.
pub fn find(text: &str) -> Vec<Slug> {
    let mut found: Vec<Slug> = Vec::new();
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let trimmed = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (Some(_), _) => {}
            (None, None) => in_line(line, &mut found),
        }
        if found.len() >= MENTIONS_MAX {
            break;
        }
    }
    found
}

fn in_line(line: &str, found: &mut Vec<Slug>) {
    // Between every second pair of backticks there is code; without a partner a backtick is only a backtick.
    let parts: Vec<&str> = line.split('`').collect();
    for (place, part) in parts.iter().enumerate() {
        let code = place % 2 == 1 && place + 1 < parts.len();
        if code {
            continue;
        }
        for (at, _) in part.match_indices('@') {
            let before = part[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '@' | '/')) {
                continue;
            }
            let rest = &part[at + 1..];
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(rest.len());
            let Ok(slug) = Slug::parse(rest[..end].trim_end_matches('-')) else { continue };
            if !found.contains(&slug) && found.len() < MENTIONS_MAX {
                found.push(slug);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_where_people_mean_them() {
        for (text, names) in [
            ("@cto please look", "cto"),
            ("ask @lead-engineer, or @qa. And (@ada)!", "lead-engineer qa ada"),
            ("@cto @cto", "cto"),
            ("mail ada@acme.example or a_@b", ""),
            ("`@cto` and ``` @qa", "qa"),
            ("a ` b @cto", "cto"),
            ("```\n@cto\n```\n@qa", "qa"),
            ("~~~sh\n@cto\n```\n@ada\n~~~\n@qa", "qa"),
            ("@-x @CTO @ @@cto", ""),
            ("@cto- done", "cto"),
            ("https://x.example/@cto", ""),
        ] {
            let found: Vec<String> = find(text).iter().map(ToString::to_string).collect();
            assert_eq!(found.join(" "), names, "{text:?}");
        }
        let many: String = (0..200).map(|n| format!("@a{n} ")).collect();
        assert_eq!(find(&many).len(), MENTIONS_MAX);
    }
}
