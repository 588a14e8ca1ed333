//! Whatever comes in, nothing is lost, doubled or torn.

use corpus_text::jsonl::{JsonLinesReader, JsonLinesWriter};
use corpus_text::sentences::one_line;
use corpus_text::table::{ParquetReader, ParquetWriter};
use corpus_text::{Document, Paragraphs, TokenOptions, decode, normalise_lines, sentences, tokens};
use proptest::prelude::*;

/// Prose-like soup: the characters that the rules look at, far more often than chance would have them.
fn soup() -> impl Strategy<Value = String> {
    proptest::string::string_regex(
        "([A-Za-z]{1,5}|Mr|No|p\\.m|[.!?…]{1,3}|[ \n\r\t]{1,3}|[\"'”’()_*—-]|é|İ|\u{ad}|中){0,80}",
    )
    .expect("a regular expression")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn sentences_hold_every_character_but_white_space(text in soup()) {
        for paragraphs in [Paragraphs::BlankLines, Paragraphs::EachLine] {
            let squeezed = |s: &str| s.split_whitespace().collect::<String>();
            let joined: String = sentences(&text, paragraphs).collect();
            prop_assert_eq!(squeezed(&joined), squeezed(&text));
            for sentence in sentences(&text, paragraphs) {
                prop_assert!(!sentence.is_empty() && sentence.trim() == sentence);
                prop_assert!(!one_line(sentence).contains(['\n', '\r', '\t']));
            }
        }
    }

    #[test]
    fn a_token_has_no_white_space_and_a_letter_or_digit(text in soup()) {
        for token in tokens(&text, TokenOptions::FOR_VECTORS) {
            prop_assert!(token.chars().any(char::is_alphanumeric) && !token.contains(char::is_whitespace), "{token:?}");
        }
    }

    #[test]
    fn any_bytes_decode(bytes in proptest::collection::vec(any::<u8>(), 0..300), declared in proptest::option::of("[a-z0-9-]{0,12}")) {
        let decoded = decode(&bytes, declared.as_deref());
        prop_assert!(!normalise_lines(&decoded.text).contains('\r'));
        if let Ok(text) = std::str::from_utf8(&bytes)
            && text.len() < 16
            && !text.starts_with('\u{feff}')
        {
            prop_assert_eq!(decoded.text, text);
        }
    }

    #[test]
    fn documents_survive_both_files(texts in proptest::collection::vec(any::<String>(), 0..5), title in any::<Option<String>>()) {
        let documents: Vec<_> = texts.iter().enumerate().map(|(i, text)| {
            let mut document = Document::new(i.to_string(), "soup", text.clone());
            document.title.clone_from(&title);
            document.authors = texts.clone();
            document
        }).collect();
        let folder = tempfile::tempdir()?;
        let lines = folder.path().join("d.jsonl.zst");
        let table = folder.path().join("d.parquet");
        let mut line_writer = JsonLinesWriter::create(&lines)?;
        let mut table_writer = ParquetWriter::create(&table)?;
        for document in &documents {
            line_writer.write(document)?;
            table_writer.write(document.clone())?;
        }
        line_writer.commit()?;
        table_writer.commit()?;
        let from_lines: Vec<_> = JsonLinesReader::open(&lines)?.collect::<Result<_, _>>()?;
        let from_table: Vec<_> = ParquetReader::open(&table)?.collect::<Result<_, _>>()?;
        prop_assert_eq!(&from_lines, &documents);
        prop_assert_eq!(&from_table, &documents);
        for document in &documents {
            prop_assert!(document.is_consistent());
        }
    }
}
