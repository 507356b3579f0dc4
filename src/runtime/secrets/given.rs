//! What a run is given: the values of the secrets it is bound to, opened when it starts and handed to its supervisor, which
//! alone knows them besides; and all values that are known here, so that none of them gets out by what the run says.

use super::access::{self, Access, GIVEN};
use super::elsewhere::Fetched;
use super::shelf::Shelf;
use crate::engine::secrets::Given;
use crate::model::secret::SecretDelivery;
use crate::model::{Choice as _, SecretName};
use crate::redact::live::Live;
use crate::secrets::{Identity, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// The folder of values in a run's folder.
pub const FOLDER: &str = "secrets";

/// What a supervisor is told on its standard input, and nowhere else.
#[derive(Default, Serialize, Deserialize)]
pub struct Letter {
    /// What the run gets.
    #[serde(default)]
    given: Vec<Handed>,
    /// All values that are known, by the names of their secrets.
    #[serde(default)]
    known: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
struct Handed {
    name: String,
    value: String,
    #[serde(rename = "as")]
    delivery: String,
    /// What the run has in its place, if the value is not for it.
    #[serde(default)]
    stand_in: Option<String>,
}

/// A key that the gateway puts in the place of what the run has instead.
pub struct Swap {
    /// The name of the secret.
    pub name: String,
    /// What the run has.
    pub stand_in: String,
    /// The key.
    pub key: String,
}

impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Letter({} given, {} known)", self.given.len(), self.known.len())
    }
}

impl Letter {
    /// Opens what a run of `agent` is given. `known` are the values that are hidden in what it says, `fetched` those from
    /// elsewhere that were asked for before.
    ///
    /// # Errors
    /// One that it needs cannot be had: why, and what to type.
    pub fn write(
        shelf: Shelf<'_>,
        (agent, run): (&str, &str),
        wanted: &[Given],
        (known, fetched): (&[(SecretName, Value)], &Fetched),
        (now, stand_in): (jiff::Timestamp, &dyn Fn() -> Result<String, String>),
    ) -> Result<Self, String> {
        let mut letter = Self {
            given: Vec::new(),
            known: known.iter().map(|(name, value)| (name.to_string(), value.expose().to_owned())).collect(),
        };
        let mut noted = Vec::new();
        let mut lacking = None;
        let identity = Identity::load(&shelf.place.identity());
        for given in wanted {
            let value = match (fetched.get(&given.name), &identity) {
                (Some(fetched), _) => fetched.clone(),
                (None, Ok(identity)) => shelf.reveal(&given.name, given.version, identity).map_err(|error| {
                    let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
                    format!("{error}{hint}")
                }),
                (None, Err(error)) => Err(format!("{error}; {}", error.hint())),
            };
            let outcome = match value {
                Ok(value) => {
                    let value = value.expose().to_owned();
                    // What a provider gave is known from now on.
                    letter.known.push((given.name.to_string(), value.clone()));
                    let delivery = given.delivery.word().to_owned();
                    let stand_in = (given.delivery == SecretDelivery::Gateway).then(stand_in).transpose()?;
                    letter.given.push(Handed { name: given.name.to_string(), value, delivery, stand_in });
                    GIVEN.to_owned()
                }
                Err(why) => {
                    if given.required && lacking.is_none() {
                        lacking = Some(format!("configuration incomplete: {why}"));
                    }
                    why
                }
            };
            noted.push(Access {
                at: now,
                who: agent.to_owned(),
                run: Some(run.to_owned()),
                secret: given.name.to_string(),
                version: given.version,
                outcome,
            });
        }
        access::note(shelf.place, &noted);
        match lacking {
            Some(why) => Err(why),
            None => Ok(letter),
        }
    }

    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.given.is_empty() && self.known.is_empty()
    }

    /// What hides all values that are known.
    pub fn live(&self) -> Live {
        Live::new(self.known.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    /// What the run has in place of values that are not for it, by the names of their secrets.
    pub fn stand_ins(&self) -> impl Iterator<Item = (&str, &str)> {
        self.given.iter().filter_map(|handed| Some((handed.name.as_str(), handed.stand_in.as_deref()?)))
    }

    /// The variables that the run finds secrets in, with what may be written down of each: what stands in its place, or its
    /// name. By them it is seen that a program is logged in.
    pub fn shown(&self) -> impl Iterator<Item = (&str, String)> {
        self.given.iter().filter_map(|handed| {
            let name = || format!("[secret {}]", handed.name);
            let is_variable = SecretDelivery::from_word(&handed.delivery) == Some(SecretDelivery::Env);
            let shown = handed.stand_in.clone().or_else(|| is_variable.then(name))?;
            Some((handed.name.as_str(), shown))
        })
    }

    /// What stands for values, and the values, for the gateway.
    pub fn swaps(&self) -> Vec<Swap> {
        let swap = |handed: &Handed| {
            let (name, key) = (handed.name.clone(), handed.value.clone());
            Some(Swap { name, stand_in: handed.stand_in.clone()?, key })
        };
        self.given.iter().filter_map(swap).collect()
    }

    /// Puts down what is given in files, in the run's folder, and returns the variables that the run gets.
    ///
    /// # Errors
    /// What the system says.
    pub fn lay(&self, folder: &Path) -> io::Result<BTreeMap<String, String>> {
        let mut variables = BTreeMap::new();
        let place = folder.join(FOLDER);
        for handed in &self.given {
            if let Some(stand_in) = &handed.stand_in {
                variables.insert(handed.name.clone(), stand_in.clone());
                continue;
            }
            if SecretDelivery::from_word(&handed.delivery) == Some(SecretDelivery::Env) {
                variables.insert(handed.name.clone(), handed.value.clone());
                continue;
            }
            fs::DirBuilder::new().recursive(true).mode(0o700).create(&place)?;
            let path = place.join(&handed.name);
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            file.write_all(handed.value.as_bytes())?;
            variables.insert(format!("{}_FILE", handed.name), path.to_string_lossy().into_owned());
        }
        Ok(variables)
    }
}

/// Takes away the files that were laid for a run.
pub fn clear(folder: &Path) {
    match fs::remove_dir_all(folder.join(FOLDER)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::error!(folder = %folder.display(), %error, "the secrets of a run could not be removed");
        }
        _ => {}
    }
}
