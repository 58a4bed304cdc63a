//! Each target with its seeds, with damaged seeds, and with bytes of no meaning: none panics, and none costs more than
//! it may.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;
use crate::smb::wire::message::{Regular, Request};

fn fuzz_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz")
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let files = std::fs::read_dir(fuzz_folder().join("seeds").join(target)).unwrap();
    files
        .map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect()
}

#[test]
fn every_target_has_a_program_and_seeds() {
    let targets: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(targets, names_in(&fuzz_folder().join("fuzz_targets")));
    assert_eq!(targets, names_in(&fuzz_folder().join("seeds")));
    for Target { name, .. } in TARGETS {
        assert!(!seeds(name).is_empty(), "{name}");
    }
}

#[test]
fn seeds_are_taken() {
    for Target { name, .. } in TARGETS {
        for seed in seeds(name) {
            run(name, &seed);
        }
    }
}

#[test]
fn every_message_has_a_seed() {
    let kinds = |kinds: &[&'static str]| kinds.iter().copied().collect::<BTreeSet<_>>();
    let requests = seeds("smb_requests");
    let requests = requests.iter().filter_map(|seed| wire::request_in(seed));
    assert_eq!(
        requests.map(|request| request.kind()).collect::<BTreeSet<_>>(),
        kinds(Request::KINDS)
    );
    let responses = seeds("smb_responses");
    let responses = responses.iter().filter_map(|seed| wire::response_in(seed));
    let mut wanted = kinds(Regular::KINDS);
    wanted.insert("Error");
    assert_eq!(
        responses
            .map(|(_, response)| response.kind())
            .collect::<BTreeSet<_>>(),
        wanted
    );
}

#[test]
#[should_panic(expected = "calm requests' time")]
#[cfg_attr(windows, ignore = "nobody tells there how long a thread worked")]
fn an_input_that_is_worked_on_too_long_is_found() {
    let squared = |input: &[u8]| {
        let pairs = input.iter().flat_map(|a| input.iter().map(move |b| (a, b)));
        let equal = pairs.filter(|(a, b)| std::hint::black_box(a) == b).count();
        assert!(equal >= input.len());
    };
    let target = Target::new("squared", squared, Budget::PARSER);
    cost::run_within_budget(&target, &[7; 4000]);
}

#[test]
#[should_panic(expected = "bytes held")]
fn an_input_that_takes_much_memory_is_found() {
    let grown = |input: &[u8]| drop(std::hint::black_box(vec![1u8; input.len() * 1000]));
    cost::run_within_budget(&Target::new("grown", grown, Budget::PARSER), &[7; 100]);
}

/// What happens to a message on its way through hostile hands.
#[derive(Debug, Clone)]
enum Damage {
    Cut(Index),
    Change(Index, u8),
    Largest(Index),
    Repeat(Index, Index),
    Insert(Index, Vec<u8>),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        any::<Index>().prop_map(Damage::Cut),
        (any::<Index>(), any::<u8>()).prop_map(|(at, value)| Damage::Change(at, value)),
        any::<Index>().prop_map(Damage::Largest),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Damage::Repeat(from, to)),
        (any::<Index>(), prop::collection::vec(any::<u8>(), 1..20))
            .prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
    ]
}

impl Damage {
    fn apply(&self, message: &mut Vec<u8>) {
        if message.is_empty() {
            return;
        }
        let length = message.len();
        match self {
            Self::Cut(at) => message.truncate(at.index(length)),
            Self::Change(at, value) => message[at.index(length)] = *value,
            Self::Largest(at) => {
                let at = at.index(length);
                let end = (at + 4).min(length);
                message[at..end].fill(0xFF);
            }
            Self::Repeat(from, to) => {
                let (from, to) = (from.index(length), to.index(length));
                message.extend_from_within(from.min(to)..from.max(to));
            }
            Self::Insert(at, bytes) => {
                let at = at.index(length);
                message.splice(at..at, bytes.iter().copied());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn damaged_seeds_never_panic_nor_cost_too_much(
        target in select(TARGETS),
        seed: Index,
        damage in prop::collection::vec(damage(), 1..6),
    ) {
        let mut message = seed.get(&seeds(target.name)).clone();
        damage.iter().for_each(|damage| damage.apply(&mut message));
        run(target.name, &message);
    }

    #[test]
    fn arbitrary_bytes_never_panic_nor_cost_too_much(
        target in select(TARGETS),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        run(target.name, &bytes);
    }
}
