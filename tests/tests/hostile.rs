//! Clients that mean harm: each test treats a real server badly while another client works on it. The server may
//! hang up on who misbehaves; it may not panic, hang, keep what it should give back, or let the other one wait.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};

use landfall_tests::clients::{add_key, python, sftp};
use landfall_tests::raw::{
    self, HEADER_SIZE, MORE_PROCESSING, Raw, command, create_body, negotiate_body, setup_body, status_of,
    write_body,
};
use landfall_tests::server::Server;
use landfall_tests::vitals::{Vitals, survives};
use server_core::smb::wire::ids::{MessageId, SessionId};

const ACCESS_DENIED: u32 = 0xC000_0022;
const INVALID_PARAMETER: u32 = 0xC000_000D;
const LOGON_FAILURE: u32 = 0xC000_006D;
const SESSION_DELETED: u32 = 0xC000_0203;
const NAME_INVALID: u32 = 0xC000_0033;
const PIPE_NOT_AVAILABLE: u32 = 0xC000_00AC;
const TOO_MANY_OPENED_FILES: u32 = 0xC000_011F;
/// After so long a server that stops cuts off what is under way; clients that keep silent must not cost that.
const DRAIN: Duration = Duration::from_secs(10);
/// Where attacks come from; the bystander comes from elsewhere, and has its own share of connections.
const ATTACKER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 66);

fn attacker(server: &Server) -> Raw {
    Raw::connect_from(&server.smb, ATTACKER).expect("the port is open")
}

/// A client that has logged in and entered the share.
fn insider(server: &Server) -> Raw {
    insider_as(server, "alice")
}

fn insider_as(server: &Server, person: &str) -> Raw {
    let mut client = attacker(server);
    client.negotiate();
    client.log_in(person);
    client.tree_connect("files");
    client
}

fn must_hang_up(client: &mut Raw) {
    assert_eq!(client.receive(), None);
}

#[test]
fn frames_that_lie_about_their_length_end_their_connection() {
    let server = Server::with_two_people();
    survives(&server, || {
        // The longest length that a frame can have, from a stranger and from somebody who has logged in.
        let mut client = attacker(&server);
        client.send_bytes(&[0, 0xFF, 0xFF, 0xFF]);
        must_hang_up(&mut client);
        let mut client = insider(&server);
        client.send_bytes(&[0, 0xFF, 0xFF, 0xFF]);
        must_hang_up(&mut client);
        // Types of the session service that a client doesn't send, lengths that they don't have.
        for prefix in [[0x82, 0, 0, 0], [0x81, 1, 0, 0], [0x85, 0, 0, 1], [0x7F, 0, 0, 4]] {
            let mut client = attacker(&server);
            client.send_bytes(&prefix);
            must_hang_up(&mut client);
        }
        // Frames that end before a header does, at each length.
        let mut whole = attacker(&server);
        let message = whole.message(command::NEGOTIATE, &negotiate_body(&[0x0210]));
        for length in 0..message.len() {
            let mut client = attacker(&server);
            client.send(&message[..length]);
            match client.receive() {
                None => assert!(length < message.len()),
                Some(answer) => assert_eq!(status_of(&answer), INVALID_PARAMETER, "{length}"),
            }
        }
        // Streams that end in the middle of a frame.
        for _ in 0..100 {
            let mut client = attacker(&server);
            client.send_bytes(&[0, 0, 1, 0, 0xFE, b'S', b'M']);
        }
    });
}

#[test]
fn requests_cut_off_anywhere_are_refused() {
    let server = Server::with_two_people();
    survives(&server, || {
        let mut client = insider(&server);
        let file = client.create("cut");
        let bodies = [
            (command::CREATE, create_body("name")),
            (command::WRITE, write_body(file, 0, b"data")),
            (command::READ, raw::read_body(file, 0, 10)),
            (command::IOCTL, vec![57; 60]),
            (command::TREE_CONNECT, vec![9; 12]),
            (10, [&[48, 0, 1, 0][..], &[0; 44]].concat()),
            (14, [&[33, 0, 37, 0][..], &[0; 30]].concat()),
            (16, [&[41, 0, 1, 18][..], &[0; 37]].concat()),
            (17, [&[33, 0, 1, 10][..], &[0; 29]].concat()),
        ];
        for (command, body) in &bodies {
            for length in 0..body.len() {
                let (status, _) = client.call(*command, &body[..length]);
                assert!(status != 0 || length > 40, "command {command} cut to {length}");
            }
        }
        client.close(file);
    });
}

