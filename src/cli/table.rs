//! Rows in columns: as wide as their text, and on a terminal no wider than it.

use super::Ui;
use crate::cli::escape;
use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Between two columns.
const GAP: usize = 2;

/// The least a column keeps when a row is too wide for the terminal.
const WIDTH_MIN: usize = 12;

/// Rows of text.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
    /// The column that gives way when a row is too wide.
    gives_way: Option<usize>,
}

impl Table {
    /// A table whose column number `gives_way` is cut on a narrow terminal.
    pub fn new(gives_way: usize) -> Self {
        Self { rows: Vec::new(), gives_way: Some(gives_way) }
    }

    /// Adds a row. What came from files is shown harmless.
    pub fn row<I: IntoIterator<Item = S>, S: AsRef<str>>(&mut self, cells: I) {
        self.rows.push(cells.into_iter().map(|cell| escape::line(cell.as_ref())).collect());
    }

    /// Writes the rows; `width` is that of the terminal, if there is one.
    pub fn show(&self, width: Option<usize>, ui: &mut Ui) {
        // At once: a call of the system for each of ten thousand lines costs more than making them.
        let text: String = self.lines(width).into_iter().flat_map(|line| [line, "\n".to_owned()]).collect();
        ui.raw(&text);
    }

    fn lines(&self, width: Option<usize>) -> Vec<String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut widths: Vec<usize> = (0..columns)
            .map(|column| self.rows.iter().filter_map(|row| row.get(column)).map(|cell| wide(cell)).max().unwrap_or(0))
            .collect();
        if let (Some(width), Some(column)) = (width, self.gives_way.filter(|column| *column < columns)) {
            let filled = widths.iter().filter(|width| **width > 0).count();
            let all: usize = widths.iter().sum::<usize>() + GAP * filled.saturating_sub(1);
            let spare = widths[column].saturating_sub(all.saturating_sub(width));
            widths[column] = widths[column].min(spare.max(WIDTH_MIN));
        }
        self.rows.iter().map(|row| line(row, &widths)).collect()
    }
}

fn line(row: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in row.iter().zip(widths).filter(|(_, width)| **width > 0) {
        let cell = shortened(cell, *width);
        let room = width.saturating_sub(wide(&cell)) + GAP;
        line.push_str(&cell);
        line.extend(std::iter::repeat_n(' ', room));
    }
    line.truncate(line.trim_end().len());
    line
}

/// The text, or as much of it as fits, with a sign that there is more.
pub fn cut(text: &str, width: usize) -> String {
    shortened(text, width).into_owned()
}

fn shortened(text: &str, width: usize) -> Cow<'_, str> {
    if wide(text) <= width {
        return Cow::Borrowed(text);
    }
    let mut left = width.saturating_sub(1);
    let mut shown = String::new();
    for character in text.chars() {
        let Some(rest) = left.checked_sub(character.width().unwrap_or(0)) else { break };
        left = rest;
        shown.push(character);
    }
    Cow::Owned(shown + "…")
}

/// How wide a text is. What is shown is mostly made of signs that are all as wide as the next.
fn wide(text: &str) -> usize {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) { text.len() } else { text.width() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_is_too_wide_is_cut_where_it_may_be() {
        let mut table = Table::new(1);
        table.row(["ACME-1", "a title of some length", "todo"]);
        table.row(["ACME-12", "short", "in_progress"]);
        assert_eq!(
            table.lines(None),
            ["ACME-1   a title of some length  todo", "ACME-12  short                   in_progress"]
        );
        assert_eq!(table.lines(Some(36)), ["ACME-1   a title of so…  todo", "ACME-12  short           in_progress"]);
        // A terminal too narrow for anything still shows the beginning of each title.
        assert_eq!(table.lines(Some(5))[0], "ACME-1   a title of …  todo");
    }

    #[test]
    fn wide_characters_count_for_two_and_empty_columns_for_nothing() {
        let mut table = Table::new(0);
        table.row(["日本", "", "x"]);
        table.row(["ab", "", "y"]);
        assert_eq!(table.lines(None), ["日本  x", "ab    y"]);
        assert_eq!(cut("日本語", 4), "日…");
    }

    #[test]
    fn what_would_act_on_a_terminal_is_shown_as_its_code() {
        let mut table = Table::new(0);
        table.row(["a\u{1b}[2Jb\nc"]);
        assert!(table.lines(None).iter().all(|line| !line.contains(['\u{1b}', '\n'])));
    }
}
