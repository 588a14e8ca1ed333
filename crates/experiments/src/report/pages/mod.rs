//! A page per post: question, method, pictures, claims, what the post could not know.

mod gutenberg;
mod iris;
mod iris_cuda;
mod mnist;
mod newspaper;
mod word2vec;
mod xor;

use super::PageData;
use super::layout::Link;
use super::show::{digits, show};
use crate::claims::{Claim, Value, Verdict};
use crate::context::Mode;
use crate::results::Results;
use anyhow::Result;
use maud::{Markup, html};

/// The body of a post's page.
pub(super) fn body(page: PageData<'_>, results: &Results) -> Result<Markup> {
    let definition = page.definition;
    let pictures = if page.data.is_null() {
        html! {}
    } else {
        pictures(page, results)?
    };
    Ok(html! {
        article id=(definition.id) {
            h1 { (definition.title) }
            p.small { (definition.published) }
            p.lead { (definition.question) }
            p { strong { "The post: " } (definition.promise) }
            h2 { "How it is reproduced" }
            (paragraphs(&definition.method))
            (pictures)
            h2 { "The claims" }
            div.wide tabindex="0" role="region" aria-label={ "Claims of " (definition.title) } {
                table {
                    thead { tr {
                        th scope="col" { "Claim" } th scope="col" { "Kind" } th.number scope="col" { "Expected" }
                        th.number scope="col" { "Measured" } th scope="col" { "Verdict" }
                    } }
                    tbody { @for claim in &page.outcome.claims { (claim_row(claim)) } }
                }
            }
            h2 { "What the post could not know" }
            (paragraphs(&definition.unknown))
            h2 { "Run just this" }
            pre tabindex="0" { code { (command(results, Some(&definition.id))) } }
            @if !definition.config.is_empty() {
                dl { @for (name, value) in &definition.config { dt { (name.replace('-', " ")) } dd { (plain(value)) } } }
            }
            p.small { "The figures of this page: " a href=(format!("{}.json", definition.id)) { (definition.id) ".json" } "." }
        }
    })
}

/// The pictures of a post; a post without its own has none.
fn pictures(page: PageData<'_>, results: &Results) -> Result<Markup> {
    match page.definition.id.as_str() {
        "gutenberg" => gutenberg::pictures(page.data),
        "iris" => iris::pictures(page.data),
        "iris-cuda" => iris_cuda::pictures(page.data, &results.machine.device),
        "guardian" | "nyt" => newspaper::pictures(page.data),
        "mnist" => mnist::pictures(page.data),
        "word2vec" => word2vec::pictures(page.data),
        "xor" => xor::pictures(page.data),
        _ => Ok(html! {}),
    }
}

/// The navigation: the front page and each post's.
pub(super) fn links(pages: &[PageData<'_>], here: Option<&str>, prefix: &str) -> Vec<Link> {
    let home = if prefix.is_empty() { "index.html".to_owned() } else { "#".to_owned() };
    let mut links = vec![Link { href: home, text: "Overview".to_owned(), is_here: here.is_none() }];
    links.extend(pages.iter().map(|page| {
        let id = &page.definition.id;
        let href = if prefix.is_empty() { format!("{id}.html") } else { format!("{prefix}{id}") };
        Link { href, text: id.clone(), is_here: here == Some(id) }
    }));
    links
}

/// A verdict as a word with its colour.
pub(super) fn verdict_mark(verdict: Verdict) -> Markup {
    let class = match verdict {
        Verdict::Reproduced => "good",
        Verdict::NotReproduced => "bad",
        Verdict::Measured => "neutral",
        Verdict::NotRun => "quiet",
    };
    html! { span class={ "mark " (class) } { (verdict.name()) } }
}

/// A claim's row: what it says, what was to be, what was.
pub(super) fn claim_row(claim: &Claim) -> Markup {
    html! {
        tr {
            td {
                (claim.statement)
                @if let Some(said) = &claim.said { " " span.small { "The post: " (show(said)) "." } }
                @if let Some(reason) = &claim.reason { " " span.small { (reason) } }
                br; code.small { (claim.id) }
            }
            td { (claim.kind.name()) }
            td.number { (expected(claim)) }
            td.number { @if let Some(measured) = &claim.measured { (show(measured)) (unit(claim)) } @else { "–" } }
            td { (verdict_mark(claim.verdict)) }
        }
    }
}

fn expected(claim: &Claim) -> Markup {
    html! {
        @match &claim.expected {
            Some(expected) => {
                (show(expected)) (unit(claim))
                @if claim.tolerance > 0.0 && matches!(expected, Value::Number(_) | Value::Count(_)) {
                    br; span.small { "± " (digits(claim.tolerance)) }
                }
            }
            None => "–",
        }
    }
}

fn unit(claim: &Claim) -> String {
    if claim.unit.is_empty() { String::new() } else { format!(" {}", claim.unit) }
}

/// Text with empty lines between its paragraphs, and code between backticks.
pub(super) fn paragraphs(text: &str) -> Markup {
    html! {
        @for paragraph in text.trim().split("\n\n") {
            p { @for (n, part) in paragraph.split('`').enumerate() { @if n % 2 == 1 { code { (part) } } @else { (part) } } }
        }
    }
}

/// The command that repeats a run, or one post of it.
pub(super) fn command(results: &Results, only: Option<&str>) -> String {
    let mut words = vec!["cargo xtask reproduce-all".to_owned()];
    words.extend(only.map(|id| format!("--only {id}")));
    match results.mode {
        Mode::Demo => {}
        Mode::Mirror => words.push("--mirror DIR".to_owned()),
        Mode::Live => words.push("--live --contact EMAIL --accept-terms".to_owned()),
    }
    if results.seed != 42 {
        words.push(format!("--seed {}", results.seed));
    }
    words.join(" ")
}

/// A setting as plain text.
fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(count) => count.to_string(),
        toml::Value::Float(number) => digits(*number),
        other => format!("{other:?}"),
    }
}
