//! Who can open the company's secrets. When somebody comes or goes, what is sealed is sealed anew in the same commit, and
//! what somebody who went could read is marked as to be replaced, until it is: the history keeps what they could open.

use super::error::SafeError;
use super::keep::sealed_list;
use super::safe::{Draft, Made, Safe, elsewhere, key, path_of, recipients_of, set};
use super::shelf::sealed_paths;
use crate::diag::KeyPath;
use crate::format::document::{self, Document};
use crate::format::kind::SecretFile;
use crate::format::patch::{Edit, Value as Text};
use crate::model::Slug;
use crate::model::authority::Act;
use crate::model::secret::FINGERPRINT_KEY;
use crate::secrets::{Identity, IdentityError, Recipient, Value, seal};
use std::collections::BTreeSet;

/// What a change of recipients came to.
#[derive(Debug, Clone)]
pub struct Rekeyed {
    /// The commit.
    pub made: Made,
    /// The secrets that were sealed anew.
    pub sealed: Vec<String>,
    /// Those whose values must be replaced, since somebody who left could read them.
    pub to_be_rotated: Vec<String>,
}

/// What `init` came to.
#[derive(Debug, Clone)]
pub struct Begun {
    /// The public key of this account.
    pub key: String,
    /// Whether its secret key was made just now.
    pub new: bool,
    /// Whether its secret key was gone, and was taken from its copy.
    pub restored: bool,
    /// The commit that made it one of the company's; `None`: it was already, or whoever asks may not say so.
    pub made: Option<Made>,
    /// Whether the company's secrets are sealed for it.
    pub opens: bool,
}

impl Safe {
    /// Makes this account's key one for which the company's secrets are sealed: a person's of the board, or a machine's.
    /// `fresh` is chance for what is made here.
    ///
    /// # Errors
    /// [`SafeError`].
    pub fn begin(&mut self, machine: Option<&Slug>, fresh: &Value) -> Result<Begun, SafeError> {
        let path = self.place.identity();
        let (identity, new, restored) = match (Identity::load(&path), Identity::load(&self.place.identity_copy())) {
            (Ok(identity), _) => (identity, false, false),
            // A new one would open nothing of what was sealed for the one that is gone.
            (Err(IdentityError::Missing { .. }), Ok(identity)) => {
                identity.create(&path)?;
                (identity, false, true)
            }
            (Err(IdentityError::Missing { .. }), Err(IdentityError::Missing { .. })) => {
                let identity = Identity::generate();
                identity.create(&path)?;
                (identity, true, false)
            }
            (Err(IdentityError::Missing { .. }), Err(error)) | (Err(error), _) => return Err(error.into()),
        };
        let own = identity.recipients().remove(0);
        let mut begun = Begun { key: own.to_string(), new, restored, made: None, opens: false };
        let known = self.recipients()?;
        let fingerprint_key = Self::name(FINGERPRINT_KEY)?;
        let is_known = |keys: &[(Slug, Recipient)]| {
            keys.iter().any(|(_, known)| identity.recipients().iter().any(|own| own.to_string() == known.to_string()))
        };
        let complete = is_known(&known) && self.file(&fingerprint_key).is_some();
        // Who reads is for owners to say. Without anybody who reads there is nothing to read yet.
        if !complete
            && (self.allow(Act::Board).is_ok())
            && (known.is_empty() || is_known(&known) || self.can_open(&identity))
        {
            let id = machine.cloned().unwrap_or_else(|| self.by.clone());
            let made = self.commit(|safe| {
                let mut draft = Draft::new(format!("{} lets {id} open the company's secrets", safe.by));
                if !is_known(&safe.recipients()?) {
                    safe.list(&mut draft, &id, &own.to_string())?;
                }
                let now = safe.after(&draft)?;
                safe.with_fingerprint_key(&mut draft, (&now, &identity), fresh)?;
                safe.reseal(&mut draft, &now, &identity, None)?;
                Ok(draft)
            })?;
            begun.made = Some(made);
        }
        begun.opens = self.can_open(&identity);
        Ok(begun)
    }

