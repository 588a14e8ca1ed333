//! A post's definition: its prose, its configuration, and the claims with what is expected of them.
//!
//! One file a post, `definitions/POST.toml`. [`all`] is the one table of claims that the run, the
//! report and the docs read.

use crate::claims::{Kind, Value};
use crate::context::Mode;
use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

/// The posts in the order of the report.
const FILES: [(&str, &str); 8] = [
    ("iris", include_str!("../definitions/iris.toml")),
    ("iris-cuda", include_str!("../definitions/iris-cuda.toml")),
    ("xor", include_str!("../definitions/xor.toml")),
    ("nyt", include_str!("../definitions/nyt.toml")),
    ("guardian", include_str!("../definitions/guardian.toml")),
    ("gutenberg", include_str!("../definitions/gutenberg.toml")),
    ("word2vec", include_str!("../definitions/word2vec.toml")),
    ("mnist", include_str!("../definitions/mnist.toml")),
];

/// The ids of the posts, in the order of the report.
#[must_use]
pub fn ids() -> Vec<&'static str> {
    FILES.iter().map(|(id, _)| *id).collect()
}

/// One post.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Definition {
    /// The name used on the command line and in file names.
    pub id: String,
    /// The post's title.
    pub title: String,
    /// When it appeared, or what became of the promise.
    pub published: String,
    /// The post's own question, one sentence.
    pub question: String,
    /// What it promised or found, in a few words for the front page.
    pub promise: String,
    /// How it is reproduced here; paragraphs between empty lines.
    pub method: String,
    /// What the post could not know; paragraphs between empty lines.
    pub unknown: String,
    /// The configuration, shown as it is: what was used, and where it comes from.
    #[serde(default)]
    pub config: toml::Table,
    /// What was found beyond the post, told for a first-year student.
    #[serde(default, rename = "finding")]
    pub findings: Vec<Finding>,
    /// The claims in the order of the page.
    #[serde(default, rename = "claim")]
    pub claims: Vec<ClaimDefinition>,
}

/// A finding: a story, and the claims that would fail if it were not true.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Finding {
    /// Its name on the page.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// Paragraphs between empty lines.
    pub text: String,
    /// The ids of the claims that it stands on.
    pub claims: Vec<String>,
}

/// One row of the table of claims.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClaimDefinition {
    /// `post.what`, unique.
    pub id: String,
    /// Where it comes from.
    pub kind: Kind,
    /// One sentence.
    pub statement: String,
    /// What must be measured.
    pub expected: Option<Value>,
    /// How far a number may be from it.
    #[serde(default)]
    pub tolerance: f64,
    /// The unit of both.
    #[serde(default)]
    pub unit: String,
    /// The post's own figure, where it is not what is expected here.
    pub said: Option<Value>,
    /// Whether the expectation is the site's own list, which the run looks up.
    #[serde(default)]
    pub site_truth: bool,
    /// The modes in which something is expected; in the others the claim is measured.
    #[serde(default = "Mode::all")]
    pub expected_in: Vec<Mode>,
    /// The modes in which the claim is posed.
    #[serde(default = "Mode::all")]
    pub posed_in: Vec<Mode>,
}

impl ClaimDefinition {
    /// What is expected in `mode`, where the definition says it.
    #[must_use]
    pub fn expected(&self, mode: Mode) -> Option<&Value> {
        self.expected.as_ref().filter(|_| self.expected_in.contains(&mode))
    }
}

/// Every post with its claims.
///
/// # Errors
///
/// Where a definition is not well formed: a mistake in the repository, not in the input.
pub fn all() -> Result<Vec<Definition>> {
    FILES.iter().map(|(id, text)| parse(id, text)).collect()
}

