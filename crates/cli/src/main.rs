//! The program `callfold`; see the library of the same name.

use std::process::ExitCode;

/// A call is many small allocations, made on one thread and freed on another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    callfold::main()
}
