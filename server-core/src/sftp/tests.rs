//! Sessions in memory against packets written here.

use super::namespace::Namespace;
use super::session::{MAX_PACKET, Session};
use super::wire::packet;
use crate::fuzzing::House;
use crate::live::{ActivityKind, Event};

const OK: u32 = 0;
const PERMISSION_DENIED: u32 = 3;
const FAILURE: u32 = 4;
const READ_WRITE_CREATE: u32 = 0x1B;

fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
    [&length, bytes].concat()
}

/// Sends a request and gives the reply: its type, and what follows the id.
fn ask(house: &House, session: &mut Session, kind: u8, fields: &[&[u8]]) -> (u8, Vec<u8>) {
    let request = [&[kind, 0, 0, 0, 7], fields.concat().as_slice()].concat();
    assert!(house.run(session.answer(&request)));
    let reply = std::mem::take(&mut session.replies.bytes);
    assert_eq!(reply[..4], u32::try_from(reply.len() - 4).unwrap().to_be_bytes());
    assert!(reply.len() <= 4 + MAX_PACKET);
    assert_eq!(reply[5..9], [0, 0, 0, 7]);
    (reply[4], reply[9..].to_vec())
}

fn status(house: &House, session: &mut Session, kind: u8, fields: &[&[u8]]) -> u32 {
    let (reply, body) = ask(house, session, kind, fields);
    assert_eq!(reply, packet::STATUS);
    u32::from_be_bytes(body[..4].try_into().unwrap())
}

/// Creates a file; gives its handle as it goes into a request.
fn create(house: &House, session: &mut Session, path: &[u8]) -> Vec<u8> {
    let flags = READ_WRITE_CREATE.to_be_bytes();
    let (reply, handle) = ask(house, session, packet::OPEN, &[&string(path), &flags, &[0; 4]]);
    assert_eq!(reply, packet::HANDLE);
    handle
}

fn visit(test: impl FnOnce(&House, &mut Session)) {
    House::visit(|house| {
        let mut session = Session::new(Namespace::new(house.sftp.clone(), house.guest()));
        test(house, &mut session);
    });
}

#[test]
fn a_file_is_copied_into_another_but_not_onto_itself_which_would_never_end() {
    visit(|house, session| {
        let a = create(house, session, b"/files/a");
        let again = create(house, session, b"/files/a");
        let b = create(house, session, b"/files/b");
        let data = string(b"0123456789");
        assert_eq!(status(house, session, packet::WRITE, &[&a, &[0; 8], &data]), OK);
        let mut copy = |to: &[u8]| {
            let end = 10u64.to_be_bytes();
            let fields = [&string(b"copy-data"), &a, &[0; 16][..], to, &end];
            status(house, session, packet::EXTENDED, &fields)
        };
        assert_eq!(copy(&a), FAILURE);
        assert_eq!(copy(&again), FAILURE);
        assert_eq!(copy(&b), OK);
        let (_, attributes) = ask(house, session, packet::STAT, &[&string(b"/files/b")]);
        assert_eq!(attributes[4..12], 20u64.to_be_bytes());
    });
}

#[test]
fn nothing_is_written_where_no_file_can_reach() {
    visit(|house, session| {
        let a = create(house, session, b"/files/a");
        let b = create(house, session, b"/files/b");
        let data = string(b"0123456789");
        assert_eq!(status(house, session, packet::WRITE, &[&a, &[0; 8], &data]), OK);
        for offset in [u64::MAX, u64::MAX - 5, 1 << 63] {
            let offset = offset.to_be_bytes();
            assert_eq!(
                status(house, session, packet::WRITE, &[&a, &offset, &data]),
                FAILURE
            );
            let copy = [&string(b"copy-data"), &a, &[0; 16][..], &b, &offset];
            assert_eq!(status(house, session, packet::EXTENDED, &copy), FAILURE);
        }
    });
}

