//! `stats`: books, words, the two laws, the growth of the catalogue, and what is there more than once.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use corpus_fetch::console::Printer;
use corpus_fetch::{thousands, write_whole};
use corpus_gutenberg::{Catalogue, DuplicateFinder, Duplicates, Entry, Filter, Job, release_year};
use corpus_text::counts::{Counts, PowerLaw};
use corpus_text::{TokenOptions, tokens};
use rayon::prelude::*;
use serde_json::{Value, json};

use crate::pictures::Picture;
use crate::summary;

/// Books whose signatures are made at a time, on all threads.
const BATCH: usize = 32;

/// Books of a year, and all up to its end.
struct Year {
    number: u16,
    books: u64,
    total: u64,
}

pub(crate) fn stats(
    job: &Job,
    catalogue: Option<&Catalogue>,
    pictures: &Path,
    printer: Printer,
) -> Result<()> {
    let report = job.report()?;
    let mut counts = Counts::new();
    let mut by_year: BTreeMap<u16, u64> = BTreeMap::new();
    let duplicates = each_batch(job, |entry, text, _| {
        for token in tokens(text, TokenOptions::FOR_VECTORS) {
            counts.add(&token);
        }
        if let Some(year) = entry.about.released.as_deref().and_then(release_year) {
            *by_year.entry(year).or_default() += 1;
        }
        Ok(())
    })?;
    let here = growth(&by_year);
    let listed = catalogue.map(|catalogue| {
        let mut by_year: BTreeMap<u16, u64> = BTreeMap::new();
        for year in catalogue.select(&Filter::default()).filter_map(corpus_gutenberg::Record::year) {
            *by_year.entry(year).or_default() += 1;
        }
        growth(&by_year)
    });
    let (zipf, heaps) = (counts.zipf(), counts.heaps());
    draw(pictures, &counts, (zipf, heaps), listed.as_deref().unwrap_or(&here), listed.is_some())?;
    let ranked = counts.ranked();
    let frequent: Vec<_> = ranked.iter().take(20).map(|(word, n)| json!({"word": word, "n": n})).collect();
    let mut said = vec![
        summary(&report),
        format!("{} tokens, {} types", thousands(counts.n_tokens()), thousands(counts.n_types())),
        format!("Zipf's law: {}", law_in_words(zipf)),
        format!("Heaps' law: {}", law_in_words(heaps)),
        format!(
            "most frequent: {}",
            ranked.iter().take(20).map(|(word, _)| *word).collect::<Vec<_>>().join(" ")
        ),
        format!("books here by year of release: {}", years_in_words(&here)),
    ];
    said.extend(listed.as_deref().map(|years| format!("the catalogue by year: {}", years_in_words(years))));
    said.push(duplicates_in_words(&duplicates));
    said.push(format!("pictures: {}", pictures.join("{zipf,heaps,growth}.svg").display()));
    let points = |of: Vec<(u64, u64)>| of.into_iter().map(|(x, y)| json!([x, y])).collect::<Vec<_>>();
    printer.result(
        &json!({"report": report, "tokens": counts.n_tokens(), "types": counts.n_types(),
            "zipf_exponent": zipf.map(|law| law.exponent), "heaps_exponent": heaps.map(|law| law.exponent),
            "zipf": law_as_json(zipf), "heaps": law_as_json(heaps), "frequent": frequent,
            "rank_count": points(counts.ranks()),
            "tokens_types": points(counts.growth().into_iter().map(|g| (g.tokens, g.types)).collect()),
            "books_by_year": years_as_json(&here), "catalogue_by_year": listed.as_deref().map(years_as_json),
            "duplicates": duplicates, "pictures": pictures}),
        &said.join("\n"),
    );
    Ok(())
}

/// Hands over every book, in the order of the list, and whether it is near to an earlier one; gives what is there more
/// than once.
pub(crate) fn each_batch(
    job: &Job,
    mut each: impl FnMut(Entry, &str, bool) -> corpus_gutenberg::Result<()>,
) -> Result<Duplicates> {
    let mut finder = DuplicateFinder::new();
    let mut batch: Vec<(Entry, String)> = Vec::new();
    let mut settle = |batch: &mut Vec<(Entry, String)>| {
        let signatures: Vec<_> = batch.par_iter().map(|(_, text)| finder.signature(text)).collect();
        for ((entry, text), signature) in batch.drain(..).zip(signatures) {
            let is_near = finder.add(&entry, signature);
            each(entry, &text, is_near)?;
        }
        Ok(())
    };
    job.books(|entry, text| {
        batch.push((entry, text));
        if batch.len() == BATCH { settle(&mut batch) } else { Ok(()) }
    })?;
    settle(&mut batch)?;
    Ok(finder.finish())
}

