//! Looks after the disks that shares are on, and warns once when one is nearly full.

use std::collections::HashSet;
use std::time::Duration;

use server_core::admin::{Admin, ShareSpace};
use server_core::live::{ActivityKind, Event};
use tauri::{AppHandle, Manager};
use tokio::sync::broadcast::error::RecvError;

use crate::engine::Engine;
use crate::notifications;

const EVERY: Duration = Duration::from_secs(60);
/// After an upload or a change of shares; many in a row are one.
const SOON: Duration = Duration::from_secs(2);
/// Nearly full is below both: a twentieth of the disk, and 5 GB.
const PART: u64 = 20;
const BYTES: u64 = 5_000_000_000;

/// Looks every minute, and soon after uploads.
pub(crate) fn watch(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let mut warned = HashSet::new();
        let engine = app.state::<Engine>();
        while let Some((admin, start)) = engine.started().await {
            tokio::select! {
                () = watch_server(&app, &admin, &mut warned) => {}
                () = engine.gone(start) => {}
            }
        }
    });
}

/// Until the server ends.
async fn watch_server(app: &AppHandle, admin: &Admin, warned: &mut HashSet<String>) {
    let mut events = admin.events().subscribe();
    let mut next = tokio::time::Instant::now();
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(next) => {
                look(app, admin, warned).await;
                next = tokio::time::Instant::now() + EVERY;
            }
            event = events.recv() => match event {
                Ok(event) if fills(&event) => next = next.min(tokio::time::Instant::now() + SOON),
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            },
        }
    }
}

/// Whether a disk may have less room than before, or another disk counts.
fn fills(event: &Event) -> bool {
    match event {
        Event::Activity(record) => record.kind == ActivityKind::FileWritten,
        Event::ConfigurationChanged => true,
        _ => false,
    }
}

async fn look(app: &AppHandle, admin: &Admin, warned: &mut HashSet<String>) {
    let admin = admin.clone();
    if let Ok(space) = tauri::async_runtime::spawn_blocking(move || admin.space()).await {
        for full in newly_full(&space, warned) {
            notifications::disk_nearly_full(app, &full.share, full.free);
        }
    }
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
