//! An index in two halves, which loses entries beside other writers.

use gix::Repository;
use gix::bstr::ByteSlice as _;

/// Whether the index is split in two, or will be, which loses entries beside other writers.
pub(in crate::store) fn is_split(repository: &Repository) -> bool {
    let configured = repository.config_snapshot().boolean("core.splitIndex").unwrap_or(false);
    // The other half stays for a while when an index is made whole again; then only the index itself can tell.
    let shared = std::fs::read_dir(repository.git_dir()).is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().as_encoded_bytes().starts_with_str("sharedindex."))
    });
    configured || shared && is_linked(repository)
}

/// Whether the index names another half.
fn is_linked(repository: &Repository) -> bool {
    let Ok(bytes) = std::fs::read(repository.index_path()) else { return false };
    // When it was written matters to those who compare it with files.
    let any_time = std::time::UNIX_EPOCH.into();
    let read = gix::index::State::from_bytes(&bytes, any_time, repository.object_hash(), Default::default());
    read.is_ok_and(|(state, _)| state.link().is_some())
}
