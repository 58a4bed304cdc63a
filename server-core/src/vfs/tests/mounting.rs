//! Shares whose folder goes away and comes back.

use super::*;

#[test]
#[cfg_attr(windows, ignore = "a folder that is open can't be renamed there")]
fn clients_that_come_at_once_after_a_disk_came_back_all_stay() {
    let fixture = Fixture::new();
    for round in 0..40 {
        let away = fixture.folder.with_file_name(format!("away{round}"));
        std::fs::rename(&fixture.folder, away).unwrap();
        std::fs::create_dir(&fixture.folder).unwrap();
        let together = std::sync::Barrier::new(4);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    together.wait();
                    let view = fixture.other(Permission::ReadWrite);
                    together.wait();
                    // Nobody's share was ended by the one who came last.
                    assert!(view.is_live(), "round {round}");
                });
            }
        });
    }
}
