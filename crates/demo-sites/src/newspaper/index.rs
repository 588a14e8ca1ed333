//! The lists of articles: the old site's month pages, the sitemap by year, month and day, and the XML sitemaps.

use crate::server::{Reply, Request};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;

/// One listed page.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Its whole address.
    pub url: String,
    pub title: String,
    /// Year, month, day.
    pub day: (u16, u8, u8),
}

/// The old index splits a month into parts of this many headlines.
const HEADLINES_PER_PART: usize = 20;

/// Every listed page, and up to which year the old index goes.
pub(super) struct Index {
    pub entries: Vec<Entry>,
    /// The old index stopped growing; later articles are in the sitemap only.
    pub old_until: u16,
}

const ROBOTS: &str = "\
User-agent: *
Disallow: /ads/
Disallow: /search
Disallow: /private/
";

impl Index {
    /// The answer for robots.txt and the index pages; `None` for everything else.
    pub(super) fn page(&self, request: &Request) -> Option<Reply> {
        let path = request.path.as_str();
        if path == "/robots.txt" {
            return Some(Reply::text(ROBOTS));
        }
        if let Some(file) = path.strip_prefix("/sitemaps/new/") {
            return Some(self.xml_sitemap(file).map_or_else(Reply::not_found, |xml| packed(&xml)));
        }
        let page = match path.strip_prefix("/sitemap/") {
            Some(date) => self.sitemap(date),
            None => self.old_page(path.strip_prefix("/free_")?),
        };
        Some(page.map_or_else(Reply::not_found, |page| Reply::html(&page)))
    }

