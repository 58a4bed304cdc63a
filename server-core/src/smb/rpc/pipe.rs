//! A named pipe with an RPC service at its end ([C706] chapter 12): PDUs in, PDUs out.

use std::cell::LazyCell;
use std::collections::VecDeque;
use std::ops::Deref;

use super::error::PipeError;
use super::{RpcContext, srvsvc, wkssvc};
use crate::smb::wire::cursor::{u16_at, u32_at};

/// What a read gave.
#[derive(Debug, PartialEq, Eq)]
pub struct PipeRead {
    /// Bytes.
    pub data: Vec<u8>,
    /// The PDU goes on.
    pub more: bool,
}

/// The service at the end of a pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    Srvsvc,
    Wkssvc,
}

/// An open pipe.
#[derive(Debug)]
pub struct Pipe {
    service: Service,
    /// Bytes of a PDU that is not whole yet.
    input: Vec<u8>,
    /// The stub of a request in several fragments.
    stub: Vec<u8>,
    /// PDUs to be read.
    output: VecDeque<Vec<u8>>,
    max_fragment: usize,
}

const HEADER: usize = 16;
const REQUEST: u8 = 0;
const RESPONSE: u8 = 2;
const FAULT: u8 = 3;
const BIND: u8 = 11;
const BIND_ACK: u8 = 12;
const ALTER_CONTEXT: u8 = 14;
const ALTER_CONTEXT_RESPONSE: u8 = 15;
const FIRST_FRAGMENT: u8 = 1;
const LAST_FRAGMENT: u8 = 2;
/// What Windows uses.
const MAX_FRAGMENT: usize = 4280;
/// Bytes that one write may bring.
const MAX_INPUT: usize = 64 * 1024;
/// No PDU is longer: clients were told to send shorter ones.
const MAX_PDU: usize = 8 * 1024;
/// No request that is served is longer, whatever number of PDUs it comes in.
const MAX_STUB: usize = 16 * 1024;
/// Bytes of unread answers with which a pipe takes no more requests.
const MAX_OUTPUT: usize = 64 * 1024;
const MAX_CONTEXTS: usize = 32;

/// nca_s_op_rng_error: no such operation.
const FAULT_OP_RANGE: u32 = 0x1C01_0002;
/// nca_s_fault_ndr: the arguments can't be read.
const FAULT_NDR: u32 = 0x0000_06F7;

/// 8a885d04-1ceb-11c9-9fe8-08002b104860, version 2: NDR.
const NDR: [u8; 20] = [
    0x04, 0x5D, 0x88, 0x8A, 0xEB, 0x1C, 0xC9, 0x11, 0x9F, 0xE8, 0x08, 0x00, 0x2B, 0x10, 0x48, 0x60, 2, 0, 0,
    0,
];

impl Service {
    /// The interface's UUID.
    fn interface(self) -> [u8; 16] {
        match self {
            // 4b324fc8-1670-01d3-1278-5a47bf6ee188
            Self::Srvsvc => [
                0xC8, 0x4F, 0x32, 0x4B, 0x70, 0x16, 0xD3, 0x01, 0x12, 0x78, 0x5A, 0x47, 0xBF, 0x6E, 0xE1,
                0x88,
            ],
            // 6bffd098-a112-3610-9833-46c3f87e345a
            Self::Wkssvc => [
                0x98, 0xD0, 0xFF, 0x6B, 0x12, 0xA1, 0x10, 0x36, 0x98, 0x33, 0x46, 0xC3, 0xF8, 0x7E, 0x34,
                0x5A,
            ],
        }
    }

    fn path(self) -> &'static [u8] {
        match self {
            Self::Srvsvc => b"\\PIPE\\srvsvc\0",
            Self::Wkssvc => b"\\PIPE\\wkssvc\0",
        }
    }
}

impl Pipe {
    /// Opens a pipe by name; `None` when nothing is behind it.
    pub fn open(name: &str) -> Option<Self> {
        let name = name.trim_start_matches('\\').to_ascii_lowercase();
        let service = match name.as_str() {
            "srvsvc" => Service::Srvsvc,
            "wkssvc" => Service::Wkssvc,
            _ => return None,
        };
        Some(Self {
            service,
            input: Vec::new(),
            stub: Vec::new(),
            output: VecDeque::new(),
            max_fragment: MAX_FRAGMENT,
        })
    }

