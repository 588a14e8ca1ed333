//! The pictures of the post `gutenberg`.

use crate::report::chart::{Chart, Series, Tint, whole_year};
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Passage {
    reason: Option<String>,
    first_line: usize,
    last_line: usize,
    lines: Vec<String>,
}

#[derive(Deserialize)]
struct CutShown {
    title: String,
    passages: Vec<Passage>,
}

/// What the books are like, what was cut and why, their words, the faults survived, the books.
pub(super) fn pictures(data: &Value) -> Result<Markup> {
    let books: Vec<Book> = figure(data, "books")?;
    Ok(html! {
        h2 { "The books" }
        div.columns { (sizes(data)?) (years(&figure::<BTreeMap<u16, u64>>(data, "years")?)?) }
        div.columns {
            (counts("Books by what their bytes were decoded as", "Encoding", &figure(data, "encodings")?))
            (counts("Books by the language that their header states", "Language", &figure(data, "languages")?))
        }
        h2 { "What was cut, and why" }
        (cuts(data)?)
        h2 { "Their words" }
        (words(data)?)
        div.columns { (zipf(data)?) (heaps(data)?) }
        h2 { "Faults, survived and not" }
        (faults(data)?)
        h2 { "The first books of the list" }
        (shelf(&books))
    })
}

fn sizes(data: &Value) -> Result<Markup> {
    let sizes: Vec<(u32, u64)> = figure(data, "sizes")?;
    let points: Vec<(f64, f64)> =
        sizes.iter().map(|(power, n)| (f64::from(*power) + 0.5, *n as f64)).collect();
    // A column's width more on either side, so that few columns do not look like a wall.
    let low = sizes.first().map_or(0, |size| size.0.saturating_sub(1));
    let high = sizes.last().map_or(1, |size| size.0) + 2;
    let most = points.iter().map(|point| point.1).fold(1.0, f64::max);
    Chart {
        label: format!("Books by the size of their text, from {} to {}", size(f64::from(low)), size(f64::from(high))),
        x: ("size of the text, doubling at each step".to_owned(), f64::from(low)..f64::from(high)),
        y: ("books".to_owned(), 0.0..most * 1.1),
        is_log: (false, false),
        series: vec![Series::columns("books", Tint::Blue, points, 0.86)],
    }
    .half_named(size, &format!(
        "From left to right each column holds books twice as long as the one before it. In all {} bytes as they came, {} of them the books' own.",
        grouped(figure(data, "bytes")?),
        grouped(figure(data, "bytesText")?)
    ))
}

fn years(years: &BTreeMap<u16, u64>) -> Result<Markup> {
    let (Some(first), Some(last)) = (years.keys().next(), years.keys().next_back()) else {
        return Ok(html! { p.small { "No header states a date of release." } });
    };
    let most = years.values().copied().max().unwrap_or(1) as f64;
    Chart {
        label: "Books by the year in which the library released them".to_owned(),
        x: ("year of release".to_owned(), f64::from(*first) - 0.7..f64::from(*last) + 0.7),
        y: ("books".to_owned(), 0.0..most * 1.1),
        is_log: (false, false),
        series: vec![Series::columns(
            "books",
            Tint::Green,
            years.iter().map(|(year, n)| (f64::from(*year), *n as f64)).collect(),
            0.8,
        )],
    }
    .half_named(whole_year, "The year in which Project Gutenberg released the book, where its header states one; the books themselves are older.")
}

/// Two to this power of KB; nothing between two powers.
fn size(power: f64) -> String {
    match power {
        power if power.fract() != 0.0 || power < 0.0 => String::new(),
        power if power < 10.0 => format!("{} KB", 1_u64 << power as u32),
        power => format!("{} MB", 1_u64 << (power as u32 - 10)),
    }
}

