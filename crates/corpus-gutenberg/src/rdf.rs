//! The library's RDF records: one XML file a book, alone, in a folder, or in the tar of all of them.

use std::io::Read;

use roxmltree::{Document, Node};

use crate::catalogue::Record;
use crate::{Error, Result};

/// The longest record accepted, in bytes; the longest seen has 300 KB.
const RECORD_BYTES_MAX: u64 = 16 << 20;

/// Reads one record; `name` is what an error calls it.
///
/// # Errors
///
/// [`Error::is_list`] when it is no such record.
pub(crate) fn parse(bytes: &[u8], name: &str) -> Result<Record> {
    let failed = |what: String| Error::list(format!("{name}: {what}; it must be a record as pg11.rdf"));
    let text = std::str::from_utf8(bytes).map_err(|error| failed(error.to_string()))?;
    let xml = Document::parse(text).map_err(|error| failed(error.to_string()))?;
    let book = xml
        .descendants()
        .find(|node| node.tag_name().name() == "ebook")
        .ok_or_else(|| failed("no <pgterms:ebook>".to_owned()))?;
    let about = attribute(book, "about").unwrap_or_default();
    let id = about.rsplit('/').next().and_then(|id| id.parse().ok());
    let id = id.ok_or_else(|| failed(format!("rdf:about=\"{about}\" names no book")))?;
    let mut record = Record { id, ..Record::default() };
    for field in book.children().filter(Node::is_element) {
        match field.tag_name().name() {
            "title" => record.title = text_of(field),
            "issued" => record.issued = text_of(field),
            "rights" => record.rights = text_of(field),
            "type" => record.kind = value(field),
            "language" => append(&mut record.language, &value(field)),
            "bookshelf" => append(&mut record.bookshelves, &value(field)),
            "creator" => append(&mut record.authors, &agent(field)),
            "subject" if is_class(field) => append(&mut record.classes, &value(field)),
            "subject" => append(&mut record.subjects, &value(field)),
            _ => {}
        }
    }
    Ok(record)
}

/// Reads the records of a tar, in order of number.
///
/// # Errors
///
/// [`Error::is_list`] when it is no tar, or a record in it is none, with its name.
pub(crate) fn parse_tar(reader: impl Read, name: &str) -> Result<Vec<Record>> {
    let failed = |error: std::io::Error| {
        Error::list(format!("{name}: {error}; it must be the library's tar of .rdf files, whole"))
    };
    let mut records = Vec::new();
    let mut bytes = Vec::new();
    for entry in tar::Archive::new(reader).entries().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if std::path::Path::new(&path).extension().is_none_or(|extension| extension != "rdf") {
            continue;
        }
        bytes.clear();
        entry.take(RECORD_BYTES_MAX).read_to_end(&mut bytes).map_err(failed)?;
        // The library's own tar has a template among the records.
        if path.ends_with("/pg0.rdf") || path.contains("999999") {
            continue;
        }
        records.push(parse(&bytes, &format!("{name}: {path}"))?);
    }
    if records.is_empty() {
        return Err(Error::list(format!("{name}: no .rdf file in it")));
    }
    records.sort_by_key(|record| record.id);
    Ok(records)
}

/// As the catalogue has it: `Melville, Herman, 1819-1891`.
fn agent(field: Node) -> String {
    let part = |name: &str| {
        field.descendants().find(|node| node.tag_name().name() == name).map(text_of).unwrap_or_default()
    };
    let (name, born, died) = (part("name"), part("birthdate"), part("deathdate"));
    if born.is_empty() && died.is_empty() { name } else { format!("{name}, {born}-{died}") }
}

fn is_class(field: Node) -> bool {
    field
        .descendants()
        .any(|node| attribute(node, "resource").is_some_and(|resource| resource.ends_with("/LCC")))
}

/// The text of the `rdf:value` within a field.
fn value(field: Node) -> String {
    field.descendants().find(|node| node.tag_name().name() == "value").map(text_of).unwrap_or_default()
}

fn text_of(node: Node) -> String {
    node.text().unwrap_or_default().trim().to_owned()
}

