//! People who are logged in and ask for all that they can get, on many connections: none of them gets more than one person
//! may have, and another one does not wait for it.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use landfall_tests::clients::{add_key, python};
use landfall_tests::raw::{
    HEADER_SIZE, PENDING, Raw, change_notify_body, command, create_body, lock_body, read_body, status_of,
};
use landfall_tests::server::Server;
use landfall_tests::vitals::{Costs, costs_at_most};

/// Where alice attacks from: it has its own share of connections.
const ATTACKER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 66);

/// A client of alice that has entered the share.
fn insider(server: &Server) -> Raw {
    let mut client = Raw::connect_from(&server.smb, ATTACKER).expect("the port is open");
    client.negotiate();
    client.log_in("alice");
    client.tree_connect("files");
    client
}

/// Connections that alice attacks from at a time.
const CONNECTIONS: usize = 48;
/// What the limits of one person allow, what each connection has besides, and what the allocator adds. In KiB.
const ONE_PERSON_S: Costs = Costs {
    memory: (128 + 2 * CONNECTIONS as u64 + 64) * 1024,
    slower: 5,
};
const MIB: usize = 1 << 20;

/// Attacks on each of many connections at once, each with a thread of its own, until nothing more is taken from any of
/// them for a while; then lets go.
fn crowd(server: &Server, lets_go: impl FnOnce(), attack: impl Fn(&mut Raw) + Sync) {
    let mut clients: Vec<Raw> = (0..CONNECTIONS).map(|_| insider(server)).collect();
    std::thread::scope(|scope| {
        let attack = &attack;
        let threads: Vec<_> = clients
            .iter_mut()
            .map(|client| scope.spawn(move || attack(client)))
            .collect();
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(6)
            && !threads.iter().all(std::thread::ScopedJoinHandle::is_finished)
        {
            std::thread::sleep(Duration::from_millis(100));
        }
        lets_go();
    });
}

#[test]
fn chains_that_wait_on_many_connections_keep_no_more_than_one_person_may() {
    let server = Server::with_two_people();
    costs_at_most(&server, "bob", ONE_PERSON_S, || {
        let mut holder = insider(&server);
        holder.create_with_batch_oplock("held");
        crowd(
            &server,
            move || drop(holder),
            |client| {
                let mut junk = vec![4, 0, 0, 0];
                junk.resize(MIB, 0);
                for _ in 0..16 {
                    let requests = [
                        (command::CREATE, create_body("held")),
                        (command::ECHO, junk.clone()),
                    ];
                    let chain = client.chain(&requests);
                    client.send(&chain);
                }
            },
        );
    });
}

#[test]
fn answers_that_many_connections_do_not_take_keep_no_more_than_one_person_may() {
    let server = Server::with_two_people();
    let mut owner = insider(&server);
    let file = owner.create("large");
    for at in 0..128 {
        owner.write(file, at * 65_536, &[7; 65_536]);
    }
    costs_at_most(&server, "bob", ONE_PERSON_S, || {
        crowd(
            &server,
            || {},
            |client| {
                let file = client.create("large");
                // Credits for all that is asked for.
                client.credits = 512;
                client.echo();
                client.echo();
                for _ in 0..4 {
                    let body = read_body(file, 0, 8 << 20);
                    let read = client.paid_message(command::READ, &body, 128);
                    client.send(&read);
                }
                // What was asked for is there by now, as far as it is kept for a client that takes none of it.
                std::thread::sleep(Duration::from_secs(3));
                // What is not taken stays with whoever asked for it, and other connections of theirs wait.
                for _ in 0..4 {
                    let answer = client.receive().expect("the server goes on");
                    assert_eq!(
                        (status_of(&answer), answer.len()),
                        (0, HEADER_SIZE + 16 + (8 << 20))
                    );
                }
            },
        );
    });
}

