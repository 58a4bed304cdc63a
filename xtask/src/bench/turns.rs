//! Whose turn it is. Who is measured in a fixed place among others pays for their leavings each time: a cache that they
//! filled, memory that the machine's host took back meanwhile. Here the places change from turn to turn, and the
//! memory that a work is about to use is touched before it begins.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

use super::report::{Comparison, Figures};
use super::server::Contender;

const CHUNK: usize = 1 << 20;

/// How often a row is measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turns {
    /// One turn comes first that does not count.
    pub(super) has_warm_up: bool,
    /// Those of all contenders.
    pub(super) count: usize,
    /// And in all, while this build seems costlier than the earlier one.
    pub(super) most: usize,
}

impl Turns {
    /// Measures `contenders`, which `measure` gets by their number, with whether it is to warm up. Noise only adds:
    /// where the row seems costlier than in the earlier build, these two are measured further.
    pub(super) fn take(
        self,
        row: &'static str,
        contenders: &[&Contender],
        mut measure: impl FnMut(usize, bool) -> Result<Figures>,
    ) -> Result<Comparison> {
        let mut comparison = Comparison::new(row, contenders.iter().map(|contender| contender.name));
        self.fill(&mut comparison, |side, is_warm_up| {
            measure(side, is_warm_up).with_context(|| contenders[side].name)
        })?;
        Ok(comparison)
    }

    fn fill(
        self,
        comparison: &mut Comparison,
        mut measure: impl FnMut(usize, bool) -> Result<Figures>,
    ) -> Result<()> {
        if self.has_warm_up {
            for side in 0..comparison.sides.len() {
                measure(side, true)?;
            }
        }
        for turn in 0..self.most {
            let sides = match turn {
                turn if turn < self.count => comparison.sides.len(),
                // The first two are this build and the earlier one.
                _ if comparison.seems_costlier_than_before() => 2,
                _ => break,
            };
            for side in order(sides, turn) {
                let figures = measure(side, false)?;
                comparison.sides[side].runs.push(figures);
            }
        }
        Ok(())
    }
}

/// In which order `sides` contenders take the turn: each comes first in turn, and every other round goes backwards,
/// so that nobody always follows the same one.
fn order(sides: usize, turn: usize) -> impl Iterator<Item = usize> {
    let (round, first) = (turn / sides, turn % sides);
    (0..sides).map(move |place| {
        let side = (first + place) % sides;
        if round % 2 == 0 { side } else { sides - 1 - side }
    })
}

/// Writes a file of so many bytes and removes it: where the machine's host takes freed memory back, whoever uses it
/// first afterwards waits up to two seconds for a GiB, and in system time.
pub(super) fn touch_memory(folder: &Path, bytes: u64) -> Result<()> {
    let path = folder.join("touched");
    let mut file = File::create(&path)?;
    let chunk = vec![1; CHUNK];
    for _ in 0..bytes.div_ceil(CHUNK as u64) {
        file.write_all(&chunk)?;
    }
    std::fs::remove_file(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn turns(sides: usize, count: usize) -> Vec<Vec<usize>> {
        (0..count).map(|turn| order(sides, turn).collect()).collect()
    }

    #[test]
    fn each_contender_is_in_each_place_equally_often() {
        assert_eq!(turns(2, 4), [[0, 1], [1, 0], [1, 0], [0, 1]]);
        for sides in 1..5 {
            for place in 0..sides {
                let mut there: Vec<usize> = turns(sides, sides).iter().map(|turn| turn[place]).collect();
                there.sort_unstable();
                assert_eq!(there, (0..sides).collect::<Vec<_>>());
            }
        }
    }

    /// What was measured of whom, when the processor times of this build and the earlier one come as said.
    fn measured(now: &[u64], before: &[u64]) -> [usize; 3] {
        let mut comparison = Comparison::new("row", ["landfall", Comparison::BEFORE, "smbd"]);
        let turns = Turns {
            has_warm_up: true,
            count: 3,
            most: 9,
        };
        let mut left = [now.iter(), before.iter(), [].iter()];
        turns
            .fill(&mut comparison, |side, is_warm_up| {
                let processor = match is_warm_up {
                    true => 1,
                    false => *left[side].next().unwrap_or(&1000),
                };
                Ok(Figures {
                    wall: Duration::ZERO,
                    processor: Duration::from_millis(processor),
                    memory: 0,
                })
            })
            .unwrap();
        std::array::from_fn(|side| comparison.sides[side].runs.len())
    }

    #[test]
    fn a_row_that_seems_costlier_than_before_is_measured_until_it_is_not_or_surely_is() {
        assert_eq!(measured(&[1000; 3], &[1000; 3]), [3, 3, 3]);
        assert_eq!(measured(&[1100, 1090, 1080, 1000], &[1000; 4]), [4, 4, 3]);
        assert_eq!(measured(&[1100; 9], &[1000; 9]), [9, 9, 3]);
    }
}
