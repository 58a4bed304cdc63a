//! Getting a password without ever seeing it on a command line.

use std::io::{BufRead, IsTerminal};

use server_core::admin::{Secret, generate_password};
use zeroize::Zeroizing;

use crate::args::PasswordSource;
use crate::{Failure, output};

/// A password, and whether it was made up here and must be shown.
pub(super) struct Password {
    pub(super) secret: Secret,
    generated: bool,
}

/// From where the options say; from the terminal, twice, when they say nothing.
pub(super) fn obtain(source: &PasswordSource, name: &str) -> Result<Password, Failure> {
    if source.generate {
        let secret = generate_password()
            .map_err(|error| Failure::Io(format!("No password could be made up: {error}.")))?;
        return Ok(Password {
            secret,
            generated: true,
        });
    }
    let secret = match source.password_stdin {
        true => from_stdin()?,
        false => chosen(name)?,
    };
    Ok(Password {
        secret,
        generated: false,
    })
}

/// A password that there is already: from standard input, or from the terminal, once.
pub(super) fn known(stdin: bool, what: &str) -> Result<Secret, Failure> {
    match stdin {
        true => from_stdin(),
        false => asked(&format!("{what}: "), "Use --password-stdin.")
            .map(|secret| Secret::from(String::clone(&secret))),
    }
}

impl Password {
    /// Shows a password that was made up; the only time that anyone sees it.
    pub(super) fn show(&self, json: bool, name: &str) -> Result<(), Failure> {
        match (self.generated, json) {
            (false, _) => Ok(()),
            (true, true) => output::json(&serde_json::json!({
                "name": name,
                "password": self.secret.expose(),
            })),
            (true, false) => output::line(format_args!("Password: {}", self.secret.expose())),
        }
    }

    pub(super) fn was_generated(&self) -> bool {
        self.generated
    }
}

fn from_stdin() -> Result<Secret, Failure> {
    let mut line = Zeroizing::new(String::new());
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| Failure::Io(format!("The password could not be read: {error}.")))?;
    let password = line.strip_suffix('\n').unwrap_or(&line);
    let password = password.strip_suffix('\r').unwrap_or(password);
    Ok(Secret::from(password.to_owned()))
}

/// A new one, typed twice.
fn chosen(name: &str) -> Result<Secret, Failure> {
    const HINT: &str = "Use --password-stdin, or --generate.";
    let first = asked(&format!("Password for {name}: "), HINT)?;
    let second = asked("The same again: ", HINT)?;
    if first != second {
        return Err(Failure::Io("The two passwords differ.".to_owned()));
    }
    Ok(Secret::from(String::clone(&first)))
}

fn asked(prompt: &str, hint: &str) -> Result<Zeroizing<String>, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Usage {
            message: "There is no terminal to ask for a password on.".to_owned(),
            hint: hint.to_owned(),
        });
    }
    let answer = rpassword::prompt_password(prompt);
    answer
        .map(Zeroizing::new)
        .map_err(|error| Failure::Io(format!("Asking failed: {error}.")))
}
