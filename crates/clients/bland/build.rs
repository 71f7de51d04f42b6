//! Generates the client from the spec; only with the feature `codegen`.

fn main() {
    #[cfg(feature = "codegen")]
    callfold_codegen::build();
}
