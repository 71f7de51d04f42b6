//! The formats: what each writes, read back, and what leaves with a policy.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]
#![expect(clippy::vec_box, reason = "encoders take calls in boxes, as readers give them")]

mod docs;
mod hostile;
mod parquet_files;
mod privacy;
mod support;
mod text_files;
mod vcons;
