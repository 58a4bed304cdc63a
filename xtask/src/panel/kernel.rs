//! Linux's cifs client on a mount: what people do every day, a program that writes, cuts and maps at random (fsx), and
//! what POSIX says of each call (pjdfstest).

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::case::{Case, Verdict};
use super::ground::{Ground, PASSWORD, SHARE, USER};
use super::{Extent, Suite};
use crate::kernel::{self, Mount};
use crate::setup;
use crate::shell::{root, run_command};

const OPERATIONS: u32 = 100_000;
/// The tools that crates.io has, and their versions.
const TOOLS: [(&str, &str); 2] = [("fsx", "0.3.2"), ("pjdfstest", "0.2.2")];
/// Files in a folder that is listed as a whole.
const MANY: u32 = 5000;
/// Files of the project that is built on the mount.
const SOURCES: u32 = 20;

pub(super) const SUITE: Suite = Suite {
    name: "kernel",
    limit: Duration::from_secs(3 * 3600),
    install,
    run,
};

fn install(extent: Extent) -> Result<()> {
    kernel::packages()?;
    setup::packages(&setup::BUILD_PACKAGES)?;
    if extent == Extent::Quick {
        return Ok(());
    }
    for (tool, version) in TOOLS {
        if self::tool(tool).exists() {
            continue;
        }
        let mut install = Command::new("cargo");
        install
            .args(["install", "--quiet", "--locked", "--version", version, "--root"])
            .arg(root().join("target/panel/tools"))
            .arg(tool);
        run_command(&mut install, &format!("cargo install {tool}"))?;
    }
    Ok(())
}

fn tool(name: &str) -> PathBuf {
    root().join("target/panel/tools/bin").join(name)
}

/// The quick part is what people do every day.
fn run(ground: &Ground, extent: Extent) -> Result<Vec<Case>> {
    let scripts = ground.work.join("scripts");
    prepare(&scripts, &ground.shared.join("five"))?;
    let mut cases = everyday(&said(1800, &scripts.join("everyday.sh"), &[])?);
    if extent == Extent::Quick {
        return Ok(cases);
    }
    let posix = root().join("tests/kernel/pjdfstest.sh");
    let pjdfstest = tool("pjdfstest");
    cases.extend(pjdfstest_cases(&said(3600, &posix, &[&pjdfstest])?));
    let random = root().join("tests/kernel/fsx.sh");
    let operations = PathBuf::from(OPERATIONS.to_string());
    let ran = said(7200, &random, &[&tool("fsx"), &operations])?;
    let ended_well = ran.contains("All operations completed A-OK!");
    let last = ran.lines().last().unwrap_or_default().to_owned();
    cases.push(Case::judged(
        format!("fsx: {OPERATIONS} operations"),
        (!ended_well).then_some(last),
    ));
    Ok(cases)
}

/// What a script says that runs on a mount.
fn said(seconds: u32, script: &Path, arguments: &[&Path]) -> Result<String> {
    let mount = Mount {
        port: 445,
        user: USER,
        password: PASSWORD,
        share: SHARE,
        seconds,
    };
    let output = mount
        .command(script)
        .args(arguments)
        .output()
        .context("tests/kernel/run could not be started")?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    println!("{said}");
    // Of the script's own failures the cases tell; these are of the guest: no mount, no time, no start.
    let guest = output.status.code().filter(|code| matches!(code, 32 | 124 | 125));
    ensure!(guest.is_none(), "the guest ended with {}", output.status);
    Ok(said)
}