#[test]
fn lengths_and_offsets_beyond_the_message_are_refused() {
    let server = Server::with_two_people();
    survives(&server, || {
        let mut client = insider(&server);
        let file = client.create("beyond");
        for (command, body) in [
            (command::WRITE, write_body(file, 0, b"data")),
            (command::CREATE, create_body("name")),
            (command::READ, raw::read_body(file, 0, 10)),
        ] {
            for at in 2..body.len().min(56) {
                for width in [1, 2, 4] {
                    let mut body = body.clone();
                    let end = (at + width).min(body.len());
                    body[at..end].fill(0xFF);
                    client.call(command, &body);
                }
            }
        }
        // A read of more than was agreed on, and one of more than was paid for.
        for length in [u32::MAX, 65_537] {
            client.expect(command::READ, &raw::read_body(file, 0, length), INVALID_PARAMETER);
        }
        client.echo();
    });
}

#[test]
fn message_ids_are_used_once_and_only_when_granted() {
    let server = Server::with_two_people();
    survives(&server, || {
        // The same message once more.
        let mut client = insider(&server);
        let echo = client.message(command::ECHO, &[4, 0, 0, 0]);
        client.send(&echo);
        assert!(client.receive().is_some());
        client.send(&echo);
        must_hang_up(&mut client);
        // A write, signed and right, replayed after its answer: it is not written again.
        let mut client = insider(&server);
        let file = client.create("replayed");
        let write = client.message(command::WRITE, &write_body(file, 0, b"first"));
        client.send(&write);
        assert_eq!(status_of(&client.receive().expect("an answer")), 0);
        client.write(file, 0, b"later");
        client.send(&write);
        must_hang_up(&mut client);
        assert_eq!(
            std::fs::read(server.folder("files").join("replayed")).expect("the file"),
            b"later"
        );
        // And on another connection, where its message id may be new, but its session is not.
        let mut other = attacker(&server);
        other.negotiate();
        while other.message_id < client.message_id {
            other.echo_without_session();
        }
        other.send(&write);
        if let Some(answer) = other.receive() {
            assert_eq!(status_of(&answer), SESSION_DELETED);
        }
        // Ids that were never granted.
        for id in [1 << 20, u64::MAX - 1, u64::MAX] {
            let mut client = insider(&server);
            client.message_id = MessageId(id);
            let echo = client.message(command::ECHO, &[4, 0, 0, 0]);
            client.send(&echo);
            must_hang_up(&mut client);
        }
    });
}

#[test]
fn signatures_that_do_not_fit_are_refused() {
    let server = Server::with_two_people();
    survives(&server, || {
        let mut client = insider(&server);
        let file = client.create("signed");
        client.write(file, 0, b"right");
        // Each bit of a signed message matters, but for those that end the connection by themselves.
        for at in (HEADER_SIZE..HEADER_SIZE + 48 + 5).chain(48..64) {
            let mut write = client.message(command::WRITE, &write_body(file, 0, b"wrong"));
            write[at] ^= 1;
            client.send(&write);
            let answer = client.receive().expect("the connection goes on");
            assert_eq!(status_of(&answer), ACCESS_DENIED, "{at}");
        }
        // Without a signature at all.
        let mut write = client.message(command::WRITE, &write_body(file, 0, b"wrong"));
        write[16] &= !8;
        client.send(&write);
        let answer = client.receive().expect("the connection goes on");
        assert_eq!(status_of(&answer), ACCESS_DENIED);
        assert_eq!(client.read(file, 0, 5), b"right");
    });
}

