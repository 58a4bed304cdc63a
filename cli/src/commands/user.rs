//! `landfall user …` and `landfall access …`.

use std::io::Read;
use std::path::Path;

use server_core::admin::{
    Access, AccessQuery, AddKey, AddPerson, Call, ChangePerson, Grant, Grantee, KeyOf, Membership, Named,
    Person, PublicKey, SetPassword, SmbPassword,
};

use super::{Context, password};
use crate::Failure;
use crate::args::{Key, PasswordSource, Protocol, User};
use crate::output::{self, Table};

/// No public key file is longer.
const LONGEST_KEY_FILE: u64 = 64 << 10;

pub(super) fn run(context: &mut Context, user: User) -> Result<(), Failure> {
    match user {
        User::Add {
            name,
            display_name,
            password,
        } => add(context, name, display_name, &password),
        User::List => list(context),
        User::Show { name } => show(context, name),
        User::Passwd {
            name,
            keep_sessions,
            password,
        } => passwd(context, name, keep_sessions, &password),
        User::Rename { name, new_name } => act(
            context,
            Call::ChangePerson(ChangePerson {
                name,
                new_name: Some(new_name),
                ..ChangePerson::default()
            }),
        ),
        User::Change {
            name,
            display_name,
            protocols,
        } => change(context, name, display_name, protocols.as_deref()),
        User::Remove { name } => act(context, Call::RemovePerson(Named { name })),
        User::Enable { name } => enable(context, name, true),
        User::Disable { name } => enable(context, name, false),
        User::Unlock { name } => act(context, Call::UnlockPerson(Named { name })),
        User::Join { name, group } => act(context, Call::JoinGroup(Membership { name, group })),
        User::Leave { name, group } => act(context, Call::LeaveGroup(Membership { name, group })),
        User::Key(key) => keys(context, key),
        User::Grant {
            name,
            share,
            permission,
        } => act(
            context,
            Call::Grant(Grant {
                grantee: Grantee::User(name),
                share,
                permission: Some(permission.into()),
            }),
        ),
    }
}

pub(super) fn access(context: &mut Context, name: String, share: Option<String>) -> Result<(), Failure> {
    let access: Vec<Access> = context.backend.call(Call::Access(AccessQuery { name, share }))?;
    if context.json {
        return output::json(&access);
    }
    let mut table = Table::new(["SHARE", "PERMISSION", "WHY"]);
    for access in access {
        let permission = access.permission.as_str().to_owned();
        table.row([access.share, permission, access.why]);
    }
    output::text(&table.render())
}

fn act(context: &mut Context, call: Call) -> Result<(), Failure> {
    Ok(context.backend.act(call)?)
}

fn add(
    context: &mut Context,
    name: String,
    display_name: Option<String>,
    source: &PasswordSource,
) -> Result<(), Failure> {
    let password = password::obtain(source, &name)?;
    let person: Person = context.backend.call(Call::AddPerson(AddPerson {
        name,
        display_name,
        password: Some(password.secret.clone()),
    }))?;
    if context.json && !password.was_generated() {
        return output::json(&person);
    }
    password.show(context.json, &person.name)
}

fn passwd(
    context: &mut Context,
    name: String,
    keep_sessions: bool,
    source: &PasswordSource,
) -> Result<(), Failure> {
    // Before asking for a password twice.
    let person: Person = context.backend.call(Call::ShowPerson(Named { name }))?;
    let password = password::obtain(source, &person.name)?;
    context.backend.act(Call::SetPassword(SetPassword {
        name: person.name.clone(),
        password: password.secret.clone(),
        keep_sessions: Some(keep_sessions),
    }))?;
    password.show(context.json, &person.name)
}

fn change(
    context: &mut Context,
    name: String,
    display_name: Option<String>,
    protocols: Option<&[Protocol]>,
) -> Result<(), Failure> {
    let allowed = |protocol| protocols.map(|protocols| protocols.contains(&protocol));
    let change = ChangePerson {
        name: name.clone(),
        display_name,
        smb: allowed(Protocol::Smb),
        sftp: allowed(Protocol::Sftp),
        ..ChangePerson::default()
    };
    act(context, Call::ChangePerson(change))?;
    if allowed(Protocol::Smb) != Some(true) || context.json {
        return Ok(());
    }
    let person: Person = context.backend.call(Call::ShowPerson(Named { name }))?;
    if person.smb_password == SmbPassword::Ready {
        return Ok(());
    }
    output::line(format!(
        "For SMB {0} needs the password once more: `landfall user passwd {0}`, or a log-in over SFTP with it.",
        person.name
    ))
}

