//! The table, the raw figures as JSON, and the verdict.

use std::time::Duration;

use serde_json::{Value, json};

/// How much more processor time than its peer Landfall may take before the gate closes: noise.
const TOLERANCE: f64 = 1.10;
const MEBIBYTE: f64 = 1_048_576.0;

/// One run of one server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Figures {
    pub(super) wall: Duration,
    /// User and system time of the server's processes.
    pub(super) processor: Duration,
    /// Peak memory in bytes.
    pub(super) memory: u64,
}

/// All runs of a row.
#[derive(Debug)]
pub(super) struct Comparison {
    pub(super) row: &'static str,
    pub(super) peer: &'static str,
    pub(super) landfall_runs: Vec<Figures>,
    pub(super) peer_runs: Vec<Figures>,
}

pub(super) const HEADING: &str = "
                               |  wall seconds          |  server CPU seconds    |  peak memory MiB
row                  peer      |  Landf.    peer  ratio |  Landf.    peer  ratio |  Landf.    peer  ratio";

impl Comparison {
    /// The best of all runs, column by column.
    pub(super) fn line(&self) -> String {
        let columns: Vec<String> = [wall, processor, memory]
            .into_iter()
            .map(|column| {
                let (landfall, peer) = (best(&self.landfall_runs, column), best(&self.peer_runs, column));
                format!("| {landfall:7.2} {peer:7.2} {:6.2} ", ratio(landfall, peer))
            })
            .collect();
        format!("{:<20} {:<9} {}", self.row, self.peer, columns.concat())
            .trim_end()
            .to_owned()
    }

    /// Landfall's processor time by the peer's.
    pub(super) fn processor_ratio(&self) -> f64 {
        ratio(
            best(&self.landfall_runs, processor),
            best(&self.peer_runs, processor),
        )
    }

    pub(super) fn is_within_tolerance(&self) -> bool {
        self.processor_ratio() <= TOLERANCE
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "row": self.row,
            "peer": self.peer,
            "landfall_runs": self.landfall_runs.iter().copied().map(Figures::to_json).collect::<Vec<_>>(),
            "peer_runs": self.peer_runs.iter().copied().map(Figures::to_json).collect::<Vec<_>>(),
        })
    }
}

impl Figures {
    fn to_json(self) -> Value {
        json!({
            "wall_seconds": self.wall.as_secs_f64(),
            "processor_seconds": self.processor.as_secs_f64(),
            "memory_bytes": self.memory,
        })
    }
}

fn wall(run: &Figures) -> f64 {
    run.wall.as_secs_f64()
}

fn processor(run: &Figures) -> f64 {
    run.processor.as_secs_f64()
}

fn memory(run: &Figures) -> f64 {
    run.memory as f64 / MEBIBYTE
}

fn best(runs: &[Figures], column: fn(&Figures) -> f64) -> f64 {
    runs.iter().map(column).fold(f64::INFINITY, f64::min)
}

/// A time of zero is one that is too short to be told.
fn ratio(landfall: f64, peer: f64) -> f64 {
    landfall / peer.max(0.01)
}
