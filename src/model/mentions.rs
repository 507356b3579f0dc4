//! What a text written in Markdown names: people and agents with `@`, tickets by their ids, addresses of links. What stands
//! in code is an example and names nobody; what stands in HTML, a comment of its author say, is not read.

use super::{Scalar as _, Slug, TicketId};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, TextMergeStream};

/// Most people one text can name; the rest of a longer list is noise.
pub const MENTIONS_MAX: usize = 50;

/// Most tickets and links of one text.
pub const REFERENCES_MAX: usize = 200;

/// Who is named in `text`, in order of appearance, each once.
pub fn find(text: &str) -> Vec<Slug> {
    // Most texts name nobody, and ten thousand are read when a company is.
    if !text.contains('@') {
        return Vec::new();
    }
    let mut found = Vec::new();
    pieces(text, |piece| {
        if let Piece::Words(words) = piece {
            people(words, &mut found);
        }
    });
    found
}

/// What else a text names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct References {
    /// What has the form of a ticket's id, each once.
    pub tickets: Vec<TicketId>,
    /// Where links lead, each once.
    pub links: Vec<String>,
}

/// The tickets and links in `text`, in order of appearance.
pub fn references(text: &str) -> References {
    let mut found = References::default();
    pieces(text, |piece| match piece {
        Piece::Words(words) => {
            for id in ids(words) {
                if !found.tickets.contains(&id) && found.tickets.len() < REFERENCES_MAX {
                    found.tickets.push(id);
                }
            }
            for link in bare_links(words) {
                note(&mut found.links, link);
            }
        }
        Piece::Link(link) => note(&mut found.links, link),
    });
    found
}

fn note(links: &mut Vec<String>, link: &str) {
    if !links.iter().any(|known| known == link) && links.len() < REFERENCES_MAX {
        links.push(link.to_owned());
    }
}

enum Piece<'t> {
    /// Text as it is read, outside of code.
    Words(&'t str),
    /// Where a link or a picture leads.
    Link(&'t str),
}

/// Goes through what of a text is neither code nor HTML.
fn pieces(text: &str, mut each: impl FnMut(Piece<'_>)) {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut in_code = false;
    for event in TextMergeStream::new(Parser::new_ext(text, options)) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Text(words) if !in_code => each(Piece::Words(&words)),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => each(Piece::Link(&dest_url)),
            _ => {}
        }
    }
}

fn people(words: &str, found: &mut Vec<Slug>) {
    for (at, _) in words.match_indices('@') {
        let before = words[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '@' | '/')) {
            continue;
        }
        let rest = &words[at + 1..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(rest.len());
        let Ok(slug) = Slug::parse(rest[..end].trim_end_matches('-')) else { continue };
        if !found.contains(&slug) && found.len() < MENTIONS_MAX {
            found.push(slug);
        }
    }
}

/// Words of the form `ACME-12`, not as a part of a longer one.
fn ids(words: &str) -> impl Iterator<Item = TicketId> {
    let parts = words.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '/' | ':')));
    parts.filter(|part| part.contains('-')).filter_map(|part| TicketId::parse(part.trim_end_matches([':', '-'])).ok())
}

/// Addresses that stand in a text as they are.
fn bare_links(words: &str) -> impl Iterator<Item = &str> {
    let parts = words.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '(' | ')'));
    let whole = parts.filter(|part| part.starts_with("https://") || part.starts_with("http://"));
    whole.map(|part| part.trim_end_matches(['.', ',', ';', ':', '!', '?']))
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
            ("<ada@acme.example>", ""),
            ("`@cto` and ``` @qa", "qa"),
            ("``a ` @cto`` and @qa", "qa"),
            ("a ` b @cto", "cto"),
            ("a `b\nc @cto` d @qa", "qa"),
            ("```\n@cto\n```\n@qa", "qa"),
            ("~~~sh\n@cto\n```\n@ada\n~~~\n@qa", "qa"),
            ("````\n```\n@cto\n```\n````\n@qa", "qa"),
            ("```\n@cto\nthis one never ends", ""),
            ("> ```\n> @cto\n> ```\n> @qa", "qa"),
            ("- a list\n\n      @cto in a block of code\n\n- @qa", "qa"),
            ("Example:\n\n    @cto\n\n@qa", "qa"),
            ("not code:\n    @cto", "cto"),
            ("**@cto**, _@qa_ and [@ada](https://x.example/@bob)", "cto qa ada"),
            ("| who |\n| --- |\n| @cto |", "cto"),
            ("<!-- @cto -->\n\nsee <b title=\"@qa\">@ada</b> <!-- @bob -->", "ada"),
            ("\\@cto", "cto"),
            ("-x @-x @CTO @ @@cto", ""),
            ("@cto- done", "cto"),
            ("https://x.example/@cto", ""),
        ] {
            let found: Vec<String> = find(text).iter().map(ToString::to_string).collect();
            assert_eq!(found.join(" "), names, "{text:?}");
        }
        let many: String = (0..200).map(|n| format!("@a{n} ")).collect();
        assert_eq!(find(&many).len(), MENTIONS_MAX);
    }

    #[test]
    fn tickets_and_links_are_found_too() {
        for (text, expected) in [
            ("see ACME-12, ACME-3: and (ACME-12)", "ACME-12 ACME-3"),
            ("`ACME-1`\n\n    ACME-2\n\n```\nACME-3\n```\nACME-4", "ACME-4"),
            ("feature/ACME-1 X-ACME-1-b acme-1", ""),
            ("[the plan](https://x.example/plan) of ACME-7", "ACME-7 https://x.example/plan"),
            ("https://x.example/a, and <https://y.example>.", "https://x.example/a https://y.example"),
            ("![](shot.png) `https://x.example`", "shot.png"),
        ] {
            let found = references(text);
            let tickets = found.tickets.iter().map(ToString::to_string);
            let all: Vec<String> = tickets.chain(found.links).collect();
            assert_eq!(all.join(" "), expected, "{text:?}");
        }
    }
}
