//! Documents as Parquet with zstd, a column a field, as pandas, Polars, `DuckDB`, Spark and `datasets` open it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder, UInt64Builder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt64Type};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use crate::error::Place;
use crate::whole::WholeFile;
use crate::{Document, Error};

/// Text held back before it is encoded as a batch. Small, so that a writer of long books stays small too.
const BATCH_BYTES: usize = 4 << 20;
/// Text in one row group: what a reader has to hold to read one.
const ROW_GROUP_BYTES: usize = 32 << 20;
/// Rows that a reader decodes at once.
const BATCH_ROWS: usize = 16;

/// The columns, in order; `authors` is a list of strings, `tokens` an unsigned 64-bit integer, the rest strings.
pub const COLUMNS: [&str; 12] = [
    "id",
    "source",
    "url",
    "title",
    "authors",
    "language",
    "published",
    "section",
    "rights",
    "text",
    "tokens",
    "blake3",
];

/// Writes documents to a Parquet file that appears on [`commit`](Self::commit). Its memory is bounded by the row
/// group, not by the corpus.
pub struct ParquetWriter {
    writer: ArrowWriter<WholeFile>,
    schema: Arc<Schema>,
    path: PathBuf,
    batch: Vec<Document>,
    batch_bytes: usize,
    group_bytes: usize,
    n_documents: u64,
}

impl ParquetWriter {
    /// Begins the file at `path`.
    ///
    /// # Errors
    ///
    /// When the directory cannot be written to.
    pub fn create(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let schema = schema();
        let level = ZstdLevel::try_new(3).map_err(|source| Error::parquet(Place::file(&path), source))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            // A dictionary of books or of hashes saves nothing and costs memory.
            .set_column_dictionary_enabled(ColumnPath::from("text"), false)
            .set_column_dictionary_enabled(ColumnPath::from("blake3"), false)
            .build();
        let writer = ArrowWriter::try_new(WholeFile::create(&path)?, schema.clone(), Some(properties))
            .map_err(|source| Error::parquet(Place::file(&path), source))?;
        Ok(Self { writer, schema, path, batch: Vec::new(), batch_bytes: 0, group_bytes: 0, n_documents: 0 })
    }

    /// Appends a document.
    ///
    /// # Errors
    ///
    /// When the file system refuses.
    pub fn write(&mut self, document: Document) -> Result<(), Error> {
        self.batch_bytes += document.text.len();
        self.batch.push(document);
        self.n_documents += 1;
        if self.batch_bytes >= BATCH_BYTES || self.batch.len() >= 4096 {
            self.encode()?;
        }
        Ok(())
    }

    /// Puts the file in place. Returns how many documents it holds.
    ///
    /// # Errors
    ///
    /// When the file system refuses; then nothing appears.
    pub fn commit(mut self) -> Result<u64, Error> {
        self.encode()?;
        let file =
            self.writer.into_inner().map_err(|source| Error::parquet(Place::file(&self.path), source))?;
        file.commit()?;
        Ok(self.n_documents)
    }

    fn encode(&mut self) -> Result<(), Error> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let batch = to_columns(&self.batch, &self.schema)
            .map_err(|source| Error::arrow(Place::file(&self.path), source))?;
        self.writer.write(&batch).map_err(|source| Error::parquet(Place::file(&self.path), source))?;
        self.group_bytes += self.batch_bytes;
        self.batch.clear();
        self.batch_bytes = 0;
        if self.group_bytes >= ROW_GROUP_BYTES {
            self.writer.flush().map_err(|source| Error::parquet(Place::file(&self.path), source))?;
            self.group_bytes = 0;
        }
        Ok(())
    }
}

/// Reads documents back, one at a time. Columns may stand in any order and others may stand beside them; `id`,
/// `source` and `text` must be there.
pub struct ParquetReader {
    batches: ParquetRecordBatchReader,
    path: PathBuf,
    ready: std::vec::IntoIter<Document>,
    done: bool,
}

impl ParquetReader {
    /// Opens the file at `path`.
    ///
    /// # Errors
    ///
    /// When it cannot be opened, is not Parquet, or lacks a column that a document must have.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let file = File::open(&path).map_err(|source| Error::io(Place::file(&path), source))?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file)
            .map_err(|source| Error::parquet(Place::file(&path), source))?;
        for name in ["id", "source", "text"] {
            if builder.schema().field_with_name(name).is_err() {
                return Err(Error::form(
                    Place::file(&path),
                    format!("no column `{name}`: not a file of documents"),
                ));
            }
        }
        let batches = builder
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(|source| Error::parquet(Place::file(&path), source))?;
        Ok(Self { batches, path, ready: Vec::new().into_iter(), done: false })
    }
}

impl Iterator for ParquetReader {
    type Item = Result<Document, Error>;

