//! OpenSSH's own regression tests of `sftp`, as Debian packages them. They start a server as a program, with `sftp -D`:
//! here that program is a script that connects to ours.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use super::case::Case;
use super::ground::{Ground, SFTP_PORT, TOP, USER};
use super::{Extent, Suite};
use crate::setup;

const PACKAGES: [&str; 3] = ["openssh-tests", "openssh-server", "openssh-client"];
const TESTS: &str = "/usr/lib/openssh/regress";
/// Where sshd locks itself in, made when the system starts it.
const PRIVSEP: &str = "/run/sshd";
/// Those that need nothing of a server but SFTP; not `sftp-perm`, which tests options of OpenSSH's server.
const SCRIPTS: [&str; 5] = ["sftp", "sftp-cmds", "sftp-badcmds", "sftp-batch", "sftp-glob"];

pub(super) const SUITE: Suite = Suite {
    name: "openssh",
    limit: Duration::from_secs(600),
    install,
    run,
};

fn install(_: Extent) -> Result<()> {
    setup::packages(&PACKAGES)?;
    // The tests ask sshd whether its configuration is right, which it does not say before it was started once.
    std::fs::create_dir_all(PRIVSEP).with_context(|| format!("make it for sshd: sudo mkdir {PRIVSEP}"))
}

fn run(ground: &Ground, _: Extent) -> Result<Vec<Case>> {
    // The tests fetch what is in the machine's own /bin, too.
    ground
        .landfall
        .run(&["share", "add", "bin", "/bin/", "--default", "read"])?;
    let server = Path::new(TOP).join("sftp-server");
    write_connecting(&server, &ground.key)?;
    let regress = Path::new(TOP).join("regress");
    let copied = Command::new("cp").arg("-r").arg(TESTS).arg(&regress).status()?;
    anyhow::ensure!(copied.success(), "{TESTS} could not be copied");
    let mut cases = Vec::new();
    for script in SCRIPTS {
        let said = run_script(script, &regress, &server)?;
        println!("{said}");
        cases.extend(told(script, &said));
    }
    Ok(cases)
}

/// A program that is `sftp-server` to whoever starts it.
fn write_connecting(path: &Path, key: &Path) -> Result<()> {
    let text = format!(
        "#!/bin/sh
exec ssh -q -F none -i '{}' -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
         -p {SFTP_PORT} {USER}@127.0.0.1 -s sftp
",
        key.display()
    );
    std::fs::write(path, text)?;
    Ok(std::fs::set_permissions(
        path,
        std::fs::Permissions::from_mode(0o755),
    )?)
}

/// Runs one script; what it says.
fn run_script(script: &str, regress: &Path, server: &Path) -> Result<String> {
    let objects = Path::new(TOP).join("obj");
    // Not removed between the scripts: there are keys in it that take long to make.
    std::fs::create_dir_all(&objects)?;
    let output = Command::new("sh")
        .arg("test-exec.sh")
        .arg(&objects)
        .arg(regress.join(format!("{script}.sh")))
        .current_dir(regress)
        .env("TEST_SHELL", "sh")
        .env("TEST_SSH_SFTPSERVER", server)
        .env("TEST_SSH_SFTP", "/usr/bin/sftp")
        .env("TEST_SSH_SSH", "/usr/bin/ssh")
        .env("TEST_SSH_SSHD", "/usr/sbin/sshd")
        // Who may write to the folders above doesn't matter here.
        .env("TEST_SSH_UNSAFE_PERMISSIONS", "1")
        .output()
        .context("sh could not be started")?;
    let said = [output.stdout, output.stderr].concat();
    Ok(String::from_utf8_lossy(&said).into_owned())
}

/// The cases of a script by what it said: a line `GROUP: CASE` before each, lines of what failed in it, and in the end
/// `ok GROUP` or `failed GROUP`.
fn told(script: &str, said: &str) -> Vec<Case> {
    let mut cases: Vec<(String, Option<String>)> = Vec::new();
    let mut has_ended = false;
    for line in said.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some((_, case)) = line.split_once(": ") {
            cases.push((format!("{script}: {case}"), None));
        } else if line.starts_with("ok ") || line.starts_with("failed ") {
            has_ended = true;
        } else if let Some((_, complaint)) = cases.last_mut() {
            complaint.get_or_insert_with(|| line.to_owned());
        }
    }
    if !has_ended {
        let last = said.lines().last().unwrap_or_default();
        cases.push((format!("{script}: the end"), Some(last.to_owned())));
    }
    cases
        .into_iter()
        .map(|(name, complaint)| Case::judged(name, complaint))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::told;
    use crate::panel::case::Case;

    #[test]
    fn a_line_after_the_name_of_a_case_is_what_failed_in_it() {
        let said = "sftp commands: ln\nsftp commands: ln -s\nmissing file after ln -s\nsftp commands: cp\n\
                    failed sftp commands\n\n";
        assert_eq!(
            told("sftp-cmds", said),
            [
                Case::judged("sftp-cmds: ln", None),
                Case::judged("sftp-cmds: ln -s", Some("missing file after ln -s".to_owned())),
                Case::judged("sftp-cmds: cp", None),
            ]
        );
    }

    #[test]
    fn a_script_that_breaks_off_has_a_case_that_fails() {
        let cases = told("sftp", "test basic sftp put/get: buffer_size 5\nno sshd\n");
        assert_eq!(cases.len(), 2);
        assert_eq!(
            cases[1],
            Case::judged("sftp: the end", Some("no sshd".to_owned()))
        );
    }
}
