//! A report of costs to look at: [`page`], a page for a browser, and [`picture`], one picture.
//!
//! Both are made of the same charts ([`chart`]). They hold everything they need: no script, no font, nothing that is fetched, and
//! they are light or dark as whoever looks at them has it. Names come from files and programs, and are text and nothing else.

mod chart;
mod colours;

use super::look::BudgetRow;
use super::look::money::report::{Chapter, Report};
use std::fmt::Write as _;

/// How wide everything is, in pixels.
const WIDTH: u32 = 880;

/// Between two charts, and at the edge.
const GAP: u32 = 24;

/// How high the head of the picture is.
const HEAD: u32 = 92;

/// One picture: the head, then one chart below the other.
pub fn picture(report: &Report) -> String {
    let charts: Vec<(u32, String)> = report.chapters.iter().flat_map(charts).map(|(_, chart)| chart).collect();
    let height = HEAD + charts.iter().map(|(height, _)| height + GAP).sum::<u32>();
    let full = WIDTH + 2 * GAP;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{full}\" height=\"{height}\" viewBox=\"0 0 {full} {height}\" \
         font-family=\"system-ui, sans-serif\" role=\"img\">\n<title>{title}</title>\n<style>{style}</style>\n\
         <rect class=\"ground\" width=\"100%\" height=\"100%\" fill=\"{ground}\"/>\n\
         <text class=\"ink\" x=\"{GAP}\" y=\"40\" font-size=\"22\" font-weight=\"600\" fill=\"{ink}\">{title}</text>\n\
         <text class=\"muted\" x=\"{GAP}\" y=\"66\" font-size=\"14\" fill=\"{muted}\">{facts}</text>\n",
        title = escaped(&title(report)),
        facts = escaped(&facts(report).join(" · ")),
        style = colours::style(),
        ground = colours::GROUND.light,
        ink = colours::INK.light,
        muted = colours::MUTED.light,
    );
    let mut top = HEAD;
    for (height, chart) in charts {
        let part = writeln!(svg, "<g transform=\"translate({GAP} {top})\">{chart}</g>");
        part.expect("a text takes what is written to it");
        top += height + GAP;
    }
    svg.push_str("</svg>\n");
    svg
}

/// A page: the same charts, the budgets, and every figure in a table.
pub fn page(report: &Report) -> String {
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>{style}{page}</style>\n</head>\n<body>\n\
         <h1>{title}</h1>\n<p class=\"facts\">{facts}</p>\n",
        title = escaped(&title(report)),
        facts =
            facts(report).iter().map(|fact| format!("<span>{}</span>", escaped(fact))).collect::<Vec<_>>().join(" "),
        style = colours::style(),
        page = PAGE,
    );
    if !report.budgets.is_empty() {
        html.push_str("<h2>Budgets</h2>\n");
        report.budgets.iter().for_each(|row| html.push_str(&budget(row)));
    }
    for chapter in &report.chapters {
        for (title, (_, chart)) in charts(chapter) {
            let table = table(chapter, &title);
            let part =
                writeln!(html, "<figure>{chart}<details><summary>The figures</summary>{table}</details></figure>");
            part.expect("a text takes what is written to it");
        }
    }
    html.push_str("</body>\n</html>\n");
    html
}

/// What a page looks like beyond its charts.
const PAGE: &str = "
body{font:16px/1.5 system-ui,sans-serif;max-width:880px;margin:2rem auto;padding:0 1rem;background:var(--ground);color:var(--ink)}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}
.facts{color:var(--muted);margin:.25rem 0 1rem}.facts span{margin-right:1.25rem;white-space:nowrap}
figure{margin:1.5rem 0;overflow-x:auto}figure>svg{max-width:100%;height:auto;display:block}
summary{color:var(--muted);cursor:pointer;font-size:.875rem}
table{border-collapse:collapse;font-size:.875rem;margin:.5rem 0;font-variant-numeric:tabular-nums}
td{padding:.15rem 1.5rem .15rem 0;border-bottom:1px solid var(--grid)}td+td{text-align:right}
.budget{margin:.75rem 0}.budget p{margin:0}.budget .muted{font-size:.875rem;color:var(--muted)}
.bar{display:flex;height:.75rem;border-radius:.375rem;overflow:hidden;background:var(--grid);margin:.25rem 0}
.bar i{background:var(--series)}.bar b{background:var(--reserved)}.bar.over i{background:var(--over)}
";