    /// Whether the company's secrets are sealed for this account.
    pub fn can_open(&self, identity: &Identity) -> bool {
        self.fingerprints(identity).is_ok()
    }

    /// Lets somebody open the company's secrets, or changes their key, and seals all anew.
    ///
    /// # Errors
    /// [`SafeError`].
    pub fn add_recipient(&mut self, id: &Slug, public: &str) -> Result<Rekeyed, SafeError> {
        self.allow(Act::Board)?;
        let recipient =
            Recipient::parse(public).map_err(|source| SafeError::Recipient { id: id.to_string(), source })?;
        let subject = format!("{} lets {id} open the company's secrets", self.by);
        self.change_recipients(&subject, None, |safe, draft| {
            let there = safe.recipients()?.iter().any(|(_, known)| known.to_string() == recipient.to_string());
            if there { Ok(()) } else { safe.list(draft, id, &recipient.to_string()) }
        })
    }

    /// Takes somebody's keys away, seals all anew without them, and marks what they could read.
    ///
    /// # Errors
    /// [`SafeError`].
    pub fn remove_recipient(&mut self, id: &Slug) -> Result<Rekeyed, SafeError> {
        self.allow(Act::Board)?;
        let known = self.recipients()?;
        if !known.iter().any(|(known, _)| known == id) {
            let message = format!("`{id}` is none of those who can open the company's secrets");
            return Err(SafeError::refused(message, "`corp secret recipients` lists them"));
        }
        if known.iter().all(|(known, _)| known == id) {
            let message = format!("only `{id}` can open the company's secrets");
            return Err(SafeError::refused(
                message,
                "let somebody else in first: `corp secret recipients add NAME KEY`",
            ));
        }
        let subject = format!("{} no longer lets {id} open the company's secrets", self.by);
        self.change_recipients(&subject, None, |safe, draft| safe.unlist(draft, id))
    }

    /// Seals anew what is not sealed for exactly those who are to open it, and nothing else.
    ///
    /// # Errors
    /// [`SafeError`].
    pub fn rekey(&mut self) -> Result<Rekeyed, SafeError> {
        // What was decided by whoever may change `corp.yaml` is carried out by whoever can.
        self.allow(Act::Board)?;
        let subject = format!("{} seals the company's secrets anew", self.by);
        self.change_recipients(&subject, None, |_, _| Ok(()))
    }

    fn change_recipients(
        &mut self,
        subject: &str,
        gone: Option<&str>,
        change: impl Fn(&Self, &mut Draft) -> Result<(), SafeError>,
    ) -> Result<Rekeyed, SafeError> {
        let identity = self.identity()?;
        let (mut sealed, mut marked) = (Vec::new(), Vec::new());
        let made = self.commit(|safe| {
            let mut draft = Draft::new(subject);
            change(safe, &mut draft)?;
            let now = safe.after(&draft)?;
            if now.is_empty() {
                return Err(SafeError::NoRecipients);
            }
            (sealed, marked) = safe.reseal(&mut draft, &now, &identity, gone)?;
            if !sealed.is_empty() {
                draft.body = format!("Sealed anew: {}", sealed.join(", "));
            }
            if !marked.is_empty() {
                draft.body = format!("{}\nTo be replaced: {}", draft.body, marked.join(", "));
            }
            Ok(draft)
        })?;
        Ok(Rekeyed { made, sealed, to_be_rotated: marked })
    }

    /// Whom everything is to be sealed for after what a draft changes in `corp.yaml`.
    fn after(&self, draft: &Draft) -> Result<Vec<(Slug, Recipient)>, SafeError> {
        let Some(text) = draft.now(self, "corp.yaml")? else { return Ok(Vec::new()) };
        match document::read("corp.yaml", &text).0 {
            Document::Corp(corp) => recipients_of(&corp),
            _ => self.recipients(),
        }
    }

