//! The charts of a report: columns over time, and bars of parts.

use super::colours::{GRID, INK, MUTED, SERIES, styled};
use crate::view::look::money::report::{Chapter, Parts};
use plotters::coord::Shift;
use plotters::prelude::{
    ChartBuilder, Color as _, DrawingArea, IntoDrawingArea as _, IntoFont as _, Rectangle, SVGBackend, Text, TextStyle,
};
use plotters::style::RGBColor;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// How high columns over time are, with their title and labels.
const TIME_HEIGHT: u32 = 260;

/// How high the title of a chart is.
const TITLE_HEIGHT: i32 = 34;

/// How high a bar is, with the room around it.
const BAR_HEIGHT: i32 = 26;

/// How much room the names of parts have; longer ones are cut.
const NAME_WIDTH: i32 = 220;
const NAME_CHARS_MAX: usize = 28;

/// How much room a figure behind its bar has.
const FIGURE_WIDTH: i32 = 150;

/// How much higher than its letters a line is taken to be.
const LINE: f64 = 1.24;

/// Most labels below columns: they must not touch.
const LABELS_MAX: usize = 8;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

/// Columns over time.
pub(super) fn over_time(chapter: &Chapter, width: u32) -> (u32, String) {
    let step = &chapter.step;
    let title = titled(chapter, step);
    (TIME_HEIGHT, drawn(width, TIME_HEIGHT, &title, |area| columns(chapter, area)))
}

/// Bars of parts, the largest on top.
pub(super) fn parts(chapter: &Chapter, parts: &Parts, width: u32) -> (u32, String) {
    let rows = i32::try_from(parts.parts.len()).unwrap_or(i32::MAX);
    let height = u32::try_from(TITLE_HEIGHT + rows * BAR_HEIGHT + 8).unwrap_or(TIME_HEIGHT);
    let title = titled(chapter, &parts.by);
    (height, drawn(width, height, &title, |area| bars(chapter, parts, area)))
}

fn titled(chapter: &Chapter, by: &str) -> String {
    if chapter.unit == "tokens" { format!("Tokens by {by}") } else { format!("Spent by {by}, in {}", chapter.unit) }
}

fn drawn(width: u32, height: u32, title: &str, draw: impl FnOnce(&Area<'_>) -> Drawn) -> String {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area();
        let title = Text::new(title.to_owned(), (0, 4), font(16, INK.rgb, HPos::Left, VPos::Top));
        let done = area.draw(&title).map_err(Into::into).and_then(|()| draw(&area));
        let done = done.and_then(|()| area.present().map_err(Into::into));
        done.expect("a text takes whatever is drawn, and every figure has a place");
    }
    styled(svg)
}

/// A font of so many pixels. The library takes the size for that of a whole line and draws letters of less.
fn font(pixels: i32, colour: RGBColor, horizontal: HPos, vertical: VPos) -> TextStyle<'static> {
    ("system-ui, sans-serif", f64::from(pixels) * LINE).into_font().color(&colour).pos(Pos::new(horizontal, vertical))
}