    /// The next document; an error ends the iteration.
    fn next(&mut self) -> Option<Self::Item> {
        while !self.done {
            if let Some(document) = self.ready.next() {
                return Some(Ok(document));
            }
            let batch = match self.batches.next() {
                Some(Ok(batch)) => from_columns(&batch, &self.path),
                Some(Err(source)) => Err(Error::arrow(Place::file(&self.path), source)),
                None => {
                    self.done = true;
                    break;
                }
            };
            match batch {
                Ok(documents) => self.ready = documents.into_iter(),
                Err(error) => {
                    self.done = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

fn schema() -> Arc<Schema> {
    let required = ["id", "source", "text", "blake3"];
    let field = |name: &str| match name {
        "authors" => {
            Field::new(name, DataType::List(Arc::new(Field::new("element", DataType::Utf8, true))), false)
        }
        "tokens" => Field::new(name, DataType::UInt64, false),
        _ => Field::new(name, DataType::Utf8, !required.contains(&name)),
    };
    Arc::new(Schema::new(COLUMNS.map(field).to_vec()))
}

fn to_columns(documents: &[Document], schema: &Arc<Schema>) -> Result<RecordBatch, arrow_schema::ArrowError> {
    fn strings<'a>(documents: &'a [Document], get: fn(&'a Document) -> Option<&'a str>) -> ArrayRef {
        Arc::new(documents.iter().map(get).collect::<StringArray>())
    }
    let mut authors =
        ListBuilder::new(StringBuilder::new()).with_field(Field::new("element", DataType::Utf8, true));
    let mut tokens = UInt64Builder::new();
    for document in documents {
        for author in &document.authors {
            authors.values().append_value(author);
        }
        authors.append(true);
        tokens.append_value(document.tokens);
    }
    let columns: Vec<ArrayRef> = vec![
        strings(documents, |d| Some(&d.id)),
        strings(documents, |d| Some(&d.source)),
        strings(documents, |d| d.url.as_deref()),
        strings(documents, |d| d.title.as_deref()),
        Arc::new(authors.finish()),
        strings(documents, |d| d.language.as_deref()),
        strings(documents, |d| d.published.as_deref()),
        strings(documents, |d| d.section.as_deref()),
        strings(documents, |d| d.rights.as_deref()),
        strings(documents, |d| Some(&d.text)),
        Arc::new(tokens.finish()),
        strings(documents, |d| Some(&d.blake3)),
    ];
    RecordBatch::try_new(schema.clone(), columns)
}

fn from_columns(batch: &RecordBatch, path: &Path) -> Result<Vec<Document>, Error> {
    let column = |name: &str| -> Result<Option<Vec<Option<String>>>, Error> {
        let Some(column) = batch.column_by_name(name) else { return Ok(None) };
        strings_of(column).map(Some).ok_or_else(|| {
            Error::form(Place::file(path), format!("column `{name}` holds {}, not text", column.data_type()))
        })
    };
    let names =
        ["id", "source", "url", "title", "language", "published", "section", "rights", "text", "blake3"];
    let mut columns = Vec::with_capacity(names.len());
    for name in names {
        columns.push(column(name)?.unwrap_or_else(|| vec![None; batch.num_rows()]).into_iter());
    }
    let authors = batch.column_by_name("authors").and_then(|c| c.as_list_opt::<i32>().cloned());
    let tokens = batch.column_by_name("tokens").cloned();
    let mut documents = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        let mut fields = columns.iter_mut().map(|column| column.next().flatten());
        let mut next = || fields.next().flatten();
        let (id, source, url, title) = (next(), next(), next(), next());
        let (language, published, section, rights) = (next(), next(), next(), next());
        let (text, blake3) = (next(), next());
        documents.push(Document {
            id: id.unwrap_or_default(),
            source: source.unwrap_or_default(),
            url,
            title,
            authors: authors
                .as_ref()
                .and_then(|lists| strings_of(&lists.value(row)))
                .map(|names| names.into_iter().flatten().collect())
                .unwrap_or_default(),
            language,
            published,
            section,
            rights,
            text: text.unwrap_or_default(),
            tokens: tokens.as_ref().map_or(0, |column| count_at(column, row)),
            blake3: blake3.unwrap_or_default(),
        });
    }
    Ok(documents)
}

/// A column of strings in either of Arrow's widths (other writers choose the large one).
fn strings_of(column: &ArrayRef) -> Option<Vec<Option<String>>> {
    let own = |value: Option<&str>| value.map(str::to_owned);
    if let Some(strings) = column.as_string_opt::<i32>() {
        return Some(strings.iter().map(own).collect());
    }
    if let Some(strings) = column.as_string_opt::<i64>() {
        return Some(strings.iter().map(own).collect());
    }
    if let Some(strings) = column.as_string_view_opt() {
        return Some(strings.iter().map(own).collect());
    }
    // A column without any value is written as nulls by some.
    (*column.data_type() == DataType::Null).then(|| vec![None; column.len()])
}

fn count_at(column: &ArrayRef, row: usize) -> u64 {
    if column.is_null(row) {
        return 0;
    }
    if let Some(counts) = column.as_primitive_opt::<UInt64Type>() {
        return counts.value(row);
    }
    column.as_primitive_opt::<Int64Type>().map_or(0, |counts| counts.value(row).max(0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_come_back_as_they_went() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("corpus.parquet");
        let mut documents: Vec<_> =
            (0..40).map(|i| Document::new(i.to_string(), "test", "word ".repeat(i * 100))).collect();
        documents[3].authors = vec!["A".into(), "B \u{e9}".into()];
        documents[4].title = Some("Title\nwith a line end".into());
        documents[5].published = Some("2017-09-02".into());
        let mut writer = ParquetWriter::create(&path).unwrap();
        for document in &documents {
            writer.write(document.clone()).unwrap();
        }
        assert!(!path.exists());
        assert_eq!(writer.commit().unwrap(), 40);
        let back: Result<Vec<_>, _> = ParquetReader::open(&path).unwrap().collect();
        assert_eq!(back.unwrap(), documents);
    }

    #[test]
    fn an_empty_corpus_is_a_file_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty.parquet");
        ParquetWriter::create(&path).unwrap().commit().unwrap();
        assert_eq!(ParquetReader::open(&path).unwrap().count(), 0);
    }

    #[test]
    fn what_is_not_parquet_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("not.parquet");
        crate::whole::write_whole(&path, b"PAR1 but not really").unwrap();
        let error = ParquetReader::open(&path).err().unwrap();
        assert!(error.is_malformed() && error.to_string().contains("not.parquet"), "{error}");
    }
}
