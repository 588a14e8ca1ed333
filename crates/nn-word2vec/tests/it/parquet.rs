//! The column `text` of a Parquet file is the text.

use std::sync::Arc;

use arrow_array::{Int32Array, LargeStringArray, RecordBatch, StringArray};
use nn_word2vec::{Config, Corpus};
use parquet::arrow::ArrowWriter;

fn write(path: &std::path::Path, batch: &RecordBatch) {
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn texts_are_read_and_other_columns_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config { min_count: 1, ..Config::default() };
    let numbers = Arc::new(Int32Array::from(vec![7, 8, 9]));
    let texts = vec![Some("the cat\nsat"), None, Some("on mats the cat")];
    let columns: [(&str, arrow_array::ArrayRef); 2] = [
        ("small", Arc::new(StringArray::from(texts.clone()))),
        ("large", Arc::new(LargeStringArray::from(texts))),
    ];
    for (name, texts) in columns {
        let path = dir.path().join(format!("{name}.parquet"));
        write(
            &path,
            &RecordBatch::try_from_iter([("id", numbers.clone() as arrow_array::ArrayRef), ("text", texts)])
                .unwrap(),
        );
        let corpus = Corpus::read(&[path], None, &config).unwrap();
        assert_eq!((corpus.raw_words(), corpus.vocabulary().len()), (7, 5), "{name}");
        assert_eq!(corpus.vocabulary().words()[..2], ["cat", "the"]);
    }
    let path = dir.path().join("none.parquet");
    write(&path, &RecordBatch::try_from_iter([("id", numbers as arrow_array::ArrayRef)]).unwrap());
    let error = Corpus::read(&[path], None, &config).unwrap_err();
    assert!(error.is_format() && error.to_string().contains("no column `text`"), "{error}");
}