    /// Takes bytes from the client and answers every PDU that is whole; `tell` says what there is to be told now.
    ///
    /// # Errors
    /// Not DCE/RPC, or too long.
    pub fn write(&mut self, data: &[u8], tell: impl Fn() -> RpcContext) -> Result<(), PipeError> {
        let context = LazyCell::new(tell);
        if self.input.len() + data.len() > MAX_INPUT {
            return Err(PipeError);
        }
        let mut input = std::mem::take(&mut self.input);
        input.extend_from_slice(data);
        let mut rest = input.as_slice();
        while rest.len() >= HEADER {
            let length = usize::from(u16_at(rest, 8).map_err(|_| PipeError)?);
            if !(HEADER..=MAX_PDU).contains(&length) || rest[0] != 5 || self.pending() > MAX_OUTPUT {
                return Err(PipeError);
            }
            let Some((pdu, after)) = rest.split_at_checked(length) else {
                break;
            };
            self.answer(pdu, &context)?;
            rest = after;
        }
        self.input = rest.to_vec();
        Ok(())
    }

    /// Gives at most `max` bytes of the next PDU.
    pub fn read(&mut self, max: usize) -> PipeRead {
        let Some(mut pdu) = self.output.pop_front() else {
            return PipeRead {
                data: Vec::new(),
                more: false,
            };
        };
        if pdu.len() <= max {
            return PipeRead {
                data: pdu,
                more: false,
            };
        }
        let rest = pdu.split_off(max);
        self.output.push_front(rest);
        PipeRead {
            data: pdu,
            more: true,
        }
    }

    /// Writes and reads.
    ///
    /// # Errors
    /// As `write`.
    pub fn transact(
        &mut self,
        input: &[u8],
        max: usize,
        tell: impl Fn() -> RpcContext,
    ) -> Result<PipeRead, PipeError> {
        self.write(input, tell)?;
        Ok(self.read(max))
    }

    /// Bytes that wait to be read.
    pub fn pending(&self) -> usize {
        self.output.iter().map(Vec::len).sum()
    }

    fn answer(&mut self, pdu: &[u8], context: &impl Deref<Target = RpcContext>) -> Result<(), PipeError> {
        let call_id = u32_at(pdu, 12).map_err(|_| PipeError)?;
        match pdu[2] {
            BIND => self.bind(pdu, call_id, BIND_ACK),
            ALTER_CONTEXT => self.bind(pdu, call_id, ALTER_CONTEXT_RESPONSE),
            REQUEST => self.request(pdu, call_id, context),
            // Authentication and cancels need no answer.
            _ => Ok(()),
        }
    }

    /// One result for each presentation context: ours over NDR is accepted, all else refused.
    fn bind(&mut self, pdu: &[u8], call_id: u32, kind: u8) -> Result<(), PipeError> {
        let client = usize::from(u16_at(pdu, 18).map_err(|_| PipeError)?);
        self.max_fragment = client.clamp(1024, MAX_FRAGMENT);
        let count = usize::from(*pdu.get(24).ok_or(PipeError)?);
        if count > MAX_CONTEXTS {
            return Err(PipeError);
        }
        let mut results = Vec::new();
        let mut at = 28;
        for _ in 0..count {
            let transfers = usize::from(*pdu.get(at + 2).ok_or(PipeError)?);
            let interface = pdu.get(at + 4..at + 20).ok_or(PipeError)?;
            let list = pdu.get(at + 24..at + 24 + transfers * 20).ok_or(PipeError)?;
            let known = interface == self.service.interface();
            let ndr = list.chunks_exact(20).any(|transfer| transfer == NDR);
            let (result, reason) = match (known, ndr) {
                (true, true) => (0u16, 0u16),
                // Provider rejection: abstract syntax, or transfer syntaxes, not supported.
                (false, _) => (2, 1),
                (true, false) => (2, 2),
            };
            results.extend_from_slice(&result.to_le_bytes());
            results.extend_from_slice(&reason.to_le_bytes());
            results.extend_from_slice(&if result == 0 { NDR } else { [0; 20] });
            at += 24 + transfers * 20;
        }
        let mut body = Vec::new();
        let fragment = u16::try_from(self.max_fragment).unwrap_or(0).to_le_bytes();
        body.extend_from_slice(&fragment);
        body.extend_from_slice(&fragment);
        body.extend_from_slice(&0x0001_0000u32.to_le_bytes());
        let path = self.service.path();
        body.extend_from_slice(&u16::try_from(path.len()).unwrap_or(0).to_le_bytes());
        body.extend_from_slice(path);
        body.resize(body.len().next_multiple_of(4), 0);
        body.extend_from_slice(&[u8::try_from(count).unwrap_or(0), 0, 0, 0]);
        body.extend_from_slice(&results);
        self.output
            .push_back(pdu_of(kind, FIRST_FRAGMENT | LAST_FRAGMENT, call_id, &body));
        Ok(())
    }