#[test]
fn sftp_requests_on_many_connections_keep_no_more_than_one_person_may() {
    const CONNECTIONS: u64 = 100;
    let server = Server::with_two_people();
    let key = add_key(&server, "alice");
    std::fs::write(server.folder("files").join("large"), vec![7; 1 << 20]).unwrap();
    let costs = Costs {
        memory: (128 + CONNECTIONS + 64) * 1024,
        slower: 5,
    };
    costs_at_most(&server, "bob", costs, || {
        let attack = python(&server, "unanswered_sftp.py", &[&key, &CONNECTIONS.to_string()]);
        let ended: u64 = attack.ok().trim().parse().expect("a number");
        assert!((1..CONNECTIONS).contains(&ended), "{ended} connections ended");
    });
}

/// A limit, as `landfall status` shows it.
fn limit(server: &Server, kind: &str) -> serde_json::Value {
    let status = server.json(&["status"]);
    let limits = status["limits"].as_array().expect("limits");
    let limit = limits.iter().find(|limit| limit["kind"] == kind);
    limit.expect("a limit of that kind").clone()
}

/// How much of something is used.
fn used(server: &Server, kind: &str) -> u64 {
    limit(server, kind)["used"].as_u64().expect("a number")
}

#[test]
fn locks_are_bounded_and_nobody_waits_for_those_who_have_many() {
    const RANGES: u64 = 512;
    let server = Server::with_two_people();
    let mut client = insider(&server);
    let files = ["one", "one", "two", "two", "three"].map(|name| client.create(name));
    let costs = Costs {
        memory: 64 * 1024,
        slower: 5,
    };
    costs_at_most(&server, "bob", costs, || {
        let mut next = 0;
        let granted = files.map(|file| {
            let mut granted = 0;
            loop {
                // None touches another.
                let offsets = (next..next + RANGES).map(|number| 2 * number);
                next += RANGES;
                if client.call(command::LOCK, &lock_body(file, offsets, false)).0 != 0 {
                    return granted;
                }
                granted += RANGES;
            }
        });
        assert_eq!(granted, [16_384, 16_384, 16_384, 16_384, 0]);
        assert_eq!(used(&server, "locks"), 65_536);
        // Others have locks of their own; of those who wait there are no more than so many.
        let mut other = Raw::enter(&server.smb, "bob");
        let file = other.create("three");
        assert_eq!(other.call(command::LOCK, &lock_body(file, [0], false)).0, 0);
        let file = other.create("three");
        let waiting = (0..200)
            .take_while(|_| other.begin(command::LOCK, &lock_body(file, [0], true)) == PENDING)
            .count();
        assert_eq!(waiting, 64);
    });
    for file in files {
        client.close(file);
    }
    assert_eq!(used(&server, "locks"), 0);
}

#[test]
fn what_those_who_watch_are_told_is_kept_once_however_many_they_are() {
    const EACH: u64 = 50;
    let server = Server::with_two_people();
    let may_open = limit(&server, "opens")["each"].as_u64().expect("a number");
    let costs = Costs {
        memory: 96 * 1024,
        slower: 5,
    };
    costs_at_most(&server, "bob", costs, || {
        let watching = EACH * (CONNECTIONS as u64).min(may_open / EACH - 1);
        let mut clients: Vec<Raw> = (0..watching / EACH).map(|_| insider(&server)).collect();
        for client in &mut clients {
            client.credits = 512;
            for _ in 0..EACH {
                let folder = client.create_folder("watched");
                let begun = client.begin(command::CHANGE_NOTIFY, &change_notify_body(folder));
                assert_eq!(begun, PENDING);
            }
        }
        assert_eq!(used(&server, "watches"), watching);
        // The first of these ends what they wait for; the others are kept for when they ask again.
        let mut maker = Raw::enter(&server.smb, "bob");
        for number in 0..500 {
            let file = maker.create(&format!("watched\\{number}{}", "name".repeat(50)));
            maker.close(file);
        }
        assert!(used(&server, "watched-bytes") <= 16 << 20);
    });
    let deadline = Instant::now() + Duration::from_secs(20);
    while used(&server, "watches") > 0 {
        assert!(Instant::now() < deadline, "watches of those who are gone stay");
        std::thread::sleep(Duration::from_millis(100));
    }
}
