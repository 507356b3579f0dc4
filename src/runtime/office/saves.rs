//! What people save, made commits by the [`Keeper`] on the company in force that everything else is decided on.

use super::{Office, Own};
use crate::store::hand::{HandError, Keeper, Looked, Options};

impl Office {
    /// From now on [`Self::look_at_saves`] looks after what people save; `user` does it if git has no name for the
    /// person.
    ///
    /// # Errors
    /// [`HandError`]
    pub fn look_after_saves(&mut self, user: &str) -> Result<(), HandError> {
        let options = Options { branch: self.force.branch().to_owned(), user: user.to_owned() };
        self.keeper = Some(Keeper::open(&self.place.root, options)?);
        Ok(())
    }

    /// Who looks after what people save, to be told of hints and asked for the time of the next look.
    pub fn keeper(&mut self) -> Option<&mut Keeper> {
        self.keeper.as_mut()
    }

    /// Looks once, and commits what is sound. What it means for what runs is told by the next
    /// [`look_around`](Self::look_around).
    ///
    /// # Errors
    /// [`HandError`]; nothing is lost, and the company in force is brought along all the same.
    pub fn look_at_saves(&mut self) -> Result<Looked, HandError> {
        // It follows by itself what it finds, and is told of the rest.
        let Some(mut keeper) = self.keeper.take() else { return Ok(Looked::default()) };
        let now = self.now();
        keeper.knows(self.live());
        let mut head = self.force.standing();
        let looked = keeper.look(&mut self.force, &mut self.writer, &mut head, now);
        self.take_in(&head, &Own::default());
        self.keeper = Some(keeper);
        looked
    }
}
