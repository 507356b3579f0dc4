//! What the process that sent the task says of it: the lines of [`super::super::lines`].

use super::super::signal::{Ended, Failure, FailureKind, Signal, Stream, Verdict};
use super::super::{Reader, lines};

#[derive(Default)]
pub(super) struct HttpReader {
    finished: bool,
    failed: Option<Failure>,
}

impl Reader for HttpReader {
    fn line(&mut self, stream: Stream, line: &str) -> Vec<Signal> {
        if stream == Stream::Err {
            return vec![Signal::Text(line.to_owned())];
        }
        let signals = lines::read(line);
        for signal in &signals {
            if let Signal::Failed(failure) = signal {
                self.failed = Some(failure.clone());
            }
            self.finished |= *signal == Signal::Finished;
        }
        signals
    }

    fn verdict(&self, ended: Ended) -> Verdict {
        match (&self.failed, ended) {
            (Some(failure), _) => Verdict::Failed(failure.clone()),
            (None, Ended::Exit(0)) if self.finished => Verdict::Succeeded,
            (None, Ended::Exit(0)) => {
                Verdict::Failed(Failure::new(FailureKind::Cut, "it ended before there was an answer"))
            }
            (None, _) => Verdict::Failed(ended.failure()),
        }
    }
}