fn columns(chapter: &Chapter, area: &Area<'_>) -> Drawn {
    let most = chapter.times.iter().map(|(_, figure)| *figure).max().unwrap_or(0);
    if most <= 0 {
        let style = font(14, MUTED.rgb, HPos::Left, VPos::Top);
        area.draw(&Text::new("nothing was spent", (0, TITLE_HEIGHT), style))?;
        return Ok(());
    }
    let (count, top) = (chapter.times.len(), most as f64 * 1.05);
    let mut chart = ChartBuilder::on(area)
        .margin_top(TITLE_HEIGHT)
        .margin_right(8)
        .x_label_area_size(28)
        .y_label_area_size(76)
        .build_cartesian_2d(0.0..count as f64, 0.0..top)?;
    let money = chapter.unit != "tokens";
    chart
        .configure_mesh()
        .disable_x_mesh()
        .disable_x_axis()
        .y_labels(5)
        .light_line_style(GRID.rgb.mix(0.0))
        .bold_line_style(GRID.rgb)
        .axis_style(GRID.rgb)
        .y_label_formatter(&|figure: &f64| short(*figure, money))
        .label_style(font(13, MUTED.rgb, HPos::Right, VPos::Center))
        .draw()?;
    chart.draw_series(chapter.times.iter().enumerate().map(|(at, (_, figure))| {
        let (left, right) = (at as f64 + 0.12, at as f64 + 0.88);
        Rectangle::new([(left, 0.0), (right, (*figure).max(0) as f64)], SERIES.rgb.filled())
    }))?;
    // Labels of our own: one below its column, and no more than there is room for.
    let every = count.div_ceil(LABELS_MAX).max(1);
    let (_, pixels) = area.get_pixel_range();
    let below = pixels.end - 22;
    for (at, (day, _)) in chapter.times.iter().enumerate().step_by(every) {
        let (x, _) = chart.backend_coord(&(at as f64 + 0.5, 0.0));
        let form = if chapter.step == "month" { "%b %Y" } else { "%b %-d" };
        let style = font(13, MUTED.rgb, HPos::Center, VPos::Top);
        area.draw(&Text::new(day.strftime(form).to_string(), (x, below), style))?;
    }
    Ok(())
}

fn bars(chapter: &Chapter, parts: &Parts, area: &Area<'_>) -> Drawn {
    let most = parts.parts.iter().map(|(_, figure)| *figure).max().unwrap_or(0).max(1);
    let (pixels, _) = area.get_pixel_range();
    let room = i64::from(pixels.end - NAME_WIDTH - FIGURE_WIDTH);
    for (at, (name, figure)) in (0..).zip(&parts.parts) {
        let top = TITLE_HEIGHT + at * BAR_HEIGHT;
        let middle = top + BAR_HEIGHT / 2;
        let length = i128::from((*figure).max(0)) * i128::from(room) / i128::from(most);
        // The least that was spent is seen.
        let length = i32::try_from(length).unwrap_or(0).max(1);
        let name = Text::new(cut(name), (NAME_WIDTH - 10, middle), font(13, INK.rgb, HPos::Right, VPos::Center));
        area.draw(&name)?;
        let bar = [(NAME_WIDTH, top + 5), (NAME_WIDTH + length, top + BAR_HEIGHT - 5)];
        area.draw(&Rectangle::new(bar, SERIES.rgb.filled()))?;
        let behind = (NAME_WIDTH + length + 8, middle);
        area.draw(&Text::new(figure_words(chapter, *figure), behind, font(13, MUTED.rgb, HPos::Left, VPos::Center)))?;
    }
    Ok(())
}

/// A figure behind its bar: money to the hundredth, tokens in short.
pub(super) fn figure_words(chapter: &Chapter, figure: i64) -> String {
    match chapter.unit.as_str() {
        "tokens" => format!("{} tokens", short(figure as f64, false)),
        unit => format!("{}.{:02} {unit}", figure / 1_000_000, figure % 1_000_000 / 10_000),
    }
}

/// A figure at an axis: as short as it can be told.
fn short(figure: f64, money: bool) -> String {
    let figure = if money { figure / 1e6 } else { figure };
    let (figure, sign) = match figure.abs() {
        size if size >= 1e9 => (figure / 1e9, "G"),
        size if size >= 1e6 => (figure / 1e6, "M"),
        size if size >= 1e3 => (figure / 1e3, "k"),
        _ => (figure, ""),
    };
    let places = usize::from(figure != 0.0 && figure.abs() < 100.0) * if money && sign.is_empty() { 2 } else { 1 };
    let text = format!("{figure:.places$}");
    let text = if text.contains('.') && !money { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{sign}")
}

/// A name that has room.
fn cut(name: &str) -> String {
    let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if name.chars().count() <= NAME_CHARS_MAX {
        return name;
    }
    let kept: String = name.chars().take(NAME_CHARS_MAX - 1).collect();
    format!("{kept}…")
}
