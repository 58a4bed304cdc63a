//! `cargo xtask bench [GLOB]`: Landfall beside Samba's smbd and OpenSSH's sshd, and beside an earlier build of itself,
//! the same clients doing the same work on each in turn. What counts is the server's processor time; wall time is bound
//! by the clients, but for a slow disk.

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
mod slow_disk;
mod turns;

use std::path::{Path, PathBuf};
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
use self::slow_disk::SlowDisk;
use self::turns::Turns;
use crate::glob::matches;
use crate::landfall::release_build;
use crate::setup::{self, BUILD_PACKAGES, FUSE_PACKAGES};
use crate::shell::output;

const PACKAGES: [&str; 5] = [
    "samba",
    "smbclient",
    "openssh-server",
    "openssh-client",
    "python3-venv",
];
/// How many times the turns that were asked for are taken before a row counts as costlier than in the earlier build.
const MOST_REPEATS: usize = 3;
const FULL_LENGTH: u64 = 1 << 30;
const QUICK_LENGTH: u64 = 256 << 20;

pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let options = Options::parse(arguments)?;
    let mut rows: Vec<&Row> = ROWS
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
    if rows.iter().any(|row| row.is_on_slow_disk()) {
        if slow_disk::is_possible() {
            setup::packages(&FUSE_PACKAGES)?;
        } else {
            println!(
                "No file systems in user space can be mounted here: the rows on a slow disk are left out."
            );
            rows.retain(|row| !row.is_on_slow_disk());
        }
    }
    let is_python_wanted = is_idle_wanted || is_app_wanted || rows.iter().any(|row| row.is_on_slow_disk());
    let python = is_python_wanted.then(setup::python).transpose()?;
    let binary = release_build()?;
    let mut verdict = Verdict::default();
    if let (true, Some(python)) = (is_app_wanted, &python) {
        verdict.app_beyond = app::measure(python)?;
    }
    if !rows.is_empty() || is_idle_wanted {
        let scratch = Scratch::create(options.is_on_disk)?;
        let bench = Bench::set_up(scratch.folder(), &binary, python, &options)?;
        let comparisons = bench.measure(&rows, is_idle_wanted, &mut verdict);
        if let Some(path) = &options.json {
            let rows: Vec<_> = comparisons.iter().map(Comparison::to_json).collect();
            let figures = json!({ "big_file_bytes": bench.data.big_length, "rows": rows });
            std::fs::write(path, format!("{figures:#}\n")).with_context(|| path.display().to_string())?;
        }
    }
    verdict.report(options.is_gate)
}

/// What is wrong, by the names of the rows.
#[derive(Debug, Default)]
struct Verdict {
    not_measured: Vec<&'static str>,
    costlier_than_peer: Vec<&'static str>,
    costlier_than_before: Vec<&'static str>,
    beyond: Vec<&'static str>,
    app_beyond: Vec<String>,
}

impl Verdict {
    fn count(&mut self, comparison: &Comparison) {
        // On a slow disk wall time counts, which has limits of its own.
        let is_on_slow_disk = ROWS
            .iter()
            .any(|row| row.name == comparison.row && row.is_on_slow_disk());
        if is_on_slow_disk {
            return;
        }
        if !comparison.is_within_tolerance() {
            self.costlier_than_peer.push(comparison.row);
        }
        if comparison.seems_costlier_than_before() {
            self.costlier_than_before.push(comparison.row);
        }
    }

    fn report(self, is_gate: bool) -> Result<()> {
        if !self.not_measured.is_empty() {
            bail!(
                "rows that could not be measured: {}",
                self.not_measured.join(", ")
            );
        }
        let app_beyond: Vec<&str> = self.app_beyond.iter().map(String::as_str).collect();
        let faults: Vec<String> = [
            ("more processor time than its peer", self.costlier_than_peer),
            ("more processor time than before", self.costlier_than_before),
            ("beyond the limits of a slow disk", self.beyond),
            ("the app is beyond its limits", app_beyond),
        ]
        .into_iter()
        .filter(|(_, rows)| !rows.is_empty())
        .map(|(fault, rows)| format!("{fault}: {}", rows.join(", ")))
        .collect();
        if is_gate && !faults.is_empty() {
            bail!("Landfall is not as it should be; {}", faults.join("; "));
        }
        Ok(())
    }
}

/// The servers, the clients, and what they transfer.
struct Bench {
    /// This build, and the earlier one if there is one.
    builds: Vec<Contender>,
    smbd: Contender,
    sshd: Contender,
    clients: Clients,
    data: Data,
    runs: usize,
    is_on_disk: bool,
}

