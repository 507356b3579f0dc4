//! A made-up company in a repository of its own, as large as asked for, packed and checked out.

use super::BenchError;
use crate::format::specimen::{self, Size};
use crate::store::git;
use crate::store::scratch::Scratch;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// How often git is looked at; short, since its time is measured.
const LOOK_EVERY: Duration = Duration::from_micros(200);

/// Looks before git is given up: an hour.
const LOOKS_MAX: u32 = 18_000_000;

/// Who commits.
const IDENTITY: [&str; 2] = ["user.name=Ada", "user.email=ada@localhost"];

/// A company that is measured on, removed when this is dropped.
#[derive(Debug)]
pub struct Measured {
    folder: Scratch,
    /// Each ticket's path and text.
    pub tickets: Vec<(String, String)>,
}

impl Measured {
    /// Makes a company of this many tickets, every tenth with a thread, in a new folder in `parent`.
    pub(super) fn new(parent: &Path, tickets: usize) -> Result<Self, BenchError> {
        let size = Size { agents: (tickets / 100).clamp(5, 100), tickets, thread_every: 10 };
        Self::of(parent, specimen::company(size, 1))
    }

    /// Makes a company of these files, path and text, in a new folder in `parent`.
    ///
    /// # Errors
    /// [`BenchError`].
    pub fn of(parent: &Path, files: impl Iterator<Item = (String, String)>) -> Result<Self, BenchError> {
        let folder = Scratch::new(parent).map_err(BenchError::io(parent))?;
        let mut measured = Self { folder, tickets: Vec::new() };
        let root = measured.root();
        fs::create_dir(&root).map_err(BenchError::io(&root))?;
        measured.git(&["init", "-q", "--template=", "-b", "main"])?;
        let stream = measured.folder.path().join("stream");
        measured.write_stream(&stream, files).map_err(BenchError::io(&stream))?;
        let mut import = measured.command(&["fast-import", "--quiet", "--force"])?;
        import.stdin(File::open(&stream).map_err(BenchError::io(&stream))?);
        measured.wait(import)?;
        fs::remove_file(&stream).map_err(BenchError::io(&stream))?;
        measured.git(&["reset", "-q", "--hard"])?;
        Ok(measured)
    }

    /// The company's folder.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("company")
    }

    /// A folder beside it, on the same disk.
    pub fn beside(&self) -> &Path {
        self.folder.path()
    }

    /// How many commits its branch has.
    pub(super) fn commits(&self) -> Result<usize, BenchError> {
        let counted = self.folder.path().join("counted");
        let mut command = self.command(&["rev-list", "--count", "HEAD"])?;
        command.stdout(File::create(&counted).map_err(BenchError::io(&counted))?);
        self.wait(command)?;
        let text = fs::read_to_string(&counted).map_err(BenchError::io(&counted))?;
        Ok(text.trim().parse().unwrap_or(0))
    }

    /// Runs git in the company.
    pub(super) fn git(&self, args: &[&str]) -> Result<(), BenchError> {
        let command = self.command(args)?;
        self.wait(command)
    }

    fn command(&self, args: &[&str]) -> Result<Command, BenchError> {
        let mut command = git::hardened(&self.root());
        for setting in IDENTITY {
            command.args(["-c", setting]);
        }
        let messages = self.messages();
        let messages = File::create(&messages).map_err(BenchError::io(&messages))?;
        command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(messages);
        Ok(command)
    }

    fn wait(&self, command: Command) -> Result<(), BenchError> {
        Ok(git::wait(command, "be measured", &self.messages(), LOOK_EVERY, LOOKS_MAX)?)
    }

    fn messages(&self) -> PathBuf {
        self.folder.path().join("messages")
    }

    /// Writes all files as one commit in the format of `git fast-import`, which makes a pack and no loose object.
    fn write_stream(&mut self, path: &Path, files: impl Iterator<Item = (String, String)>) -> io::Result<()> {
        let mut stream = BufWriter::new(File::create(path)?);
        let message = "A made-up company\n";
        write!(stream, "commit refs/heads/main\ncommitter Ada <ada@localhost> 0 +0000\n")?;
        write!(stream, "data {}\n{message}", message.len())?;
        for (path, text) in files {
            write!(stream, "M 100644 inline {path}\ndata {}\n{text}\n", text.len())?;
            if path.starts_with("tickets/") && path.matches('/').count() == 2 {
                self.tickets.push((path, text));
            }
        }
        writeln!(stream)?;
        stream.into_inner()?.sync_all()
    }
}