    fn request(
        &mut self,
        pdu: &[u8],
        call_id: u32,
        context: &impl Deref<Target = RpcContext>,
    ) -> Result<(), PipeError> {
        let flags = pdu[3];
        let context_id = u16_at(pdu, 20).map_err(|_| PipeError)?;
        let operation = u16_at(pdu, 22).map_err(|_| PipeError)?;
        let auth = usize::from(u16_at(pdu, 10).map_err(|_| PipeError)?);
        let end = if auth == 0 {
            pdu.len()
        } else {
            pdu.len().checked_sub(auth + 8).ok_or(PipeError)?
        };
        if flags & FIRST_FRAGMENT != 0 {
            self.stub.clear();
        }
        if self.stub.len() + pdu.len() > MAX_STUB {
            return Err(PipeError);
        }
        self.stub.extend_from_slice(pdu.get(24..end).ok_or(PipeError)?);
        if flags & LAST_FRAGMENT == 0 {
            return Ok(());
        }
        let stub = std::mem::take(&mut self.stub);
        let outcome = match self.service {
            Service::Srvsvc => srvsvc::call(operation, &stub, context),
            Service::Wkssvc => wkssvc::call(operation, &stub, context),
        };
        match outcome {
            Some(Ok(response)) => self.respond(call_id, context_id, &response),
            Some(Err(PipeError)) => self.fault(call_id, context_id, FAULT_NDR),
            None => self.fault(call_id, context_id, FAULT_OP_RANGE),
        }
        Ok(())
    }

    fn respond(&mut self, call_id: u32, context_id: u16, stub: &[u8]) {
        let room = self.max_fragment - HEADER - 8;
        let mut chunks = stub.chunks(room).peekable();
        let mut first = FIRST_FRAGMENT;
        let mut left = stub.len();
        while let Some(chunk) = chunks.next() {
            let last = if chunks.peek().is_none() { LAST_FRAGMENT } else { 0 };
            let mut body = u32::try_from(left).unwrap_or(0).to_le_bytes().to_vec();
            body.extend_from_slice(&context_id.to_le_bytes());
            body.extend_from_slice(&[0, 0]);
            body.extend_from_slice(chunk);
            left -= chunk.len();
            self.output
                .push_back(pdu_of(RESPONSE, first | last, call_id, &body));
            first = 0;
        }
    }

    fn fault(&mut self, call_id: u32, context_id: u16, status: u32) {
        let mut body = vec![0; 4];
        body.extend_from_slice(&context_id.to_le_bytes());
        body.extend_from_slice(&[0, 0]);
        body.extend_from_slice(&status.to_le_bytes());
        body.extend_from_slice(&[0; 4]);
        self.output
            .push_back(pdu_of(FAULT, FIRST_FRAGMENT | LAST_FRAGMENT, call_id, &body));
    }
}