impl Bench {
    fn set_up(folder: &Path, binary: &Path, python: Option<PathBuf>, options: &Options) -> Result<Self> {
        let client = folder.join("client");
        std::fs::create_dir(&client)?;
        let key = client.join("key");
        server::make_key(&key)?;
        let length = if options.is_quick {
            QUICK_LENGTH
        } else {
            FULL_LENGTH
        };
        let mut builds = vec![Contender::landfall(folder, "landfall", binary, &key)?];
        if let Some(before) = &options.against {
            builds.push(Contender::landfall(folder, Comparison::BEFORE, before, &key)?);
        }
        Ok(Self {
            builds,
            smbd: Contender::smbd(folder)?,
            sshd: Contender::sshd(folder, &key)?,
            data: Data::create(&client, length)?,
            clients: Clients::new(&client, &key, python),
            runs: options.runs,
            is_on_disk: options.is_on_disk,
        })
    }

    /// Measures the rows, and says what is found as it comes.
    fn measure(&self, rows: &[&Row], is_idle_wanted: bool, verdict: &mut Verdict) -> Vec<Comparison> {
        println!("{HEADING}");
        let mut comparisons = Vec::new();
        let mut note = |row: &'static str, result: Result<Comparison>| match result {
            Ok(comparison) => {
                println!("{}", comparison.lines());
                verdict.count(&comparison);
                comparisons.push(comparison);
            }
            Err(error) => {
                println!("{row:<20} not measured: {error:#}");
                verdict.not_measured.push(row);
            }
        };
        for row in rows {
            note(row.name, self.compare(row));
        }
        if is_idle_wanted {
            note(idle::ROW, self.compare_idle());
        }
        verdict.beyond = slow_disk::judge(&comparisons);
        println!("\n{}", row::legend(&self.data));
        comparisons
    }

    fn contenders(&self, protocol: Protocol) -> Vec<&Contender> {
        let peer = match protocol {
            Protocol::Smb(_) => &self.smbd,
            Protocol::Sftp(_) => &self.sshd,
        };
        self.builds.iter().chain([peer]).collect()
    }

    /// Measures one row with fresh servers.
    fn compare(&self, row: &Row) -> Result<Comparison> {
        let contenders = self.contenders(row.protocol);
        let servers = contenders
            .iter()
            .map(|contender| contender.start())
            .collect::<Result<Vec<_>>>()?;
        let turns = Turns {
            has_warm_up: true,
            count: self.runs,
            // What counts there is wall time.
            most: if row.is_on_slow_disk() {
                self.runs
            } else {
                self.runs * MOST_REPEATS
            },
        };
        turns.take(row.name, &contenders, |side, is_warm_up| {
            self.once(row, contenders[side], &servers[side], is_warm_up)
        })
    }

    fn once(&self, row: &Row, contender: &Contender, server: &Running, is_warm_up: bool) -> Result<Figures> {
        row.prepare(contender, &self.data)?;
        let _disk = if row.is_on_slow_disk() {
            Some(SlowDisk::mount(contender, self.clients.python()?)?)
        } else {
            None
        };
        turns::touch_memory(&self.data.source, row.working_set(&self.data))?;
        if self.is_on_disk {
            // What the preparation wrote is not to be written while we measure.
            output(&["sync"])?;
        }
        let mut session = row.session(&self.clients, server, &self.data)?;
        let tree = server.tree;
        let before = tree.members();
        tree.reset_peaks()?;
        let processor_before = tree.settled(&before)?;
        let started = Instant::now();
        let (result, memory) = tree.watch_memory(&before, || session.run().map(|()| started.elapsed()));
        let wall = row.wall(&session, result?)?;
        let processor = tree.settled(&before)?.saturating_sub(processor_before);
        row.verify(contender, &self.data, &session, is_warm_up)?;
        row.clear(contender, &self.data)?;
        Ok(Figures {
            wall,
            processor,
            memory,
        })
    }

    /// A fresh server for each turn, and one turn alone: memory hardly varies.
    fn compare_idle(&self) -> Result<Comparison> {
        let script = idle::client(&self.data.source)?;
        let contenders = self.contenders(idle::PROTOCOL);
        let turns = Turns {
            has_warm_up: false,
            count: 1,
            most: MOST_REPEATS,
        };
        turns.take(idle::ROW, &contenders, |side, _| {
            idle::measure(contenders[side], self.clients.python()?, &script)
        })
    }
}
