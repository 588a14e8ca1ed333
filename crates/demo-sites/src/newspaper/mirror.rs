//! Saved pages of a paper, served under the addresses that they were saved from.

use super::demo::path_of;
use super::index::{Entry, Index, escape};
use crate::server::{Reply, Request, Site};
use flate2::read::GzDecoder;
use serde_json::Value;
use std::collections::HashMap;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

/// A directory of saved pages (`KEY.html.gz`) and their `ground-truth.json` as a site.
pub struct Mirror {
    index: Index,
    pages: HashMap<String, Vec<u8>>,
    truth: Vec<SavedPage>,
}

/// What the directory's truth says about one saved page. An empty text means not stated.
#[derive(Clone, Debug)]
pub struct SavedPage {
    /// The page's key, its file name without `.html.gz`.
    pub key: String,
    /// The address under which it is served and listed.
    pub url: String,
    /// The headline.
    pub title: String,
    /// The byline.
    pub author: String,
    /// The date, in the form in which the page has it.
    pub date: String,
    /// The text, a paragraph a line.
    pub text: String,
}

impl Mirror {
    /// Reads the pages whose key begins with `prefix` (`nyt-`).
    ///
    /// A second page of one address gets `?saved=2`, so that both can be fetched.
    ///
    /// # Errors
    ///
    /// Fails when the truth or a page cannot be read.
    pub fn open(directory: &Path, prefix: &str) -> io::Result<Arc<Self>> {
        let path = directory.join("ground-truth.json");
        let named = |path: &Path, error: io::Error| {
            io::Error::new(error.kind(), format!("{}: {error}", path.display()))
        };
        let text = std::fs::read_to_string(&path).map_err(|error| named(&path, error))?;
        let truth: Value = serde_json::from_str(&text).map_err(|error| named(&path, error.into()))?;
        let mut mirror = Self {
            index: Index { entries: Vec::new(), old_until: 0 },
            pages: HashMap::new(),
            truth: Vec::new(),
        };
        for (key, fields) in
            truth.as_object().into_iter().flatten().filter(|(key, _)| key.starts_with(prefix))
        {
            let file = directory.join(format!("{key}.html.gz"));
            let mut page = Vec::new();
            std::fs::File::open(&file)
                .and_then(|saved| GzDecoder::new(saved).read_to_end(&mut page))
                .map_err(|error| named(&file, error))?;
            mirror.add(key, fields, page);
        }
        Ok(Arc::new(mirror))
    }

    /// What is known of each page, in the order of the keys.
    #[must_use]
    pub fn truth(&self) -> &[SavedPage] {
        &self.truth
    }

    /// `/world/2018/jun/04/all`: The Guardian's list of a section and a day.
    fn day_list(&self, path: &str) -> Option<Reply> {
        let folder = path.strip_suffix("all")?;
        let listed = self.truth.iter().filter(|page| path_of(&page.url).starts_with(folder));
        let links: Vec<String> = listed
            .map(|page| format!("<p><a href=\"{}\">{}</a></p>\n", escape(&page.url), escape(&page.title)))
            .collect();
        (!links.is_empty()).then(|| Reply::html(&links.concat()))
    }

    fn add(&mut self, key: &str, fields: &Value, page: Vec<u8>) {
        let field = |name: &str| fields[name].as_str().unwrap_or_default().to_owned();
        let mut url = field("url");
        let mut copy = 1;
        while self.pages.contains_key(path_of(&url)) {
            copy += 1;
            url = format!("{}?saved={copy}", field("url"));
        }
        self.pages.insert(path_of(&url).to_owned(), page);
        let saved = SavedPage {
            key: key.to_owned(),
            url,
            title: field("title"),
            author: field("author"),
            date: field("date"),
            text: field("articleBody"),
        };
        self.index.entries.push(Entry {
            url: saved.url.clone(),
            title: saved.title.clone(),
            day: day_in(&saved.url),
        });
        self.truth.push(saved);
    }
}

/// The day that an address has in its path, `/2010/12/22/`.
fn day_in(url: &str) -> (u16, u8, u8) {
    let parts: Vec<&str> = path_of(url).split('/').collect();
    let day = parts
        .windows(3)
        .find_map(|part| Some((part[0].parse().ok()?, part[1].parse().ok()?, part[2].parse().ok()?)));
    day.unwrap_or((1970, 1, 1))
}

impl Site for Mirror {
    fn reply(&self, request: &Request) -> Reply {
        if let Some(page) = self.index.page(request) {
            return page;
        }
        match self.pages.get(&request.path_and_query()) {
            Some(page) => Reply::bytes("text/html", page.clone()).with_etag(request),
            None => self.day_list(&request.path).unwrap_or_else(Reply::not_found),
        }
    }
}
