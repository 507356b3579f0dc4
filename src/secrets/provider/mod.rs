//! Where values come from, behind one trait. A provider is told where a value is, and gives it or says why not in one of
//! ten ways; what its program or service said itself is shown to nobody, since a value may stand in it.

mod command;

pub use command::{BYTES_MAX, Command, TIME_MS_MAX};

use super::value::{Value, ValueError};

/// Where a value is, at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// By a name or an address.
    Id {
        /// The name.
        id: String,
        /// The version or stage there, if one is named.
        version: Option<String>,
        /// A field of a structured value.
        field: Option<String>,
    },
    /// What a program says.
    Command(Vec<String>),
}

/// Why a provider gave no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// Its account may not.
    #[error("the provider does not allow it: check what the account may read")]
    AccessDenied,
    /// It was asked too often.
    #[error("the provider was asked too often: try again later")]
    Throttled,
    /// There is none.
    #[error("the provider has no such secret")]
    NotFound,
    /// It changed meanwhile.
    #[error("the secret changed at the provider meanwhile: try again")]
    Conflict,
    /// It was asked for something it does not know.
    #[error("the provider does not understand what it is asked for: check `reference`")]
    InvalidRequest,
    /// It is not there, or does not answer in time.
    #[error("the provider does not answer")]
    Unavailable,
    /// The program that is to be asked is not on this machine.
    #[error("the program `{program}` is not installed here, or is not where programs are looked for")]
    NoProgram {
        /// Its name.
        program: String,
    },
    /// It failed otherwise.
    #[error("the provider failed")]
    Failed,
    /// There is no such provider here.
    #[error("this provider is not here yet")]
    Unknown,
    /// What it gave is no value.
    #[error("what the provider gave cannot be used: {0}")]
    Value(#[from] ValueError),
}

impl ProviderError {
    /// Whether asking again later may help.
    pub fn passes(&self) -> bool {
        match self {
            Self::Throttled | Self::Conflict | Self::Unavailable => true,
            Self::AccessDenied
            | Self::NotFound
            | Self::InvalidRequest
            | Self::NoProgram { .. }
            | Self::Failed
            | Self::Unknown
            | Self::Value(_) => false,
        }
    }

    /// What to type next, if there is something.
    pub fn hint(&self) -> Option<String> {
        let Self::NoProgram { program } = self else { return None };
        let what = match program.as_str() {
            "op" => "the command line of 1Password",
            "bw" => "the command line of Bitwarden",
            "pass" | "gopass" | "vault" | "doppler" | "infisical" | "chamber" | "sops" | "age" => program.as_str(),
            "aws" => "the command line of AWS",
            "gcloud" => "the command line of Google Cloud",
            "az" => "the command line of Azure",
            "secret-tool" => "libsecret-tools",
            _ => {
                return Some(format!(
                    "`command -v {program}` says where it is; write its whole path behind `--command`"
                ));
            }
        };
        Some(format!("install {what}, or write the whole path of `{program}` behind `--command`"))
    }
}

/// Where values come from.
pub trait Provider: Send + Sync {
    /// Its name in `provider:`.
    fn name(&self) -> &'static str;

    /// The value.
    ///
    /// # Errors
    /// [`ProviderError`].
    fn get(&self, wanted: &Wanted) -> Result<Value, ProviderError>;
}

/// The name of what lies in the company's own files.
pub const LOCAL: &str = "age";

/// What is not here yet and has its place in the format, so that a company can name it.
pub const COMING_SOON: [&str; 4] = ["aws_secrets_manager", "vault", "gcp_secret_manager", "azure_key_vault"];

/// The provider of that name; `None`: the company's own files, which are read where they lie.
///
/// # Errors
/// [`ProviderError::Unknown`].
pub fn find(name: &str, surroundings: &[(String, String)]) -> Result<Option<Box<dyn Provider>>, ProviderError> {
    match name {
        LOCAL => Ok(None),
        command::NAME => Ok(Some(Box::new(Command::new(surroundings.to_vec())))),
        _ => Err(ProviderError::Unknown),
    }
}