/// An attribute by its name without the namespace.
fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attributes().find(|attribute| attribute.name() == name).map(|attribute| attribute.value())
}

/// The catalogue puts `; ` between several.
fn append(list: &mut String, one: &str) {
    if one.is_empty() {
        return;
    }
    if !list.is_empty() {
        list.push_str("; ");
    }
    list.push_str(one);
}

#[cfg(test)]
mod tests {
    use super::*;

    const RDF: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<rdf:RDF xmlns:dcterms="http://purl.org/dc/terms/" xmlns:pgterms="http://www.gutenberg.org/2009/pgterms/"
  xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcam="http://purl.org/dc/dcam/">
  <pgterms:ebook rdf:about="ebooks/77">
    <dcterms:title>Two Lines &amp; More</dcterms:title>
    <dcterms:issued rdf:datatype="x#date">1999-03-01</dcterms:issued>
    <dcterms:rights>Copyrighted. Read the copyright notice inside this book for details.</dcterms:rights>
    <dcterms:type><rdf:Description><rdf:value>Text</rdf:value></rdf:Description></dcterms:type>
    <dcterms:language><rdf:Description><rdf:value>en</rdf:value></rdf:Description></dcterms:language>
    <dcterms:language><rdf:Description><rdf:value>la</rdf:value></rdf:Description></dcterms:language>
    <dcterms:creator><pgterms:agent><pgterms:name>Poet, A.</pgterms:name><pgterms:birthdate>1801</pgterms:birthdate></pgterms:agent></dcterms:creator>
    <dcterms:subject><rdf:Description><dcam:memberOf rdf:resource="http://purl.org/dc/terms/LCC"/><rdf:value>PR</rdf:value></rdf:Description></dcterms:subject>
    <dcterms:subject><rdf:Description><rdf:value>Poetry</rdf:value><dcam:memberOf rdf:resource="http://purl.org/dc/terms/LCSH"/></rdf:Description></dcterms:subject>
    <pgterms:bookshelf><rdf:Description><rdf:value>Verse</rdf:value></rdf:Description></pgterms:bookshelf>
  </pgterms:ebook>
</rdf:RDF>"#;

    #[test]
    fn a_record_has_every_field_of_the_catalogue_and_the_rights() {
        let record = parse(RDF.as_bytes(), "pg77.rdf").unwrap();
        assert_eq!(
            (record.id, record.title.as_str(), record.kind.as_str()),
            (77, "Two Lines & More", "Text")
        );
        assert_eq!((record.language.as_str(), record.authors.as_str()), ("en; la", "Poet, A., 1801-"));
        assert_eq!((record.subjects.as_str(), record.classes.as_str()), ("Poetry", "PR"));
        assert_eq!((record.bookshelves.as_str(), record.year()), ("Verse", Some(1999)));
        assert!(record.rights.starts_with("Copyrighted"));
    }

    #[test]
    fn a_tar_of_records_is_read_in_order_and_other_files_are_passed_over() {
        let mut tar = tar::Builder::new(Vec::new());
        let mut add = |path: &str, text: &str| {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            tar.append_data(&mut header, path, text.as_bytes()).unwrap();
        };
        add("cache/epub/77/pg77.rdf", RDF);
        add("cache/epub/readme.txt", "hello");
        add("cache/epub/5/pg5.rdf", &RDF.replace("ebooks/77", "ebooks/5"));
        let tar = tar.into_inner().unwrap();
        let ids: Vec<u32> =
            parse_tar(tar.as_slice(), "x.tar").unwrap().iter().map(|record| record.id).collect();
        assert_eq!(ids, [5, 77]);
        assert!(parse_tar(&tar[..700], "x.tar").unwrap_err().is_list());
    }

    #[test]
    fn what_is_no_record_is_refused_with_its_name() {
        for bytes in [
            &b"<html/>"[..],
            b"no xml",
            b"\xff",
            b"<rdf:RDF xmlns:rdf='r'><ebook rdf:about='x/y'/></rdf:RDF>",
        ] {
            let error = parse(bytes, "pg1.rdf").unwrap_err();
            assert!(error.is_list() && error.to_string().starts_with("pg1.rdf"), "{error}");
        }
    }
}