#[test]
fn log_ins_out_of_order_end_in_no_session() {
    let server = Server::with_two_people();
    survives(&server, || {
        let setup = |client: &mut Raw, token: &[u8]| client.call(command::SESSION_SETUP, &setup_body(token));
        let first = raw::ntlm_negotiate();
        // The last leg first; the first leg twice; the last leg twice.
        let (last, _) = raw::ntlm_authenticate(&[0; 56], "alice");
        let mut client = attacker(&server);
        client.negotiate();
        assert_eq!(setup(&mut client, &last).0, LOGON_FAILURE);
        let (status, answer) = setup(&mut client, &first);
        assert_eq!(status, MORE_PROCESSING);
        client.session_id = raw::session_of(&answer);
        assert_eq!(setup(&mut client, &first).0, INVALID_PARAMETER);
        assert_eq!(setup(&mut client, &first).0, SESSION_DELETED);
        client.session_id = SessionId::NONE;
        let (_, answer) = setup(&mut client, &first);
        client.session_id = raw::session_of(&answer);
        let (right, _) = raw::ntlm_authenticate(&answer[72..], "alice");
        assert_eq!(setup(&mut client, &right).0, 0);
        // It is a session now, whose next log-in begins anew, and must be signed.
        assert_eq!(setup(&mut client, &right).0, ACCESS_DENIED);
        // The answer to another challenge.
        let mut client = attacker(&server);
        client.negotiate();
        let (_, answer) = setup(&mut client, &first);
        client.session_id = raw::session_of(&answer);
        assert_eq!(setup(&mut client, &right).0, LOGON_FAILURE);
        // Log-ins begun and left: no more than a few are kept.
        let mut client = attacker(&server);
        client.negotiate();
        let begun = (0..10).filter(|_| setup(&mut client, &first).0 == MORE_PROCESSING);
        assert_eq!(begun.count(), 2);
        // And whoever goes on like that is hung up on.
        let steps = (0..100)
            .take_while(|_| {
                let step = client.attempt(command::SESSION_SETUP, &setup_body(&first));
                step.is_some()
            })
            .count();
        assert!(steps < 50, "{steps}");
        // Negotiating twice, and a session before it.
        let mut client = attacker(&server);
        client.negotiate();
        let again = client.message(command::NEGOTIATE, &negotiate_body(&[0x0210]));
        client.send(&again);
        must_hang_up(&mut client);
        let mut client = attacker(&server);
        let setup = client.message(command::SESSION_SETUP, &setup_body(&first));
        client.send(&setup);
        must_hang_up(&mut client);
    });
}

#[test]
fn chains_that_point_nowhere_end_their_connection() {
    let server = Server::with_two_people();
    survives(&server, || {
        for next in [1, 7, 8, 63, 65, 72, 1000, 0xFFFF_FFF8, u32::MAX] {
            let mut client = insider(&server);
            let mut echo = client.message(command::ECHO, &[4, 0, 0, 0]);
            echo[20..24].copy_from_slice(&next.to_le_bytes());
            client.sign(&mut echo);
            client.send(&echo);
            must_hang_up(&mut client);
        }
        // A chain of chains: more requests than any client sends at once.
        let mut client = insider(&server);
        let mut chain = Vec::new();
        for _ in 0..2000 {
            let mut echo = client.message(command::ECHO, &[4, 0, 0, 0, 0, 0, 0, 0]);
            echo[20..24].copy_from_slice(&72u32.to_le_bytes());
            client.sign(&mut echo);
            chain.extend_from_slice(&echo);
        }
        client.send(&chain);
        must_hang_up(&mut client);
    });
}

