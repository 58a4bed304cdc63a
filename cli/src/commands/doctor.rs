//! `landfall doctor`: what keeps clients out, the worst first, and what to do about it.

use server_core::admin::{Call, Check, CheckKind, Outcome};

use super::Context;
use crate::Failure;
use crate::output;

pub(super) fn run(context: &mut Context) -> Result<(), Failure> {
    let mut checks: Vec<Check> = context.backend.call(Call::Examine)?;
    checks.sort_by_key(|check| std::cmp::Reverse(check.outcome));
    if context.json {
        output::json(&checks)?;
    } else {
        output::text(&checks.iter().map(told).collect::<String>())?;
    }
    match checks
        .iter()
        .filter(|check| check.outcome == Outcome::Fail)
        .count()
    {
        0 => Ok(()),
        failures => Err(Failure::Found { failures }),
    }
}

fn told(check: &Check) -> String {
    let mark = match check.outcome {
        Outcome::Pass => "well",
        Outcome::Warn => "LOOK",
        Outcome::Fail => "FAIL",
    };
    let (text, remedy) = if check.outcome == Outcome::Pass {
        (well(check), String::new())
    } else {
        amiss(check)
    };
    let mut told = format!("{mark}  {}\n", output::printable(&text));
    if !remedy.is_empty() {
        told.push_str(&format!("      {}\n", output::printable(&remedy)));
    }
    told
}

fn well(check: &Check) -> String {
    let subject = check.subject.as_deref().unwrap_or_default();
    let detail = check.detail.as_deref().unwrap_or_default();
    match check.kind {
        CheckKind::Sharing => "Sharing is on.".to_owned(),
        CheckKind::SmbPort => "SMB is on its own port 445, which Explorer needs.".to_owned(),
        CheckKind::Listening => detail.to_owned(),
        CheckKind::Reachable => format!("{subject} answers."),
        CheckKind::LogIn => format!("Logging in at {subject} works ({detail})."),
        CheckKind::Network => "Others can reach an address of this computer.".to_owned(),
        CheckKind::Firewall => "No firewall that Landfall knows is in the way.".to_owned(),
        CheckKind::Clock if check.subject.is_some() => {
            format!("The clock is right (compared with {subject}).")
        }
        CheckKind::Clock => "The clock shows a plausible time. No time server could be asked.".to_owned(),
        CheckKind::Keyring => "Passwords for SMB are sealed with a key in the system's keyring.".to_owned(),
        CheckKind::Sandbox if check.detail.is_some() => {
            format!(
                "What serves others can open the shared folders and Landfall's database alone ({detail})."
            )
        }
        CheckKind::Sandbox => {
            "This system has nothing by which a program confines itself to some folders.".to_owned()
        }
        CheckKind::Privileges => "Landfall may do nothing beyond its account.".to_owned(),
        CheckKind::Password => format!("{subject} can use SMB."),
        CheckKind::People => "Someone may log in.".to_owned(),
        CheckKind::Folder => format!("The folder of {subject} is there and may be used ({detail})."),
        CheckKind::Grants => format!("Someone may enter {subject}."),
        CheckKind::Nested => format!("The folder of {subject} is in no other share's."),
        CheckKind::Space => format!("The disk of {subject} has {} left.", space(detail)),
        CheckKind::DataSpace => format!("The disk of Landfall's own data has {} left.", space(detail)),
        CheckKind::LockOut => "Nobody is locked out.".to_owned(),
    }
}