fn title(report: &Report) -> String {
    format!("{}: what was spent", report.company)
}

/// What there is to say in a line.
fn facts(report: &Report) -> Vec<String> {
    let mut facts = vec![match report.since {
        Some(since) if since != report.until => format!("{since} to {}", report.until),
        _ => report.until.to_string(),
    }];
    facts.extend(report.chapters.iter().map(|chapter| chart::figure_words(chapter, chapter.total)));
    facts.push(counted(report.runs, "run"));
    if !report.reserved.is_empty() {
        facts.push(format!("{} reserved for runs that go on", report.reserved.join(" + ")));
    }
    if report.unpriced > 0 {
        facts.push(format!("{} without a price, as reserved", counted(report.unpriced, "run")));
    }
    facts
}

fn counted(count: i64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// The charts of a chapter, with what each is by and how high it is.
fn charts(chapter: &Chapter) -> Vec<(String, (u32, String))> {
    let mut charts = vec![("time".to_owned(), chart::over_time(chapter, WIDTH))];
    if chapter.total == 0 {
        return charts;
    }
    for parts in chapter.parts.iter().filter(|parts| tells_apart(parts)) {
        charts.push((parts.by.clone(), chart::parts(chapter, parts, WIDTH)));
    }
    charts
}

/// Whether parts say more than that all of it belongs to none.
fn tells_apart(parts: &super::look::money::report::Parts) -> bool {
    parts.parts.iter().any(|(name, _)| name != "-")
}

/// A budget as a bar: what is spent, what is reserved, what is left.
fn budget(row: &BudgetRow) -> String {
    let share = |amount: i64| {
        let whole = i128::from(row.limit.amount.max(row.spent.amount.saturating_add(row.reserved.amount)).max(1));
        i128::from(amount.max(0)) * 1_000 / whole
    };
    let permille = |figure: i128| format!("{}.{}%", figure / 10, figure % 10);
    let over = if row.state == "full" { " over" } else { "" };
    let warns = if row.at_limit == "warn" { ", warns only" } else { "" };
    let until = row.until.map(|at| format!(", begins anew {}", at.strftime("%Y-%m-%d %H:%MZ"))).unwrap_or_default();
    format!(
        "<div class=\"budget\"><p>{}, {}: {}{warns}</p><div class=\"bar{over}\"><i style=\"width:{}\"></i><b style=\"width:{}\"></b></div>\
         <p class=\"muted\">{} spent, {} reserved, {} left{until}</p></div>\n",
        escaped(&row.scope),
        escaped(&row.window),
        escaped(&row.limit.shown),
        permille(share(row.spent.amount)),
        permille(share(row.reserved.amount)),
        escaped(&row.spent.shown),
        escaped(&row.reserved.shown),
        escaped(&row.left.shown),
    )
}

/// The figures of a chart.
fn table(chapter: &Chapter, by: &str) -> String {
    let row = |name: &str, figure: i64| {
        format!("<tr><td>{}</td><td>{}</td></tr>", escaped(name), escaped(&chapter.shown(figure)))
    };
    let times = chapter.times.iter().filter(|(_, figure)| *figure != 0);
    let rows: String = match chapter.parts.iter().find(|parts| parts.by == by) {
        Some(parts) => parts.parts.iter().map(|(name, figure)| row(name, *figure)).collect(),
        None => times.map(|(day, figure)| row(&day.to_string(), *figure)).collect(),
    };
    format!("<table>{rows}</table>")
}

/// Text, and nothing else.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // XML has no place for them.
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
