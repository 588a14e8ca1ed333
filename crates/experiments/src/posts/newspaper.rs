//! The posts `nyt` and `guardian`: from a paper's indexes to articles with title, date, authors and text.

use super::Findings;
use super::blocks::{Beside, beside};
use super::overlap::Overlap;
use super::sites::{fetched_again, in_mirror, is_live, start};
use crate::context::{Context, Mode};
use anyhow::{Context as _, Result, ensure};
use corpus_nyt::{Article, Job, Report, papers, warc};
use demo_sites::newspaper::{
    ArticleTruth, Config, Demo, Guardian, GuardianConfig, Mirror, PageKind, SavedPage,
};
use demo_sites::{Server, Site};
use jiff::civil::{Date, date};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The New York Times' own index begins here.
const FIRST_DAY: Date = date(1987, 1, 1);
/// The last day asked for.
const LAST_DAY: Date = date(2026, 11, 23);
/// The page shows so many articles.
const N_SHOWN: usize = 40;
/// The page shows so many of them beside their source, one a layout.
const N_BESIDE: usize = 3;

/// A paper, its site of this run, and what is right there.
struct Paper {
    /// The post's name and the paper's.
    id: &'static str,
    /// `None` for the real site.
    server: Option<Server>,
    /// By address.
    truth: HashMap<String, Truth>,
    /// The days asked for, from and to.
    spans: Vec<(Date, Date)>,
}

/// What is known of an article before it is extracted. An empty field is not stated.
struct Truth {
    title: String,
    authors: Vec<String>,
    day: String,
    text: String,
}

/// The New York Times, by its indexes of then and now.
pub(super) fn nyt(context: &Context) -> Result<Findings> {
    let id = "nyt";
    let (server, truth) = match context.settings.mode {
        Mode::Demo => {
            let demo = Demo::new(Config { seed: context.settings.seed, ..Config::default() });
            let truth = demo_truth(demo.truth(), &[PageKind::Article]);
            (Some(start(demo as Arc<dyn Site>)?), truth)
        }
        Mode::Mirror => mirror(context, "nyt-")?,
        Mode::Live => (None, HashMap::new()),
    };
    run(&Paper { id, server, truth, spans: vec![(FIRST_DAY, LAST_DAY)] }, context)
}

/// The Guardian, by its lists of a section and a day.
pub(super) fn guardian(context: &Context) -> Result<Findings> {
    let (server, truth) = match context.settings.mode {
        Mode::Demo => {
            let config = GuardianConfig { seed: context.settings.seed, ..GuardianConfig::default() };
            let demo = Guardian::new(config);
            // What its search may not pass on, its pages show whole.
            let truth = demo_truth(demo.truth(), &[PageKind::Article, PageKind::Stub]);
            (Some(start(demo as Arc<dyn Site>)?), truth)
        }
        Mode::Mirror => mirror(context, "guardian-")?,
        Mode::Live => {
            return Ok(Findings::nothing(
                "The Guardian wants programs to ask its Open Platform with a key of one's own; corpus-nyt reads its answers",
            ));
        }
    };
    // It has a list for each day and section: only the days that the site has are asked for.
    let days: BTreeSet<Date> = truth.values().filter_map(|truth| truth.day.parse().ok()).collect();
    let spans = days.into_iter().map(|day| (day, day)).collect();
    run(&Paper { id: "guardian", server, truth, spans }, context)
}

/// Collects, downloads, extracts and compares.
fn run(paper: &Paper, context: &Context) -> Result<Findings> {
    let mut job = Job::new(
        papers::paper(paper.id).context("the paper is known")?,
        &context.level(paper.id)?,
        FIRST_DAY,
        LAST_DAY,
    );
    if let Some(server) = &paper.server {
        job.played_by = Some(server.base_url());
        job.pace = Duration::ZERO;
    } else {
        job.contact.clone_from(&context.settings.contact);
        job.terms_accepted = true;
        job.stop.on_ctrl_c()?;
    }
    let report = download(&mut job, paper, context)?;
    let comparison = Comparison::of(&job, &paper.truth)?;
    ensure!(
        comparison.urls.len() as u64 == report.articles,
        "{}: {} articles were read back of {} that were downloaded",
        paper.id,
        comparison.urls.len(),
        report.articles
    );

    let mut found = Findings::default();
    let id = |what: &str| format!("{}.{what}", paper.id);
    let n_listed = paper
        .server
        .as_ref()
        .map(|_| paper.truth.len().min(context.settings.n_articles.unwrap_or(usize::MAX)));
    found.compare(&id("articles"), report.articles, n_listed);
    if let Some((oldest, newest)) = comparison.years() {
        found.measure(id("first-year"), oldest);
        found.measure(id("years"), newest - oldest > 20);
    }
    let n_stubs = report.not_articles.get("stub").copied().unwrap_or(0);
    found.measure(id("free"), report.articles as f64 / (report.articles + n_stubs) as f64);
    if let Some(server) = &paper.server {
        found.measure(id("titles"), comparison.title.share());
        found.measure(id("dates"), comparison.day.share());
        found.measure(id("authors"), comparison.authors.share());
        found.measure(id("text"), comparison.text.f1());
        let n_before = server.requests().len();
        download(&mut job, paper, context)?;
        found.measure(id("again"), fetched_again(server, n_before, &comparison.urls));
    } else {
        for what in ["titles", "dates", "authors", "text"] {
            found.skip(&id(what), "a live site says nowhere what is right");
        }
    }
    found.data = comparison.data(&report, &comparison.beside(&job)?);
    Ok(found)
}

