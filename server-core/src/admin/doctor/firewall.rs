//! The system's firewall, as far as it says without privileges whether it is on.

use super::{Check, CheckKind, Outcome};
use crate::admin::Address;

/// Whether a firewall is on, with the ports that it must let through.
pub(super) fn check(listening: &[Address]) -> Check {
    let Some(name) = system::active() else {
        return Check::new(CheckKind::Firewall, Outcome::Pass);
    };
    let mut ports: Vec<String> = listening
        .iter()
        .map(|address| address.address.port().to_string())
        .collect();
    ports.dedup();
    Check::new(CheckKind::Firewall, Outcome::Warn)
        .of(name)
        .with(ports.join(", "))
}

#[cfg(target_os = "linux")]
mod system {
    use std::path::Path;

    pub(super) fn active() -> Option<&'static str> {
        active_below(Path::new("/"))
    }

    pub(super) fn active_below(root: &Path) -> Option<&'static str> {
        let enabled = |conf: String| conf.lines().any(|line| line.trim() == "ENABLED=yes");
        if std::fs::read_to_string(root.join("etc/ufw/ufw.conf")).is_ok_and(enabled) {
            Some("ufw")
        } else if root.join("run/firewalld").exists() {
            Some("firewalld")
        } else {
            None
        }
    }
}

#[cfg(target_os = "macos")]
mod system {
    use std::process::Command;

    /// It asks the user itself when a program begins to listen; here is only said that it is on.
    pub(super) fn active() -> Option<&'static str> {
        let said = Command::new("/usr/libexec/ApplicationFirewall/socketfilterfw")
            .arg("--getglobalstate")
            .output()
            .ok()?;
        // "Firewall is enabled. (State = 1)"; 2 blocks everything.
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        (!said.contains("State = 0")).then_some("macOS")
    }
}

#[cfg(windows)]
mod system {
    use std::os::windows::process::CommandExt;
    use std::process::Command;

    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    const PROFILE: &str =
        r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\StandardProfile";

    /// As the registry has it for private networks; it is on from the start.
    pub(super) fn active() -> Option<&'static str> {
        let said = Command::new("reg")
            .args(["query", PROFILE, "/v", "EnableFirewall"])
            .creation_flags(CREATE_NO_WINDOW)
            .output()
            .ok()?;
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        said.split_whitespace()
            .any(|word| word == "0x1")
            .then_some("Windows")
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
mod system {
    pub(super) fn active() -> Option<&'static str> {
        None
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn an_enabled_firewall_is_named() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(system::active_below(root.path()), None);
        std::fs::create_dir_all(root.path().join("etc/ufw")).unwrap();
        std::fs::write(root.path().join("etc/ufw/ufw.conf"), "# x\nENABLED=yes\n").unwrap();
        assert_eq!(system::active_below(root.path()), Some("ufw"));
    }

    #[test]
    fn the_ports_that_it_must_let_through_are_those_that_are_listened_on() {
        let smb = Address {
            protocol: "smb".to_owned(),
            address: "0.0.0.0:4450".parse().unwrap(),
            url: "smb://10.0.0.5:4450/".to_owned(),
        };
        let check = check(&[smb]);
        if check.outcome == Outcome::Warn {
            assert_eq!(check.detail.as_deref(), Some("4450"));
        }
    }
}
