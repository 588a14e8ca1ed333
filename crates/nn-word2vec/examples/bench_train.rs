//! Times a training and prints one line of JSON: what `cargo xtask bench` calls.
//!
//! `bench_train CORPUS THREADS [plain|neon|avx2|avx512|hogwild|slices=N|batch=N]...`; where the corpus file is not
//! there, one is made: words by Zipf's law, from a seed. `gflops` counts what the objective needs: for each product of
//! an input with an output six operations a number, three fused multiply-adds (`fma_peak` says what the processor can).
#![expect(clippy::print_stdout, reason = "the result of the program")]

use nn_word2vec::{Config, Corpus, Simd, train};
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64Mcg;
use std::error::Error;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Words of the corpus that is made.
const N_WORDS: usize = 4_000_000;
/// Its vocabulary.
const N_TYPES: usize = 40_000;
/// Words a line.
const LINE: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [corpus, threads, options @ ..] = &arguments[..] else {
        return Err("bench_train CORPUS THREADS [plain|neon|avx2|avx512|hogwild|slices=N|batch=N]...".into());
    };
    let path = PathBuf::from(corpus);
    if !path.exists() {
        make_corpus(&path)?;
    }
    let mut config = Config { sample: 1e-4, iter: 1, threads: threads.parse()?, ..Config::default() };
    for option in options {
        match [Simd::Plain, Simd::Neon, Simd::Avx2, Simd::Avx512]
            .into_iter()
            .find(|simd| simd.name() == option)
        {
            Some(simd) => config.simd = Some(simd),
            None if option == "hogwild" => config.hogwild = true,
            None if option.starts_with("slices=") => config.slices = option[7..].parse()?,
            None if option.starts_with("batch=") => config.batch_windows = Some(option[6..].parse()?),
            None => return Err(format!("no option `{option}`").into()),
        }
    }
    let corpus = Corpus::read(&[path], None, &config)?;
    let trained = train(&corpus, &config, &mut |_| {})?;
    let seconds = trained.elapsed.as_secs_f64();
    let rate = trained.raw_words as f64 / seconds;
    let gflops = (6 * trained.products * config.size as u64) as f64 / seconds / 1e9;
    let bytes = trained.vectors.data().iter().flat_map(|x| x.to_le_bytes());
    // FNV-1a: enough to see that two runs gave the same bytes.
    let mark =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    println!(
        "{{\"unit\": \"words/s\", \"value\": {rate:.0}, \"simd\": \"{}\", \"gflops\": {gflops:.1}, \"bytes\": \"{mark:016x}\"}}",
        trained.simd.name()
    );
    Ok(())
}

fn make_corpus(path: &Path) -> Result<(), Box<dyn Error>> {
    let mut rng = Pcg64Mcg::seed_from_u64(1);
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    let mut out = std::io::BufWriter::new(file.as_file_mut());
    for n in 1..=N_WORDS {
        // The inverse of Zipf's law with exponent 1, as a continuous law.
        let rank = (N_TYPES as f64).powf(rng.random::<f64>()) as usize;
        write!(out, "w{rank}{}", if n % LINE == 0 { "\n" } else { " " })?;
    }
    out.flush()?;
    drop(out);
    file.persist(path)?;
    Ok(())
}
