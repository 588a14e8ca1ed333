//! Licensed or saved material, read without any request.

use serde_json::Value;

use crate::api::ApiArticle;
use crate::article::Article;
use crate::dates::read_date;
use crate::html::{Blocks, Dom, Oversized, Tag, clean, decode};
use crate::names::read_byline;
pub use crate::nitf::nitf;
use crate::{Error, NotArticle};

/// One item of the Guardian's Open Platform: an article, or why it has no text here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPlatformItem {
    /// The platform's id: `travel/2012/apr/20/...`.
    pub id: String,
    /// The article; its paragraphs are empty where `missing` says so.
    pub article: Article,
    /// The text is not given (rights) or the item is not an article.
    pub missing: Option<NotArticle>,
}

/// Reads answers of the Open Platform: one response, or an object or array that holds responses.
///
/// # Errors
///
/// When the text is not JSON or holds no `results`.
pub fn open_platform(json: &str) -> Result<Vec<OpenPlatformItem>, Error> {
    let root: Value =
        serde_json::from_str(json).map_err(|e| Error::malformed(format!("Open Platform answer: {e}")))?;
    let mut items = Vec::new();
    let mut found = false;
    let mut queue = vec![&root];
    while let Some(value) = queue.pop() {
        match value {
            Value::Object(object) => match object.get("results").and_then(Value::as_array) {
                Some(results) => {
                    found = true;
                    items.extend(results.iter().filter_map(open_platform_item));
                }
                None => queue.extend(object.values().rev()),
            },
            Value::Array(list) => queue.extend(list.iter().rev()),
            _ => {}
        }
    }
    if found { Ok(items) } else { Err(Error::malformed("Open Platform answer: no `results` in it")) }
}

fn open_platform_item(item: &Value) -> Option<OpenPlatformItem> {
    let text = |v: &Value, name: &str| {
        v.get(name).and_then(Value::as_str).map(str::to_owned).filter(|t| !t.is_empty())
    };
    let fields = item.get("fields").unwrap_or(&Value::Null);
    let plain = |name: &str| text(fields, name).map(|t| clean(&decode(&t)));
    let body = text(fields, "body").unwrap_or_default();
    let (paragraphs, oversized) = fragment(&body).map_or((Vec::new(), true), |lines| (lines, false));
    let tags: Vec<&Value> =
        item.get("tags").and_then(Value::as_array).map(|t| t.iter().collect()).unwrap_or_default();
    let of_kind = |kind: &str| -> Vec<String> {
        tags.iter()
            .filter(|t| t.get("type").and_then(Value::as_str) == Some(kind))
            .filter_map(|t| text(t, "webTitle"))
            .collect()
    };
    let mut authors = of_kind("contributor");
    if authors.is_empty() {
        authors = plain("byline").map(|b| read_byline(&b)).unwrap_or_default();
    }
    let article = Article {
        url: text(item, "webUrl"),
        title: plain("headline").or_else(|| text(item, "webTitle")),
        authors,
        published: text(item, "webPublicationDate").and_then(|d| read_date(&d)),
        updated: plain("lastModified").and_then(|d| read_date(&d)),
        section: text(item, "sectionName"),
        keywords: of_kind("keyword"),
        language: text(fields, "lang").or_else(|| Some("en".to_owned())),
        parser: "guardian/open-platform-1".to_owned(),
        ..Article::default()
    };
    let kind = if oversized { NotArticle::Oversized } else { NotArticle::Empty };
    let missing = paragraphs.is_empty().then_some(kind);
    Some(OpenPlatformItem { id: text(item, "id")?, article: Article { paragraphs, ..article }, missing })
}

/// The paragraphs of a body: all of it but figures with their captions, and boxes beside the text.
fn fragment(html: &str) -> Result<Vec<String>, Oversized> {
    let dom = Dom::parse(html)?;
    let beside = |dom: &Dom<'_>, id| matches!(dom.tag(id), Tag::Figure | Tag::Aside);
    Ok(Blocks::collect(&dom, Dom::root(), beside).into_iter().map(|b| b.text).collect())
}

