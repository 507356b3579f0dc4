//! A line that moves while somebody waits: on a terminal only, and only when the wait is long enough to wonder.

use crate::store::source::Seen;
use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;

/// How long one waits before anything moves. Most work is done by then, and a flicker helps nobody.
const QUIET: Duration = Duration::from_secs(1);

/// Shows how far something is, on standard error, and leaves no trace when it is dropped.
pub struct Progress {
    bar: ProgressBar,
    quiet: Duration,
    target: Option<ProgressDrawTarget>,
}

impl Progress {
    /// Begins to wait for `what`, such as `reading the package`.
    pub fn new(what: &str) -> Self {
        // The target draws nothing where standard error is no terminal.
        Self::on(ProgressDrawTarget::stderr(), QUIET, what)
    }

    fn on(target: ProgressDrawTarget, quiet: Duration, what: &str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("{spinner} {prefix}{msg}").expect("the template is a constant");
        bar.set_style(style);
        bar.set_prefix(what.to_owned());
        Self { bar, quiet, target: Some(target) }
    }

    /// Tells how far a package is.
    pub fn seen(&mut self, seen: Seen) {
        if self.bar.elapsed() < self.quiet {
            return;
        }
        if let Some(target) = self.target.take() {
            self.bar.set_draw_target(target);
        }
        self.bar.set_message(words(seen));
        self.bar.tick();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Progress").field("bar", &self.bar).finish_non_exhaustive()
    }
}

fn words(Seen { entries, bytes }: Seen) -> String {
    let bytes = HumanBytes(bytes);
    match entries {
        0 => format!(": {bytes}"),
        1 => format!(": 1 entry, {bytes}"),
        _ => format!(": {entries} entries, {bytes}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::TermLike;
    use std::io;
    use std::sync::{Arc, Mutex};

    /// A terminal that remembers what was written to it.
    #[derive(Debug, Clone, Default)]
    struct Paper(Arc<Mutex<String>>);

    impl Paper {
        fn write(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }
    }

    impl TermLike for Paper {
        fn width(&self) -> u16 {
            80
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write(text)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.write(text)
        }
        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nothing_moves_before_the_wait_is_long() {
        let seen = Seen { entries: 3, bytes: 2048 };
        for (quiet, shown) in [(Duration::ZERO, true), (Duration::from_secs(3600), false)] {
            let paper = Paper::default();
            let mut progress =
                Progress::on(ProgressDrawTarget::term_like(Box::new(paper.clone())), quiet, "reading the package");
            progress.seen(seen);
            drop(progress);
            let text = paper.0.lock().unwrap().clone();
            assert_eq!(text.contains("reading the package: 3 entries, 2.00 KiB"), shown, "{text:?}");
            assert_eq!(text.is_empty(), !shown);
        }
    }

    #[test]
    fn far_is_told_in_words() {
        for (entries, bytes, expected) in
            [(0, 5 << 20, ": 5.00 MiB"), (1, 10, ": 1 entry, 10 B"), (2, 0, ": 2 entries, 0 B")]
        {
            assert_eq!(words(Seen { entries, bytes }), expected);
        }
    }
}
