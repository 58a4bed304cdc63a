#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| server_core::fuzzing::run("smb_signature", input));