#[test]
fn encrypted_messages_that_nobody_encrypted_end_their_connection() {
    let server = Server::with_two_people();
    survives(&server, || {
        let transform = |session: u64, length: u32, flags: u16, rest: usize| {
            let mut message = b"\xFDSMB".to_vec();
            message.extend_from_slice(&[0x5A; 32]);
            message.extend_from_slice(&length.to_le_bytes());
            message.extend_from_slice(&[0, 0]);
            message.extend_from_slice(&flags.to_le_bytes());
            message.extend_from_slice(&session.to_le_bytes());
            message.resize(message.len() + rest, 0xA5);
            message
        };
        for (length, flags, rest) in [
            (0, 1, 0),
            (100, 1, 100),
            (u32::MAX, 1, 100),
            (100, 0, 100),
            (1, 1, 5000),
        ] {
            for inside in [false, true] {
                let mut client = if inside {
                    insider(&server)
                } else {
                    attacker(&server)
                };
                let message = transform(client.session_id.0, length, flags, rest);
                client.send(&message);
                must_hang_up(&mut client);
            }
        }
        // Cut off anywhere in its header; and compressed, which was not agreed on.
        for length in 0..52 {
            let mut client = attacker(&server);
            client.send(&transform(1, 100, 1, 100)[..length]);
            must_hang_up(&mut client);
        }
        let mut client = insider(&server);
        client.send(&[b"\xFCSMB".as_slice(), &[0xFF; 100]].concat());
        must_hang_up(&mut client);
    });
}