/// What is amiss, and what to do about it.
fn amiss(check: &Check) -> (String, String) {
    let subject = check.subject.as_deref().unwrap_or_default();
    let detail = check.detail.as_deref().unwrap_or_default();
    let (text, remedy) = match check.kind {
        CheckKind::Sharing => (
            "Sharing is off.".to_owned(),
            "Start the app, or run `landfall serve`.",
        ),
        CheckKind::SmbPort => (
            format!("SMB is on port {detail}, not on 445."),
            "macOS, Linux and Windows 11 (24H2) connect with the port. For older Windows, free port 445 and run \
             `landfall settings set smb.listen=auto`.",
        ),
        CheckKind::Listening => (
            detail.to_owned(),
            "`landfall settings set` with smb.listen or sftp.listen chooses another address or port.",
        ),
        CheckKind::Reachable => (
            format!("{subject} does not answer: {}.", detail.trim_end_matches('.')),
            "A firewall or another program may be in the way. Stop sharing and start it again.",
        ),
        CheckKind::LogIn => (
            format!(
                "Logging in at {subject} does not work: {}.",
                detail.trim_end_matches('.')
            ),
            "Something between the programs here and Landfall may change or block the connection. Stop sharing and \
             start it again; the log says more.",
        ),
        CheckKind::Network => (
            "Only this computer itself can connect.".to_owned(),
            "Connect to a network, or let SMB and SFTP listen on 0.0.0.0 (`landfall settings set`).",
        ),
        CheckKind::Firewall if subject == "ufw" => {
            let ports = detail.replace(' ', "");
            let remedy =
                format!("Let the ports through: sudo ufw allow proto tcp from any to any port {ports}");
            return ("The firewall ufw is on.".to_owned(), remedy);
        }
        CheckKind::Firewall => {
            let remedy = format!("Let the ports {detail} (TCP) through.");
            return (format!("The firewall {subject} is on."), remedy);
        }
        CheckKind::Clock => return (clock(check), CLOCK_REMEDY.to_owned()),
        CheckKind::Keyring => (
            "The key that seals SMB passwords is in a file, because no keyring could be used.".to_owned(),
            "Only your account can read it. With a keyring it is safer still.",
        ),
        CheckKind::Sandbox => (
            "What serves others could open every file of this account, if it were broken into.".to_owned(),
            "On Linux, Landlock confines it: it needs kernel 5.13 or newer with Landlock switched on.",
        ),
        CheckKind::Privileges if detail == "files-of-others" => (
            "Landfall runs as root, and can open the files of every account.".to_owned(),
            "Have an account of its own run it, which the shared folders belong to.",
        ),
        CheckKind::Privileges => (
            "Landfall runs with everything that root may do.".to_owned(),
            "Have an account of its own run it.",
        ),
        CheckKind::Password => {
            let remedy = format!("Set the password again: landfall user passwd {subject}");
            let text = format!("{subject} can't use SMB: the key that sealed the password is gone.");
            return (text, remedy);
        }
        CheckKind::People => (
            "Nobody may log in.".to_owned(),
            "Add someone: landfall user add NAME",
        ),
        CheckKind::Folder if check.outcome == Outcome::Warn => (
            format!("Landfall may not write in the folder of {subject} ({detail})."),
            "Change the folder's permissions on this computer, or mark the share as read only.",
        ),
        CheckKind::Folder => (
            format!(
                "The folder of {subject} can't be used: {}.",
                detail.trim_end_matches('.')
            ),
            "Put it back, or choose another: landfall share set NAME folder=PATH",
        ),
        CheckKind::Grants => {
            let remedy = format!("Grant a permission: landfall user grant NAME {subject} read-write");
            return (format!("Nobody may enter {subject}."), remedy);
        }
        CheckKind::Nested => {
            let remedy = format!(
                "Who may enter {detail} comes in there too, whatever is set for {subject}. Share folders that lie side \
                 by side, or give both the same permissions."
            );
            return (
                format!("The folder of {subject} is inside that of {detail}."),
                remedy,
            );
        }
        CheckKind::Space => (
            format!("The disk of {subject} is nearly full: {} left.", space(detail)),
            "Make room, or move the share to another disk.",
        ),
        CheckKind::DataSpace => (
            format!(
                "The disk of Landfall's own data is full or nearly so: {} left.",
                space(detail)
            ),
            "Make room there: until then attributes, settings and records can't be kept.",
        ),
        CheckKind::LockOut => {
            let text = format!("{subject} is locked out after wrong passwords.");
            return (
                text,
                format!("It ends by itself. To end it now: landfall user unlock {subject}"),
            );
        }
    };
    (text, remedy.to_owned())
}

const CLOCK_REMEDY: &str =
    "Let the system set the clock by itself: devices may refuse to log in, and files get a wrong time.";

/// The detail is how many seconds the clock is behind the time server's, or the impossible time that it shows.
fn clock(check: &Check) -> String {
    let detail = check.detail.as_deref().unwrap_or_default();
    match (&check.subject, detail.parse::<i64>()) {
        (Some(server), Ok(behind)) => {
            let way = if behind > 0 { "slow" } else { "fast" };
            let off = output::duration(behind.unsigned_abs());
            format!("The clock is {off} {way} (compared with {server}).")
        }
        _ => format!("The clock is wrong: it shows {detail}."),
    }
}

fn space(detail: &str) -> String {
    detail.parse().map_or_else(|_| detail.to_owned(), output::bytes)
}
