//! A book as a document of a corpus, with what its header says and what the catalogue knows better.

use corpus_text::Document;

use crate::catalogue::Record;
use crate::header::{language_tag, release_day};
use crate::job::Entry;

impl Entry {
    /// The document of this book; `record` is the catalogue's, where there is one.
    #[must_use]
    pub fn into_document(self, text: String, record: Option<&Record>) -> Document {
        let mut document = Document::new(self.key, "gutenberg", text);
        document.url = Some(self.url);
        document.title = self.about.title;
        document.authors = self.about.author.into_iter().collect();
        document.language = self.about.language.as_deref().map(language_tag);
        document.published = self.about.released.as_deref().and_then(release_day);
        document.rights = self.about.rights;
        if let Some(record) = record {
            let stated = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
            document.title = document.title.or_else(|| stated(&record.title));
            if document.authors.is_empty() {
                document.authors = record.authors.split("; ").filter_map(stated).collect();
            }
            document.language = stated(&record.language).or(document.language);
            document.published = release_day(&record.issued).or(document.published);
            document.section = stated(&record.classes);
            document.rights = stated(&record.rights).or(document.rights);
        }
        document
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::About;

    #[test]
    fn the_catalogue_knows_the_class_and_the_header_the_title() {
        let about = About {
            title: Some("The Town".into()),
            language: Some("English".into()),
            released: Some("May 3, 2022".into()),
            rights: Some("Public domain in the USA.".into()),
            ..About::default()
        };
        let entry = Entry { key: "7-0".into(), about, ..Entry::default() };
        let document = entry.clone().into_document("text".into(), None);
        assert_eq!(
            (document.language.as_deref(), document.published.as_deref(), document.section),
            (Some("en"), Some("2022-05-03"), None)
        );
        let record = Record {
            authors: "Roe, Jane, 1801-1871; Doe, John".into(),
            classes: "PR; PN".into(),
            issued: "2022-05-01".into(),
            ..Record::default()
        };
        let document = entry.into_document("text".into(), Some(&record));
        assert_eq!(document.authors, ["Roe, Jane, 1801-1871", "Doe, John"]);
        assert_eq!(
            (document.section.as_deref(), document.published.as_deref()),
            (Some("PR; PN"), Some("2022-05-01"))
        );
        assert_eq!(document.title.as_deref(), Some("The Town"));
    }
}