#[test]
fn a_folder_of_long_names_is_listed_in_packets_that_clients_take() {
    visit(|house, session| {
        for number in 0..300 {
            let path = format!("/files/{number:03}{}", "n".repeat(240));
            let handle = create(house, session, path.as_bytes());
            assert_eq!(status(house, session, packet::CLOSE, &[&handle]), OK);
        }
        let (_, handle) = ask(house, session, packet::OPENDIR, &[&string(b"/files")]);
        let mut listed = 0;
        loop {
            let (reply, body) = ask(house, session, packet::READDIR, &[&handle]);
            if reply == packet::STATUS {
                break;
            }
            listed += u32::from_be_bytes(body[..4].try_into().unwrap());
        }
        assert_eq!(listed, 302);
    });
}

#[test]
fn a_path_that_no_disk_has_is_refused_and_not_sent_back() {
    visit(|house, session| {
        let path = string(&vec![b'x'; 200_000]);
        for kind in [packet::REALPATH, packet::STAT, packet::OPENDIR] {
            assert_eq!(status(house, session, kind, &[&path]), FAILURE);
        }
    });
}

#[test]
fn a_file_that_leads_to_no_share_is_told_of_once_but_a_look_is_not() {
    for (path, why) in [
        ("/elsewhere/scan.pdf", "there is no share named elsewhere"),
        ("/scan.pdf", "only shares live here; enter one first"),
    ] {
        visit(|house, session| {
            let mut events = house.sftp.events.subscribe();
            let flags = READ_WRITE_CREATE.to_be_bytes();
            status(house, session, packet::STAT, &[&string(path.as_bytes())]);
            // A client that tries again and again does not fill the list.
            for _ in 0..3 {
                let path = string(path.as_bytes());
                status(house, session, packet::OPEN, &[&path, &flags, &[0; 4]]);
            }
            let mut told = Vec::new();
            while let Ok(event) = events.try_recv() {
                if let Event::Activity(record) = event {
                    told.push((record.kind, record.message));
                }
            }
            assert_eq!(told, [(ActivityKind::AccessRefused, format!("refused: {why}"))]);
        });
    }
}

#[test]
fn a_link_to_an_absolute_path_in_its_share_is_made_and_leads_there() {
    visit(|house, session| {
        let file = create(house, session, b"/files/a");
        assert_eq!(status(house, session, packet::CLOSE, &[&file]), OK);
        for folder in ["/files/d", "/files/d/e"] {
            let fields = [&string(folder.as_bytes())[..], &[0; 4]];
            assert_eq!(status(house, session, packet::MKDIR, &fields), OK);
        }
        for (link, target, says) in [
            ("/files/one", "/files/a", "a"),
            ("/files/d/two", "//files/./a", "../a"),
            ("/files/d/e/three", "/files/d/e", "."),
            ("/files/d/e/four", "/files/d/f", "../f"),
            ("/files/d/e/five", "/FILES", "../.."),
        ] {
            let (link, target) = (string(link.as_bytes()), string(target.as_bytes()));
            assert_eq!(status(house, session, packet::SYMLINK, &[&target, &link]), OK);
            let (kind, name) = ask(house, session, packet::READLINK, &[&link]);
            assert_eq!(kind, packet::NAME);
            let length = u32::try_from(says.len()).unwrap().to_be_bytes();
            let said = [&1u32.to_be_bytes()[..], &length, says.as_bytes()].concat();
            assert!(name.starts_with(&said), "{says}: {name:?}");
        }
        for target in ["/etc/passwd", "/", "/other/a"] {
            let fields = [&string(target.as_bytes())[..], &string(b"/files/out")];
            assert_eq!(
                status(house, session, packet::SYMLINK, &fields),
                PERMISSION_DENIED
            );
        }
    });
}

#[test]
fn what_is_not_there_is_told_in_the_words_that_clients_look_for() {
    visit(|house, session| {
        for path in ["/files/none", "/files/none/below"] {
            let (kind, body) = ask(house, session, packet::STAT, &[&string(path.as_bytes())]);
            assert_eq!(kind, packet::STATUS);
            assert!(body[8..].starts_with(b"No such file"), "{body:?}");
        }
    });
}
