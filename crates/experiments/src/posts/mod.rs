//! One module a post: it measures, and keeps the figures that its page shows.

mod blocks;
mod gutenberg;
mod iris;
mod iris_cuda;
mod mnist;
mod newspaper;
mod overlap;
mod perturbed;
mod plane;
mod rounding;
mod senses;
mod sites;
mod sweep;
mod word2vec;
mod xor;

use crate::claims::Value;
use crate::context::Context;
use anyhow::{Result, bail};
use std::collections::BTreeMap;

/// What one post measured.
#[derive(Debug, Default)]
pub struct Findings {
    /// The measured values, by the claims' ids.
    pub measured: BTreeMap<String, Value>,
    /// What the site itself says is right, by the claims' ids.
    pub truths: BTreeMap<String, Value>,
    /// Why single claims were not run.
    pub not_run: BTreeMap<String, String>,
    /// Why none of the post's claims was run.
    pub nothing_run: Option<String>,
    /// The figures for the page, written beside the results.
    pub data: serde_json::Value,
    /// What ran the CUDA kernels.
    pub device: Option<String>,
}

impl Findings {
    /// Keeps a measured value.
    pub fn measure(&mut self, id: impl Into<String>, value: impl Into<Value>) {
        self.measured.insert(id.into(), value.into());
    }

    /// Keeps a measured value beside the site's own.
    pub fn compare(&mut self, id: &str, measured: impl Into<Value>, truth: Option<impl Into<Value>>) {
        self.measure(id, measured);
        if let Some(truth) = truth {
            self.truths.insert(id.to_owned(), truth.into());
        }
    }

    /// Keeps why a claim was not run.
    pub fn skip(&mut self, id: &str, reason: impl Into<String>) {
        self.not_run.insert(id.to_owned(), reason.into());
    }

    /// A post of which nothing was run.
    #[must_use]
    pub fn nothing(reason: impl Into<String>) -> Self {
        Self { nothing_run: Some(reason.into()), ..Self::default() }
    }
}

/// Runs one post.
///
/// # Errors
///
/// Where the post cannot be run to its end, or there is none of this name.
pub fn run(id: &str, context: &Context) -> Result<Findings> {
    match id {
        "iris" => iris::run(),
        "xor" => xor::run(context),
        "mnist" => mnist::run(context),
        "gutenberg" => gutenberg::run(context),
        "nyt" => newspaper::nyt(context),
        "word2vec" => word2vec::run(context),
        "iris-cuda" => iris_cuda::run(context),
        "guardian" => newspaper::guardian(context),
        unknown => bail!("no post {unknown}"),
    }
}
