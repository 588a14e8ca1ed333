//! The pages around the files: what `robot/harvest` and the catalogue's feed answer.

use crate::server::{Reply, Request};
use flate2::{Compression, write::GzEncoder};
use std::fmt::Write as _;
use std::io::Write as _;

/// A harvest page lists up to this many links, as the real one does.
pub const LINKS_PER_PAGE: usize = 100;

/// The real site's offsets are positions in a table with gaps, so a client must not compute them.
const OFFSET_STRIDE: usize = 7;

/// The files of a site in the order of its list, and its catalogue.
pub struct Shelf {
    /// The URL path of each file, `/1/0/4/10431/10431-8.zip`.
    pub paths: Vec<String>,
    /// The catalogue with its heading, as `pg_catalog.csv`.
    pub catalogue: Vec<u8>,
}

const ROBOTS: &str = "\
User-agent: *
Disallow: /ebooks/search
Disallow: /cgi-bin/
";

impl Shelf {
    /// The answer for the site's own pages; `None` for everything else.
    #[must_use]
    pub fn page(&self, request: &Request) -> Option<Reply> {
        match request.path.as_str() {
            "/robots.txt" => Some(Reply::text(ROBOTS)),
            "/robot/harvest" => Some(self.harvest(request)),
            "/cache/epub/feeds/pg_catalog.csv" => {
                Some(Reply::bytes("text/csv", self.catalogue.clone()).with_etag(request))
            }
            "/cache/epub/feeds/pg_catalog.csv.gz" => {
                Some(Reply::bytes("application/gzip", gzip(&self.catalogue)).with_etag(request))
            }
            _ => None,
        }
    }

    fn harvest(&self, request: &Request) -> Reply {
        let query = request.query.as_deref().unwrap_or_default();
        let offset = query.split('&').find_map(|pair| pair.strip_prefix("offset="));
        let first = match offset.map(str::parse::<usize>) {
            None => 0,
            Some(Ok(offset)) => offset / OFFSET_STRIDE,
            Some(Err(_)) => return Reply::error(400),
        };
        let links = self.paths.get(first..).unwrap_or_default();
        let title = format!("All Files (offset: {}, filetypes: txt)", first * OFFSET_STRIDE);
        let mut page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n"
        );
        for path in links.iter().take(LINKS_PER_PAGE) {
            let url = format!("http://{}{path}", request.host);
            // Writing to a String cannot fail.
            let _ = writeln!(page, "<p><a href=\"{url}\">{url}</a></p>\n");
        }
        if links.len() > LINKS_PER_PAGE {
            let next = (first + LINKS_PER_PAGE) * OFFSET_STRIDE;
            let _ = writeln!(
                page,
                "<p><a href=\"harvest?offset={next}&amp;filetypes[]=txt&amp;langs[]=en\">Next Page</a></p>"
            );
        } else {
            page.push_str("<p>No more files.</p>\n");
        }
        page.push_str("</body>\n</html>\n");
        Reply::html(&page)
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // A vector takes every byte.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelf(n_files: usize) -> Shelf {
        Shelf { paths: (0..n_files).map(|n| format!("/{n}.zip")).collect(), catalogue: b"Text#\n".to_vec() }
    }

    fn ask(shelf: &Shelf, query: &str) -> String {
        let request = Request {
            path: "/robot/harvest".to_owned(),
            query: Some(query.to_owned()),
            host: "localhost".to_owned(),
            ..Request::default()
        };
        String::from_utf8(shelf.page(&request).expect("a page").body).expect("UTF-8")
    }

    #[test]
    fn every_file_is_listed_once_over_the_pages() {
        let shelf = shelf(LINKS_PER_PAGE + 3);
        let first = ask(&shelf, "filetypes[]=txt&langs[]=en");
        assert_eq!(first.matches(".zip</a>").count(), LINKS_PER_PAGE);
        let next =
            first.split("href=\"harvest?").nth(1).expect("a next link").split('"').next().expect("its end");
        let second = ask(&shelf, &next.replace("&amp;", "&"));
        assert_eq!(second.matches(".zip</a>").count(), 3);
        assert!(second.contains("No more files."));
        assert!(!first.contains("No more files."));
    }

    #[test]
    fn an_offset_past_the_end_is_an_empty_last_page() {
        let page = ask(&shelf(1), "offset=999999");
        assert!(page.contains("No more files.") && !page.contains(".zip"));
    }
}
