//! Reading a post's figures back from JSON, with a clear word where one is missing.

use anyhow::{Context as _, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The figure `name` as a `T`.
pub(super) fn figure<T: DeserializeOwned>(data: &Value, name: &str) -> Result<T> {
    let value = data.get(name).with_context(|| format!("the figures have no {name}"))?;
    serde_json::from_value(value.clone()).with_context(|| format!("the figures' {name}"))
}
