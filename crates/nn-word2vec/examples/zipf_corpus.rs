//! Writes a corpus of any length with words by Zipf's law, to see how training scales.
//!
//! `zipf_corpus OUTPUT TOKENS TYPES [SEED]`; twenty words a line.
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;
use std::error::Error;
use std::io::Write as _;

/// Words a line.
const LINE: u64 = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (output, tokens, types, seed) = match &arguments[..] {
        [output, tokens, types] => (output, tokens.parse::<u64>()?, types.parse::<u64>()?, 1),
        [output, tokens, types, seed] => (output, tokens.parse()?, types.parse()?, seed.parse()?),
        _ => return Err("zipf_corpus OUTPUT TOKENS TYPES [SEED]".into()),
    };
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let mut out = std::io::BufWriter::with_capacity(1 << 20, std::fs::File::create(output)?);
    for n in 1..=tokens {
        // Every word once for each 32 tokens of the first part, so that the whole vocabulary is there; otherwise the
        // inverse of Zipf's law with exponent 1, as a continuous law.
        let rank =
            if n.is_multiple_of(32) { n / 32 % types } else { (types as f64).powf(rng.random()) as u64 };
        write!(out, "w{rank}{}", if n % LINE == 0 { "\n" } else { " " })?;
    }
    out.flush()?;
    Ok(())
}