fn parse(id: &str, text: &str) -> Result<Definition> {
    let definition: Definition = toml::from_str(text).with_context(|| format!("definitions/{id}.toml"))?;
    ensure!(definition.id == id, "definitions/{id}.toml is that of {}", definition.id);
    for claim in &definition.claims {
        let mine = claim.id.strip_prefix(id).is_some_and(|rest| rest.starts_with('.'));
        ensure!(mine, "definitions/{id}.toml: the claim {} is not named after its post", claim.id);
        ensure!(
            claim.tolerance >= 0.0 && claim.tolerance.is_finite(),
            "{}: a tolerance of {}",
            claim.id,
            claim.tolerance
        );
    }
    for finding in &definition.findings {
        for id in &finding.claims {
            let claim = definition.claims.iter().find(|claim| claim.id == *id);
            let claim =
                claim.with_context(|| format!("definitions/{}.toml: no claim {id}", definition.id))?;
            ensure!(
                claim.expected.is_some(),
                "{id}: the finding {} stands on a claim that cannot fail",
                finding.id
            );
        }
        ensure!(!finding.claims.is_empty(), "the finding {} stands on no claim", finding.id);
    }
    Ok(definition)
}

/// The table of claims in Markdown, for the docs.
#[must_use]
pub fn markdown(definitions: &[Definition]) -> String {
    let mut lines = vec![
        "| claim | kind | statement | expected | within |".to_owned(),
        "|---|---|---|---|---|".to_owned(),
    ];
    for claim in definitions.iter().flat_map(|definition| &definition.claims) {
        let expected = match (&claim.expected, claim.site_truth) {
            (Some(value), _) if claim.expected_in.len() < Mode::all().len() => {
                let modes: Vec<&str> = claim.expected_in.iter().map(|mode| mode.name()).collect();
                format!("{} ({})", crate::report::show(value), modes.join(", "))
            }
            (Some(value), _) => crate::report::show(value),
            (None, true) => "the site's own list".to_owned(),
            (None, false) => "measured".to_owned(),
        };
        let within = if claim.tolerance > 0.0 { claim.tolerance.to_string() } else { String::new() };
        lines.push(format!(
            "| `{}` | {} | {} | {expected} {} | {within} |",
            claim.id,
            claim.kind.name(),
            claim.statement.replace('|', "\\|"),
            claim.unit
        ));
    }
    lines.join("\n")
}

/// A post's whole definition in Markdown, for the docs.
#[must_use]
pub fn page(post: &Definition) -> String {
    let mut parts = vec![
        format!("# {}", post.title),
        format!("*{}.* {}", capitalised(&post.published), post.question),
        format!("**The post:** {}", post.promise),
        "## How it is reproduced".to_owned(),
        post.method.trim().to_owned(),
    ];
    for finding in &post.findings {
        let claims: Vec<String> = finding.claims.iter().map(|id| format!("`{id}`")).collect();
        parts.push(format!("## {}", finding.title));
        parts.push(finding.text.trim().to_owned());
        parts.push(format!("It stands on the claims {}.", claims.join(", ")));
    }
    if !post.config.is_empty() {
        parts.push("## Configuration".to_owned());
        let rows = post.config.iter().map(|(name, value)| {
            format!("| {} | {} |", name.replace('-', " "), setting(value).replace('|', "\\|"))
        });
        let rows: Vec<String> = rows.collect();
        parts.push(format!("| setting | value |\n|---|---|\n{}", rows.join("\n")));
    }
    parts.push("## The claims".to_owned());
    parts.push(markdown(std::slice::from_ref(post)));
    parts.push("## What the post could not know".to_owned());
    parts.push(post.unknown.trim().to_owned());
    parts.push("## Run just this".to_owned());
    parts.push(format!("    cargo xtask reproduce-all --only {}", post.id));
    parts.join("\n\n")
}

/// A setting as plain text.
#[must_use]
pub fn setting(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(count) => count.to_string(),
        toml::Value::Float(number) => crate::report::show(&Value::Number(*number)),
        other => format!("{other:?}"),
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_definition_is_well_formed_and_every_id_is_used_once() {
        let definitions = all().unwrap();
        let mut ids: Vec<&str> =
            definitions.iter().flat_map(|post| post.claims.iter().map(|claim| claim.id.as_str())).collect();
        let n = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), n);
        assert!(definitions.iter().all(|post| !post.claims.is_empty()));
    }

    #[test]
    fn a_mistake_names_the_file() {
        assert!(format!("{:#}", parse("iris", "id = 3").unwrap_err()).contains("definitions/iris.toml"));
    }
}