/// One document of the Times' Archive or Article Search API: what is known without the text.
///
/// Reads `{"response": {"docs": [...]}}`, an array of documents, or one document.
///
/// # Errors
///
/// When the text is not JSON or holds no document.
pub fn archive(json: &str) -> Result<Vec<Article>, Error> {
    let root: Value =
        serde_json::from_str(json).map_err(|e| Error::malformed(format!("Archive answer: {e}")))?;
    let docs = archive_documents(&root)?;
    Ok(docs.into_iter().filter_map(archive_document).collect())
}

/// The documents of an answer, an array of documents, or one document.
fn archive_documents(root: &Value) -> Result<Vec<&Value>, Error> {
    let is_document = |value: &&Value| value.get("web_url").is_some();
    let answer = root.pointer("/response/docs").or_else(|| root.get("docs")).and_then(Value::as_array);
    let docs: Vec<&Value> = match (answer, root) {
        (Some(docs), _) => return Ok(docs.iter().collect()),
        (None, Value::Array(docs)) => docs.iter().filter(is_document).collect(),
        (None, one) => Some(one).into_iter().filter(is_document).collect(),
    };
    if docs.is_empty() {
        return Err(Error::malformed("Archive answer: no documents in it"));
    }
    Ok(docs)
}

/// The articles of any of these answers, with text or without.
///
/// # Errors
///
/// When the text is not JSON or none of these answers.
pub fn answer(json: &str) -> Result<Vec<ApiArticle>, Error> {
    match open_platform(json) {
        Ok(items) => Ok(items
            .into_iter()
            .map(|item| ApiArticle { article: item.article, words: None, missing: item.missing })
            .collect()),
        Err(_) => archive_articles(json),
    }
}

/// [`archive`] with the number of words that each document states.
///
/// # Errors
///
/// As [`archive`].
pub(crate) fn archive_articles(json: &str) -> Result<Vec<ApiArticle>, Error> {
    let root: Value =
        serde_json::from_str(json).map_err(|e| Error::malformed(format!("Archive answer: {e}")))?;
    let docs = archive_documents(&root)?;
    let read = |doc: &Value| {
        let words = doc.get("word_count").and_then(number);
        Some(ApiArticle { article: archive_document(doc)?, words, missing: None })
    };
    Ok(docs.into_iter().filter_map(read).collect())
}

/// One page of the Open Platform's search, and how many pages its list has.
///
/// # Errors
///
/// When it is none, or says itself that it is an error.
pub(crate) fn open_platform_page(json: &str) -> Result<(Vec<ApiArticle>, u64), Error> {
    let broken = |why: &str| Error::malformed(format!("Open Platform answer: {why}"));
    let root: Value = serde_json::from_str(json).map_err(|e| broken(&e.to_string()))?;
    let response = root.get("response").ok_or_else(|| broken("no `response` in it"))?;
    if response.get("status").and_then(Value::as_str) != Some("ok") {
        let message = response.get("message").and_then(Value::as_str).unwrap_or("no status `ok` in it");
        return Err(broken(message));
    }
    let results =
        response.get("results").and_then(Value::as_array).ok_or_else(|| broken("no `results` in it"))?;
    let pages = response.get("pages").and_then(number).ok_or_else(|| broken("no `pages` in it"))?;
    let read = |item: &Value| {
        let words = item.pointer("/fields/wordcount").and_then(number);
        open_platform_item(item).map(|read| ApiArticle {
            article: read.article,
            words,
            missing: read.missing,
        })
    };
    Ok((results.iter().filter_map(read).collect(), pages))
}

/// A number, also where it stands as text.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn archive_document(doc: &Value) -> Option<Article> {
    let text = |path: &str| {
        let text = clean(&decode(doc.pointer(path)?.as_str()?));
        (!text.is_empty()).then_some(text)
    };
    let keywords = doc
        .get("keywords")
        .and_then(Value::as_array)
        .map(|list| list.iter().filter_map(|k| Some(k.get("value")?.as_str()?.to_owned())).collect());
    Some(Article {
        url: Some(text("/web_url")?),
        title: text("/headline/main"),
        authors: text("/byline/original").map(|b| read_byline(&b)).unwrap_or_default(),
        published: text("/pub_date").and_then(|d| read_date(&d)),
        section: text("/section_name").or_else(|| text("/news_desk")),
        kicker: text("/headline/kicker"),
        keywords: keywords.unwrap_or_default(),
        language: Some("en".to_owned()),
        parser: "nyt/archive-1".to_owned(),
        ..Article::default()
    })
}
