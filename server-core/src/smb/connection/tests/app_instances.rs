//! Applications that go on on another computer ([MS-SMB2] 3.3.5.9.13, 3.3.5.9.15).

use super::client::{Client, Request, close, create_with_contexts, read};
use super::*;
use crate::smb::client::Offer;
use crate::smb::status::NtStatus;
use crate::smb::wire::create::oplock_level;
use crate::smb::wire::create_context::{AppInstanceVersion, RequestContext};
use crate::smb::wire::ids::{AppInstanceId, ClientGuid, CreateGuid};

/// A computer of somebody's.
async fn computer(house: &House, number: u8, name: &str) -> Client {
    let mut client = house.connect();
    let offer = Offer {
        contexts: true,
        client_guid: ClientGuid([number; 16]),
        ..Offer::of(&[0x0311])
    };
    client.offer(&offer).await;
    client.log_in(name, PASSWORD).await.unwrap();
    client.enter("files").await;
    client
}

/// The file, for an application alone, which caches nothing of it.
fn opened_by(app: u8, create: u8, version: Option<u64>) -> Request {
    let mut request = kept_by(app, create, version);
    // RequestedOplockLevel.
    request.body[3] = oplock_level::NONE;
    request
}

/// The same, kept for when it comes back.
fn kept_by(app: u8, create: u8, version: Option<u64>) -> Request {
    let mut contexts = vec![
        RequestContext::DurableHandleV2 {
            timeout: 0,
            flags: 0,
            create_guid: CreateGuid([create; 16]),
        },
        RequestContext::AppInstanceId(AppInstanceId([app; 16])),
    ];
    contexts
        .extend(version.map(|low| RequestContext::AppInstanceVersion(AppInstanceVersion { high: 1, low })));
    let mut request = create_with_contexts("a", &contexts);
    // ShareAccess: nobody else.
    request.body[32..36].fill(0);
    request
}

#[test]
fn what_an_application_has_open_on_another_computer_makes_way_for_it() {
    run(async {
        let house = House::new().in_memory("files");
        let mut first = computer(&house, 1, "alice").await;
        let before = first.call(opened_by(7, 1, None)).await;
        assert_eq!(before.status(), NtStatus::SUCCESS);
        let mut second = computer(&house, 2, "alice").await;
        let other = second.call(opened_by(8, 2, None)).await;
        assert_eq!(other.status(), NtStatus::SHARING_VIOLATION);
        let after = second.call(opened_by(7, 3, None)).await;
        assert_eq!(after.status(), NtStatus::SUCCESS);
        let file = before.file_id();
        for request in [read(file, 10), close(file)] {
            assert_eq!(first.call(request).await.status(), NtStatus::FILE_CLOSED);
        }
        assert_eq!(house.context.opens.all().len(), 1);
    });
}

#[test]
fn what_waits_for_an_application_on_another_computer_makes_way_for_it() {
    run(async {
        let house = House::new().in_memory("files");
        let mut first = computer(&house, 1, "alice").await;
        let before = first.call(kept_by(7, 1, None)).await;
        assert_eq!(before.status(), NtStatus::SUCCESS);
        first.hang_up().await;
        assert_eq!(house.context.opens.all().len(), 1);
        let mut second = computer(&house, 2, "alice").await;
        let after = second.call(kept_by(7, 3, None)).await;
        assert_eq!(after.status(), NtStatus::SUCCESS);
        assert_eq!(house.context.opens.all().len(), 1);
    });
}

#[test]
fn neither_the_same_computer_nor_another_person_closes_what_an_application_has_open() {
    run(async {
        let house = House::new().in_memory("files");
        let mut first = computer(&house, 1, "alice").await;
        let file = first.call(opened_by(7, 1, None)).await.file_id();
        let mut same = computer(&house, 1, "alice").await;
        let mut bob = computer(&house, 2, "bob").await;
        for client in [&mut same, &mut bob] {
            let refused = client.call(opened_by(7, 2, None)).await;
            assert_eq!(refused.status(), NtStatus::SHARING_VIOLATION);
        }
        assert_eq!(first.call(close(file)).await.status(), NtStatus::SUCCESS);
    });
}

#[test]
fn an_older_instance_does_not_close_what_a_newer_one_has_open() {
    run(async {
        let house = House::new().in_memory("files");
        let mut first = computer(&house, 1, "alice").await;
        let mut second = computer(&house, 2, "alice").await;
        first.call(opened_by(7, 1, Some(5))).await;
        for version in [4, 5] {
            let refused = second.call(opened_by(7, 2, Some(version))).await;
            assert_eq!(refused.status(), NtStatus::FILE_FORCED_CLOSED);
        }
        let newer = second.call(opened_by(7, 2, Some(6))).await;
        assert_eq!(newer.status(), NtStatus::SUCCESS);
    });
}
