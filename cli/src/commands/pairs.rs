//! `KEY=VALUE` as it is typed.

use crate::Failure;

/// The key and the value of one argument.
pub(super) fn split(pair: &str) -> Result<(&str, &str), Failure> {
    pair.split_once('=').ok_or_else(|| Failure::Usage {
        message: format!("{pair:?} is not of the form KEY=VALUE."),
        hint: "There is no space around the equals sign.".to_owned(),
    })
}

/// on or off, in the words people use.
pub(super) fn switch(key: &str, value: &str) -> Result<bool, Failure> {
    match value {
        "on" | "yes" | "true" => Ok(true),
        "off" | "no" | "false" => Ok(false),
        _ => Err(Failure::Usage {
            message: format!("{key} can't be {value:?}."),
            hint: "It takes on or off.".to_owned(),
        }),
    }
}
