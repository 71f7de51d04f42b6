#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| callfold_tests::fuzz::run("configuration", data));
