//! The engine on storages that are no folder of this computer: in memory, failing, slow.

mod failing;
mod memory;
mod slow;

use std::time::{Duration, Instant};

use super::*;
use crate::vfs::backend::{Backend, Failing, Faults, MemoryBackend, Pace, Slow};

/// An engine with its share on another storage.
fn on(make: impl FnOnce(&Engine) -> Box<dyn Backend>) -> Fixture {
    let mut fixture = Fixture::new();
    let backend = make(&fixture.engine);
    fixture.engine.mount_on(&fixture.settings, backend);
    fixture.view = fixture.other(Permission::ReadWrite);
    fixture
}

fn get(view: &ShareView, text: &str) -> Result<Vec<u8>, VfsError> {
    let opened = open_path(view, text, Disposition::Open)?;
    let mut content = Vec::new();
    now(opened.open.read_into(0, 1 << 20, &mut content))?;
    now(opened.open.close())?;
    Ok(content)
}

fn list(view: &ShareView, folder: &str) -> Result<Vec<String>, VfsError> {
    let opened = open_path(view, folder, Disposition::Open)?;
    let scan = now(opened.open.scan(&Pattern::all()))?;
    let names = entries(scan).map(|entry| Ok(entry?.name));
    let mut names = names.collect::<Result<Vec<_>, VfsError>>()?;
    names.sort();
    Ok(names)
}

/// Waits until nothing is open any more; what was dropped is closed by threads of the storage.
fn until_nothing_is_open(view: &ShareView) {
    let until = Instant::now() + Duration::from_secs(10);
    while view.engine.opens.count() > 0 {
        assert!(Instant::now() < until, "something stays open");
        std::thread::sleep(Duration::from_millis(1));
    }
}
