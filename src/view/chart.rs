//! Who reports to whom, drawn: as SVG for a page, as Mermaid for a text that is rendered elsewhere.
//!
//! Those who lead somebody stand side by side below the one they report to. Those who lead nobody stand in columns of at
//! most [`STACK_MAX`], so that one with a hundred reports is as wide as a page and not as a street.

use super::look::Member;
use std::fmt::Write as _;

/// Most boxes in one column of a stack.
const STACK_MAX: usize = 8;

/// A box, in pixels.
const BOX: (i32, i32) = (176, 52);

/// Between two boxes: beside and below each other.
const GAP: (i32, i32) = (20, 40);

/// Between two boxes of a stack.
const STACK_GAP: i32 = 10;

/// How far the boxes of a stack stand to the right of its line.
const INDENT: i32 = 14;

/// Around the whole.
const MARGIN: i32 = 16;

/// Characters of a name that fit into a box, at the size it is written in.
const NAME_CHARS: usize = 21;

/// The same of a title.
const TITLE_CHARS: usize = 28;

/// A part of the chart: how much room it takes, where its own box stands in it, and what is drawn.
struct Block<'m> {
    width: i32,
    height: i32,
    /// The middle of the box at the top, from the left.
    middle: i32,
    boxes: Vec<(i32, i32, &'m Member)>,
    /// Lines, from one point to the other.
    lines: Vec<[(i32, i32); 2]>,
}

/// The chart as SVG.
pub fn svg(members: &[Member], company: &str) -> String {
    let blocks: Vec<Block<'_>> = members.iter().map(block).collect();
    let width = blocks.iter().map(|block| block.width + GAP.0).sum::<i32>().max(GAP.0 + BOX.0) - GAP.0;
    let height = blocks.iter().map(|block| block.height).max().unwrap_or(0);
    let (width, height) = (width + 2 * MARGIN, height + 2 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-label=\"{}\">\n<style>\n{STYLE}</style>\n",
        escaped(format!("Who reports to whom at {company}").trim_end_matches(" at "))
    );
    let mut left = MARGIN;
    for block in &blocks {
        for [from, to] in &block.lines {
            // Into a text, writing does not fail.
            let _ =
                writeln!(svg, "<path d=\"M{} {}L{} {}\"/>", from.0 + left, from.1 + MARGIN, to.0 + left, to.1 + MARGIN);
        }
        for (x, y, member) in &block.boxes {
            drawn(&mut svg, x + left, y + MARGIN, member);
        }
        left += block.width + GAP.0;
    }
    svg.push_str("</svg>\n");
    svg
}

/// Grey lines are seen on a light and on a dark page alike.
const STYLE: &str = "path{stroke:#8b949e;stroke-width:1.5;fill:none}\n\
    rect{fill:#fff;stroke:#8b949e;stroke-width:1.2}\n\
    .busy rect{stroke:#2da44e;stroke-width:2}\n\
    .off rect{fill:#f3f4f6;stroke-dasharray:4 3}\n\
    text{font-family:system-ui,-apple-system,'Segoe UI',sans-serif;text-anchor:middle;fill:#1f2328}\n\
    .name{font-size:13px;font-weight:600}\n\
    .title{font-size:11px;fill:#59636e}\n\
    .off text{fill:#818b98}\n";

fn drawn(svg: &mut String, x: i32, y: i32, member: &Member) {
    let class = match (member.working.is_empty(), member.status.as_str()) {
        (false, _) => "busy",
        (true, "active") => "at-rest",
        (true, _) => "off",
    };
    let title = match (&member.title, member.status.as_str()) {
        (Some(title), "active") if *title != member.name => title.clone(),
        (_, "active") => member.slug.clone(),
        (_, status) => status.replace('_', " "),
    };
    let _ = writeln!(
        svg,
        "<g class=\"{class}\"><title>{}</title><rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"8\"/>\
         <text class=\"name\" x=\"{middle}\" y=\"{}\">{}</text><text class=\"title\" x=\"{middle}\" y=\"{}\">{}</text></g>",
        escaped(&member.slug),
        BOX.0,
        BOX.1,
        y + 22,
        escaped(&short(&member.name, NAME_CHARS)),
        y + 39,
        escaped(&short(&title, TITLE_CHARS)),
        middle = x + BOX.0 / 2,
    );
}

