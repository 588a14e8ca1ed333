//! NITF XML, the form in which the paper's articles of 1987 to 2007 are licensed: one article a file.
//!
//! Read as a stream, so that depth and size cost nothing; the document type is passed over and nothing that it names
//! is fetched.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::Error;
use crate::article::Article;
use crate::dates::read_date;
use crate::html::{clean, decode};
use crate::names::{read_byline, read_inverted};

/// Whether a text begins as NITF does.
pub(crate) fn is_nitf(text: &str) -> bool {
    let head = text.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
    // A declaration and a document type stand before the first element.
    head.starts_with('<') && {
        let mut end = head.len().min(2048);
        while !head.is_char_boundary(end) {
            end -= 1;
        }
        head[..end].contains("<nitf")
    }
}

/// Reads one article. Its paragraphs are empty where the file holds no full text.
///
/// - `title`: the printed headline, else the one for the web, else the file's title;
/// - `authors`: the printed byline, else the index's form of it ("Doe, Jane");
/// - `published`: the day; `updated`: the day of a correction;
/// - `section`: the first section of the web site, else the desk; `kicker`: the series' name;
/// - `keywords`: the index's descriptors, persons, organisations and places, each once.
///
/// # Errors
///
/// When the text is not well-formed XML or holds no `nitf` element; the message tells where.
pub fn nitf(xml: &str) -> Result<Article, Error> {
    let mut reader = Reader::from_str(xml);
    let mut file = File::default();
    loop {
        let event = reader
            .read_event()
            .map_err(|error| Error::malformed(format!("NITF, byte {}: {error}", reader.error_position())))?;
        match event {
            Event::Start(start) => file.start(&start),
            Event::Empty(start) => {
                file.start(&start);
                file.end(start.name().as_ref());
            }
            Event::Text(text) => file.line.push_str(&text),
            Event::CData(text) => file.line.push_str(&text),
            Event::GeneralRef(reference) => file.line.push_str(&resolved(&reference)),
            Event::End(end) => file.end(end.name().as_ref()),
            Event::Eof if file.is_open => {
                return Err(Error::malformed(
                    "NITF: the text ends within the article; fetch or unpack the file again",
                ));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if file.is_nitf { Ok(file.article()) } else { Err(Error::malformed("NITF: no `nitf` element in it")) }
}

/// `&amp;`, `&#8217;` and, as HTML has them, `&mdash;` and the like.
fn resolved(reference: &BytesRef<'_>) -> String {
    let name: &str = reference;
    decode(&format!("&{name};")).into_owned()
}

/// An index lists some dozens; of more than this the rest is passed over, for each is looked for among those before.
const KEYWORDS_MAX: usize = 1000;

/// What was read of a file.
#[derive(Default)]
struct File {
    is_nitf: bool,
    is_open: bool,
    /// Text since the last element that stands for itself began.
    line: String,
    /// The `class` of the block, byline or entry being read, and the `type` of the entry.
    class: String,
    kind: String,
    /// The class of the block that the paragraphs lie in.
    block: Option<String>,
    title: Option<String>,
    headline: Option<String>,
    web_headline: Option<String>,
    byline: Option<String>,
    inverted: Option<String>,
    desk: Option<String>,
    sections: Option<String>,
    series: Option<String>,
    day: [Option<String>; 3],
    date: Option<String>,
    corrected: Option<String>,
    url: Option<String>,
    keywords: Vec<String>,
    lead: Vec<String>,
    text: Vec<String>,
    corrections: Vec<String>,
}

impl File {
    fn start(&mut self, start: &BytesStart<'_>) {
        let attribute = |name: &str| {
            let value = start.try_get_attribute(name).ok().flatten()?;
            Some(clean(&decode(&value.value))).filter(|value| !value.is_empty())
        };
        match start.name().as_ref() {
            "nitf" => (self.is_nitf, self.is_open) = (true, true),
            "meta" => self.meta(attribute("name").as_deref(), attribute("content")),
            "series" => self.series = attribute("series.name"),
            "pubdata" => {
                self.date = attribute("date.publication");
                self.url = attribute("ex-ref");
            }
            "block" => self.block = Some(attribute("class").unwrap_or_default()),
            "hl1" | "hl2" | "byline" | "classifier" | "person" | "org" | "location" | "title" | "p" => {
                self.class = attribute("class").unwrap_or_default();
                self.kind = attribute("type").unwrap_or_default();
                self.line.clear();
            }
            // Elements within a line part its words no more than their own white space does.
            _ => {}
        }
    }

    fn meta(&mut self, name: Option<&str>, content: Option<String>) {
        match name {
            Some("dsk") => self.desk = content,
            Some("online_sections") => self.sections = content,
            Some("correction_date") => self.corrected = content,
            Some("publication_year") => self.day[0] = content,
            Some("publication_month") => self.day[1] = content,
            Some("publication_day_of_month") => self.day[2] = content,
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "nitf" => self.is_open = false,
            "block" => self.block = None,
            "hl1" | "hl2" | "byline" | "classifier" | "person" | "org" | "location" | "title" | "p" => {
                let line = clean(&self.line);
                self.line.clear();
                if !line.is_empty() {
                    self.take(name, line);
                }
            }
            _ => {}
        }
    }

    fn take(&mut self, name: &str, line: String) {
        match (name, self.class.as_str()) {
            ("title", _) => self.title = Some(line),
            ("hl1", _) => self.headline = Some(line),
            ("hl2", "online_headline") => self.web_headline = Some(line),
            ("byline", "normalized_byline") => self.inverted = Some(line),
            ("byline", _) => self.byline = Some(line),
            ("p", _) => match self.block.as_deref() {
                Some("full_text") => self.text.push(line),
                Some("lead_paragraph") => self.lead.push(line),
                Some("correction_text") => self.corrections.push(line),
                _ => {}
            },
            ("person" | "org" | "location", "indexing_service") => self.keyword(line),
            ("classifier", "indexing_service") if matches!(self.kind.as_str(), "descriptor" | "names") => {
                self.keyword(line);
            }
            ("classifier", "online_producer") if self.kind == "general_descriptor" => self.keyword(line),
            _ => {}
        }
    }

    fn keyword(&mut self, word: String) {
        if self.keywords.len() < KEYWORDS_MAX && !self.keywords.contains(&word) {
            self.keywords.push(word);
        }
    }

    fn article(self) -> Article {
        let day = |text: &str| read_date(text.get(..8)?);
        let [year, month, date] = self.day;
        let stated =
            year.zip(month).zip(date).and_then(|((y, m), d)| read_date(&format!("{y:0>4}-{m:0>2}-{d:0>2}")));
        let authors = self
            .byline
            .map(|line| read_byline(&line))
            .filter(|names| !names.is_empty())
            .or_else(|| self.inverted.map(|line| read_inverted(&line)))
            .unwrap_or_default();
        let first = |list: String| list.split(';').map(str::trim).find(|s| !s.is_empty()).map(str::to_owned);
        Article {
            url: self.url,
            title: self.headline.or(self.web_headline).or(self.title),
            authors,
            published: self.date.as_deref().and_then(day).or(stated),
            updated: self.corrected.as_deref().and_then(day),
            section: self.sections.and_then(first).or(self.desk),
            kicker: self.series,
            keywords: self.keywords,
            language: Some("en".to_owned()),
            corrections: self.corrections,
            paragraphs: without_lead(if self.text.is_empty() { self.lead } else { self.text }),
            parser: "nyt/nitf-1".to_owned(),
        }
    }
}

/// Early files begin with the lead, marked as such, and then give the text with its lead once more.
fn without_lead(mut paragraphs: Vec<String>) -> Vec<String> {
    if let Some(lead) = paragraphs.first().and_then(|first| first.strip_prefix("LEAD:")) {
        let lead = lead.trim().to_owned();
        if lead.is_empty() || paragraphs.get(1) == Some(&lead) {
            paragraphs.remove(0);
        } else {
            paragraphs[0] = lead;
        }
    }
    paragraphs
}

#[cfg(test)]
mod tests {
    use super::nitf;
    use crate::{Extracted, NotArticle, extract};

    /// A file made after the format's definition; every word in it is invented.
    const FILE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nitf SYSTEM "http://www.nitf.org/IPTC/NITF/3.3/specification/dtd/nitf-3-3.dtd">
<nitf change.date="June 10, 2005" change.time="19:30" version="-//IPTC//DTD NITF 3.3//EN">
  <head>
    <title>Bridge Opens</title>
    <meta content="2" name="publication_day_of_month"/>
    <meta content="1" name="publication_month"/>
    <meta content="1987" name="publication_year"/>
    <meta content="Metropolitan Desk" name="dsk"/>
    <meta content="New York and Region; Front Page" name="online_sections"/>
    <meta content="19870105T000000" name="correction_date"/>
    <docdata>
      <doc-id id-string="42"/>
      <series series.name="Our Towns"/>
      <identified-content>
        <classifier class="indexing_service" type="descriptor">BRIDGES AND TUNNELS</classifier>
        <classifier class="indexing_service" type="types_of_material">Series</classifier>
        <person class="indexing_service">DOE, JANE</person>
        <org class="indexing_service">PORT AUTHORITY</org>
        <location class="indexing_service">HUDSON RIVER</location>
        <classifier class="online_producer" type="taxonomic_classifier">Top/News</classifier>
        <classifier class="online_producer" type="general_descriptor">BRIDGES AND TUNNELS</classifier>
      </identified-content>
    </docdata>
    <pubdata date.publication="19870102T000000" ex-ref="http://query.nytimes.com/gst/fullpage.html?res=1&amp;x=2" item-length="9" name="The New York Times"/>
  </head>
  <body>
    <body.head>
      <hedline>
        <hl1>BRIDGE OPENS &#8212; AT LAST</hl1>
        <hl2 class="online_headline">The Bridge Opens</hl2>
      </hedline>
      <byline class="print_byline">By JANE DOE and RICHARD ROE, Special to the New York Times</byline>
      <byline class="normalized_byline">Doe, Jane; Roe, Richard</byline>
      <dateline>NYACK, N.Y., Jan. 1</dateline>
      <abstract><p>Not the text.</p></abstract>
    </body.head>
    <body.content>
      <block class="lead_paragraph"><p>LEAD: It opened.</p></block>
      <block class="full_text">
        <p>LEAD: It opened.</p>
        <p>It
           opened.</p>
        <p>Tolls are &quot;high&quot; &amp; rise, said <em>Jane</em>&#8217;s friend &mdash; twice.</p>
      </block>
      <block class="correction_text"><p>The toll was misstated.</p></block>
    </body.content>
    <body.end><tagline class="author_info">A note.</tagline></body.end>
  </body>
</nitf>
"#;

    #[test]
    fn every_field_of_an_article() {
        let article = nitf(FILE).expect("well-formed");
        assert_eq!(article.title.as_deref(), Some("BRIDGE OPENS — AT LAST"));
        assert_eq!(article.authors, ["Jane Doe", "Richard Roe"]);
        assert_eq!(article.published.as_deref(), Some("1987-01-02"));
        assert_eq!(article.updated.as_deref(), Some("1987-01-05"));
        assert_eq!(article.section.as_deref(), Some("New York and Region"));
        assert_eq!(article.kicker.as_deref(), Some("Our Towns"));
        assert_eq!(article.url.as_deref(), Some("http://query.nytimes.com/gst/fullpage.html?res=1&x=2"));
        assert_eq!(article.keywords, ["BRIDGES AND TUNNELS", "DOE, JANE", "PORT AUTHORITY", "HUDSON RIVER"]);
        assert_eq!(article.corrections, ["The toll was misstated."]);
        assert_eq!(
            article.paragraphs,
            ["It opened.", "Tolls are \"high\" & rise, said Jane’s friend — twice."]
        );
    }

    #[test]
    fn what_is_missing_is_taken_from_elsewhere() {
        let without = |text: &str, with: &str| FILE.replace(text, with);
        let article =
            nitf(&without("By JANE DOE and RICHARD ROE, Special to the New York Times", " ")).expect("file");
        assert_eq!(article.authors, ["Jane Doe", "Richard Roe"]);
        let article = nitf(&without("<hl1>BRIDGE OPENS &#8212; AT LAST</hl1>", "")).expect("file");
        assert_eq!(article.title.as_deref(), Some("The Bridge Opens"));
        let article = nitf(&without("date.publication=", "other=")).expect("file");
        assert_eq!(article.published.as_deref(), Some("1987-01-02"));
        let article = nitf(&without("New York and Region; Front Page", "")).expect("file");
        assert_eq!(article.section.as_deref(), Some("Metropolitan Desk"));
    }

    #[test]
    fn broken_files_are_told_apart() {
        for broken in [
            "",
            "<p>",
            "<nitf><head></nitf>",
            "<nitf><body>",
            "<other/>",
            "<nitf a=></nitf",
            "<nitf>&#x110000;",
        ] {
            let error = nitf(broken).expect_err(broken);
            assert!(error.is_malformed() && error.to_string().starts_with("NITF"), "{error}");
        }
        for cut in 0..FILE.len() {
            if FILE.is_char_boundary(cut) {
                assert!(nitf(&FILE[..cut]).is_err() || cut + 2 > FILE.len(), "{cut}");
            }
        }
        let deep = format!("<nitf>{}{}</nitf>", "<a>".repeat(200_000), "</a>".repeat(200_000));
        assert!(nitf(&deep).expect("deep").paragraphs.is_empty());
    }

    #[test]
    fn files_are_known_by_their_first_tag() {
        let Extracted::Article(article) = extract(FILE.as_bytes(), None, None) else { panic!("an article") };
        assert_eq!(article.parser, "nyt/nitf-1");
        let empty = FILE.replace("full_text", "other").replace("lead_paragraph", "other");
        assert_eq!(extract(empty.as_bytes(), None, None), Extracted::NotArticle(NotArticle::Empty));
    }
}