    /// Seals anew what is sealed for others than `now`; says which secrets those are, and which must be replaced.
    fn reseal(
        &self,
        draft: &mut Draft,
        now: &[(Slug, Recipient)],
        identity: &Identity,
        gone: Option<&str>,
    ) -> Result<(Vec<String>, Vec<String>), SafeError> {
        let keys: BTreeSet<String> = now.iter().map(|(_, recipient)| recipient.to_string()).collect();
        let recipients: Vec<Recipient> = now.iter().map(|(_, recipient)| recipient.clone()).collect();
        let (mut sealed, mut marked) = (Vec::new(), Vec::new());
        for name in self.names().collect::<Vec<_>>() {
            let Some(file) = self.file(&name).filter(|file| elsewhere(file).is_none()) else { continue };
            if is_sealed_for(file, now) {
                continue;
            }
            let paths = sealed_paths(&name, file);
            let mut any = false;
            for path in &paths {
                if self.text(path)?.is_none() {
                    continue;
                }
                any = true;
                let value = self.unseal(&name, path, identity)?;
                let text =
                    seal::seal(&value, &recipients).map_err(|source| SafeError::Seal { path: path.clone(), source })?;
                draft.put(self, path, Some(text))?;
            }
            if !any {
                continue;
            }
            let mut edits = vec![set("recipients", sealed_list(now))];
            let left: Vec<&str> = file
                .recipients
                .iter()
                .flatten()
                .filter(|sealed| sealed.key.as_ref().is_some_and(|key| !keys.contains(key)))
                .filter_map(|sealed| sealed.id.as_ref().map(Slug::as_str).or(gone))
                .collect();
            if !left.is_empty() && name.as_str() != FINGERPRINT_KEY {
                let day = self.now.strftime("%Y-%m-%d");
                let before = file.to_be_rotated.as_ref().map(|why| format!("{why}; ")).unwrap_or_default();
                let why = format!("{before}{} could read it until {day}", left.join(", "));
                edits.push(set("to_be_rotated", Text::text(why)));
                marked.push(name.to_string());
            }
            draft.edit(self, &path_of(&name), &edits)?;
            sealed.push(name.to_string());
        }
        Ok((sealed, marked))
    }

    /// Lists a key in `corp.yaml`: with the person of the board, or among the machines.
    fn list(&self, draft: &mut Draft, id: &Slug, key_text: &str) -> Result<(), SafeError> {
        let corp = self.force.draft().corp.as_deref();
        let board = corp.and_then(|corp| corp.board.as_ref());
        let at = board.into_iter().flatten().position(|person| person.id.as_ref() == Some(id));
        let edit = match at {
            Some(at) => Edit::Append(key("board").index(at).key("age_keys"), Text::text(key_text)),
            None => Edit::Append(
                key("secrets").key("recipients"),
                Text::Map(vec![("id".to_owned(), Text::text(id.as_str())), ("key".to_owned(), Text::text(key_text))]),
            ),
        };
        draft.edit(self, "corp.yaml", &[edit])
    }

    fn unlist(&self, draft: &mut Draft, id: &Slug) -> Result<(), SafeError> {
        let Some(corp) = self.force.draft().corp.as_deref() else { return Ok(()) };
        let mut edits = Vec::new();
        for (at, person) in corp.board.iter().flatten().enumerate() {
            if person.id.as_ref() == Some(id) && person.age_keys.is_some() {
                edits.push(Edit::Remove(key("board").index(at).key("age_keys")));
            }
        }
        let others = corp.secrets.as_ref().and_then(|secrets| secrets.recipients.as_ref()).into_iter().flatten();
        let others: Vec<usize> =
            others.enumerate().filter(|(_, other)| other.id.as_ref() == Some(id)).map(|(at, _)| at).collect();
        let path: KeyPath = key("secrets").key("recipients");
        // From the end, so that places stay what they are.
        edits.extend(others.into_iter().rev().map(|at| Edit::Remove(path.clone().index(at))));
        draft.edit(self, "corp.yaml", &edits)
    }
}

/// Whether what is kept of a secret is sealed for exactly these.
pub(super) fn is_sealed_for(file: &SecretFile, now: &[(Slug, Recipient)]) -> bool {
    let sealed: BTreeSet<&str> = file.recipients.iter().flatten().filter_map(|sealed| sealed.key.as_deref()).collect();
    let now: BTreeSet<String> = now.iter().map(|(_, recipient)| recipient.to_string()).collect();
    sealed.into_iter().eq(now.iter().map(String::as_str))
}