fn block(member: &Member) -> Block<'_> {
    let (leaves, leaders): (Vec<&Member>, Vec<&Member>) = member.reports.iter().partition(|one| one.reports.is_empty());
    let mut parts: Vec<Block<'_>> = leaders.into_iter().map(block).collect();
    let side_by_side = parts.is_empty() && leaves.len() <= 3;
    // Columns of one length look better than full ones and a rest.
    let columns = leaves.len().div_ceil(STACK_MAX).max(1);
    for column in leaves.chunks(if side_by_side { 1 } else { leaves.len().div_ceil(columns).max(1) }) {
        parts.push(if let [only] = column { block(only) } else { stack(column) });
    }
    if parts.is_empty() {
        return Block {
            width: BOX.0,
            height: BOX.1,
            middle: BOX.0 / 2,
            boxes: vec![(0, 0, member)],
            lines: Vec::new(),
        };
    }
    let width = parts.iter().map(|part| part.width + GAP.0).sum::<i32>() - GAP.0;
    let top = BOX.1 + GAP.1;
    let bus = BOX.1 + GAP.1 / 2;
    let height = top + parts.iter().map(|part| part.height).max().unwrap_or(0);
    let (mut boxes, mut lines, mut middles, mut left) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for part in parts {
        boxes.extend(part.boxes.into_iter().map(|(x, y, member)| (x + left, y + top, member)));
        let moved = |(x, y): (i32, i32)| (x + left, y + top);
        lines.extend(part.lines.into_iter().map(|[from, to]| [moved(from), moved(to)]));
        middles.push(part.middle + left);
        left += part.width + GAP.0;
    }
    let (first, last) = (middles[0], middles[middles.len() - 1]);
    // Above the middle of what it leads, and never past the edge.
    let middle = ((first + last) / 2).clamp(BOX.0 / 2, (width - BOX.0 / 2).max(BOX.0 / 2));
    boxes.push((middle - BOX.0 / 2, 0, member));
    lines.push([(middle, BOX.1), (middle, bus)]);
    lines.push([(first.min(middle), bus), (last.max(middle), bus)]);
    lines.extend(middles.into_iter().map(|x| [(x, bus), (x, top)]));
    Block { width: width.max(BOX.0), height, middle, boxes, lines }
}

/// Boxes below each other, beside a line.
fn stack<'m>(members: &[&'m Member]) -> Block<'m> {
    let (mut boxes, mut lines) = (Vec::new(), Vec::new());
    let mut y = 0;
    for member in members {
        boxes.push((INDENT, y, *member));
        lines.push([(0, y + BOX.1 / 2), (INDENT, y + BOX.1 / 2)]);
        y += BOX.1 + STACK_GAP;
    }
    let height = y - STACK_GAP;
    lines.push([(0, 0), (0, height - BOX.1 / 2)]);
    Block { width: INDENT + BOX.0, height, middle: 0, boxes, lines }
}

/// The chart as a Mermaid flow chart.
pub fn mermaid(members: &[Member]) -> String {
    let mut text = "graph TD\n".to_owned();
    let mut ahead: Vec<&Member> = members.iter().rev().collect();
    while let Some(member) = ahead.pop() {
        let title = member.title.as_ref().map(|title| format!("<br/>{}", label(title))).unwrap_or_default();
        let _ = writeln!(text, "  {}[\"{}{title}\"]", member.slug, label(&member.name));
        for report in &member.reports {
            let _ = writeln!(text, "  {} --> {}", member.slug, report.slug);
        }
        ahead.extend(member.reports.iter().rev());
    }
    text
}

/// A text inside a label of Mermaid, which reads HTML in it.
fn label(text: &str) -> String {
    escaped(text).replace('#', "&#35;").replace("&quot;", "#quot;").replace('`', "'")
}

fn short(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    text.chars().take(characters - 1).collect::<String>().trim_end().to_owned() + "…"
}

/// A text inside XML; what XML cannot hold is left out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' | '\t' => safe.push(' '),
            c if c.is_control() || ('\u{fffe}'..='\u{ffff}').contains(&c) => {}
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(slug: &str, reports: Vec<Member>) -> Member {
        Member {
            slug: slug.to_owned(),
            name: slug.to_uppercase(),
            title: None,
            status: "active".to_owned(),
            adapter: None,
            working: Vec::new(),
            reports,
        }
    }

    /// Where each box stands.
    fn places(members: &[Member]) -> Vec<(i32, i32)> {
        let all = members.iter().map(block).flat_map(|block| block.boxes).map(|(x, y, _)| (x, y));
        all.collect()
    }

    #[test]
    fn boxes_never_overlap_whatever_the_tree() {
        let shapes = [
            vec![member("a", vec![])],
            vec![member("a", vec![member("b", vec![]), member("c", vec![])])],
            vec![member("a", (0..40).map(|n| member(&format!("n{n}"), vec![])).collect())],
            vec![member(
                "a",
                vec![
                    member("b", (0..9).map(|n| member(&format!("b{n}"), vec![])).collect()),
                    member("c", vec![member("d", vec![member("e", vec![])])]),
                    member("f", vec![]),
                    member("g", vec![]),
                ],
            )],
        ];
        for shape in shapes {
            let places = places(&shape);
            for (at, one) in places.iter().enumerate() {
                assert!(one.0 >= 0 && one.1 >= 0);
                for other in &places[at + 1..] {
                    let beside = (one.0 - other.0).abs() >= BOX.0;
                    let below = (one.1 - other.1).abs() >= BOX.1;
                    assert!(beside || below, "{one:?} and {other:?}");
                }
            }
        }
    }

    #[test]
    fn a_name_cannot_draw_anything() {
        let mut hostile = member("x", vec![]);
        hostile.name = "</text><script>alert(1)</script>\u{0}".to_owned();
        hostile.title = Some("\"]; click x \"javascript:alert(1)\"".to_owned());
        let drawn = svg(std::slice::from_ref(&hostile), "A & B");
        assert!(!drawn.contains("<script") && drawn.contains("&lt;/text&gt;") && !drawn.contains('\u{0}'));
        let text = mermaid(&[hostile]);
        assert_eq!(text.matches('"').count(), 2, "{text}");
    }

    #[test]
    fn a_chart_in_mermaid() {
        let chart = [member("ceo", vec![member("cto", vec![])])];
        assert_eq!(mermaid(&chart), "graph TD\n  ceo[\"CEO\"]\n  ceo --> cto\n  cto[\"CTO\"]\n");
    }
}