/// The scripts, beside what they copy, build and list.
fn prepare(scripts: &Path, many: &Path) -> Result<()> {
    let project = scripts.join("cproj");
    std::fs::create_dir_all(&project)?;
    std::fs::create_dir_all(many)?;
    for number in 0..MANY {
        std::fs::write(many.join(format!("f{number}")), "")?;
    }
    for name in ["everyday.sh", "everyday.py"] {
        std::fs::copy(root().join("tests/kernel").join(name), scripts.join(name))?;
    }
    let copied = Command::new("cp")
        .arg("-r")
        .arg(root().join("docs"))
        .arg(scripts.join("doc"))
        .status()?;
    ensure!(copied.success(), "docs could not be copied");
    let (mut declared, mut sum, mut objects) = (String::new(), String::new(), String::new());
    for number in 0..SOURCES {
        std::fs::write(
            project.join(format!("f{number}.c")),
            format!("int f{number}(void) {{ return {number}; }}\n"),
        )?;
        writeln!(declared, "int f{number}(void);")?;
        write!(sum, " + f{number}()")?;
        write!(objects, " f{number}.o")?;
    }
    std::fs::write(
        project.join("main.c"),
        format!(
            "#include <stdio.h>\n{declared}int main(void) {{ printf(\"sum=%d\\n\", 0{sum}); return 0; }}\n"
        ),
    )?;
    std::fs::write(
        project.join("Makefile"),
        format!("prog: main.o{objects}\n\t$(CC) -o $@ $^\nclean:\n\trm -f prog *.o\n.PHONY: clean\n"),
    )?;
    Ok(())
}

/// `PASS NAME` or `FAIL NAME`, and below it what was said, set in.
fn everyday(said: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in said.lines() {
        let mut words = line.split_whitespace();
        let verdict = match words.next() {
            Some("PASS") => Verdict::Passed,
            Some("FAIL") => Verdict::Failed,
            _ => {
                if let Some(case) = cases.last_mut()
                    && line.starts_with("    ")
                {
                    case.detail = line.trim().to_owned();
                }
                continue;
            }
        };
        if let Some(name) = words.next() {
            cases.push(Case::new(format!("everyday: {name}"), verdict, ""));
        }
    }
    cases
}

/// `NAME ok`, `NAME FAILED` or `NAME skipped` in colours, and below it why.
fn pjdfstest_cases(said: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in said.lines() {
        let line = without_colours(line);
        let verdict = match line.split_whitespace().next_back() {
            Some("ok") => Verdict::Passed,
            Some("FAILED") => Verdict::Failed,
            Some("skipped") => Verdict::Skipped,
            _ => {
                if let Some(case) = cases.last_mut()
                    && line.starts_with('\t')
                    && case.detail.is_empty()
                {
                    case.detail = line.trim().to_owned();
                }
                continue;
            }
        };
        match line.split_whitespace().next() {
            Some(name) if name.contains("::") => {
                cases.push(Case::new(format!("pjdfstest: {name}"), verdict, ""));
            }
            _ => {}
        }
    }
    cases
}

/// Leaves out `ESC [ … m`.
fn without_colours(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |line, part| {
        line + part.split_once('m').map_or(part, |(_, rest)| rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checks_of_every_day_tell_what_was_said_last() {
        let said = "PASS df 1.0s\nFAIL case rc=1 2.3s\n    listing\n    A Dir\npass 1 fail 1\n";
        let cases = everyday(said);
        assert_eq!(cases[0], Case::new("everyday: df", Verdict::Passed, ""));
        assert_eq!(cases[1], Case::new("everyday: case", Verdict::Failed, "A Dir"));
        assert_eq!(cases.len(), 2);
    }

    #[test]
    fn pjdfstest_is_read_without_its_colours() {
        let said = "\u{1b}[34munlink::remove_type::symlink \u{1b}[0m \u{1b}[32mok\u{1b}[0m
\u{1b}[34munlink::remove_type::fifo \u{1b}[0m \u{1b}[31mFAILED\u{1b}[0m
\tEPERM
\tmore
a::b skipped
Summary: 1 failed
";
        assert_eq!(
            pjdfstest_cases(said),
            [
                Case::new("pjdfstest: unlink::remove_type::symlink", Verdict::Passed, ""),
                Case::new("pjdfstest: unlink::remove_type::fifo", Verdict::Failed, "EPERM"),
                Case::new("pjdfstest: a::b", Verdict::Skipped, ""),
            ]
        );
    }
}
