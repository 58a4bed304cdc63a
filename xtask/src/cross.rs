//! `cargo xtask cross`: the engine, the command line, the app and this program for the other two systems, from
//! Debian or Ubuntu.
//!
//! rustup brings no other target's standard library to a machine without access to its servers, but Debian
//! packages the library's source with a compiler that matches. The library is built once for each target and
//! cached; the everyday toolchain is not touched. Windows tests then run under Wine, all but the app's, which is
//! type-checked; so is everything for macOS, with `zig cc` (from PyPI) for the C of the dependencies.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::setup;
use crate::shell::{command, output, root, run_command};

const WINDOWS: &str = "x86_64-pc-windows-gnu";
const MACOS: &str = "aarch64-apple-darwin";
const HOST: &str = "x86_64-unknown-linux-gnu";
const PACKAGES: [&str; 8] = [
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "gcc-mingw-w64-x86-64-win32",
    "wine",
    "wine64",
    "python3-venv",
    "gcc",
];
const ZIG: &str = "ziglang==0.17.0";
/// Tells the tests that Wine is not Windows in everything.
const UNDER_WINE: &str = "--cfg wine";
/// Wine 8 lacks the one function that Rust's standard library wants of this DLL.
const BCRYPT_PRIMITIVES: &str = r"#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length) {
    return SystemFunction036(buffer, (ULONG)length);
}
";

pub(crate) fn run() -> Result<()> {
    setup::packages(&PACKAGES)?;
    // The app contains its page.
    setup::ui()?;
    setup::npm(&["run", "build"])?;
    let cross = Cross::new()?;
    // What is only type-checked comes first: it takes less, and tests end the run where they fail.
    cross.standard_library(MACOS)?;
    cross.macos_check()?;
    cross.standard_library(WINDOWS)?;
    cross.windows_tests()
}

struct Cross {
    cache: PathBuf,
    sysroot: PathBuf,
}

impl Cross {
    fn new() -> Result<Self> {
        let cache = root().join("target/cross-tools");
        let version = output(&["/usr/bin/rustc", "--version"])?;
        let version = version
            .split(' ')
            .nth(1)
            .context("rustc tells no version")?
            .to_owned();
        let sysroot = cache.join(format!("sysroot-{version}"));
        let libraries = sysroot.join("lib/rustlib");
        std::fs::create_dir_all(&libraries)?;
        let host = libraries.join(HOST);
        if !host.exists() {
            symlink(Path::new("/usr/lib/rustlib").join(HOST), host)?;
        }
        let cross = Self { cache, sysroot };
        for tool in ["rustc", "rustdoc"] {
            let script = format!(
                "exec /usr/bin/{tool} --sysroot '{}' \"$@\"",
                cross.sysroot.display()
            );
            cross.script(tool, &script)?;
        }
        Ok(cross)
    }

    /// A small program in the cache. Not for `sh`, which may be dash: that passes on no variable with a hyphen in its
    /// name, as Cargo has for programs.
    fn script(&self, name: &str, body: &str) -> Result<PathBuf> {
        let path = self.cache.join(name);
        std::fs::write(&path, format!("#!/bin/bash\n{body}\n"))?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
        Ok(path)
    }

    /// Builds `std` for a target by building an empty crate with it.
    fn standard_library(&self, target: &str) -> Result<()> {
        let libraries = self.sysroot.join("lib/rustlib").join(target).join("lib");
        let done = libraries.join("complete");
        if done.exists() {
            return Ok(());
        }
        let empty = self.cache.join("empty");
        std::fs::create_dir_all(empty.join("src"))?;
        std::fs::write(empty.join("src/lib.rs"), "")?;
        std::fs::write(
            empty.join("Cargo.toml"),
            "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[workspace]\n",
        )?;
        // What an older compiler or an interrupted build left there would be copied along.
        let built = empty.join("target");
        if built.exists() {
            std::fs::remove_dir_all(&built)?;
        }
        let mut build = Command::new("/usr/bin/cargo");
        build
            .current_dir(&empty)
            .args(["build", "--quiet", "--release", "--target", target])
            .arg("-Zbuild-std=std,panic_abort,panic_unwind,proc_macro,test")
            .env("RUSTC", "/usr/bin/rustc")
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_TARGET_DIR", &built)
            .env_remove("RUSTUP_TOOLCHAIN");
        run_command(&mut build, &format!("build the standard library for {target}"))?;
        std::fs::create_dir_all(&libraries)?;
        for entry in std::fs::read_dir(built.join(target).join("release/deps"))? {
            let path = entry?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if name.ends_with(".rlib") && !name.starts_with("libempty") {
                std::fs::copy(&path, libraries.join(name))?;
            }
        }
        std::fs::write(done, "")?;
        std::fs::remove_dir_all(built)?;
        Ok(())
    }

