//! The pictures of the post `gutenberg`.

use crate::report::chart::{Chart, Series, Tint};
use crate::report::figures::figure;
use crate::report::show::{digits, grouped};
use anyhow::Result;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Book {
    key: String,
    title: Option<String>,
    author: Option<String>,
    bytes: u64,
    text: u64,
}

/// The books, what they are like, their words, and what could not be had.
pub(super) fn pictures(data: &Value) -> Result<Markup> {
    let books: Vec<Book> = figure(data, "books")?;
    let failed: Vec<(String, String)> = figure(data, "failed")?;
    Ok(html! {
        h2 { "The books" }
        (shelf(&books))
        div.columns {
            (counts("Books by encoding", "Encoding", &figure(data, "encodings")?))
            (counts("Books by the language that their header states", "Language", &figure(data, "languages")?))
        }
        h2 { "Their words" }
        (zipf(data)?)
        (heaps(data)?)
        @if !failed.is_empty() {
            h2 { "What could not be had" }
            div.wide tabindex="0" role="region" aria-label="What could not be had" {
                table {
                    thead { tr { th scope="col" { "File" } th scope="col" { "Reason" } } }
                    tbody { @for (key, reason) in &failed { tr { td { (key) } td { (reason) } } } }
                }
            }
            p.small { "A file that arrives damaged is asked for again by the next run; it counts as not obtained until then." }
        }
    })
}

fn shelf(books: &[Book]) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label="The first books of the list" {
            table {
                caption { "The first " (books.len()) " of the list. Cut off: header, licence, credits, footer." }
                thead { tr {
                    th scope="col" { "Title" } th scope="col" { "Author" } th scope="col" { "File" }
                    th.number scope="col" { "Bytes" } th.number scope="col" { "Cut off" }
                } }
                tbody {
                    @for book in books {
                        tr {
                            td { (book.title.as_deref().unwrap_or("–")) } td { (book.author.as_deref().unwrap_or("–")) } td { (book.key) }
                            td.number { (grouped(book.bytes)) } td.number { (grouped(book.bytes.saturating_sub(book.text))) }
                        }
                    }
                }
            }
        }
    }
}

fn counts(caption: &str, of: &str, counts: &BTreeMap<String, u64>) -> Markup {
    html! {
        table {
            caption { (caption) }
            thead { tr { th scope="col" { (of) } th.number scope="col" { "Books" } } }
            tbody { @for (name, n) in counts { tr { td { (name) } td.number { (grouped(*n)) } } } }
        }
    }
}

fn zipf(data: &Value) -> Result<Markup> {
    let points: Vec<(f64, f64)> = figure(data, "zipf")?;
    let exponent: Option<f64> = figure(data, "zipfExponent")?;
    let last = points.last().copied().unwrap_or((1.0, 1.0));
    Chart {
        label: "How often a word occurs, by its rank: nearly a straight line on logarithmic axes".to_owned(),
        x: ("rank of the word".to_owned(), 1.0..last.0.max(2.0)),
        y: ("occurrences".to_owned(), 1.0_f64.min(last.1)..points.first().map_or(2.0, |point| point.1) * 1.5),
        is_log: (true, true),
        series: vec![Series::line("these books", Tint::Blue, points)],
    }
    .figure(&format!("Zipf's law: the fitted exponent is {}.", exponent.map_or("unknown".to_owned(), digits)))
}

fn heaps(data: &Value) -> Result<Markup> {
    let points: Vec<(f64, f64)> = figure(data, "heaps")?;
    let exponent: Option<f64> = figure(data, "heapsExponent")?;
    let (first, last) = (points.first().copied(), points.last().copied());
    let (first, last) = (first.unwrap_or((1.0, 1.0)), last.unwrap_or((2.0, 2.0)));
    Chart {
        label: "Different words against all words read so far: ever fewer are new".to_owned(),
        x: ("words read".to_owned(), first.0.max(1.0)..last.0.max(2.0)),
        y: ("different words".to_owned(), first.1.max(1.0)..last.1.max(2.0) * 1.2),
        is_log: (true, true),
        series: vec![Series::line("these books", Tint::Green, points)],
    }
    .figure(&format!("Heaps' law: the fitted exponent is {}.", exponent.map_or("unknown".to_owned(), digits)))
}
