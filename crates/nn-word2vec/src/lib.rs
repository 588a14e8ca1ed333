//! word2vec: skip-gram and CBOW with negative sampling or hierarchical softmax, with the same bytes for any number of
//! threads.
//!
#![doc = include_str!("../README.md")]

mod config;
mod error;
mod files;

mod corpus;
mod input;
mod kept;
mod mapped;
#[cfg(feature = "parquet")]
mod parquet;
mod phrases;
mod vocab;
mod words;

mod alias;
mod huffman;
mod prepare;

mod hogwild;
mod kernels;
mod lanes;
mod train;
mod weights;

mod checkpoint;

mod classes;
mod eval;
mod formats;
#[cfg(feature = "index")]
mod index;
mod neighbours;
mod plane;
mod scatter;
mod vectors;

pub use checkpoint::Model;
pub use classes::{classes, save_classes};
pub use config::{Config, Simd};
pub use corpus::Corpus;
pub use error::Error;
pub use eval::{AnalogyScore, SimilarityScore, analogies, similarity, spearman};
pub use formats::Format;
#[cfg(feature = "index")]
pub use index::Index;
pub use input::Mended;
pub use neighbours::save_neighbours;
pub use phrases::{Joined, PhraseConfig, phrases};
pub use plane::Plane;
pub use train::{Progress, Trained, Training, train};
pub use vectors::{Neighbour, Vectors};
pub use vocab::Vocabulary;
