#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| callfold_fuzz::run(callfold_fuzz::chosen(), data));
