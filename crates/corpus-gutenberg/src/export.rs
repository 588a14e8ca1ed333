//! `export`: the books as one corpus file, and its data card.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use anyhow::{Result, bail};
use corpus_fetch::console::Printer;
use corpus_fetch::{thousands, write_whole_with};
use corpus_gutenberg::{Catalogue, Duplicates, Job, Record, Report};
use corpus_text::jsonl::JsonLinesWriter;
use corpus_text::plain::SentenceWriter;
use corpus_text::table::ParquetWriter;
use corpus_text::{Document, Paragraphs, TokenOptions};
use serde_json::json;

use crate::stats::each_batch;

/// What an export may be.
enum Writer {
    Parquet(Box<ParquetWriter>),
    JsonLines(JsonLinesWriter),
    Sentences(SentenceWriter),
}

impl Writer {
    fn create(output: &Path) -> Result<Self> {
        let name = output.to_string_lossy();
        Ok(if name.ends_with(".parquet") {
            Self::Parquet(Box::new(ParquetWriter::create(output)?))
        } else if name.ends_with(".jsonl") || name.ends_with(".jsonl.zst") {
            Self::JsonLines(JsonLinesWriter::create(output)?)
        } else if name.ends_with(".txt") {
            Self::Sentences(SentenceWriter::create(
                output,
                Paragraphs::BlankLines,
                TokenOptions::FOR_VECTORS,
            )?)
        } else {
            bail!(
                "{}: end the name with .parquet, .jsonl, .jsonl.zst or .txt (a sentence a line)",
                output.display()
            )
        })
    }

    fn write(&mut self, document: Document) -> std::result::Result<(), corpus_text::Error> {
        match self {
            Self::Parquet(writer) => writer.write(document),
            Self::JsonLines(writer) => writer.write(&document),
            Self::Sentences(writer) => writer.write(&document.text).map(drop),
        }
    }

    fn commit(self) -> Result<()> {
        match self {
            Self::Parquet(writer) => drop(writer.commit()?),
            Self::JsonLines(writer) => drop(writer.commit()?),
            Self::Sentences(writer) => drop(writer.commit()?),
        }
        Ok(())
    }
}

/// What the card says of the documents that were written.
#[derive(Default)]
struct Totals {
    documents: u64,
    tokens: u64,
    bytes: u64,
    /// Near-duplicates of an earlier book that were left out.
    left_out: u64,
    languages: BTreeMap<String, u64>,
    rights: BTreeMap<String, u64>,
    encodings: BTreeMap<String, u64>,
    replacements: usize,
}

pub(crate) fn export(
    job: &Job,
    catalogue: Option<&Catalogue>,
    output: &Path,
    is_unique: bool,
    printer: Printer,
) -> Result<()> {
    let records: HashMap<u32, &Record> =
        catalogue.iter().flat_map(|catalogue| &catalogue.records).map(|record| (record.id, record)).collect();
    let mut writer = Writer::create(output)?;
    let mut totals = Totals::default();
    let duplicates = each_batch(job, |entry, text, is_near| {
        if is_near && is_unique {
            totals.left_out += 1;
            return Ok(());
        }
        let record = entry.about.id.and_then(|id| records.get(&id).copied());
        *totals.encodings.entry(entry.about.encoding.clone()).or_default() += 1;
        totals.replacements += entry.about.replacements;
        let document = entry.into_document(text.to_owned(), record);
        totals.documents += 1;
        totals.tokens += document.tokens;
        totals.bytes += document.text.len() as u64;
        let stated = |text: &Option<String>| text.clone().unwrap_or_else(|| "not stated".to_owned());
        *totals.languages.entry(stated(&document.language)).or_default() += 1;
        *totals.rights.entry(stated(&document.rights)).or_default() += 1;
        Ok(writer.write(document)?)
    })?;
    writer.commit()?;
    write_card(&job.report()?, output, &totals, &duplicates)?;
    let (documents, tokens) = (totals.documents, totals.tokens);
    printer.result(
        &json!({"documents": documents, "tokens": tokens, "output": output, "left_out": totals.left_out,
            "duplicates": duplicates}),
        &format!(
            "{} books, {} tokens in {}; {} groups of near-duplicates, {} books left out for them",
            thousands(documents),
            thousands(tokens),
            output.display(),
            duplicates.near.len(),
            totals.left_out
        ),
    );
    Ok(())
}

/// The data card beside an export: what it is, how it was made, what may be done with it.
fn write_card(report: &Report, output: &Path, totals: &Totals, duplicates: &Duplicates) -> Result<()> {
    let numbers = [
        ("books", totals.documents),
        ("tokens", totals.tokens),
        ("bytes of the books", totals.bytes),
        ("bytes as published", report.bytes),
        ("could not be had", report.failed.len() as u64),
        ("malformed sequences replaced by U+FFFD", totals.replacements as u64),
        ("groups of near-duplicates", duplicates.near.len() as u64),
        ("groups of one title and author", duplicates.same_title.len() as u64),
        ("left out as near-duplicates", totals.left_out),
    ];
    write_whole_with(&output.with_added_extension("card.md"), |card| {
        writeln!(card, "# {}\n", output.file_name().unwrap_or_default().to_string_lossy())?;
        writeln!(card, "Books of Project Gutenberg, without its headers, licences and credits.\n")?;
        writeln!(card, "## Totals\n\n| | |\n|---|---:|")?;
        for (name, n) in numbers {
            writeln!(card, "| {name} | {} |", thousands(n))?;
        }
        for (title, table) in [
            ("Languages", &totals.languages),
            ("Rights", &totals.rights),
            ("Encodings of the files", &totals.encodings),
        ] {
            writeln!(card, "\n## {title}\n\n| | books |\n|---|---:|")?;
            for (name, n) in table {
                writeln!(card, "| {name} | {} |", thousands(*n))?;
            }
        }
        writeln!(
            card,
            "\n## How it was made\n\n\
             By corpus-gutenberg {}: the best text of each book (UTF-8 before 8-bit before plain), unpacked with its \
             checksum checked, decoded by its mark, by valid UTF-8, by its header's word or by a detector, in that \
             order, lines ended by `\\n`; header, licence, small print, credits and \"End of\" lines cut by rules, notes \
             about the text kept. `blake3` is the hash of `text`. Tokens are words by Unicode's annex 29. \
             Near-duplicates share 70 % of their runs of five words, by MinHash of 128 hashes.\n",
            env!("CARGO_PKG_VERSION")
        )?;
        writeln!(
            card,
            "## Licence\n\n\
             Most of these books are in the public domain in the United States; some are under copyright and \
             distributed by permission, as their own headers say. Other countries have other laws. The name Project \
             Gutenberg is a trademark; with its name and licence removed, a text may be used as any text of the public \
             domain."
        )
    })?;
    Ok(())
}
