//! Which keys hold secrets, which arguments switch safety off, which variables change what a program executes.
//!
//! For what comes from outside. Secret-looking text is found by [`crate::redact`].

/// Words in the name of a key that mean its value is a secret; compared in lower case without `_`, `-` and `.`.
const SECRET_WORDS: &[&str] = &[
    "token",
    "apikey",
    "auth",
    "bearer",
    "secret",
    "passw",
    "passphrase",
    "credential",
    "jwt",
    "privatekey",
    "cookie",
    "connectionstring",
    "accesskey",
    "signingkey",
    "encryptionkey",
    "webhookurl",
    "databaseurl",
    "dsn",
    "sessionid",
];

/// Whether a value under `key` should be treated as a secret.
pub(super) fn key_is_secret(key: &str) -> bool {
    let plain: String = key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    SECRET_WORDS.iter().any(|word| plain.contains(word)) || plain == "pat" || plain.ends_with("pwd")
}

/// Variables that make a program load or execute something else than it would.
const STEERING: &[&str] = &[
    "PATH",
    "NODE_OPTIONS",
    "NODE_PATH",
    "BASH_ENV",
    "ENV",
    "ZDOTDIR",
    "SHELL",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "BROWSER",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONHOME",
    "PERL5LIB",
    "PERL5OPT",
    "RUBYOPT",
    "RUBYLIB",
    "JAVA_TOOL_OPTIONS",
    "HOME",
    "IFS",
    "PROMPT_COMMAND",
    "XDG_CONFIG_HOME",
    "CLAUDE_CONFIG_DIR",
    "CODEX_HOME",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
];

/// Whether setting the variable changes what a program loads, executes or talks to.
pub(super) fn steers(variable: &str) -> bool {
    let name = variable.to_ascii_uppercase();
    let prefixes = ["LD_", "DYLD_", "GIT_", "SSH_", "CORP_", "NPM_CONFIG_"];
    STEERING.contains(&name.as_str())
        || name.ends_with("_BASE_URL")
        || prefixes.iter().any(|prefix| name.starts_with(prefix))
}

/// Whether an argument switches off what keeps an agent in bounds.
pub(super) fn is_reckless(argument: &str) -> bool {
    let plain = argument.to_ascii_lowercase();
    ["dangerously", "bypass", "yolo", "no-sandbox", "full-access", "skip-permissions", "full-auto"]
        .iter()
        .any(|word| plain.contains(word))
}

/// Whether a path belongs to one machine or leads out of the place it is used in.
pub(super) fn is_machine_path(path: &str) -> bool {
    let drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
    path.starts_with(['/', '\\', '~', '$', '%']) || drive || path.split(['/', '\\']).any(|part| part == "..")
}

/// Whether a repository may be fetched from `url`: the common transports, no local path, no option in disguise.
pub(super) fn is_repository_url(url: &str) -> bool {
    let clean = !url.chars().any(|c| c.is_control() || c.is_whitespace()) && !url.contains("::");
    let host = |rest: &str| !rest.is_empty() && !rest.starts_with(['-', '/']);
    let transport = ["https://", "ssh://", "git://", "http://"].iter().find_map(|scheme| url.strip_prefix(scheme));
    let short = || url.strip_prefix("git@").filter(|rest| rest.contains(':'));
    clean && transport.or_else(short).is_some_and(host)
}

/// Whether a URL carries a name and password, or a token, before its host.
pub(super) fn has_login(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rsplit_once('@') {
        // `ssh://git@host` names an account, which is no secret.
        Some((user, _)) => scheme != "ssh" || user.contains(':'),
        None => false,
    }
}

/// The first secret-looking piece of `text`, as bytes of it. The one place where packages ask for this.
pub(super) fn first_secret(text: &str) -> Option<std::ops::Range<usize>> {
    crate::redact::find(text).into_iter().next().map(|found| found.span)
}

/// A token that looks real, in pieces so that nobody else takes it for one.
#[cfg(test)]
pub(super) fn token() -> String {
    ["ghp_", "x7Kq2mZp9LrT4vWn8YbC", "3dHf6GjS1aQeUoI0"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_secrets() {
        for key in [
            "GH_TOKEN",
            "api-key",
            "Authorization",
            "DB_PASSWORD",
            "PGPASSWD",
            "STRIPE_SECRET",
            "jwt",
            "X_PRIVATE_KEY",
            "PWD_OLDPWD",
        ] {
            assert!(key_is_secret(key), "{key}");
        }
        for key in ["LOG_LEVEL", "MODEL", "PATH", "PATTERN", "KEYBOARD", "REGION"] {
            assert!(!key_is_secret(key), "{key}");
        }
    }

    #[test]
    fn secrets_in_texts() {
        let token = token();
        assert_eq!(first_secret(&format!("use {token} here")), Some(4..44));
        for text in [
            "ghp_short",
            "task-management-for-everybody-who-likes-it-very-much-indeed",
            "-----BEGIN CERTIFICATE-----",
            "",
        ] {
            assert_eq!(first_secret(text), None, "{text}");
        }
    }

    #[test]
    fn repositories() {
        for url in ["https://github.com/a/b.git", "git@github.com:a/b.git", "ssh://git@host/a"] {
            assert!(is_repository_url(url) && !has_login(url), "{url}");
        }
        for url in [
            "ext::sh -c id",
            "-oProxyCommand=id",
            "file:///etc",
            "/srv/x",
            "../x",
            "https://-x",
            "git@host",
            "https://a b",
            "https:///x",
            "fd::3",
        ] {
            assert!(!is_repository_url(url), "{url}");
        }
        assert!(has_login("https://x:y@host/a") && has_login("https://ghp_x@host/a") && has_login("ssh://a:b@host"));
    }

    #[test]
    fn paths_of_one_machine() {
        for path in ["/usr/bin/claude", "~/x", "C:\\x", "C:x", "../x", "a/../../x", "\\\\server\\x", "$HOME/x"] {
            assert!(is_machine_path(path), "{path}");
        }
        for path in ["claude", "bin/tool", "a..b", "./x"] {
            assert!(!is_machine_path(path), "{path}");
        }
    }
}
