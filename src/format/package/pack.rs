//! A tree as an archive. The same tree gives the same bytes: sorted, fixed times, no names of people.

use super::Tree;
use flate2::{Compression, GzBuilder};
use std::io::{self, Cursor, Write as _};
use zip::write::SimpleFileOptions;

/// Modes of files in an archive.
const MODE: u32 = 0o644;
const MODE_EXECUTABLE: u32 = 0o755;

/// The kinds of archives that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `.zip`
    Zip,
    /// `.tar.gz` or `.tgz`
    TarGz,
}

impl Format {
    /// The kind that a file's name asks for; `None`: a folder is meant.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        if name.ends_with(".zip") {
            Some(Self::Zip)
        } else if name.ends_with(".tar.gz") || name.ends_with(".tgz") {
            Some(Self::TarGz)
        } else {
            None
        }
    }
}

/// Packs `tree`, everything inside `folder`.
///
/// # Errors
/// Only if the archive's own limits are passed: a path or a file that is too long for its format.
pub fn pack(tree: &Tree, folder: &str, format: Format) -> io::Result<Vec<u8>> {
    match format {
        Format::Zip => zipped(tree, folder),
        Format::TarGz => tarred(tree, folder),
    }
}

fn zipped(tree: &Tree, folder: &str) -> io::Result<Vec<u8>> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, file) in tree {
        let mode = if file.executable { MODE_EXECUTABLE } else { MODE };
        // The default time is the earliest that the format knows: 1980-01-01.
        let options = SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated)
            .last_modified_time(zip::DateTime::default())
            .unix_permissions(mode);
        writer.start_file(format!("{folder}/{path}"), options)?;
        writer.write_all(&file.bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

fn tarred(tree: &Tree, folder: &str) -> io::Result<Vec<u8>> {
    let packed = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    let mut builder = tar::Builder::new(packed);
    for (path, file) in tree {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(file.bytes.len() as u64);
        header.set_mode(if file.executable { MODE_EXECUTABLE } else { MODE });
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        builder.append_data(&mut header, format!("{folder}/{path}"), file.bytes.as_slice())?;
    }
    builder.into_inner()?.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::package::PackageFile;
    use crate::format::package::archive;
    use crate::format::package::check::Intake;
    use crate::format::package::limits::Limits;

    #[test]
    fn the_same_tree_gives_the_same_bytes_and_comes_back_whole() {
        let long = format!("skills/{}/{}/SKILL.md", "a".repeat(90), "b".repeat(90));
        let mut tree: Tree = [("COMPANY.md", "---\nname: ä\n---\n"), ("b/empty", ""), (long.as_str(), "x")]
            .into_iter()
            .map(|(path, text)| (path.to_owned(), PackageFile::text(text)))
            .collect();
        tree.insert("run.sh".to_owned(), PackageFile { bytes: b"#!/bin/sh\n".to_vec(), executable: true });
        for format in [Format::Zip, Format::TarGz] {
            let bytes = pack(&tree, "acme", format).unwrap();
            assert_eq!(bytes, pack(&tree, "acme", format).unwrap());
            let mut quiet = |_| {};
            let mut intake = Intake::new(Limits::default(), &mut quiet);
            archive::read(&bytes, &mut intake).unwrap();
            let back = intake.finish().tree;
            let wrapped: Tree = tree.iter().map(|(path, file)| (format!("acme/{path}"), file.clone())).collect();
            assert_eq!(back, wrapped, "{format:?}");
        }
        for (name, format) in [
            ("a.zip", Some(Format::Zip)),
            ("A.ZIP", Some(Format::Zip)),
            ("a.tar.gz", Some(Format::TarGz)),
            ("a.tgz", Some(Format::TarGz)),
            ("a", None),
        ] {
            assert_eq!(Format::of_name(name), format, "{name}");
        }
    }
}
