//! JSON Lines: one call a line, in the serialised form of the model.

use crate::{
    EncodeError, EncodeOptions, Encoder, PrivacyPolicy, compress::Compress, privacy::outgoing,
};
use callfold_unify::model::Call;

pub(crate) struct Jsonl {
    compress: Compress,
    raw: bool,
    privacy: PrivacyPolicy,
}

impl Jsonl {
    pub(crate) fn new(options: &EncodeOptions) -> Self {
        let compress = Compress::new(options.compression);
        Self { compress, raw: options.raw, privacy: options.privacy.clone() }
    }
}

impl Encoder for Jsonl {
    fn push(&mut self, calls: &[Box<Call>], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let Self { compress, raw, privacy } = self;
        compress.whole(out, |out| {
            for call in calls {
                outgoing(call, *raw, privacy).write_json(out);
                out.push(b'\n');
            }
            Ok(())
        })
    }

    fn finish(&mut self, _: &mut Vec<u8>) -> Result<(), EncodeError> {
        Ok(())
    }
}