fn enable(context: &mut Context, name: String, enabled: bool) -> Result<(), Failure> {
    act(
        context,
        Call::ChangePerson(ChangePerson {
            name,
            enabled: Some(enabled),
            ..ChangePerson::default()
        }),
    )
}

fn list(context: &mut Context) -> Result<(), Failure> {
    let people: Vec<Person> = context.backend.call(Call::ListPeople)?;
    if context.json {
        return output::json(&people);
    }
    if people.is_empty() {
        return output::line("There are no people yet: `landfall user add NAME`.");
    }
    let mut table = Table::new(["NAME", "DISPLAY NAME", "STATE", "PROTOCOLS", "GROUPS", "KEYS"]);
    for person in people {
        table.row([
            person.name.clone(),
            person.display_name.clone(),
            state(&person),
            protocols(&person),
            person.groups.join(", "),
            person.keys.len().to_string(),
        ]);
    }
    output::text(&table.render())
}

fn show(context: &mut Context, name: String) -> Result<(), Failure> {
    let person: Person = context.backend.call(Call::ShowPerson(Named { name }))?;
    if context.json {
        return output::json(&person);
    }
    let mut table = Table::of_fields();
    table.field("Name", &person.name);
    table.field("Display name", &person.display_name);
    table.field("State", state(&person));
    table.field("Protocols", protocols(&person));
    table.field(
        "SMB password",
        match person.smb_password {
            SmbPassword::Ready => "ready",
            SmbPassword::Missing => "missing: set a password to use SMB",
            SmbPassword::MustBeSetAgain => "must be set again: the key that sealed it is gone",
        },
    );
    table.field("Groups", person.groups.join(", "));
    table.field("SID", &person.sid);
    table.field("uid, gid", format!("{}, {}", person.uid, person.gid));
    table.field("Added", output::local_time(person.created));
    let last_login = person.last_login.map(output::local_time);
    table.field("Last log-in", last_login.unwrap_or_else(|| "never".to_owned()));
    for key in &person.keys {
        table.field("Key", key);
    }
    let access: Vec<Access> = context.backend.call(Call::Access(AccessQuery {
        name: person.name,
        share: None,
    }))?;
    for access in access {
        let permission = access.permission.as_str();
        table.field("Access", format!("{}: {permission}", access.share));
    }
    output::text(&table.render())
}

fn state(person: &Person) -> String {
    match (person.enabled, person.locked_seconds) {
        (false, _) => "disabled".to_owned(),
        (true, Some(seconds)) => {
            let from = person.locked_from.map(|address| format!(" from {address}"));
            format!(
                "locked for {}{}",
                output::duration(seconds),
                from.unwrap_or_default()
            )
        }
        (true, None) => "enabled".to_owned(),
    }
}

fn protocols(person: &Person) -> String {
    match (person.smb, person.sftp) {
        (true, true) => "SMB, SFTP",
        (true, false) => "SMB",
        (false, true) => "SFTP",
        (false, false) => "none",
    }
    .to_owned()
}

fn keys(context: &mut Context, key: Key) -> Result<(), Failure> {
    match key {
        Key::Add { name, file } => {
            let public_key = read_key(&file)?;
            let key: PublicKey = context.backend.call(Call::AddKey(AddKey { name, public_key }))?;
            match context.json {
                true => output::json(&key),
                false => output::line(format_args!("Added {}", key.fingerprint)),
            }
        }
        Key::List { name } => {
            let keys: Vec<PublicKey> = context.backend.call(Call::ListKeys(Named { name }))?;
            if context.json {
                return output::json(&keys);
            }
            if keys.is_empty() {
                return output::line("There are no keys yet: `landfall user key add NAME FILE`.");
            }
            let mut table = Table::new(["FINGERPRINT", "ALGORITHM", "COMMENT"]);
            for key in keys {
                table.row([key.fingerprint, key.algorithm, key.comment]);
            }
            output::text(&table.render())
        }
        Key::Remove {
            name,
            fingerprint,
            keep_sessions,
        } => act(
            context,
            Call::RemoveKey(KeyOf {
                name,
                fingerprint,
                keep_sessions: Some(keep_sessions),
            }),
        ),
    }
}

fn read_key(file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(LONGEST_KEY_FILE)
            .read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(LONGEST_KEY_FILE).read_to_string(&mut text))
    };
    read.map_err(|error| Failure::Io(format!("{} can't be read: {error}.", file.display())))?;
    let line = text
        .lines()
        .find(|line| !line.trim().is_empty() && !line.starts_with('#'));
    Ok(line.unwrap_or_default().trim().to_owned())
}
