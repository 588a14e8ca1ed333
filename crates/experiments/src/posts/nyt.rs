//! The post `nyt`: from the paper's indexes to articles with title, date, authors and text.

use super::Findings;
use super::overlap::Overlap;
use super::sites::{fetched_again, in_mirror, is_live, start};
use crate::context::{Context, Mode};
use anyhow::{Context as _, Result};
use corpus_nyt::{Article, Job, Report, papers};
use demo_sites::newspaper::{Config, Demo, Mirror, PageKind};
use demo_sites::{Server, Site};
use jiff::civil::{Date, date};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// The paper's own index begins here.
const FIRST_DAY: Date = date(1987, 1, 1);
/// The last day asked for.
const LAST_DAY: Date = date(2026, 11, 23);
/// The page shows so many articles.
const N_SHOWN: usize = 40;

/// What is known of an article before it is extracted. An empty field is not stated.
struct Truth {
    title: String,
    authors: Vec<String>,
    day: String,
    text: String,
}

/// Collects, downloads, extracts and compares.
pub(super) fn run(context: &Context) -> Result<Findings> {
    let (server, truth) = open(context)?;
    let paper = papers::paper("nyt").context("the paper is known")?;
    let mut job = Job::new(paper, &context.level("nyt")?, FIRST_DAY, LAST_DAY);
    if let Some(server) = &server {
        job.played_by = Some(server.base_url());
        job.pace = Duration::ZERO;
    } else {
        job.contact.clone_from(&context.settings.contact);
        job.terms_accepted = true;
        job.stop.on_ctrl_c()?;
    }
    let report = download(&mut job, context)?;
    let comparison = Comparison::of(&job, &truth)?;

    let mut found = Findings::default();
    let n_listed =
        server.as_ref().map(|_| truth.len().min(context.settings.n_articles.unwrap_or(usize::MAX)));
    found.compare("nyt.articles", report.articles, n_listed);
    let years = comparison.years();
    if let Some((oldest, newest)) = years {
        found.measure("nyt.first-year", oldest);
        found.measure("nyt.years", newest - oldest > 20);
    }
    let n_stubs = report.not_articles.get("stub").copied().unwrap_or(0);
    found.measure("nyt.free", report.articles as f64 / (report.articles + n_stubs) as f64);
    if server.is_some() {
        found.measure("nyt.titles", comparison.title.share());
        found.measure("nyt.dates", comparison.day.share());
        found.measure("nyt.authors", comparison.authors.share());
        found.measure("nyt.text", comparison.text.f1());
    } else {
        for id in ["nyt.titles", "nyt.dates", "nyt.authors", "nyt.text"] {
            found.skip(id, "a live site says nowhere what is right");
        }
    }
    if let Some(server) = &server {
        let n_before = server.requests().len();
        download(&mut job, context)?;
        found.measure("nyt.again", fetched_again(server, n_before, &comparison.urls));
    }
    found.data = comparison.data(&report);
    Ok(found)
}

fn open(context: &Context) -> Result<(Option<Server>, HashMap<String, Truth>)> {
    Ok(match context.settings.mode {
        Mode::Demo => {
            let demo = Demo::new(Config { seed: context.settings.seed, ..Config::default() });
            let articles = demo.truth().iter().filter(|page| page.kind == PageKind::Article);
            let truth = articles.map(|page| {
                let truth = Truth {
                    title: page.title.clone(),
                    authors: page.authors.clone(),
                    day: page.published.chars().take(10).collect(),
                    text: page.paragraphs.join("\n"),
                };
                (page.url.clone(), truth)
            });
            let truth = truth.collect();
            (Some(start(demo as Arc<dyn Site>)?), truth)
        }
        Mode::Mirror => {
            let mirror = Mirror::open(&in_mirror(context, "news/papers")?, "nyt-")?;
            let truth = mirror.truth().iter().map(|page| {
                let truth = Truth {
                    title: page.title.clone(),
                    authors: names(&page.author),
                    day: day(&page.date),
                    text: page.text.clone(),
                };
                (page.url.clone(), truth)
            });
            let truth = truth.collect();
            (Some(start(mirror as Arc<dyn Site>)?), truth)
        }
        Mode::Live => (None, HashMap::new()),
    })
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

fn download(job: &mut Job, context: &Context) -> Result<Report> {
    let found = job.collect()?;
    if is_live(context) {
        context.say(&format!("nyt: {}", corpus_fetch::Estimate::new(found.listed, job.pace)));
    }
    let mut report = job.report()?;
    if let Some(n) = context.settings.n_articles {
        let n_done = report.articles + report.not_articles.values().sum::<u64>();
        job.max_items = Some((n as u64).saturating_sub(n_done));
    }
    if job.max_items != Some(0) {
        report = job.download(|progress| {
            if is_live(context) {
                context.say(&format!("nyt: {} of {} pages", progress.completed, progress.total));
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
            self.title.add(!truth.title.is_empty(), letters(title) == letters(&truth.title));
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
    }

    fn years(&self) -> Option<(u64, u64)> {
        let years = || self.days.iter().filter_map(|day| day.get(..4)?.parse().ok());
        Some((years().min()?, years().max()?))
    }

    fn data(&self, report: &Report) -> Value {
        let mut years: BTreeMap<&str, u64> = BTreeMap::new();
        for day in &self.days {
            *years.entry(day.get(..4).unwrap_or("undated")).or_default() += 1;
        }
        json!({"articles": self.shown, "years": years, "notArticles": report.not_articles, "failed": report.failed, "bytes": report.bytes})
    }
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
    }
}
