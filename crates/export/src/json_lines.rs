//! JSON Lines: a call or a vCon per line.

use crate::{
    EncodeError, EncodeOptions, Encoder, Format, PrivacyPolicy, compress::Compressor,
    privacy::outgoing, vcon,
};
use callfold_unify::model::Call;

pub(crate) struct JsonLines {
    compressor: Compressor,
    is_vcon: bool,
    raw: bool,
    privacy: PrivacyPolicy,
}

impl JsonLines {
    pub(crate) fn new(format: Format, options: &EncodeOptions) -> Self {
        let compressor = Compressor::new(options.compression);
        let (is_vcon, raw) = (format == Format::Vcon, options.raw);
        Self { compressor, is_vcon, raw, privacy: options.privacy.clone() }
    }
}

impl Encoder for JsonLines {
    fn push(&mut self, calls: &[Box<Call>], out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let Self { compressor, is_vcon, raw, privacy } = self;
        compressor.compress(out, |out| {
            for call in calls {
                match is_vcon {
                    true => drop(vcon::write(out, call, *raw, privacy)?),
                    false => outgoing(call, *raw, privacy).write_json(out),
                }
                out.push(b'\n');
            }
            Ok(())
        })
    }

    fn finish(&mut self, _: &mut Vec<u8>) -> Result<(), EncodeError> {
        Ok(())
    }
}
