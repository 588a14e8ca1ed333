//! The IDX format of the MNIST files, plain or gzipped: a magic number with the number of
//! dimensions, their sizes, and one byte a value.

use super::Classified;
use crate::Error;
use flate2::read::MultiGzDecoder;
use ndarray::{Array1, Array2};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes that a file may unpack to: MNIST's largest has 47 million.
const MAX_BYTES: usize = 1 << 30;

/// The four MNIST files as they have been published since 1998, gzipped, with their SHA-256.
pub const MNIST: [(&str, &str); 4] = [
    ("train-images-idx3-ubyte.gz", "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
    ("train-labels-idx1-ubyte.gz", "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
    ("t10k-images-idx3-ubyte.gz", "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
    ("t10k-labels-idx1-ubyte.gz", "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
];

/// An array of bytes as an IDX file holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idx {
    /// The sizes of its dimensions, the first slowest.
    pub shape: Vec<usize>,
    /// The values.
    pub values: Vec<u8>,
}

impl Idx {
    /// Reads a file, gzipped where its first two bytes say so.
    ///
    /// # Errors
    ///
    /// Where it cannot be read, is no IDX file of bytes, or does not hold as many values as its
    /// dimensions ask for; the message names the file and the place.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let failed = |message: String| Error::file(path, message);
        let mut bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
        if bytes.starts_with(&[0x1f, 0x8b]) {
            let mut unpacked = Vec::new();
            let mut reader = MultiGzDecoder::new(&bytes[..]).take(MAX_BYTES as u64 + 1);
            reader.read_to_end(&mut unpacked).map_err(|error| failed(format!("gzip: {error}")))?;
            bytes = unpacked;
        }
        if bytes.len() > MAX_BYTES {
            return Err(failed(format!("more than {MAX_BYTES} bytes")));
        }
        Self::parse(&bytes).map_err(|error| failed(error.to_string()))
    }

    /// Reads the bytes of a file that is not gzipped.
    ///
    /// # Errors
    ///
    /// As [`Idx::read`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let &[0, 0, kind, n_dimensions, ..] = bytes else {
            return Err(Error::input("byte 0: no IDX file, which begins with two zeros"));
        };
        if kind != 8 {
            return Err(Error::input(format!("byte 2: values of the kind {kind}; only bytes, 8, are read")));
        }
        let n_dimensions = usize::from(n_dimensions);
        let header = 4 + 4 * n_dimensions;
        let Some(sizes) = bytes.get(4..header).filter(|_| n_dimensions > 0) else {
            return Err(Error::input(format!("byte 3: {n_dimensions} dimensions, and no sizes for them")));
        };
        let shape: Vec<usize> =
            sizes.as_chunks().0.iter().map(|size| u32::from_be_bytes(*size) as usize).collect();
        let n_values = shape.iter().try_fold(1_usize, |product, &size| product.checked_mul(size));
        if n_values != Some(bytes.len() - header) {
            return Err(Error::shape(
                format!("values from byte {header} on, for the dimensions {shape:?}"),
                n_values,
                bytes.len() - header,
            ));
        }
        Ok(Self { shape, values: bytes[header..].to_vec() })
    }

    /// The bytes of a file with these values, not gzipped.
    ///
    /// # Panics
    ///
    /// Panics where there are over 255 dimensions or a size is over 2^32.
    #[must_use]
    #[expect(clippy::unwrap_used, reason = "the documented panic")]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0, 0, 8, u8::try_from(self.shape.len()).unwrap()];
        for &size in &self.shape {
            bytes.extend(u32::try_from(size).unwrap().to_be_bytes());
        }
        bytes.extend(&self.values);
        bytes
    }
}

/// The training and the test digits of a folder with the four files of MNIST, under their published
/// names, gzipped or not: pixels from 0 to 1.
///
/// # Errors
///
/// Where a file is missing or no IDX file, images and labels are not as many, or a label is over 9.
pub fn mnist(folder: &Path) -> Result<(Classified, Classified), Error> {
    Ok((digits(folder, "train")?, digits(folder, "t10k")?))
}

fn digits(folder: &Path, part: &str) -> Result<Classified, Error> {
    let images_path = find(folder, &format!("{part}-images-idx3-ubyte"))?;
    let labels_path = find(folder, &format!("{part}-labels-idx1-ubyte"))?;
    let (images, labels) = (Idx::read(&images_path)?, Idx::read(&labels_path)?);
    let &[n_images, height, width] = &images.shape[..] else {
        return Err(Error::file(&images_path, format!("{:?}: images have three dimensions", images.shape)));
    };
    if labels.shape != [n_images] || n_images == 0 {
        return Err(Error::file(&labels_path, format!("labels {:?} for {n_images} images", labels.shape)));
    }
    if let Some((record, label)) = labels.values.iter().enumerate().find(|(_, label)| **label > 9) {
        return Err(Error::file(&labels_path, format!("label {record} is {label}, which is no digit")));
    }
    let n_pixels = height * width;
    let x = Array2::from_shape_fn((n_images, n_pixels), |(image, pixel)| {
        f32::from(images.values[image * n_pixels + pixel]) / 255.0
    });
    Ok(Classified { x, classes: Array1::from_vec(labels.values), n_classes: 10 })
}

fn find(folder: &Path, name: &str) -> Result<PathBuf, Error> {
    let candidates = [folder.join(format!("{name}.gz")), folder.join(name)];
    let found = candidates.iter().find(|path| path.exists());
    found.cloned().ok_or_else(|| Error::file(&candidates[1], "neither this file nor its .gz is there"))
}

/// Whether a folder's four gzipped files are the published ones, by their SHA-256.
///
/// # Errors
///
/// Where one is missing or differs; the message names it with both sums.
pub fn verify_mnist(folder: &Path) -> Result<(), Error> {
    for (name, expected) in MNIST {
        let path = folder.join(name);
        let bytes = std::fs::read(&path).map_err(|error| Error::file(&path, error.to_string()))?;
        let found = Sha256::digest(&bytes).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        if found != expected {
            return Err(Error::file(
                &path,
                format!("SHA-256 {found} where the published file has {expected}"),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(bytes: &[u8]) -> String {
        Idx::parse(bytes).unwrap_err().to_string()
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let right = Idx { shape: vec![2, 3], values: vec![1, 2, 3, 4, 5, 6] };
        assert_eq!(Idx::parse(&right.to_bytes()).unwrap(), right);
        assert_eq!(told(b"<html>"), "byte 0: no IDX file, which begins with two zeros");
        assert!(told(&[0, 0, 13, 1, 0, 0, 0, 1, 9]).starts_with("byte 2: values of the kind 13"));
        assert!(told(&[0, 0, 8, 3, 0, 0, 0, 1]).starts_with("byte 3: 3 dimensions"));
        let cut = &right.to_bytes()[..15];
        assert_eq!(told(cut), "values from byte 12 on, for the dimensions [2, 3]: expected Some(6), found 3");
        let huge = [0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255];
        assert!(told(&huge).contains("expected None"));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut with_magic = vec![0, 0, 8];
            with_magic.extend(&bytes);
            drop(Idx::parse(&bytes));
            drop(Idx::parse(&with_magic));
        }
    }
}
