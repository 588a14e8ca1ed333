//! The pictures of the posts `nyt` and `guardian`.

use crate::report::figures::figure;
use crate::report::show::grouped;
use anyhow::Result;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Article {
    title: Option<String>,
    authors: Vec<String>,
    published: Option<String>,
    section: Option<String>,
    words: u64,
    f1: Option<f64>,
}

/// Articles over the years, what they are, and the listed pages that are none.
pub(super) fn pictures(data: &Value) -> Result<Markup> {
    let articles: Vec<Article> = figure(data, "articles")?;
    let failed: Vec<(String, String)> = figure(data, "failed")?;
    let others: BTreeMap<String, u64> = figure(data, "notArticles")?;
    Ok(html! {
        h2 { "Articles by year" }
        (years(&figure(data, "years")?))
        h2 { "The articles" }
        (table_of(&articles))
        h2 { "Listed pages that are no articles" }
        @if others.is_empty() && failed.is_empty() { p { "None." } } @else {
            ul {
                @for (kind, n) in &others { li { (grouped(*n)) " " (kind) } }
                @for (_, reason) in &failed { li.anywhere { (reason) } }
            }
        }
    })
}

fn years(years: &BTreeMap<String, u64>) -> Markup {
    let most = years.values().copied().max().unwrap_or(1);
    html! {
        table {
            thead { tr { th scope="col" { "Year" } th.number scope="col" { "Articles" } th scope="col" { "Share of the most" } } }
            tbody {
                @for (year, n) in years {
                    tr {
                        th scope="row" { (year) } td.number { (grouped(*n)) }
                        td { div.bar style=(format!("width:{:.1}%", 100.0 * *n as f64 / most as f64)) {} }
                    }
                }
            }
        }
    }
}

fn table_of(articles: &[Article]) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label="The extracted articles" {
            table {
                caption { "The first " (articles.len()) ", as they were extracted. Agreement: F1 over runs of four words, against the truth." }
                thead { tr {
                    th scope="col" { "Title" } th scope="col" { "Authors" } th scope="col" { "Published" } th scope="col" { "Section" }
                    th.number scope="col" { "Words" } th.number scope="col" { "Agreement" }
                } }
                tbody {
                    @for article in articles {
                        tr {
                            td { (article.title.as_deref().unwrap_or("–")) }
                            td { (article.authors.join(", ")) }
                            td { (article.published.as_deref().unwrap_or("–")) }
                            td { (article.section.as_deref().unwrap_or("–")) }
                            td.number { (grouped(article.words)) }
                            td.number { @if let Some(f1) = article.f1 { (format!("{f1:.3}")) } @else { "–" } }
                        }
                    }
                }
            }
        }
    }
}
