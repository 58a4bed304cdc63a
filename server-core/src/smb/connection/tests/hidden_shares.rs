//! What a client is told of shares that it may not enter.

use super::*;
use crate::smb::status::NtStatus;

#[test]
fn a_hidden_share_is_unknown_to_who_may_not_enter_it() {
    run(async {
        let house = House::new();
        for (name, hidden, default_permission) in [
            ("theirs", false, Permission::None),
            ("secret", true, Permission::None),
            ("quiet", true, Permission::Read),
        ] {
            house.add_share(name, |share| {
                share.hidden = hidden;
                share.default_permission = default_permission;
            });
        }
        let mut client = house.alice().await;
        for (name, expected) in [
            ("theirs", NtStatus::ACCESS_DENIED),
            ("secret", NtStatus::BAD_NETWORK_NAME),
            ("nowhere", NtStatus::BAD_NETWORK_NAME),
            ("quiet", NtStatus::SUCCESS),
        ] {
            assert_eq!(client.enter(name).await, expected, "{name}");
        }
    });
}
