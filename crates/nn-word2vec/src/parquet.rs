//! The column `text` of Parquet files.

use std::fs::File;
use std::path::Path;

use arrow_array::{Array, LargeStringArray, StringArray, StringViewArray};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::error::Error;

/// Calls `take` with each text in the order of the rows; rows without a text are passed over.
pub(crate) fn read_texts(path: &Path, take: &mut dyn FnMut(&str) -> Result<(), Error>) -> Result<(), Error> {
    let wrong = |what: &dyn std::fmt::Display| Error::format(format!("{}: {what}", path.display()));
    let file = File::open(path).map_err(|e| Error::io("cannot open", path, e))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| wrong(&e))?;
    let schema = builder.parquet_schema();
    if !schema.root_schema().get_fields().iter().any(|field| field.name() == "text") {
        return Err(wrong(&"it has no column `text`"));
    }
    let only_text = ProjectionMask::columns(schema, ["text"]);
    let batches = builder.with_projection(only_text).build().map_err(|e| wrong(&e))?;
    for batch in batches {
        let batch = batch.map_err(|e| wrong(&e))?;
        let column = batch.column(0).as_any();
        if let Some(texts) = column.downcast_ref::<StringArray>() {
            texts.iter().flatten().try_for_each(&mut *take)?;
        } else if let Some(texts) = column.downcast_ref::<LargeStringArray>() {
            texts.iter().flatten().try_for_each(&mut *take)?;
        } else if let Some(texts) = column.downcast_ref::<StringViewArray>() {
            texts.iter().flatten().try_for_each(&mut *take)?;
        } else {
            return Err(wrong(&"its column `text` holds no strings"));
        }
    }
    Ok(())
}
