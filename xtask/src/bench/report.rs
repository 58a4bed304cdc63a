//! The table, the raw figures as JSON, and the verdict.

use std::time::Duration;

use serde_json::{Value, json};

/// How much more processor time than its peer Landfall may take before the gate closes: noise.
const PEER_TOLERANCE: f64 = 1.10;
/// And how much more than the build before, with what clocks and timers add to short work, in seconds.
const BEFORE_TOLERANCE: f64 = 1.03;
const BEFORE_NOISE: f64 = 0.005;
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

/// All runs of a row. The first side is this build; the second, if it is called so, is the earlier one; the last is
/// the peer.
#[derive(Debug)]
pub(super) struct Comparison {
    pub(super) row: &'static str,
    pub(super) sides: Vec<Side>,
}

/// One contender's runs.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) name: &'static str,
    pub(super) runs: Vec<Figures>,
}

pub(super) const HEADING: &str = "
                               |  wall seconds            |  server CPU seconds       |  peak memory MiB
row                  server    |  lowest highest   ratio  |   lowest highest   ratio  |  lowest highest   ratio";

impl Comparison {
    /// The name of the earlier build.
    pub(super) const BEFORE: &str = "before";

    pub(super) fn new(row: &'static str, sides: impl IntoIterator<Item = &'static str>) -> Self {
        let side = |name| Side {
            name,
            runs: Vec::new(),
        };
        Self {
            row,
            sides: sides.into_iter().map(side).collect(),
        }
    }

    /// A line for each side: the lowest of its runs and the highest, column by column, and this build's lowest by its
    /// own.
    pub(super) fn lines(&self) -> String {
        let lines: Vec<String> = self
            .sides
            .iter()
            .enumerate()
            .map(|(number, side)| {
                let row = if number == 0 { self.row } else { "" };
                let columns: Vec<String> = [(wall as Column, 2), (processor, 3), (memory, 1)]
                    .into_iter()
                    .map(|(column, digits)| {
                        let (lowest, highest) = (side.lowest(column), side.highest(column));
                        let ratio = match number {
                            0 => String::new(),
                            _ => format!("{:.2}", ratio(self.lowest(column), lowest)),
                        };
                        format!("| {lowest:7.digits$} {highest:7.digits$} {ratio:>7}  ")
                    })
                    .collect();
                format!("{row:<20} {:<9} {}", side.name, columns.concat())
                    .trim_end()
                    .to_owned()
            })
            .collect();
        lines.join("\n")
    }

    /// Whether this build takes as much processor time as its peer, or less.
    pub(super) fn is_within_tolerance(&self) -> bool {
        let peer = self.sides.last().map(|peer| peer.lowest(processor));
        peer.is_none_or(|peer| ratio(self.lowest(processor), peer) <= PEER_TOLERANCE)
    }

    /// Whether this build seems to take more processor time than the earlier one.
    pub(super) fn seems_costlier_than_before(&self) -> bool {
        let before = self.sides.iter().find(|side| side.name == Self::BEFORE);
        before.is_some_and(|before| {
            self.lowest(processor) > before.lowest(processor) * BEFORE_TOLERANCE + BEFORE_NOISE
        })
    }

    /// This build's lowest wall time in seconds.
    pub(super) fn wall(&self) -> f64 {
        self.lowest(wall)
    }

    /// Each side's lowest wall time by that in `other`, where it was measured too.
    pub(super) fn wall_ratios(&self, other: &Self) -> impl Iterator<Item = (&'static str, f64)> {
        self.sides.iter().filter_map(|side| {
            let same = other.sides.iter().find(|same| same.name == side.name)?;
            Some((side.name, ratio(side.lowest(wall), same.lowest(wall))))
        })
    }

    pub(super) fn to_json(&self) -> Value {
        let side = |side: &Side| {
            json!({
                "server": side.name,
                "runs": side.runs.iter().copied().map(Figures::to_json).collect::<Vec<_>>(),
            })
        };
        json!({ "row": self.row, "sides": self.sides.iter().map(side).collect::<Vec<_>>() })
    }

    fn lowest(&self, column: Column) -> f64 {
        self.sides
            .first()
            .map_or(f64::INFINITY, |side| side.lowest(column))
    }
}

impl Side {
    fn lowest(&self, column: Column) -> f64 {
        self.runs.iter().map(column).fold(f64::INFINITY, f64::min)
    }

    fn highest(&self, column: Column) -> f64 {
        self.runs.iter().map(column).fold(0.0, f64::max)
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

type Column = fn(&Figures) -> f64;

fn wall(run: &Figures) -> f64 {
    run.wall.as_secs_f64()
}

fn processor(run: &Figures) -> f64 {
    run.processor.as_secs_f64()
}

fn memory(run: &Figures) -> f64 {
    run.memory as f64 / MEBIBYTE
}

/// A time of next to nothing is one that is too short to be told.
fn ratio(landfall: f64, other: f64) -> f64 {
    landfall / other.max(0.001)
}
