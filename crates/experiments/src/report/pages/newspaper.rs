//! The pictures of the posts `nyt` and `guardian`.

use crate::report::PageData;
use crate::report::chart::{Chart, Series, Tint, whole_year};
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Beside {
    url: String,
    layout: String,
    blocks: Vec<Block>,
    is_whole: bool,
    n_blocks: u64,
    n_kept: u64,
}

#[derive(Deserialize)]
struct Block {
    text: String,
    role: Option<String>,
}

/// Articles over the years, pages beside what was taken from them, the articles, and the pages that are none.
pub(super) fn pictures(page: PageData<'_>) -> Result<Markup> {
    // Both papers' pages may stand in one bundle, where each region wants a name of its own.
    let (data, paper) = (page.data, page.definition.id.as_str());
    let articles: Vec<Article> = figure(data, "articles")?;
    let failed: Vec<(String, String)> = figure(data, "failed")?;
    let others: BTreeMap<String, u64> = figure(data, "notArticles")?;
    Ok(html! {
        h2 { "Articles over time" }
        (years(&figure(data, "years")?)?)
        h2 { "What is read from a page" }
        (extraction(data)?)
        h2 { "The articles" }
        (table_of(&articles, paper))
        h2 { "Listed pages that are no articles" }
        @if others.is_empty() && failed.is_empty() { p { "None." } } @else {
            div.wide tabindex="0" role="region" aria-label={ "Pages that are no articles, " (paper) } {
                table.slim {
                    thead { tr { th scope="col" { "What it is" } th.number scope="col" { "Pages" } } }
                    tbody {
                        @for (kind, n) in &others { tr { th scope="row" { (kind) } td.number { (grouped(*n)) } } }
                        @for (_, reason) in &failed { tr { th.anywhere scope="row" { (reason) } td.number { "1" } } }
                    }
                }
            }
        }
    })
}

fn years(years: &BTreeMap<String, u64>) -> Result<Markup> {
    let dated: Vec<(f64, f64)> =
        years.iter().filter_map(|(year, n)| Some((year.parse().ok()?, *n as f64))).collect();
    let undated: u64 = years.iter().filter(|(year, _)| year.parse::<u16>().is_err()).map(|(_, n)| *n).sum();
    let (Some(first), Some(last)) = (dated.first(), dated.last()) else {
        return Ok(html! { p { "No article states its day." } });
    };
    let (first, last) = (first.0, last.0);
    let most = dated.iter().map(|point| point.1).fold(1.0, f64::max);
    let all: f64 = dated.iter().map(|point| point.1).sum();
    let without =
        if undated > 0 { format!(" {} more state no day.", grouped(undated)) } else { String::new() };
    Chart {
        label: format!("Articles by year, {first:.0} to {last:.0}"),
        x: ("year of publication".to_owned(), first - 1.0..last + 1.0),
        y: ("articles".to_owned(), 0.0..most * 1.1),
        is_log: (false, false),
        series: vec![Series::columns("articles", Tint::Blue, dated, 0.8)],
    }
    .figure_named(
        whole_year,
        &format!(
            "{} articles of {first:.0} to {last:.0}, by the day that each page states.{without}",
            grouped(all as u64)
        ),
    )
}

fn extraction(data: &Value) -> Result<Markup> {
    let pages: Vec<Beside> = figure(data, "beside")?;
    let layouts: BTreeMap<String, u64> = figure(data, "layouts")?;
    Ok(html! {
        p {
            "Layouts met: "
            @for (n, (layout, count)) in layouts.iter().enumerate() { @if n > 0 { ", " } code { (layout) } " (" (grouped(*count)) ")" }
            ". Below, the first page of each of " (pages.len()) " layouts from top to bottom, as another parser reads it: coloured what the extraction took, grey what it left."
        }
        @for (n, page) in pages.iter().enumerate() {
            details.beside open[n == 0] {
                summary { code { (page.layout) } ": " (grouped(page.n_kept)) " of " (grouped(page.n_blocks)) " blocks are the text" }
                p.small.anywhere { (page.url) }
                ol.blocks {
                    li.heads aria-hidden="true" { span { "left on the page" } span { "taken into the article" } }
                    @for block in &page.blocks {
                        li.(if block.role.is_some() { "kept" } else { "dropped" }) {
                            span.role { (block.role.as_deref().unwrap_or("left")) } " "
                            span.block { (block.text) }
                        }
                    }
                }
                @if !page.is_whole { p.small { "The page goes on." } }
            }
        }
    })
}

fn table_of(articles: &[Article], paper: &str) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label={ "The extracted articles, " (paper) } {
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
                            td.day { (article.published.as_deref().map_or("–", |day| day.get(..10).unwrap_or(day))) }
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
