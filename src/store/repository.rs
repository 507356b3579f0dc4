//! How a repository's objects are opened: without anybody's configuration but the repository's own, and with room for packs
//! that come later.

/// Packs an opened repository has room for. The library gives as many as there are, or 32, and is blind once more have come;
/// a clone gets one with each larger fetch, and [`super::pack`] puts them together long before there are so many.
const PACKS_SEEN: u16 = 1024;

/// How to open one.
pub(in crate::store) fn options() -> gix::open::Options {
    gix::open::Options::isolated().object_store_slots(gix::odb::store::init::Slots::Given(PACKS_SEEN))
}
