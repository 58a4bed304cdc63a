//! What is written is read as it was written, and no less of it is taken: for every message, in both directions.

mod parts;
mod structures;

use std::collections::BTreeSet;

use proptest::prelude::*;

use self::parts::{Parts, parts};
use super::header::{Command, HEADER_SIZE};
use super::message::{Regular, Request, Response};
use super::writer::Writer;

/// STATUS_SUCCESS.
const SUCCESS: u32 = 0;
/// STATUS_ACCESS_DENIED.
const ACCESS_DENIED: u32 = 0xC000_0022;

/// A message with an empty header, behind another that must not count.
fn message(encode: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
    const BEFORE: usize = 13;
    let mut out = vec![0xEE; BEFORE];
    out.resize(BEFORE + HEADER_SIZE, 0);
    encode(&mut Writer::new(&mut out, BEFORE));
    out.split_off(BEFORE)
}

fn check_request(request: &Request<'_>) -> Result<(), TestCaseError> {
    let message = message(|out| request.encode(out));
    let command = request.command();
    prop_assert_eq!(&Request::parse(command, &message), &Ok(request.clone()));
    for cut in 0..message.len() {
        if let Ok(read) = Request::parse(command, &message[..cut]) {
            prop_assert_eq!(&read, request, "cut to {}", cut);
        }
    }
    Ok(())
}

fn check_response(command: Command, status: u32, response: &Response<'_>) -> Result<(), TestCaseError> {
    let message = message(|out| response.encode(out));
    let read = Response::parse(command, status, &message);
    prop_assert_eq!(&read, &Ok(response.clone()));
    for cut in 0..message.len() {
        if let Ok(read) = Response::parse(command, status, &message[..cut]) {
            prop_assert_eq!(&read, response, "cut to {}", cut);
        }
    }
    Ok(())
}

#[test]
fn every_message_is_among_those_that_are_checked() {
    let parts = Parts::default();
    let kinds = |kinds: &[&'static str]| kinds.iter().copied().collect::<BTreeSet<_>>();
    let requests: BTreeSet<_> = parts.requests().iter().map(Request::kind).collect();
    assert_eq!(requests, kinds(Request::KINDS));
    let responses: BTreeSet<_> = parts.responses().iter().map(Regular::kind).collect();
    assert_eq!(responses, kinds(Regular::KINDS));
    let commands: BTreeSet<_> = parts
        .requests()
        .iter()
        .map(|request| request.command() as u16)
        .collect();
    assert_eq!(commands, Command::ALL.map(|command| command as u16).into());
}

proptest! {
    #[test]
    fn requests_survive_the_round_trip(parts in parts()) {
        for request in parts.requests() {
            check_request(&request)?;
        }
    }

    #[test]
    fn responses_survive_the_round_trip(parts in parts()) {
        for response in parts.responses() {
            check_response(response.command(), SUCCESS, &Response::Regular(response))?;
        }
        let error = Response::Error(parts.error());
        for command in Command::ALL {
            check_response(command, ACCESS_DENIED, &error)?;
        }
    }

    #[test]
    fn arbitrary_bodies_never_panic_and_stay_as_they_are_read(
        command in prop::sample::select(&Command::ALL[..]),
        size in prop::sample::select(vec![2u16, 4, 9, 16, 17, 24, 25, 33, 36, 41, 44, 48, 49, 57, 60, 65, 89]),
        status in prop::sample::select(vec![SUCCESS, ACCESS_DENIED, 0x103, 0x8000_0005, 0xC000_0016]),
        body in prop::collection::vec(prop_oneof![Just(0u8), 60u8..160, any::<u8>()], 0..300),
    ) {
        let received = [&[0; HEADER_SIZE], &size.to_le_bytes()[..], &body].concat();
        if let Ok(request) = Request::parse(command, &received) {
            check_request(&request)?;
        }
        if let Ok(response) = Response::parse(command, status, &received) {
            check_response(command, status, &response)?;
        }
    }
}