fn cuts(data: &Value) -> Result<Markup> {
    let cuts: BTreeMap<String, (u64, u64)> = figure(data, "cuts")?;
    let shown: Option<CutShown> = figure(data, "cutShown")?;
    Ok(html! {
        div.wide tabindex="0" role="region" aria-label="What was cut" {
            table {
                caption { "What stands in the files and is not the book." }
                thead { tr { th scope="col" { "What" } th.number scope="col" { "Books" } th.number scope="col" { "Lines" } } }
                tbody { @for (reason, (books, lines)) in &cuts { tr { th scope="row" { (reason) } td.number { (grouped(*books)) } td.number { (grouped(*lines)) } } } }
            }
        }
        @if let Some(shown) = shown {
            figure.broad {
                h3 { "One file from top to bottom: " (shown.title) }
                div.passages {
                    @for passage in &shown.passages {
                        div.passage.(if passage.reason.is_some() { "dropped" } else { "kept" }) {
                            p.small {
                                strong { @if let Some(reason) = &passage.reason { "cut: " (reason) } @else { "kept: the book" } }
                                ", lines " (grouped(passage.first_line as u64)) " to " (grouped(passage.last_line as u64))
                            }
                            p.lines { @for line in &passage.lines { (line) br; } }
                        }
                    }
                }
                figcaption { "The ends of each part, without empty lines. What is cut is grey; what is kept, title page and all, goes on to the corpus." }
            }
        }
    })
}

fn words(data: &Value) -> Result<Markup> {
    let frequent: Vec<(String, u64)> = figure(data, "frequent")?;
    let (tokens, types): (u64, u64) = (figure(data, "tokens")?, figure(data, "types")?);
    Ok(html! {
        p {
            "In all " strong { (grouped(tokens)) } " words, " strong { (grouped(types)) } " of them different. The most frequent: "
            @for (n, (word, count)) in frequent.iter().enumerate() { @if n > 0 { ", " } em { (word) } " (" (grouped(*count)) ")" } "."
        }
    })
}

/// The faults that the demo's server plays, and what could not be had.
fn faults(data: &Value) -> Result<Markup> {
    let survived: Vec<(String, u64, u64)> = figure(data, "survived")?;
    let failed: Vec<(String, String)> = figure(data, "failed")?;
    let replaced: u64 = figure(data, "replaced")?;
    Ok(html! {
        @if !survived.is_empty() {
            div.wide tabindex="0" role="region" aria-label="Faults survived" {
                table {
                    caption { "The demo's server spoils the first answers for a quarter of the files on purpose. The download asks again, goes on where it broke off, and checks what it got." }
                    thead { tr { th scope="col" { "What went wrong" } th.number scope="col" { "Files" } th.number scope="col" { "Came whole in the end" } } }
                    tbody { @for (fault, n, n_whole) in &survived { tr { th scope="row" { (fault) } td.number { (n) } td.number { (n_whole) } } } }
                }
            }
        }
        @if replaced > 0 { p { (grouped(replaced)) " files could not be had and another form of the same book took their place." } }
        @if failed.is_empty() { p { "Every item of the list was obtained." } } @else {
            div.wide tabindex="0" role="region" aria-label="What could not be had" {
                table {
                    caption { "What could not be had. A file that arrives damaged is asked for again by the next run; it counts as not obtained until then." }
                    thead { tr { th scope="col" { "File" } th scope="col" { "Reason" } } }
                    tbody { @for (key, reason) in &failed { tr { th scope="row" { (key) } td.anywhere { (reason) } } } }
                }
            }
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
    let mut rows: Vec<(&String, &u64)> = counts.iter().collect();
    rows.sort_by(|a, b| b.1.cmp(a.1));
    html! {
        table {
            caption { (caption) }
            thead { tr { th scope="col" { (of) } th.number scope="col" { "Books" } } }
            tbody { @for (name, n) in rows { tr { th scope="row" { (name) } td.number { (grouped(*n)) } } } }
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
    .half(&format!(
        "Zipf's law: the second word comes half as often as the first, the third a third as often. Fitted exponent: {}.",
        exponent.map_or("unknown".to_owned(), |exponent| digits((1000.0 * exponent.abs()).round() / 1000.0))
    ))
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
    .half(&format!(
        "Heaps' law: however much one reads, there are new words, but ever fewer. Fitted exponent: {}.",
        exponent.map_or("unknown".to_owned(), |exponent| digits((1000.0 * exponent.abs()).round() / 1000.0))
    ))
}