fn pdu_of(kind: u8, flags: u8, call_id: u32, body: &[u8]) -> Vec<u8> {
    let mut pdu = vec![5, 0, kind, flags, 0x10, 0, 0, 0];
    pdu.extend_from_slice(&u16::try_from(HEADER + body.len()).unwrap_or(0).to_le_bytes());
    pdu.extend_from_slice(&[0, 0]);
    pdu.extend_from_slice(&call_id.to_le_bytes());
    pdu.extend_from_slice(body);
    pdu
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::super::{RpcShare, ShareKind};
    use super::*;
    use proptest::prelude::*;

    fn pipe() -> Pipe {
        Pipe::open("\\SRVSVC").unwrap()
    }

    fn tell() -> RpcContext {
        let share = |name: &str, kind, hidden| RpcShare {
            name: name.into(),
            comment: "a comment".into(),
            path: String::new(),
            kind,
            hidden,
        };
        let shares = vec![
            share("scans", ShareKind::Disk, false),
            share("secret", ShareKind::Disk, true),
            share("IPC$", ShareKind::Ipc, false),
        ];
        RpcContext {
            server_name: "landfall".into(),
            shares,
            now: SystemTime::UNIX_EPOCH,
        }
    }

    fn bind(interface: [u8; 16]) -> Vec<u8> {
        let mut body = vec![0xB8, 0x10, 0xB8, 0x10, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0];
        body.extend_from_slice(&interface);
        body.extend_from_slice(&[3, 0, 0, 0]);
        body.extend_from_slice(&NDR);
        pdu_of(BIND, 3, 1, &body)
    }

    fn share_enum() -> Vec<u8> {
        let mut stub = vec![0; 4];
        for value in [1u32, 1, 0x0002_0000, 0, 0, u32::MAX, 0] {
            stub.extend_from_slice(&value.to_le_bytes());
        }
        let mut body = vec![0, 0, 0, 0, 0, 0, 15, 0];
        body.extend_from_slice(&stub);
        pdu_of(REQUEST, 3, 2, &body)
    }

    #[test]
    fn shares_are_listed_without_the_hidden_ones() {
        let mut pipe = pipe();
        let ack = pipe
            .transact(&bind(Service::Srvsvc.interface()), 4096, tell)
            .unwrap();
        assert_eq!(ack.data[2], BIND_ACK);
        let listed = pipe.transact(&share_enum(), 65_536, tell).unwrap();
        assert_eq!(listed.data[2], RESPONSE);
        let text = |name: &str| {
            name.encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect::<Vec<u8>>()
        };
        let has = |name: &str| {
            listed
                .data
                .windows(name.len() * 2)
                .any(|window| window == text(name))
        };
        assert!(has("scans") && has("IPC$") && !has("secret"));
    }

    #[test]
    fn an_unknown_interface_is_refused_and_an_unknown_operation_faults() {
        let mut pipe = pipe();
        let ack = pipe.transact(&bind([7; 16]), 4096, tell).unwrap();
        assert_eq!(ack.data[ack.data.len() - 24], 2);
        let mut request = share_enum();
        request[22] = 200;
        assert_eq!(pipe.transact(&request, 4096, tell).unwrap().data[2], FAULT);
    }

    #[test]
    fn a_client_that_reads_no_answers_gets_no_more_of_them() {
        let mut pipe = pipe();
        pipe.transact(&bind(Service::Srvsvc.interface()), 4096, tell)
            .unwrap();
        let many = share_enum().repeat(3000);
        assert_eq!(pipe.write(&many, tell), Err(PipeError));
        assert!(pipe.pending() < 2 * MAX_OUTPUT);
    }

    #[test]
    fn a_small_read_says_that_more_is_to_come() {
        let mut pipe = pipe();
        let first = pipe
            .transact(&bind(Service::Srvsvc.interface()), 10, tell)
            .unwrap();
        assert!(first.more && first.data.len() == 10);
        assert!(!pipe.read(4096).more);
    }

    fn answers(mut pipe: Pipe) -> Vec<u8> {
        let mut all = Vec::new();
        while pipe.pending() > 0 {
            all.extend(pipe.read(4096).data);
        }
        all
    }

    proptest! {
        #[test]
        fn requests_are_answered_the_same_however_they_are_cut(
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..5),
            fragment in 1usize..40,
        ) {
            let (bind, request) = (bind(Service::Srvsvc.interface()), share_enum());
            let mut whole = pipe();
            whole.write(&[bind.as_slice(), &request].concat(), tell).unwrap();
            let stub: Vec<&[u8]> = request[24..].chunks(fragment).collect();
            let fragments = stub.iter().enumerate().flat_map(|(at, part)| {
                let first = if at == 0 { FIRST_FRAGMENT } else { 0 };
                let last = if at + 1 == stub.len() { LAST_FRAGMENT } else { 0 };
                pdu_of(REQUEST, first | last, 2, &[&request[16..24], *part].concat())
            });
            let stream: Vec<u8> = bind.iter().copied().chain(fragments).collect();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len())).collect();
            cuts.sort_unstable();
            let mut pieces = pipe();
            let mut from = 0;
            for to in cuts.into_iter().chain([stream.len()]) {
                pieces.write(&stream[from..to], tell).unwrap();
                from = to;
            }
            prop_assert_eq!(answers(pieces), answers(whole));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), kind in 0u8..20) {
            let mut one = pipe();
            let _ = one.write(&bytes, tell);
            let _ = one.write(&pdu_of(kind, 3, 1, &bytes), tell);
        }
    }
}
