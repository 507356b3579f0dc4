//! Reading what an export needs, and writing the package: a folder, or one archive.

use super::load::{self, LoadError};
use super::place::{Change, PlaceError, place};
use crate::format::draft::EntryType;
use crate::format::package::export::{self, Export, ExportError, Wish};
use crate::format::package::pack::{self, Format};
use crate::format::package::{PackageFile, Tree};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Why there is no package.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The company could not be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A file of the company could not be read.
    #[error("could not read {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// The package could not be made.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// Something is there already.
    #[error("{} is there already", .0.display())]
    Taken(PathBuf),
    /// The folder holds something.
    #[error("the folder {} is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// The package would lie in the company it comes from.
    #[error("{} lies in the company itself", .0.display())]
    Inside(PathBuf),
    /// It could not be written.
    #[error("could not write {path}: {source}")]
    Write {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It could not be written into the folder.
    #[error(transparent)]
    Place(#[from] PlaceError),
}

/// Makes the package of the company in `root`. Nothing is written.
///
/// # Errors
/// [`PackError`].
pub fn plan(root: &Path, wish: &Wish) -> Result<Export, PackError> {
    let draft = load::load(root)?.draft;
    let (mut paths, _) = export::wanted(&draft, wish)?;
    // Read even where it does not go in: settings may say just what it says.
    paths.extend(
        [".paperclip.yaml", ".paperclip.yml", "corp.yaml"]
            .map(str::to_owned)
            .into_iter()
            .filter(|path| draft.entries.contains_key(path)),
    );
    let mut content = Tree::new();
    for path in paths {
        let Some(entry) = draft.entries.get(&path) else { continue };
        if matches!(entry.kind, EntryType::Symlink | EntryType::Special) {
            continue;
        }
        let full = root.join(&path);
        let read = fs::read(&full).and_then(|bytes| Ok(PackageFile { bytes, executable: is_executable(&full)? }));
        let file = read.map_err(|source| PackError::Read { path: path.clone(), source })?;
        content.insert(path, file);
    }
    Ok(export::export(&draft, &content, wish)?)
}

#[cfg(unix)]
fn is_executable(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::metadata(path)?.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(_: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Whether the package can be written to `dest`: it lies outside of the company, and nothing is there, or an
/// empty folder.
///
/// # Errors
/// [`PackError::Inside`], [`PackError::Taken`], [`PackError::NotEmpty`], and [`PackError::Write`] if the place
/// cannot be looked at.
pub fn check_destination(root: &Path, dest: &Path) -> Result<(), PackError> {
    let failed = |source| PackError::Write { path: dest.to_owned(), source };
    let full = std::path::absolute(dest).map_err(failed)?;
    // What is there of the way is resolved, so that a link does not hide where it leads.
    let there = full.ancestors().find(|folder| folder.exists()).unwrap_or(&full);
    let there = there.canonicalize().map_err(failed)?;
    if there.starts_with(root.canonicalize().map_err(failed)?) {
        return Err(PackError::Inside(dest.to_owned()));
    }
    match fs::symlink_metadata(dest) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(failed(source)),
        Ok(metadata) if metadata.is_dir() && format_of(dest).is_none() => {
            match fs::read_dir(dest).map_err(failed)?.next() {
                None => Ok(()),
                Some(_) => Err(PackError::NotEmpty(dest.to_owned())),
            }
        }
        Ok(_) => Err(PackError::Taken(dest.to_owned())),
    }
}

/// The kind of archive that `dest` asks for by its name; `None`: a folder.
pub fn format_of(dest: &Path) -> Option<Format> {
    dest.file_name().and_then(|name| Format::of_name(&name.to_string_lossy()))
}

/// Writes the package to `dest`, which [`check_destination`] has looked at.
///
/// # Errors
/// [`PackError`]. What was written until then stays.
pub fn write(export: &Export, dest: &Path) -> Result<(), PackError> {
    let failed = |source| PackError::Write { path: dest.to_owned(), source };
    let Some(format) = format_of(dest) else {
        fs::create_dir_all(dest).map_err(failed)?;
        let change = |(path, file): (&String, &PackageFile)| Change {
            path: path.clone(),
            before: None,
            after: Some(file.bytes.clone()),
        };
        place(dest, &export.files.iter().map(change).collect::<Vec<_>>())?;
        for (path, _) in export.files.iter().filter(|(_, file)| file.executable) {
            make_executable(&dest.join(path)).map_err(failed)?;
        }
        return Ok(());
    };
    let bytes = pack::pack(&export.files, &export.name, format).map_err(failed)?;
    let written = fs::OpenOptions::new().write(true).create_new(true).open(dest).and_then(|mut file| {
        file.write_all(&bytes)?;
        file.sync_data()
    });
    written.map_err(failed)
}

#[cfg(unix)]
fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> io::Result<()> {
    Ok(())
}