    fn cargo(&self, what: &str, target: &str) -> Command {
        let mut cargo = command(&[
            "cargo",
            what,
            "--target",
            target,
            "-p",
            "server-core",
            "-p",
            "landfall-cli",
            "-p",
            "xtask",
        ]);
        cargo
            .env("RUSTC", self.cache.join("rustc"))
            .env("RUSTDOC", self.cache.join("rustdoc"))
            .env("CARGO_TARGET_DIR", root().join("target/cross"))
            .env("LANDFALL_KEYRING", "off");
        cargo
    }

    fn windows_tests(&self) -> Result<()> {
        let prefix = self.cache.join("wine");
        if !prefix
            .join("drive_c/windows/system32/bcryptprimitives.dll")
            .exists()
        {
            let mut boot = Command::new("/usr/lib/wine/wine64");
            boot.args(["wineboot", "-i"])
                .env("WINEPREFIX", &prefix)
                .env("WINEDEBUG", "-all")
                .env("DISPLAY", "");
            run_command(&mut boot, "wineboot")?;
            let source = self.cache.join("bcryptprimitives.c");
            std::fs::write(&source, BCRYPT_PRIMITIVES)?;
            let mut build = Command::new("x86_64-w64-mingw32-gcc");
            build
                .args(["-O2", "-shared", "-o"])
                .arg(prefix.join("drive_c/windows/system32/bcryptprimitives.dll"))
                .arg(&source)
                .arg("-ladvapi32");
            run_command(&mut build, "build bcryptprimitives.dll")?;
        }
        let runner = self.script(
            "wine-run",
            "DISPLAY= exec timeout 600 /usr/lib/wine/wine64 \"$@\"",
        )?;
        let mut tests = self.cargo("test", WINDOWS);
        tests
            .arg("--tests")
            .env("WINEPREFIX", prefix)
            .env("WINEDEBUG", "-all")
            .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS", UNDER_WINE)
            .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", runner);
        run_command(&mut tests, "cargo test for Windows, under Wine")?;
        let mut check = self.cargo("check", WINDOWS);
        check.args(["-p", "landfall-app", "--all-targets"]);
        run_command(&mut check, "cargo check of the app for Windows")
    }

    fn macos_check(&self) -> Result<()> {
        let python = self.cache.join("zig/bin/python");
        if !python.exists() {
            let venv = self.cache.join("zig");
            run_command(
                Command::new("python3").args(["-m", "venv"]).arg(&venv),
                "python3 -m venv",
            )?;
            run_command(
                Command::new(&python).args(["-m", "pip", "-q", "install", ZIG]),
                "pip install ziglang",
            )?;
        }
        // Cargo's build scripts pass options of Apple's compiler that zig knows by other names. Objective-C wants
        // Apple's own headers; as nothing is linked, an empty object stands for it.
        let python = python.to_str().context("the path is not Unicode")?;
        let zig = format!("exec '{python}' -m ziglang");
        let body = format!(
            "for word in \"$@\"; do shift; [ \"$last\" = -o ] && out=$word; last=$word; case \"$word\" in \
             --target=*|-mmacosx-version-min*|-arch|arm64) ;; *.m) objective=yes;; \
             *) set -- \"$@\" \"$word\";; esac; done\n\
             [ -n \"$objective\" ] && {zig} cc -target aarch64-macos -x c -c /dev/null -o \"$out\"\n\
             {zig} cc -target aarch64-macos \"$@\""
        );
        let cc = self.script("cc-macos", &body)?;
        let ar = self.script("ar-macos", &format!("{zig} ar \"$@\""))?;
        let mut check = self.cargo("check", MACOS);
        check
            .args(["-p", "landfall-app", "--all-targets"])
            .env("CC_aarch64_apple_darwin", cc)
            .env("AR_aarch64_apple_darwin", ar);
        run_command(&mut check, "cargo check for macOS")
    }
}