#[test]
fn hundreds_of_silent_connections_are_bounded_and_keep_nobody_out() {
    let server = Server::with_two_people();
    survives(&server, || {
        let mut silent = Vec::new();
        for number in 0..200 {
            // Over the limit for one address the server hangs up, at once or a moment later.
            let Ok(mut client) = Raw::connect_from(&server.smb, ATTACKER) else {
                continue;
            };
            match number % 4 {
                0 => {}
                1 => client.send_bytes(&[0]),
                2 => client.send_bytes(&[0, 1, 0xFF, 0xFF, 0xFE]),
                _ => {
                    let negotiate = client.message(command::NEGOTIATE, &negotiate_body(&[0x0210]));
                    client.send(&negotiate);
                }
            }
            silent.push(client);
        }
        let mut ssh = Vec::new();
        for number in 0..200 {
            let Ok(mut stream) = TcpStream::connect(&server.sftp) else {
                continue;
            };
            match number % 3 {
                0 => {}
                1 => drop(stream.write_all(b"SSH-2.0-slow")),
                _ => drop(stream.write_all(b"SSH-2.0-slow\r\n\0\0\x10\0")),
            }
            ssh.push(stream);
        }
        // The rest of what they were about to say comes byte by byte.
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(3) {
            for client in &mut silent {
                client.send_bytes(&[0]);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        // What one address may have, where people have logged in from, of either protocol; and what the server has.
        let threads = Vitals::of(&server).threads;
        assert!(threads < 64 + 40, "{threads} threads");
    });
}

#[test]
fn silent_strangers_from_many_addresses_keep_nobody_out() {
    // Where only so many connections fit, a few addresses are as good as hundreds.
    let server = Server::start_within(Some(1024), |setup| {
        setup.person("alice");
        setup.person("bob");
        setup.share("files", &["--default", "read-write"]);
    });
    let crowd = |address: &str| -> Vec<_> {
        let from = (1..=30).map(|last| Ipv4Addr::new(127, 0, 7, last));
        from.flat_map(|from| (0..8).map(move |_| from))
            .map(|from| Raw::connect_from(address, from))
            .collect()
    };
    survives(&server, || {
        let strangers = (crowd(&server.smb), crowd(&server.sftp));
        let mut newcomer =
            Raw::connect_from(&server.smb, Ipv4Addr::new(127, 0, 8, 1)).expect("the port is open");
        newcomer.negotiate();
        newcomer.log_in("alice");
        newcomer.echo();
        sftp(&server, "alice", &["ls /files"]).ok();
        let threads = Vitals::of(&server).threads;
        assert!(threads < 32 + 64 + 40, "{threads} threads");
        drop(strangers);
    });
}

#[test]
fn log_ins_begun_with_large_tokens_are_refused() {
    let server = Server::with_two_people();
    survives(&server, || {
        let mut token = raw::ntlm_negotiate();
        token.resize(60_000, 0);
        let mut client = attacker(&server);
        client.negotiate();
        let (status, _) = client.call(command::SESSION_SETUP, &setup_body(&token));
        assert_eq!(status, INVALID_PARAMETER);
        // And a stranger has two under way, no more.
        let begun = (0..20)
            .filter(|_| {
                client
                    .call(command::SESSION_SETUP, &setup_body(&raw::ntlm_negotiate()))
                    .0
                    == MORE_PROCESSING
            })
            .count();
        assert_eq!(begun, 2);
    });
}

#[test]
fn whoever_opens_all_that_there_is_to_open_leaves_room_for_others() {
    let server = Server::start_within(Some(512), |setup| {
        setup.person("alice");
        setup.person("bob");
        setup.person("mallory");
        setup.share("files", &["--default", "read-write"]);
    });
    survives(&server, || {
        // As many sessions as it takes: they have one allowance.
        let mut clients: Vec<_> = (0..4).map(|_| insider_as(&server, "mallory")).collect();
        let opened = (0..10_000)
            .map(|number| {
                clients[number % 4]
                    .call(command::CREATE, &create_body(&format!("file {number}")))
                    .0
            })
            .take_while(|status| *status == 0)
            .count();
        assert!((50..512).contains(&opened), "{opened}");
        for client in &mut clients {
            let refused = client.call(command::CREATE, &create_body("one more")).0;
            assert_eq!(refused, TOO_MANY_OPENED_FILES);
        }
        let crowd: Vec<_> = (0..300)
            .map(|_| Raw::connect_from(&server.smb, ATTACKER))
            .collect();
        let ssh: Vec<_> = (0..300).map(|_| TcpStream::connect(&server.sftp)).collect();
        std::thread::sleep(Duration::from_secs(1));
        // Another client still gets in, and opens files.
        let mut other = Raw::enter(&server.smb, "alice");
        let file = other.create("other");
        other.write(file, 0, b"written");
        drop((crowd, ssh));
    });
}

#[test]
fn sftp_packets_that_break_the_rules_end_their_channel() {
    let server = Server::with_two_people();
    let key = add_key(&server, "alice");
    survives(&server, || {
        python(&server, "hostile_sftp.py", &[&key]).ok();
    });
    // And not a line for each in the log.
    let log = server.log();
    assert!(log.lines().count() < 10, "{log}");
}

#[test]
fn pipes_and_search_expressions_are_bounded() {
    let server = Server::with_two_people();
    survives(&server, || {
        let mut client = insider(&server);
        // QUERY_DIRECTORY with an expression longer than any name.
        let folder = client.create_folder("folder");
        let expression = "*a".repeat(10_000);
        let body = raw::query_directory_body(folder, &expression);
        client.expect(14, &body, NAME_INVALID);
        client.tree_connect("IPC$");
        let open_all = |client: &mut Raw| {
            (0..1000)
                .map(|_| client.call(command::CREATE, &create_body("srvsvc")).0)
                .take_while(|status| *status == 0)
                .count()
        };
        assert_eq!(open_all(&mut client), 4);
        client.expect(command::CREATE, &create_body("srvsvc"), PIPE_NOT_AVAILABLE);
        // And 32 for all sessions of one person.
        let mut more: Vec<Raw> = (0..12).map(|_| insider(&server)).collect();
        let opened = more.iter_mut().map(|client| {
            client.tree_connect("IPC$");
            open_all(client)
        });
        assert_eq!(opened.sum::<usize>(), 32 - 4);
    });
}

#[test]
fn a_server_stops_though_clients_keep_silent() {
    let mut server = Server::with_files();
    let mut clients = Vec::new();
    for address in [&server.smb, &server.netbios, &server.sftp] {
        for _ in 0..5 {
            clients.push(TcpStream::connect(address).expect("the port is open"));
        }
    }
    let mut inside = insider(&server);
    inside.create("open");
    let took = server.stop();
    assert!(took < DRAIN, "{took:?}");
    for mut client in clients {
        // What the SSH server said to begin with may still be there.
        let _ = client.read_to_end(&mut Vec::new());
    }
}
