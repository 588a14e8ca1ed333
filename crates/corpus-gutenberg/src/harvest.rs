//! Pages of `robot/harvest`: the list that Project Gutenberg keeps for programs.

use scraper::{Html, Selector};
use url::Url;

use crate::name::{Link, Name};
use crate::{Error, Result};

/// The first page of the list that the post used: plain texts in English.
pub(crate) const FIRST_PAGE: &str = "https://www.gutenberg.org/robot/harvest?filetypes[]=txt&langs[]=en";

/// What a page of the list says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HarvestPage {
    /// The files, in the page's order.
    pub links: Vec<Link>,
    /// The page after it; the last one has none.
    pub next: Option<String>,
}

/// Reads a page that was fetched from `url`.
///
/// Every link to a zip or a text counts, whatever its host and however odd its name: the pattern of the 2017 post
/// (`[a-zA-Z0-9./]*.zip`) missed each book that exists only under a name with a dash.
///
/// # Errors
///
/// [`Error::is_list`] when the page neither names a next one nor says that there are no more files: then it is no page
/// of the list, and what it lacks would be lost without a word.
pub fn read_harvest_page(url: &str, html: &str) -> Result<HarvestPage> {
    let base = Url::parse(url).map_err(|error| Error::list(format!("{url}: {error}")))?;
    let page = Html::parse_document(html);
    let anchors = Selector::parse("a[href]").map_err(|error| Error::list(format!("{url}: {error}")))?;
    let mut read = HarvestPage { links: Vec::new(), next: None };
    for anchor in page.select(&anchors) {
        let Some(address) = anchor.value().attr("href").and_then(|href| base.join(href).ok()) else {
            continue;
        };
        if let Some(name) = Name::parse(address.as_str()) {
            read.links.push(Link { key: name.stem, url: address.to_string() });
        } else if address.path().ends_with("/harvest")
            && address.query_pairs().any(|(name, _)| name == "offset")
        {
            read.next = Some(address.to_string());
        }
    }
    if read.next.is_none() && !html.contains("No more files") {
        return Err(Error::list(format!(
            "{url}: neither a next page nor \"No more files.\": this is no page of the harvest list; try again later"
        )));
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_with_dashes_count_and_the_next_page_is_followed() {
        let html = r#"<p><a href="http://aleph.gutenberg.org/1/2/12/12-8.zip">x</a></p>
            <p><a href="http://aleph.gutenberg.org/1/2/12/12.zip">x</a></p>
            <p><a href="harvest?offset=40532&amp;filetypes[]=txt&amp;langs[]=en">Next Page</a></p>"#;
        let page = read_harvest_page(FIRST_PAGE, html).unwrap();
        assert_eq!(page.links.iter().map(|link| link.key.as_str()).collect::<Vec<_>>(), ["12-8", "12"]);
        assert_eq!(
            page.next.unwrap(),
            "https://www.gutenberg.org/robot/harvest?offset=40532&filetypes[]=txt&langs[]=en"
        );
    }

    #[test]
    fn the_last_page_says_so_and_any_other_page_is_refused() {
        let page = read_harvest_page(FIRST_PAGE, "<p>No more files.</p>").unwrap();
        assert_eq!(page, HarvestPage { links: Vec::new(), next: None });
        assert!(read_harvest_page(FIRST_PAGE, "<h1>Sorry</h1>").unwrap_err().is_list());
    }
}
