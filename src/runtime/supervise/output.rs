//! What a run says, within bounds: lines of bounded length, a transcript whose beginning and end are kept.

use crate::adapters::{LINE_BYTES_MAX, Stream};
use crate::redact;
use sha2::{Digest as _, Sha256};
use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Which part of a transcript is kept for its end: one in this many bytes. The beginning tells what was asked, the end
/// how it came out; what lies between is the same over and over in every flood that was looked at.
const END_SHARE: u64 = 16;

/// Cuts a stream of bytes into lines. A line longer than [`LINE_BYTES_MAX`] is cut, and the rest of it dropped.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pending: Vec<u8>,
    dropped: u64,
}

impl Lines {
    /// Takes more bytes and hands on each whole line.
    pub(super) fn feed(&mut self, mut bytes: &[u8], mut each: impl FnMut(&str)) {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(end);
            if self.pending.is_empty() && line.len() <= LINE_BYTES_MAX {
                each(&String::from_utf8_lossy(without_return(line)));
            } else {
                self.keep(line);
                each(&String::from_utf8_lossy(without_return(&self.pending)));
                self.pending.clear();
            }
            bytes = &rest[1..];
        }
        self.keep(bytes);
    }

    /// Hands on what is left without a line end, and says how many bytes were dropped.
    pub(super) fn finish(&mut self, each: impl FnOnce(&str)) -> u64 {
        if !self.pending.is_empty() {
            each(&String::from_utf8_lossy(without_return(&self.pending)));
            self.pending = Vec::new();
        }
        std::mem::take(&mut self.dropped)
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LINE_BYTES_MAX.saturating_sub(self.pending.len()).min(bytes.len());
        self.pending.extend_from_slice(&bytes[..room]);
        self.dropped += (bytes.len() - room) as u64;
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The transcript: one JSON object a line, `{"ms": 12, "out": "…"}`. What looks like a secret is masked before it
/// touches the disk. A disk that refuses costs the transcript, never the run.
#[derive(Debug)]
pub(super) struct Transcript {
    file: BufWriter<File>,
    hash: Sha256,
    /// What may still be written of the beginning.
    room: u64,
    end: VecDeque<(u64, Stream, String)>,
    end_bytes: u64,
    end_bytes_max: u64,
    dropped: u64,
    broken: bool,
}

impl Transcript {
    /// An empty transcript of at most about `bytes_max`.
    pub(super) fn create(path: &Path, bytes_max: u64) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        let end_bytes_max = bytes_max / END_SHARE;
        Ok(Self {
            file: BufWriter::new(file),
            hash: Sha256::new(),
            room: bytes_max - end_bytes_max,
            end: VecDeque::new(),
            end_bytes: 0,
            end_bytes_max,
            dropped: 0,
            broken: false,
        })
    }

    /// Adds a line, said this long after the start.
    pub(super) fn line(&mut self, ms: u64, stream: Stream, line: &str) {
        if self.room > 0 && self.end.is_empty() {
            let record = record(ms, stream, line);
            if record.len() as u64 <= self.room {
                self.room -= record.len() as u64;
                return self.write(&record);
            }
            self.room = 0;
        }
        self.end_bytes += line.len() as u64 + 1;
        self.end.push_back((ms, stream, line.to_owned()));
        while self.end_bytes > self.end_bytes_max
            && let Some((_, _, line)) = self.end.pop_front()
        {
            self.end_bytes -= line.len() as u64 + 1;
            self.dropped += line.len() as u64 + 1;
        }
    }

    /// Brings what was said so far to where it can be read.
    pub(super) fn flush(&mut self) {
        self.broken |= self.file.flush().is_err();
    }

    /// Writes the end, with a mark of what was dropped before it, and returns the hash and the bytes dropped.
    pub(super) fn finish(mut self, cut: u64) -> (String, u64) {
        let dropped = self.dropped + cut;
        if dropped > 0 {
            self.write(format!("{{\"dropped\":{dropped}}}\n").as_bytes());
        }
        for (ms, stream, line) in std::mem::take(&mut self.end) {
            self.write(&record(ms, stream, &line));
        }
        self.flush();
        let hash = self.hash.finalize();
        (hash.iter().map(|byte| format!("{byte:02x}")).collect(), dropped)
    }

    fn write(&mut self, bytes: &[u8]) {
        if self.broken || self.file.write_all(bytes).is_err() {
            self.broken = true;
            self.dropped += bytes.len() as u64;
        } else {
            self.hash.update(bytes);
        }
    }
}

fn record(ms: u64, stream: Stream, line: &str) -> Vec<u8> {
    let name = match stream {
        Stream::Out => "out",
        Stream::Err => "err",
    };
    let line = serde_json::Value::from(redact::mask(line));
    format!("{{\"ms\":{ms},\"{name}\":{line}}}\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(chunks: &[&[u8]]) -> (Vec<String>, u64) {
        let mut lines = Lines::default();
        let mut found = Vec::new();
        for chunk in chunks {
            lines.feed(chunk, |line| found.push(line.to_owned()));
        }
        let dropped = lines.finish(|line| found.push(line.to_owned()));
        (found, dropped)
    }

    #[test]
    fn lines_are_the_same_however_they_arrive() {
        let text = b"one\r\n\ntwo\xff\nrest";
        let whole = fed(&[text]);
        assert_eq!(whole, (vec!["one".to_owned(), String::new(), "two\u{fffd}".to_owned(), "rest".to_owned()], 0));
        for at in 0..text.len() {
            assert_eq!(fed(&[&text[..at], &text[at..]]), whole, "{at}");
        }
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let long = vec![b'x'; LINE_BYTES_MAX / 2 + 1];
        let (lines, dropped) = fed(&[&long, &long, b"y\nnext\n"]);
        assert_eq!((lines[0].len(), lines[1].as_str(), dropped), (LINE_BYTES_MAX, "next", 3));
    }

    #[test]
    fn beginning_and_end_are_kept_and_what_is_dropped_is_marked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("transcript.jsonl");
        let mut transcript = Transcript::create(&path, 1600).unwrap();
        for number in 0..1000u64 {
            transcript.line(number, Stream::Out, &format!("line {number}"));
        }
        let (hash, dropped) = transcript.finish(0);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.len() < 2000, "{}", text.len());
        assert!(text.starts_with("{\"ms\":0,\"out\":\"line 0\"}\n"), "{text}");
        assert!(text.ends_with("{\"ms\":999,\"out\":\"line 999\"}\n"), "{text}");
        assert!(text.contains(&format!("{{\"dropped\":{dropped}}}\n")), "{text}");
        let again: String = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, again);
    }

    #[test]
    fn a_secret_does_not_reach_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("transcript.jsonl");
        let mut transcript = Transcript::create(&path, 1 << 20).unwrap();
        let secret = ["ghp_", "R8sKq2LmZx7TbVn4WcYd9FhJp3GtQe6AuXrM"].concat();
        transcript.line(0, Stream::Err, &format!("token {secret}"));
        transcript.finish(0);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("token ") && !text.contains(&secret), "{text}");
    }
}
