//! `cargo xtask bench [GLOB]`: Landfall beside Samba's smbd and OpenSSH's sshd, the same clients doing the same work
//! on each in turn. What counts is the server's processor time; wall time is bound by the clients.

mod app;
mod client;
mod data;
mod idle;
mod options;
mod process;
mod report;
mod row;
mod scratch;
mod server;

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::json;

use self::client::{Clients, Protocol};
use self::data::Data;
use self::options::Options;
use self::report::{Comparison, Figures, HEADING};
use self::row::{ROWS, Row};
use self::scratch::Scratch;
use self::server::{Contender, Running};
use crate::glob::matches;
use crate::landfall::release_build;
use crate::setup::{self, BUILD_PACKAGES};
use crate::shell::output;

const PACKAGES: [&str; 5] = [
    "samba",
    "smbclient",
    "openssh-server",
    "openssh-client",
    "python3-venv",
];
const FULL_LENGTH: u64 = 1 << 30;
const QUICK_LENGTH: u64 = 256 << 20;

pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let options = Options::parse(arguments)?;
    let rows: Vec<&Row> = ROWS
        .iter()
        .filter(|row| matches(&options.glob, row.name))
        .collect();
    let is_idle_wanted = matches(&options.glob, idle::ROW);
    let is_app_wanted = matches(&options.glob, app::ROW);
    if rows.is_empty() && !is_idle_wanted && !is_app_wanted {
        bail!("no row is called {}", options.glob);
    }
    if output(&["id", "-u"])?.trim() != "0" {
        bail!("smbd and sshd can be measured by root only");
    }
    setup::packages(&BUILD_PACKAGES)?;
    setup::packages(&PACKAGES)?;
    let python = if is_idle_wanted || is_app_wanted {
        Some(setup::python()?)
    } else {
        None
    };
    let binary = release_build()?;
    let mut beyond = Vec::new();
    if let (true, Some(python)) = (is_app_wanted, &python) {
        beyond = app::measure(python)?;
    }
    if rows.is_empty() && !is_idle_wanted {
        return report_beyond(&options, &beyond);
    }

    let scratch = Scratch::create(options.is_on_disk)?;
    let bench = Bench::set_up(scratch.folder(), &binary, &options)?;
    println!("{HEADING}");
    let mut comparisons = Vec::new();
    let mut broken = Vec::new();
    let mut note = |row: &'static str, result: Result<Comparison>| match result {
        Ok(comparison) => {
            println!("{}", comparison.line());
            comparisons.push(comparison);
        }
        Err(error) => {
            println!("{row:<20} not measured: {error:#}");
            broken.push(row);
        }
    };
    for row in rows {
        note(row.name, bench.compare(row));
    }
    if let (true, Some(python)) = (is_idle_wanted, python) {
        note(idle::ROW, bench.compare_idle(&python));
    }
    println!("\n{}", row::legend(&bench.data));
    if let Some(path) = &options.json {
        let rows: Vec<_> = comparisons.iter().map(Comparison::to_json).collect();
        let figures = json!({ "big_file_bytes": bench.data.big_length, "rows": rows });
        std::fs::write(path, format!("{figures:#}\n")).with_context(|| path.display().to_string())?;
    }
    if !broken.is_empty() {
        bail!("rows that could not be measured: {}", broken.join(", "));
    }
    let lost: Vec<&str> = comparisons
        .iter()
        .filter(|comparison| !comparison.is_within_tolerance())
        .map(|comparison| comparison.row)
        .collect();
    if options.is_gate && !lost.is_empty() {
        bail!(
            "Landfall takes more processor time than its peer in: {}",
            lost.join(", ")
        );
    }
    report_beyond(&options, &beyond)
}

fn report_beyond(options: &Options, beyond: &[String]) -> Result<()> {
    if options.is_gate && !beyond.is_empty() {
        bail!("the app is beyond its limits in: {}", beyond.join(", "));
    }
    Ok(())
}

/// Three servers, the clients, and what they transfer.
struct Bench {
    landfall: Contender,
    smbd: Contender,
    sshd: Contender,
    clients: Clients,
    data: Data,
    runs: usize,
    is_on_disk: bool,
}

impl Bench {
    fn set_up(folder: &Path, binary: &Path, options: &Options) -> Result<Self> {
        let client = folder.join("client");
        std::fs::create_dir(&client)?;
        let key = client.join("key");
        server::make_key(&key)?;
        let length = if options.is_quick {
            QUICK_LENGTH
        } else {
            FULL_LENGTH
        };
        Ok(Self {
            landfall: Contender::landfall(folder, binary, &key)?,
            smbd: Contender::smbd(folder)?,
            sshd: Contender::sshd(folder, &key)?,
            data: Data::create(&client, length)?,
            clients: Clients::new(&client, &key),
            runs: options.runs,
            is_on_disk: options.is_on_disk,
        })
    }

    /// Measures one row: fresh servers, once each to warm up, then in turns.
    fn compare(&self, row: &Row) -> Result<Comparison> {
        let peer = match row.protocol {
            Protocol::Smb(_) => &self.smbd,
            Protocol::Sftp(_) => &self.sshd,
        };
        let mut runs = [Vec::new(), Vec::new()];
        let contenders = [&self.landfall, peer];
        let servers = [self.landfall.start()?, peer.start()?];
        for number in 0..=self.runs {
            let is_warm_up = number == 0;
            for ((contender, server), runs) in contenders.iter().zip(&servers).zip(&mut runs) {
                let figures = self
                    .once(row, contender, server, is_warm_up)
                    .with_context(|| contender.name)?;
                if !is_warm_up {
                    runs.push(figures);
                }
            }
        }
        let [landfall_runs, peer_runs] = runs;
        Ok(Comparison {
            row: row.name,
            peer: peer.name,
            landfall_runs,
            peer_runs,
        })
    }

    fn once(&self, row: &Row, contender: &Contender, server: &Running, is_warm_up: bool) -> Result<Figures> {
        row.prepare(contender, &self.data)?;
        if self.is_on_disk {
            // What the preparation wrote is not to be written while we measure.
            output(&["sync"])?;
        }
        let script = row.script(server, &self.data);
        let mut session = self.clients.session(row.protocol, server, &script)?;
        let tree = server.tree;
        let before = tree.members();
        tree.reset_peaks()?;
        let processor_before = tree.settled(&before)?;
        let started = Instant::now();
        let (result, memory) = tree.watch_memory(&before, || session.run().map(|()| started.elapsed()));
        let wall = result?;
        let processor = tree.settled(&before)?.saturating_sub(processor_before);
        row.verify(contender, &self.data, &session, is_warm_up)?;
        row.clear(contender, &self.data)?;
        Ok(Figures {
            wall,
            processor,
            memory,
        })
    }

    /// One run each is enough: memory hardly varies.
    fn compare_idle(&self, python: &Path) -> Result<Comparison> {
        let script = idle::client(&self.data.source)?;
        let measure =
            |contender: &Contender| idle::measure(contender, python, &script).with_context(|| contender.name);
        Ok(Comparison {
            row: idle::ROW,
            peer: self.smbd.name,
            landfall_runs: vec![measure(&self.landfall)?],
            peer_runs: vec![measure(&self.smbd)?],
        })
    }
}
