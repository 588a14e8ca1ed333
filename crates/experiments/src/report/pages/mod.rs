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
use crate::definition::setting;
use crate::results::Results;
use anyhow::{Context as _, Result};
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
                table.claims {
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
                dl { @for (name, value) in &definition.config { dt { (name.replace('-', " ")) } dd { (setting(value)) } } }
            }
            p.small { "The figures of this page: " a href=(format!("{}.json", definition.id)) { (definition.id) ".json" } "." }
        }
    })
}

/// The pictures of a post; a post without its own has none.
fn pictures(page: PageData<'_>, results: &Results) -> Result<Markup> {
    match page.definition.id.as_str() {
        "gutenberg" => gutenberg::pictures(page.data),
        "iris" => iris::pictures(page),
        "iris-cuda" => iris_cuda::pictures(page.data, &results.machine.device),
        "guardian" | "nyt" => newspaper::pictures(page),
        "mnist" => mnist::pictures(page.data),
        "word2vec" => word2vec::pictures(page.data),
        "xor" => xor::pictures(page),
        _ => Ok(html! {}),
    }
}

/// A finding's heading and story, and the claims that it stands on.
pub(super) fn finding(page: PageData<'_>, id: &str) -> Result<Markup> {
    let finding = page.definition.findings.iter().find(|finding| finding.id == id);
    let finding =
        finding.with_context(|| format!("definitions/{}.toml: no finding {id}", page.definition.id))?;
    let claims = page.outcome.claims.iter().filter(|claim| finding.claims.contains(&claim.id));
    Ok(html! {
        h2 { (finding.title) }
        (paragraphs(&finding.text))
        ul.backed {
            @for claim in claims {
                li {
                    (verdict_mark(claim.verdict)) " " (claim.statement)
                    @if let Some(measured) = &claim.measured { " " span.small { "Measured: " strong { (show(measured)) (unit(claim)) } "." } }
                }
            }
        }
    })
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
    let config = &results.config;
    let asked = only.map_or_else(|| config.only.clone(), |id| vec![id.to_owned()]);
    words.extend(asked.iter().map(|id| format!("--only {id}")));
    match results.mode {
        Mode::Demo => {}
        Mode::Mirror => words.push("--mirror DIR".to_owned()),
        Mode::Live => words.push("--live --contact EMAIL --accept-terms".to_owned()),
    }
    if results.seed != 42 {
        words.push(format!("--seed {}", results.seed));
    }
    let concerns = |posts: &[&str]| only.is_none_or(|id| posts.contains(&id));
    if let Some(n) = config.books.filter(|_| concerns(&["gutenberg", "word2vec"])) {
        words.push(format!("--books {n}"));
    }
    if let Some(n) = config.articles.filter(|_| concerns(&["nyt", "guardian"])) {
        words.push(format!("--articles {n}"));
    }
    if config.full && concerns(&["xor"]) {
        words.push("--full".to_owned());
    }
    if config.digits && concerns(&["mnist"]) {
        words.push("--digits DIR".to_owned());
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;
    use crate::results::Config;

    #[test]
    fn the_command_of_a_page_repeats_what_concerns_it() {
        let config = Config { digits: true, full: true, books: Some(9), ..Config::default() };
        let machine = Machine::here(1, "none", "unknown");
        let results = Results { schema: 1, seed: 7, mode: Mode::Demo, config, machine, posts: Vec::new() };
        let of = |id| command(&results, Some(id));
        assert_eq!(of("mnist"), "cargo xtask reproduce-all --only mnist --seed 7 --digits DIR");
        assert_eq!(of("xor"), "cargo xtask reproduce-all --only xor --seed 7 --full");
        assert_eq!(of("word2vec"), "cargo xtask reproduce-all --only word2vec --seed 7 --books 9");
        assert_eq!(
            command(&results, None),
            "cargo xtask reproduce-all --seed 7 --books 9 --full --digits DIR"
        );
    }
}
