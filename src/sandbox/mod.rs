//! What a child process may touch, and making it so.
//!
//! A [`Policy`] says it as values; [`launch`] is a moment of a program of ours ([`launcher`]) that lays the policy upon itself and
//! then becomes the other program, so that nothing of an agent's making ever runs without it. What this machine has for
//! that is an [`Offer`]. Only Linux has something so far: there it is in `linux`, elsewhere nothing is offered.
//!
//! What a run needs to touch is not decided here: that is the runtime's to say.

pub mod launch;
pub mod launcher;
#[cfg(target_os = "linux")]
mod linux;
pub mod machine;
mod offer;
mod policy;
mod trail;

/// How many filters of calls a confined run is under, beside those of who started it. By that the daemon knows a run that
/// knocks where only people may; one filter more than its own a person has as well, in a terminal that is kept by one.
pub const FILTERS: usize = 2;

pub use offer::{LANDLOCK_LEAST, LANDLOCK_WHOLE, Offer, Wrapper};
pub use policy::{Bounds, Policy, Wall};
pub use trail::{Trail, outermost};