/// Every year from the first to the last, those without a book too.
fn growth(by_year: &BTreeMap<u16, u64>) -> Vec<Year> {
    let (Some(first), Some(last)) = (by_year.keys().next(), by_year.keys().last()) else { return Vec::new() };
    let mut total = 0;
    (*first..=*last)
        .map(|year| {
            let books = by_year.get(&year).copied().unwrap_or(0);
            total += books;
            Year { number: year, books, total }
        })
        .collect()
}

fn draw(
    folder: &Path,
    counts: &Counts,
    (zipf, heaps): (Option<PowerLaw>, Option<PowerLaw>),
    years: &[Year],
    is_catalogue: bool,
) -> Result<()> {
    let plain = |points: Vec<(u64, u64)>| points.into_iter().map(|(x, y)| (x as f64, y as f64)).collect();
    let zipf = Picture {
        title: "Zipf's law: how often the word of a rank comes",
        x: "rank",
        y: "count",
        points: plain(counts.ranks()),
        law: zipf,
        is_log: true,
    };
    let heaps = Picture {
        title: "Heaps' law: how the vocabulary grows with the text",
        x: "tokens",
        y: "types",
        points: plain(counts.growth().into_iter().map(|g| (g.tokens, g.types)).collect()),
        law: heaps,
        is_log: true,
    };
    let growth = Picture {
        title: if is_catalogue { "Texts in the catalogue" } else { "Books here, by their release" },
        x: "year",
        y: "books up to its end",
        points: years.iter().map(|year| (f64::from(year.number), year.total as f64)).collect(),
        law: None,
        is_log: false,
    };
    for (name, picture) in [("zipf", zipf), ("heaps", heaps), ("growth", growth)] {
        write_whole(&folder.join(name).with_extension("svg"), picture.svg()?.as_bytes())?;
    }
    Ok(())
}

fn law_in_words(law: Option<PowerLaw>) -> String {
    law.map_or_else(
        || "too few words".to_owned(),
        |law| format!("exponent {:.3}, factor {:.4e}, R2 {:.4}", law.exponent, law.factor, law.r_squared),
    )
}

fn law_as_json(law: Option<PowerLaw>) -> Value {
    law.map_or(
        Value::Null,
        |law| json!({"exponent": law.exponent, "factor": law.factor, "r_squared": law.r_squared}),
    )
}

fn years_in_words(years: &[Year]) -> String {
    if years.is_empty() {
        return "none is stated".to_owned();
    }
    years.iter().map(|year| format!("{} {}", year.number, year.books)).collect::<Vec<_>>().join(", ")
}

fn years_as_json(years: &[Year]) -> Vec<Value> {
    years.iter().map(|year| json!({"year": year.number, "books": year.books, "total": year.total})).collect()
}

/// Numbers first, then the groups, the longest lists cut: `--json` has all of them.
fn duplicates_in_words(found: &Duplicates) -> String {
    const SHOWN: usize = 10;
    let shown = |groups: Vec<String>| {
        let more = groups.len().saturating_sub(SHOWN);
        let rest = (more > 0).then(|| format!("and {more} more"));
        groups
            .into_iter()
            .take(SHOWN)
            .chain(rest)
            .flat_map(|line| ["\n    ".to_owned(), line])
            .collect::<String>()
    };
    let names = |groups: &[Vec<String>]| shown(groups.iter().map(|group| group.join(", ")).collect());
    let near = found
        .near
        .iter()
        .map(|near| format!("{} ({:.0} % alike)", near.keys.join(", "), near.similarity * 100.0));
    format!(
        "more than once: {} groups of one text, {} of one number, {} of one title and author, {} near-duplicates\
         \n  one text:{}\n  one number, several forms:{}\n  one title and author, several numbers:{}\n  near:{}",
        found.same_text.len(),
        found.same_number.len(),
        found.same_title.len(),
        found.near.len(),
        names(&found.same_text),
        names(&found.same_number),
        names(&found.same_title),
        shown(near.collect())
    )
}
