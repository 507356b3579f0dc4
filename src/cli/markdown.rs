//! The little Markdown of our own documentation, laid out for a terminal: paragraphs, lists and code blocks.

/// Columns of a line; what most terminals have, and people like to read.
pub const WIDTH: usize = 80;

/// Fills paragraphs and list items to `width` columns and indents code blocks. Marks inside a line stay.
pub fn plain(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut paragraph: Vec<&str> = Vec::new();
    let mut fenced = false;
    for line in text.trim().lines() {
        if line.starts_with("```") {
            fill(&mut paragraph, width, &mut out);
            fenced = !fenced;
        } else if fenced {
            let code = format!("    {line}");
            out.push_str(code.trim_end());
            out.push('\n');
        } else {
            if line.is_empty() || line.starts_with("- ") {
                fill(&mut paragraph, width, &mut out);
            }
            if line.is_empty() {
                out.push('\n');
            } else {
                paragraph.push(line);
            }
        }
    }
    fill(&mut paragraph, width, &mut out);
    out
}

/// Writes the words of `paragraph` in lines of at most `width` columns, and empties it.
fn fill(paragraph: &mut Vec<&str>, width: usize, out: &mut String) {
    let indent = if paragraph.first().is_some_and(|line| line.starts_with("- ")) { "  " } else { "" };
    let mut column = 0;
    for word in paragraph.iter().flat_map(|line| line.split_whitespace()) {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            out.push('\n');
            out.push_str(indent);
            column = indent.len();
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    if column > 0 {
        out.push('\n');
    }
    paragraph.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_filled_and_code_is_kept() {
        let text = "One two three\nfour five.\n\n```yaml\na:  1\n\nb: 2\n```\n\n- one two three four\n- five\n";
        let expected = "One two\nthree four\nfive.\n\n    a:  1\n\n    b: 2\n\n- one two\n  three\n  four\n- five\n";
        assert_eq!(plain(text, 10), expected);
    }
}
