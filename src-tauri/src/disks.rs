//! Looks after the disks that shares are on, and warns once when one is nearly full.

use std::collections::HashSet;
use std::time::Duration;

use server_core::admin::ShareSpace;
use tauri::{AppHandle, Manager};

use crate::engine::Engine;
use crate::notifications;

const EVERY: Duration = Duration::from_secs(60);
/// Nearly full is below both: a twentieth of the disk, and 5 GB.
const PART: u64 = 20;
const BYTES: u64 = 5_000_000_000;

/// Looks every minute.
pub(crate) fn watch(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let mut warned = HashSet::new();
        let mut minutes = tokio::time::interval(EVERY);
        loop {
            minutes.tick().await;
            let Some(admin) = app.state::<Engine>().running() else {
                continue;
            };
            let Ok(space) = tauri::async_runtime::spawn_blocking(move || admin.space()).await else {
                continue;
            };
            for full in newly_full(&space, &mut warned) {
                notifications::disk_nearly_full(&app, &full.share, full.free);
            }
        }
    });
}

fn newly_full<'a>(space: &'a [ShareSpace], warned: &mut HashSet<String>) -> Vec<&'a ShareSpace> {
    let full = |space: &&ShareSpace| space.free < BYTES && space.free < space.total / PART;
    let full: Vec<_> = space.iter().filter(full).collect();
    warned.retain(|share| full.iter().any(|space| space.share == *share));
    full.into_iter()
        .filter(|space| warned.insert(space.share.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_once_until_it_has_room_again() {
        let space = |free| {
            [ShareSpace {
                share: "Scans".to_owned(),
                total: 100_000_000_000,
                free,
            }]
        };
        let mut warned = HashSet::new();
        assert_eq!(newly_full(&space(6_000_000_000), &mut warned).len(), 0);
        assert_eq!(newly_full(&space(1_000_000_000), &mut warned).len(), 1);
        assert_eq!(newly_full(&space(900_000_000), &mut warned).len(), 0);
        assert_eq!(newly_full(&space(9_000_000_000), &mut warned).len(), 0);
        assert_eq!(newly_full(&space(1_000_000_000), &mut warned).len(), 1);
    }
}
