//! Rows in columns: as wide as their text, and on a terminal no wider than it.

use super::Ui;
use crate::cli::escape;
use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Between two columns.
const GAP: usize = 2;

/// The least a column keeps when a row is too wide for the terminal.
const WIDTH_MIN: usize = 12;

/// Rows of text. What is shown of ten thousand tickets are sixty thousand cells: they lie one after the other in one text.
#[derive(Debug, Default)]
pub struct Table {
    text: String,
    cells: Vec<Cell>,
    /// Where the cells of each row end.
    rows: Vec<usize>,
    /// How wide each column is.
    widths: Vec<usize>,
    /// The column that gives way when a row is too wide.
    gives_way: Option<usize>,
}

/// A piece of the text, from where the one before it ends.
#[derive(Debug)]
struct Cell {
    end: usize,
    width: usize,
}

impl Table {
    /// A table whose column number `gives_way` is cut on a narrow terminal.
    pub fn new(gives_way: usize) -> Self {
        Self { gives_way: Some(gives_way), ..Self::default() }
    }

    /// Adds a row. What came from files is shown harmless.
    pub fn row<I: IntoIterator<Item = S>, S: AsRef<str>>(&mut self, cells: I) {
        for (column, cell) in cells.into_iter().enumerate() {
            let start = self.text.len();
            escape::push_line(&mut self.text, cell.as_ref());
            let width = wide(&self.text[start..]);
            self.cells.push(Cell { end: self.text.len(), width });
            match self.widths.get_mut(column) {
                Some(widest) => *widest = width.max(*widest),
                None => self.widths.push(width),
            }
        }
        self.rows.push(self.cells.len());
    }

    /// Writes the rows; `width` is that of the terminal, if there is one.
    pub fn show(&self, width: Option<usize>, ui: &mut Ui) {
        // At once: a call of the system for each of ten thousand lines costs more than making them.
        ui.raw(&self.lines(width));
    }

    fn lines(&self, width: Option<usize>) -> String {
        let mut widths = self.widths.clone();
        if let (Some(width), Some(column)) = (width, self.gives_way.filter(|column| *column < widths.len())) {
            let filled = widths.iter().filter(|width| **width > 0).count();
            let all: usize = widths.iter().sum::<usize>() + GAP * filled.saturating_sub(1);
            let spare = widths[column].saturating_sub(all.saturating_sub(width));
            widths[column] = widths[column].min(spare.max(WIDTH_MIN));
        }
        let mut lines = String::with_capacity(self.rows.len() * (widths.iter().sum::<usize>() + GAP * widths.len()));
        let (mut cell, mut start) = (0, 0);
        for row in &self.rows {
            let line = lines.len();
            for (Cell { end, width }, most) in self.cells[cell..*row].iter().zip(&widths) {
                let text = &self.text[start..*end];
                start = *end;
                if *most == 0 {
                    continue;
                }
                let shown = if width <= most { Cow::Borrowed(text) } else { shortened(text, *most) };
                lines.push_str(&shown);
                let width = if width <= most { *width } else { wide(&shown) };
                lines.extend(std::iter::repeat_n(' ', most.saturating_sub(width) + GAP));
            }
            cell = *row;
            lines.truncate(line + lines[line..].trim_end().len());
            lines.push('\n');
        }
        lines
    }
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
            "ACME-1   a title of some length  todo\nACME-12  short                   in_progress\n"
        );
        assert_eq!(table.lines(Some(36)), "ACME-1   a title of so…  todo\nACME-12  short           in_progress\n");
        // A terminal too narrow for anything still shows the beginning of each title.
        assert!(table.lines(Some(5)).starts_with("ACME-1   a title of …  todo\n"));
    }

    #[test]
    fn a_row_with_fewer_cells_leaves_the_next_one_its_own() {
        let mut table = Table::new(0);
        table.row(["a", "b", "c"]);
        table.row(["d"]);
        table.row(Vec::<&str>::new());
        table.row(["e", "f"]);
        assert_eq!(table.lines(None), "a  b  c\nd\n\ne  f\n");
    }

    #[test]
    fn wide_characters_count_for_two_and_empty_columns_for_nothing() {
        let mut table = Table::new(0);
        table.row(["日本", "", "x"]);
        table.row(["ab", "", "y"]);
        assert_eq!(table.lines(None), "日本  x\nab    y\n");
        assert_eq!(cut("日本語", 4), "日…");
    }

    #[test]
    fn what_would_act_on_a_terminal_is_shown_as_its_code() {
        let mut table = Table::new(0);
        table.row(["a\u{1b}[2Jb\nc"]);
        let lines = table.lines(None);
        assert!(!lines.contains('\u{1b}') && lines.find('\n') == Some(lines.len() - 1), "{lines:?}");
    }
}