/// A generated site's truth about the pages that are articles: those of `kinds`.
fn demo_truth(pages: &[ArticleTruth], kinds: &[PageKind]) -> HashMap<String, Truth> {
    let articles = pages.iter().filter(|page| kinds.contains(&page.kind));
    let truth = |page: &ArticleTruth| Truth {
        title: page.title.clone(),
        authors: page.authors.clone(),
        day: page.published.chars().take(10).collect(),
        text: page.paragraphs.join("\n"),
    };
    articles.map(|page| (page.url.clone(), truth(page))).collect()
}

/// The saved pages whose keys begin with `prefix`, served on loopback, with their truth.
fn mirror(context: &Context, prefix: &str) -> Result<(Option<Server>, HashMap<String, Truth>)> {
    let mirror = Mirror::open(&in_mirror(context, "news/papers")?, prefix)?;
    let truth = |page: &SavedPage| Truth {
        title: page.title.clone(),
        authors: names(&page.author),
        day: day(&page.date),
        text: page.text.clone(),
    };
    let truth = mirror.truth().iter().map(|page| (page.url.clone(), truth(page))).collect();
    Ok((Some(start(mirror as Arc<dyn Site>)?), truth))
}

/// `By PATRICK HEALY and ALEXANDER BURNS`: two names.
fn names(byline: &str) -> Vec<String> {
    let byline = byline.strip_prefix("By ").unwrap_or(byline);
    let names = byline.split(" and ").flat_map(|part| part.split(','));
    names.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

/// `20101222` or an RFC 3339 date-time, as a day.
fn day(stated: &str) -> String {
    if stated.len() == 8 {
        return format!("{}-{}-{}", &stated[..4], &stated[4..6], &stated[6..]);
    }
    stated.chars().take(10).collect()
}

fn download(job: &mut Job, paper: &Paper, context: &Context) -> Result<Report> {
    let mut n_listed = 0;
    for (from, to) in &paper.spans {
        (job.from, job.to) = (*from, *to);
        n_listed = job.collect()?.listed;
    }
    // What the job reads back is that of its days: of all that were collected, not of the last span.
    (job.from, job.to) = (FIRST_DAY, LAST_DAY);
    if is_live(context) {
        context.say(&format!("{}: {}", paper.id, corpus_fetch::Estimate::new(n_listed, job.pace)));
    }
    let mut report = job.report()?;
    if let Some(n) = context.settings.n_articles {
        let n_done = report.articles + report.not_articles.values().sum::<u64>();
        job.max_items = Some((n as u64).saturating_sub(n_done));
    }
    if job.max_items != Some(0) {
        report = job.download(|progress| {
            if is_live(context) {
                context.say(&format!("{}: {} of {} pages", paper.id, progress.completed, progress.total));
            }
        })?;
    }
    Ok(report)
}

/// Of how many articles a field is stated, and of how many it is right.
#[derive(Default)]
struct Tally {
    stated: u32,
    right: u32,
}

impl Tally {
    fn add(&mut self, is_stated: bool, is_right: bool) {
        self.stated += u32::from(is_stated);
        self.right += u32::from(is_stated && is_right);
    }

    fn share(&self) -> f64 {
        f64::from(self.right) / f64::from(self.stated)
    }
}

/// The extracted articles beside the truth.
#[derive(Default)]
struct Comparison {
    title: Tally,
    day: Tally,
    authors: Tally,
    text: Overlap,
    urls: Vec<String>,
    days: Vec<String>,
    shown: Vec<Value>,
    /// Articles by the layout that their pages were read by.
    layouts: BTreeMap<String, u64>,
    /// The first article of each layout, with its address.
    firsts: Vec<(String, Article)>,
}

impl Comparison {
    fn of(job: &Job, truth: &HashMap<String, Truth>) -> Result<Self> {
        let mut comparison = Self::default();
        job.articles(|article, item| {
            comparison.add(&article, &item.url, truth.get(&item.url));
            Ok(())
        })?;
        Ok(comparison)
    }

    fn add(&mut self, article: &Article, url: &str, truth: Option<&Truth>) {
        let day: String = article.published.as_deref().unwrap_or_default().chars().take(10).collect();
        let mut f1 = None;
        if let Some(truth) = truth {
            let title = article.title.as_deref().unwrap_or_default();
            self.title.add(!truth.title.is_empty(), is_title(title, &truth.title));
            self.day.add(!truth.day.is_empty(), day == truth.day);
            let all = |names: &[String]| names.iter().map(|name| letters(name)).collect::<Vec<_>>();
            self.authors.add(!truth.authors.is_empty(), all(&article.authors) == all(&truth.authors));
            f1 = Some(self.text.add(&truth.text, &article.text()));
        }
        if self.shown.len() < N_SHOWN {
            self.shown.push(
                json!({"title": article.title, "authors": article.authors, "published": article.published,
                "section": article.section, "words": article.text().split_whitespace().count(), "f1": f1}),
            );
        }
        self.urls.push(url.to_owned());
        self.days.push(day);
        let n_so_far = self.layouts.entry(article.parser.clone()).or_default();
        *n_so_far += 1;
        if *n_so_far == 1 && self.firsts.len() < N_BESIDE {
            self.firsts.push((url.to_owned(), article.clone()));
        }
    }

    /// The first article of each layout beside its page, which the raw store has as it came.
    fn beside(&self, job: &Job) -> Result<Vec<Beside>> {
        let mut files: Vec<PathBuf> = fs::read_dir(job.dir.join("raw"))
            .with_context(|| job.dir.join("raw").display().to_string())?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<_>>()?;
        files.sort();
        let mut found = Vec::new();
        for (url, article) in &self.firsts {
            // A file is named after its pages' month; an address writes the year alike in every paper.
            let may_hold = |path: &&PathBuf| {
                let year = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.get(..4));
                year.is_none_or(|year| url.contains(year) || !year.starts_with(['1', '2']))
            };
            for path in files.iter().filter(may_hold) {
                let record = warc::records(path)?.find(|record| {
                    record
                        .as_ref()
                        .map_or(true, |record| record.kind == "response" && record.url.as_ref() == Some(url))
                });
                if let Some(record) = record.transpose()? {
                    let page = corpus_text::decode(&record.body, record.charset.as_deref()).text;
                    found.push(beside(&page, url, article));
                    break;
                }
            }
        }
        Ok(found)
    }

    fn years(&self) -> Option<(u64, u64)> {
        let years = || self.days.iter().filter_map(|day| day.get(..4)?.parse().ok());
        Some((years().min()?, years().max()?))
    }

    fn data(&self, report: &Report, beside: &[Beside]) -> Value {
        let mut years: BTreeMap<&str, u64> = BTreeMap::new();
        for day in &self.days {
            *years.entry(day.get(..4).unwrap_or("undated")).or_default() += 1;
        }
        json!({"articles": self.shown, "years": years, "notArticles": report.not_articles, "failed": report.failed,
            "bytes": report.bytes, "layouts": self.layouts, "beside": beside})
    }
}

/// Whether a headline is the stated title; some state the section beside it, after a bar.
fn is_title(found: &str, stated: &str) -> bool {
    let found = letters(found);
    found == letters(stated) || stated.split(" | ").any(|part| letters(part) == found)
}

/// A name or a title without case, punctuation and the form of its quotation marks.
fn letters(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bylines_and_days_in_all_their_forms() {
        assert_eq!(names("By PATRICK HEALY and ALEXANDER BURNS"), ["PATRICK HEALY", "ALEXANDER BURNS"]);
        assert!(names("").is_empty());
        assert_eq!(day("20101222"), "2010-12-22");
        assert_eq!(day("2016-08-24T20:48:40-04:00"), "2016-08-24");
        assert_eq!(day(""), "");
        assert!(is_title("A City on the Brink", "A city on the brink | Editorial"));
        assert!(!is_title("Editorial page", "A city on the brink | Editorial"));
    }
}
