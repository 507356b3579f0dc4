//! Packing loose objects in a thread of its own while the writer goes on.

use super::growth::{self, Growth};
use crate::store::pack;
use std::thread::JoinHandle;

/// The packing that runs, if one does.
#[derive(Debug, Default)]
pub(super) struct Packing(Option<JoinHandle<bool>>);

impl Packing {
    /// Ends what is done, and begins if it is time. A packing that runs when the writer ends goes on by itself: it
    /// changes nothing that anybody would miss.
    pub(super) fn tend(&mut self, growth: &mut Growth) {
        if let Some(thread) = self.0.take_if(|thread| thread.is_finished()) {
            growth.packed(thread.join().unwrap_or(false));
        }
        if self.0.is_none() && growth.is_due() {
            let git_dir = growth.git_dir().to_owned();
            let pack = move || pack::repack(&git_dir).inspect_err(growth::tell).is_ok();
            // Without a thread it is packed when the writer must wait for it.
            self.0 = std::thread::Builder::new().name("pack".to_owned()).spawn(pack).ok();
        }
    }
}
