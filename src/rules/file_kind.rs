//! What a path of a company is besides an ordinary file: `symlink`, `special-file`, `executable-file`, and
//! `file-too-large`.

use super::Rule;
use super::index::Index;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::document::FILE_BYTES_MAX;
use crate::format::draft::{Entry, EntryType};
use crate::format::layout::{self, Kind};

pub(super) static SYMLINK: Rule = Rule {
    code: "symlink",
    severity: Severity::Warning,
    summary: "a symbolic link, which is not followed",
    docs: "\
A symbolic link lies in the company's folder. It is kept as it is, and nothing is read through it.

A link can lead out of the folder, to somewhere else on another machine, or nowhere. What an agent would be told through
it is not part of the company's history, and it cannot be exported.

Put the file itself there, or refer to it by its path.
",
    check: Some(symlinks),
};

pub(super) static SPECIAL_FILE: Rule = Rule {
    code: "special-file",
    severity: Severity::Warning,
    summary: "a pipe, a socket or a device, which is not read",
    docs: "\
Something lies in the company's folder that is neither a file nor a folder: a pipe, a socket or a device.

Git does not keep it, reading it could wait for ever, and nobody who clones the company gets it. It is never opened.

Remove it, or make it somewhere else; programs that need a socket take a path below `/run` or `/tmp`.
",
    check: Some(specials),
};

pub(super) static EXECUTABLE_FILE: Rule = Rule {
    code: "executable-file",
    severity: Severity::Warning,
    summary: "a file that can be started as a program",
    docs: "\
A file has the executable bit. Scripts of a skill (`skills/NAME/scripts/`) may have it.

A company's files are text that is read. A program among them is started with the rights of whoever runs it, by a slip
or by an agent that found it, and it came with the company rather than from a place where programs are looked at.
Packages with executable files are not imported.

Take the bit away:

```sh
chmod -x FILE
```
",
    check: Some(executables),
};

pub(super) static FILE_TOO_LARGE: Rule = Rule {
    code: "file-too-large",
    severity: Severity::Error,
    summary: "a file is too large to be read",
    docs: "\
A file that the program reads has more than 4 MiB. It was not read, so what it says is not in force.

These files are pages that people and agents read. A larger one is usually a log or an attachment under a wrong name.
Other files may have any size.

Split it, or move the data into a file beside it and write down its name.
",
    check: Some(large),
};

fn of<'d>(index: &Index<'d>, kind: EntryType) -> impl Iterator<Item = &'d str> {
    index.draft.entries.iter().filter(move |(_, entry)| entry.kind == kind).map(|(path, _)| path.as_str())
}

fn symlinks(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(of(index, EntryType::Symlink).map(|path| {
        let message = "this is a symbolic link, and nothing is read through it";
        Diagnostic::warning(SYMLINK.code, Place::file(path), message)
            .help("put the file itself there, or remove the link")
    }));
}

fn specials(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(of(index, EntryType::Special).map(|path| {
        let message = "this is a pipe, a socket or a device, and it is not read";
        Diagnostic::warning(SPECIAL_FILE.code, Place::file(path), message)
            .help("remove it, or make it outside the company")
    }));
}

fn executables(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let script = |path: &&str| matches!(path.split('/').collect::<Vec<_>>()[..], ["skills", _, "scripts", ..]);
    found.extend(of(index, EntryType::Executable).filter(|path| !script(path)).map(|path| {
        let message = "this file can be started as a program";
        Diagnostic::warning(EXECUTABLE_FILE.code, Place::file(path), message).help("take the bit away with `chmod -x`")
    }));
}

fn large(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let too_large = |(_, entry): &(&String, &Entry)| {
        matches!(entry.kind, EntryType::File | EntryType::Executable) && entry.bytes > FILE_BYTES_MAX as u64
    };
    for (path, entry) in index.draft.entries.iter().filter(too_large) {
        let kind = layout::locate(path).kind;
        if !matches!(kind, Kind::Other | Kind::Ciphertext) {
            let message =
                format!("{} has {} bytes and is not read; at most {FILE_BYTES_MAX} are", kind.noun(), entry.bytes);
            found.push(
                Diagnostic::error(FILE_TOO_LARGE.code, Place::file(path), message)
                    .help("split it, or move the data into a file beside it"),
            );
        }
    }
}
