//! A whole server in this process: sharing stopped and started, the control socket, and a clean end.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;

use interprocess::local_socket::traits::Stream as _;
use interprocess::local_socket::{GenericFilePath, Stream, ToFsName};
use serde_json::{Value, json};

use super::control::ControlClient;
use super::*;
use crate::admin::{AddGroup, BlockAddress, Call, CheckKind, Outcome, SetSetting};
use crate::testing::identity_options;

fn config(folder: &Path) -> ServerConfig {
    let loopback = Listen::At(SocketAddr::from(([127, 0, 0, 1], 0)));
    ServerConfig {
        smb: Some(loopback),
        sftp: Some(loopback),
        netbios: Some(loopback),
        keyring: KeyringUse::Never,
        identity: identity_options(),
        ..ServerConfig::new(folder.to_path_buf())
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

fn answers(address: SocketAddr) -> bool {
    TcpStream::connect(address).is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn sharing_stops_and_starts_while_the_process_and_its_administration_stay() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(config(folder.path())).await.unwrap();
    let addresses: Vec<_> = server
        .listening()
        .addresses
        .iter()
        .map(|shown| shown.address)
        .collect();
    assert_eq!(addresses.len(), 3);
    assert!(addresses.iter().all(|address| answers(*address)));

    let admin = server.admin().clone();
    blocking(move || {
        admin.stop_sharing().unwrap();
        admin.stop_sharing().unwrap();
        let status = admin.status().unwrap();
        assert!(status.running && !status.sharing && status.listening.is_empty());
        assert!(!addresses.iter().any(|address| answers(*address)));
        admin.start_sharing().unwrap();
        let status = admin.status().unwrap();
        assert!(status.sharing);
        assert!(status.listening.iter().all(|shown| answers(shown.address)));
    })
    .await;
    let still: Vec<_> = server
        .listening()
        .addresses
        .iter()
        .map(|shown| shown.address)
        .collect();
    server.shutdown().await;
    assert!(!still.iter().any(|address| answers(*address)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_folder_is_free_after_a_shutdown_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(config(folder.path())).await.unwrap();
    let error = Server::start(config(folder.path())).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::AlreadyRunning);
    server.shutdown().await;
    Server::start(config(folder.path()))
        .await
        .unwrap()
        .shutdown()
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_kept_sharing_from_starting_is_shown_until_it_starts_or_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = Listen::At(taken.local_addr().unwrap());
    let config = ServerConfig {
        smb: Some(address),
        sharing: false,
        ..config(folder.path())
    };
    let server = Server::start(config).await.unwrap();
    let admin = server.admin().clone();
    blocking(move || {
        assert!(!admin.status().unwrap().failed);
        let error = admin.start_sharing().unwrap_err();
        let status = admin.status().unwrap();
        assert!(status.failed && !status.sharing);
        assert!(status.warnings.contains(&error.message), "{:?}", status.warnings);
        admin.stop_sharing().unwrap();
        assert!(!admin.status().unwrap().failed);
        admin.start_sharing().unwrap_err();
        drop(taken);
        admin.start_sharing().unwrap();
        let status = admin.status().unwrap();
        assert!(status.sharing && !status.failed);
        assert!(!status.warnings.contains(&error.message));
    })
    .await;
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_are_told_a_new_name_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(config(folder.path())).await.unwrap();
    let admin = server.admin().clone();
    blocking(move || {
        let set = SetSetting {
            key: "server.name".to_owned(),
            value: "harbour".to_owned(),
        };
        let changed = admin.set_setting(&set).unwrap();
        assert!(!changed.needs_restart);
    })
    .await;
    assert_eq!(server.running.front_ends.computer_name(), "HARBOUR");
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_keeps_the_admin_api_of_a_server_that_ended_starts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(config(folder.path())).await.unwrap();
    let admin = server.admin().clone();
    server.shutdown().await;
    let again = blocking(move || admin.call(&Call::StartSharing)).await;
    assert_eq!(again.unwrap_err().code, ErrorCode::NotRunning);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_control_socket_does_calls_and_passes_refusals_on() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(config(folder.path())).await.unwrap();
    let path = folder.path().to_path_buf();
    blocking(move || {
        let mut client = ControlClient::connect(&path).unwrap().unwrap();
        let add = || {
            Call::AddGroup(AddGroup {
                name: "editors".to_owned(),
            })
        };
        assert_eq!(client.call(add()).unwrap()["name"], "editors");
        let error = client.call(add()).unwrap_err();
        assert_eq!(error.code, ErrorCode::AlreadyExists);
        assert_eq!(error.message, "There is a group named editors already.");
        assert_eq!(client.call(Call::ListGroups).unwrap()[0]["name"], "editors");
    })
    .await;
    server.shutdown().await;
    let path = folder.path().to_path_buf();
    assert!(
        blocking(move || ControlClient::connect(&path))
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_control_client_that_talks_nonsense_is_told_so_and_one_that_never_ends_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(config(folder.path())).await.unwrap();
    let socket = platform::control_socket(folder.path()).unwrap();
    blocking(move || {
        let connect = || {
            let name = socket.as_path().to_fs_name::<GenericFilePath>().unwrap();
            let mut stream = BufReader::new(Stream::connect(name).unwrap());
            let greeting = line(&mut stream).unwrap();
            assert_eq!(greeting["landfall"], 1);
            assert_eq!(greeting["pid"], std::process::id());
            stream
        };
        let mut stream = connect();
        for nonsense in ["", "{", "null", "{\"do\":{\"call\":\"shut-down\"}}", "\u{0}\u{1}"] {
            writeln!(stream.get_mut(), "{nonsense}").unwrap();
            assert_eq!(
                line(&mut stream).unwrap()["refused"]["code"],
                "bad-request",
                "{nonsense}"
            );
        }
        writeln!(stream.get_mut(), "{}", json!({ "do": { "call": "status" } })).unwrap();
        assert_eq!(line(&mut stream).unwrap()["done"]["running"], true);

        let mut stream = connect();
        let piece = vec![b'x'; 64 << 10];
        // Writing fails as soon as the server has had enough.
        let sent = (0..64)
            .take_while(|_| stream.get_mut().write_all(&piece).is_ok())
            .count();
        assert!(sent < 64);
        assert!(line(&mut stream).is_none());
    })
    .await;
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_sees_what_happens_and_the_end_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(config(folder.path())).await.unwrap();
    let path = folder.path().to_path_buf();
    let mut follower = blocking(move || {
        let mut client = ControlClient::connect(&path).unwrap().unwrap();
        client.follow_activity().unwrap();
        client
    })
    .await;
    let record = ActivityRecord::new(ActivityKind::Server, "a thing happened");
    server.admin().events().send(Event::Activity(record));
    server.shutdown().await;
    blocking(move || {
        let mut messages = Vec::new();
        while let Some(record) = follower.next_activity().unwrap() {
            messages.push(record.message);
        }
        assert_eq!(messages, ["a thing happened", "sharing stopped"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_in_the_list_when_someone_looks_and_after_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(config(folder.path())).await.unwrap();
    let admin = server.admin().clone();
    blocking(move || {
        for n in 0..50 {
            let record = ActivityRecord::new(ActivityKind::FileWritten, format!("file {n}"));
            admin.events().send(Event::Activity(record));
            let newest = admin.activity(&crate::admin::ActivityQuery { limit: 1 }).unwrap();
            assert_eq!(newest[0].message, format!("file {n}"));
        }
    })
    .await;
    server.shutdown().await;
    let path = folder.path().to_path_buf();
    blocking(move || {
        let (_lock, admin) = open_offline(&config(&path)).unwrap();
        let records = admin.activity(&crate::admin::ActivityQuery::default()).unwrap();
        assert_eq!(records.len(), 52);
        assert_eq!(records.last().unwrap().message, "sharing stopped");
    })
    .await;
}

fn line(stream: &mut BufReader<Stream>) -> Option<Value> {
    let mut line = String::new();
    match stream.read_line(&mut line) {
        Ok(1..) => Some(serde_json::from_str(&line).unwrap()),
        Ok(0) | Err(_) => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_logs_in_by_both_protocols_as_a_client_would_and_leaves_no_account() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(config(folder.path())).await.unwrap();
    let admin = server.admin().clone();
    let (checks, people) = blocking(move || (admin.examine().unwrap(), admin.people().unwrap())).await;
    let of = |kind| checks.iter().filter(move |check| check.kind == kind);
    assert!(of(CheckKind::Reachable).all(|check| check.outcome == Outcome::Pass));
    let log_ins: Vec<_> = of(CheckKind::LogIn)
        .map(|check| (check.outcome, check.detail.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(log_ins, [(Outcome::Pass, "SMB 3.1.1"), (Outcome::Pass, "SFTP 3")]);
    assert!(people.is_empty());
    assert_eq!(of(CheckKind::People).next().unwrap().outcome, Outcome::Fail);
    assert_eq!(of(CheckKind::Clock).count(), 1);
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_why_it_may_not_log_in() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(config(folder.path())).await.unwrap();
    let admin = server.admin().clone();
    let checks = blocking(move || {
        let block = BlockAddress {
            address: "127.0.0.1".parse().unwrap(),
            seconds: None,
        };
        admin.block_address(block).unwrap();
        admin.examine().unwrap()
    })
    .await;
    let log_ins = checks.iter().filter(|check| check.kind == CheckKind::LogIn);
    let failed: Vec<_> = log_ins
        .map(|check| (check.outcome, check.detail.as_deref().unwrap_or_default()))
        .collect();
    let blocked = (Outcome::Fail, "this computer's own address is blocked here");
    assert_eq!(failed, [blocked; 3]);
    server.shutdown().await;
}
