//! The addresses that people are shown: whether they answer, and whether a log-in there succeeds as a client's would.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::{Check, CheckKind, Outcome};
use crate::admin::{Address, Admin, SMB_PORT, generate_password};
use crate::identity::{Identity, NewUser};
use crate::sftp::probe::Proof;
use crate::{sftp, smb};

/// The account that logs in. It exists only meanwhile, has a password that nobody knows, and may enter no share that
/// is not open to everyone.
pub const DOCTOR_ACCOUNT: &str = "landfall-doctor";

/// Why nobody could log in from this computer itself.
const BLOCKED: &str = "this computer's own address is blocked here";

const PATIENCE: Duration = Duration::from_secs(5);

/// Every address, tried.
pub(super) fn checks(admin: &Admin, listening: &[Address]) -> Vec<Check> {
    if listening.is_empty() {
        return Vec::new();
    }
    // Two would take each other's account away.
    let _alone = admin.0.examining.lock();
    let visitor = Visitor::admit(admin.identity());
    let mut checks = Vec::new();
    for address in listening {
        if address.protocol == "smb" {
            let port = address.address.port();
            let outcome = if port == SMB_PORT {
                Outcome::Pass
            } else {
                Outcome::Warn
            };
            checks.push(Check::new(CheckKind::SmbPort, outcome).with(port.to_string()));
        }
        if let Some(shown) = shown_address(address) {
            let blocked = admin.blocks().iter().any(|block| block.address == shown.ip());
            if blocked {
                let log_in = Check::new(CheckKind::LogIn, Outcome::Fail).of(&address.url);
                checks.push(log_in.with(BLOCKED));
            } else {
                checks.extend(tried(address, shown, &visitor));
            }
        }
    }
    let local_only = |address| shown_address(address).is_none_or(|shown| shown.ip().is_loopback());
    let outcome = if listening.iter().all(local_only) {
        Outcome::Fail
    } else {
        Outcome::Pass
    };
    checks.push(Check::new(CheckKind::Network, outcome));
    checks
}

fn tried(address: &Address, shown: SocketAddr, visitor: &Result<Visitor<'_>, String>) -> Vec<Check> {
    let reachable = Check::new(CheckKind::Reachable, Outcome::Pass).of(&address.url);
    if let Err(error) = TcpStream::connect_timeout(&shown, PATIENCE) {
        return vec![Check {
            outcome: Outcome::Fail,
            ..reachable.with(error.to_string())
        }];
    }
    let Some(result) = log_in(&address.protocol, shown, visitor) else {
        return vec![reachable];
    };
    let log_in = Check::new(CheckKind::LogIn, Outcome::Pass).of(&address.url);
    let log_in = match result {
        Ok(spoken) => log_in.with(spoken),
        Err(why) => Check {
            outcome: Outcome::Fail,
            ..log_in.with(why)
        },
    };
    vec![reachable, log_in]
}

/// What was spoken, or why not; nothing for protocols without a log-in of their own.
fn log_in(
    protocol: &str,
    shown: SocketAddr,
    visitor: &Result<Visitor<'_>, String>,
) -> Option<Result<String, String>> {
    let log_in: fn(SocketAddr, &Proof) -> Result<String, String> = match protocol {
        "smb" => |shown, proof| {
            let done = smb::probe::log_in(shown, DOCTOR_ACCOUNT, &proof.password.0, PATIENCE);
            done.map(|dialect| format!("SMB {}", dialect.as_str()))
                .map_err(|error| error.to_string())
        },
        "sftp" => |shown, proof| {
            let done = sftp::probe::log_in(shown, DOCTOR_ACCOUNT, proof, PATIENCE);
            done.map(|()| "SFTP 3".to_owned())
                .map_err(|error| error.to_string())
        },
        _ => return None,
    };
    Some(match visitor {
        Ok(visitor) => log_in(shown, &visitor.proof),
        Err(why) => Err(why.clone()),
    })
}

/// The account, for as long as this lives.
struct Visitor<'a> {
    identity: &'a Identity,
    proof: Proof,
}

impl<'a> Visitor<'a> {
    fn admit(identity: &'a Identity) -> Result<Self, String> {
        // Left behind where the computer failed in the middle of an examination.
        let _ = identity.remove_user(DOCTOR_ACCOUNT);
        let password = generate_password().map_err(|error| error.to_string())?;
        let new = NewUser {
            name: DOCTOR_ACCOUNT,
            display_name: None,
            password: Some(password.expose()),
            smb_allowed: true,
            sftp_allowed: true,
        };
        let proof = Proof::new(password.expose()).map_err(|error| error.to_string())?;
        let line = proof.public_key().map_err(|error| error.to_string())?;
        identity.add_user(new).map_err(|error| error.to_string())?;
        let visitor = Self { identity, proof };
        let added = identity.add_ssh_key(DOCTOR_ACCOUNT, &line);
        added.map_err(|error| error.to_string())?;
        Ok(visitor)
    }
}

impl Drop for Visitor<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.identity.remove_user(DOCTOR_ACCOUNT) {
            tracing::error!(%error, "the doctor's account could not be removed");
        }
    }
}

/// The address that people are shown, as one to connect to.
fn shown_address(address: &Address) -> Option<SocketAddr> {
    let rest = address.url.split_once("://")?.1;
    let host = rest.split('/').next()?;
    let host = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?,
        None => host.split(':').next()?,
    };
    Some(SocketAddr::new(host.parse().ok()?, address.address.port()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn the_shown_address_is_taken_from_its_url() {
        let shown = |url: &str| {
            let address = Address {
                protocol: "smb".to_owned(),
                address: "0.0.0.0:4450".parse().unwrap(),
                url: url.to_owned(),
            };
            shown_address(&address).map(|shown| shown.to_string())
        };
        assert_eq!(shown("smb://10.0.0.5:4450/").as_deref(), Some("10.0.0.5:4450"));
        assert_eq!(shown("sftp://[fe80::1]/").as_deref(), Some("[fe80::1]:4450"));
        assert_eq!(shown("smb://name/"), None);
    }

    #[test]
    fn a_web_server_is_not_taken_for_a_file_server() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let _ = stream.write_all(&[b'x'; 400]);
            }
        });
        let error = smb::probe::log_in(at, "a", "b", PATIENCE).unwrap_err();
        assert_eq!(error.to_string(), "another server answers");
        let proof = Proof::new("b").unwrap();
        assert!(sftp::probe::log_in(at, "a", &proof, PATIENCE).is_err());
    }
}