    /// `sitemap.xml.gz`, the list of the months' files; `sitemap-2020-08.xml.gz`, a month's pages.
    fn xml_sitemap(&self, file: &str) -> Option<String> {
        let space = "http://www.sitemaps.org/schemas/sitemap/0.9";
        let name = file.strip_suffix(".xml.gz")?;
        let mut list = String::new();
        if name == "sitemap" {
            let months: BTreeSet<(u16, u8)> = self.entries.iter().map(|e| (e.day.0, e.day.1)).collect();
            for (year, month) in months.into_iter().rev() {
                // Writing to a String cannot fail.
                let _ = writeln!(
                    list,
                    "<sitemap><loc>https://www.nytimes.com/sitemaps/new/sitemap-{year}-{month:02}.xml.gz</loc></sitemap>"
                );
            }
            return Some(format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sitemapindex xmlns=\"{space}\">\n{list}</sitemapindex>\n"
            ));
        }
        let (year, month) = name.strip_prefix("sitemap-")?.split_once('-')?;
        for entry in self.month(year.parse().ok()?, month.parse().ok()?) {
            let (year, month, day) = entry.day;
            let _ = writeln!(
                list,
                "<url><loc>{}</loc><lastmod>{year}-{month:02}-{day:02}T12:00:00Z</lastmod><image:image>\
                 <image:loc>https://static01.nyt.com/images/x.jpg</image:loc></image:image></url>",
                escape(&entry.url)
            );
        }
        (!list.is_empty()).then(|| {
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"{space}\" \
                 xmlns:image=\"http://www.google.com/schemas/sitemap-image/1.1\">\n{list}</urlset>\n"
            )
        })
    }

    /// `2020/`, `2020/08/`, `2020/08/16/`, or nothing for the list of years.
    fn sitemap(&self, date: &str) -> Option<String> {
        let parts = date.split_terminator('/').map(str::parse).collect::<Result<Vec<u16>, _>>().ok()?;
        let under = |entry: &&Entry| {
            let day = [entry.day.0, entry.day.1.into(), entry.day.2.into()];
            parts.len() <= 3 && day.starts_with(&parts)
        };
        let mut links = BTreeMap::new();
        for entry in self.entries.iter().filter(under) {
            let (year, month, day) = entry.day;
            let (url, label) = match parts.len() {
                0 => (sitemap_url(&format!("{year}/")), year.to_string()),
                1 => (sitemap_url(&format!("{year}/{month:02}/")), month.to_string()),
                2 => (sitemap_url(&format!("{year}/{month:02}/{day:02}/")), day.to_string()),
                _ => (entry.url.clone(), entry.title.clone()),
            };
            links.insert(url, label);
        }
        if links.is_empty() {
            return None;
        }
        let mut list = String::new();
        for (url, label) in &links {
            // Writing to a String cannot fail. The class is of the kind that a build tool invents.
            let _ = writeln!(list, "<li class=\"css-1a2b3c\"><a href=\"{url}\">{}</a></li>", escape(label));
        }
        Some(format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Site Map {date}</title></head><body>\n\
             <header><nav><ul><li><a href=\"https://www.nytimes.com/section/world\">World</a></li></ul></nav></header>\n\
             <main id=\"site-content\"><h1>Site Map</h1><ul class=\"css-9f8e7d\">\n{list}</ul></main>\n\
             <footer><ul><li><a href=\"https://help.nytimes.com/\">Help</a></li></ul></footer></body></html>\n"
        ))
    }

    /// `1987/index.html`, `1987/articles_1987_01_00000.html`.
    fn old_page(&self, rest: &str) -> Option<String> {
        let (year, file) = rest.split_once('/')?;
        let year: u16 = year.parse().ok().filter(|year| *year <= self.old_until)?;
        if file == "index.html" {
            return self.old_year(year);
        }
        let name = file.strip_prefix("articles_")?.strip_suffix(".html")?;
        let mut numbers = name.split('_').map(str::parse::<usize>);
        let (Some(Ok(_)), Some(Ok(month)), Some(Ok(part))) = (numbers.next(), numbers.next(), numbers.next())
        else {
            return None;
        };
        let headlines = self.month(year, u8::try_from(month).ok()?);
        let headlines = headlines.chunks(HEADLINES_PER_PART).nth(part)?;
        let mut list = String::new();
        for entry in headlines {
            let _ = writeln!(list, "<li><a href=\"{}\">{}</a></li>", entry.url, escape(&entry.title));
        }
        Some(format!(
            "<html><head><title>Articles of {year}, month {month}</title></head><body>\n<div id=\"mainContent\">\n\
             <ul id=\"headlines\">\n{list}</ul>\n</div>\n</body></html>\n"
        ))
    }

    fn old_year(&self, year: u16) -> Option<String> {
        let mut list = String::new();
        for month in 1..=12 {
            let n_parts = self.month(year, month).len().div_ceil(HEADLINES_PER_PART);
            if n_parts == 0 {
                continue;
            }
            let _ = writeln!(list, "<div class=\"articlesMonth\"><h3>{month:02}</h3><ul>");
            for part in 0..n_parts {
                let url = format!(
                    "http://spiderbites.nytimes.com/free_{year}/articles_{year}_{month:02}_{part:05}.html"
                );
                let _ = writeln!(list, "<li><a href=\"{url}\">Part {}</a></li>", part + 1);
            }
            list.push_str("</ul></div>\n");
        }
        if list.is_empty() {
            return None;
        }
        Some(format!("<html><head><title>Articles of {year}</title></head><body>\n{list}</body></html>\n"))
    }

    fn month(&self, year: u16, month: u8) -> Vec<&Entry> {
        self.entries.iter().filter(|entry| entry.day.0 == year && entry.day.1 == month).collect()
    }
}

fn sitemap_url(date: &str) -> String {
    format!("https://www.nytimes.com/sitemap/{date}")
}

/// A file that is gzip itself, as against an answer that is packed on its way.
fn packed(text: &str) -> Reply {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to memory cannot fail.
    let _ = packed.write_all(text.as_bytes());
    Reply::bytes("application/x-gzip", packed.finish().unwrap_or_default())
}

/// Text as it stands in HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
