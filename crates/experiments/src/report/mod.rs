//! The report: static pages drawn from the results and the figures of one run, and from nothing else.

mod chart;
mod figures;
mod front;
mod heat;
mod layout;
mod pages;
mod show;
pub mod text;

pub use show::show;

use crate::definition::Definition;
use crate::files::write_whole;
use crate::results::{Post, Results};
use anyhow::{Context as _, Result};
use std::path::Path;

/// What one page is drawn from.
#[derive(Debug, Clone, Copy)]
pub struct PageData<'a> {
    /// The prose and the configuration.
    pub definition: &'a Definition,
    /// The claims and their verdicts.
    pub outcome: &'a Post,
    /// The figures, as they lie in `POST.json`.
    pub data: &'a serde_json::Value,
}

/// Writes the front page and a page per post into `out`.
fn write(out: &Path, results: &Results, pages: &[PageData<'_>]) -> Result<()> {
    for page in pages {
        let body = pages::body(*page, results)?;
        let title = &page.definition.title;
        let html = layout::page(title, &pages::links(pages, Some(&page.definition.id), ""), &body);
        write_whole(&out.join(format!("{}.html", page.definition.id)), html.into_string().as_bytes())?;
    }
    let front = layout::page(
        "Cognitive Demons, reproduced",
        &pages::links(pages, None, ""),
        &front::body(results, pages, |id| format!("{id}.html")),
    );
    write_whole(&out.join("index.html"), front.into_string().as_bytes())
}

/// A finished run, read back from its files.
struct Finished {
    results: Results,
    posts: Vec<(Definition, Post, serde_json::Value)>,
}

impl Finished {
    fn read(out: &Path) -> Result<Self> {
        let results = Results::read(out)?;
        let definitions = crate::definition::all()?;
        let mut posts = Vec::new();
        for outcome in &results.posts {
            let definition = definitions.iter().find(|definition| definition.id == outcome.id);
            let definition = definition.with_context(|| format!("results.json: no post {}", outcome.id))?;
            let file = out.join(format!("{}.json", outcome.id));
            let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            let data = serde_json::from_str(&text).with_context(|| file.display().to_string())?;
            posts.push((definition.clone(), outcome.clone(), data));
        }
        Ok(Self { results, posts })
    }

    fn pages(&self) -> Vec<PageData<'_>> {
        let page = |(definition, outcome, data)| PageData { definition, outcome, data };
        self.posts.iter().map(|(definition, outcome, data)| page((definition, outcome, data))).collect()
    }
}

/// Draws the pages of the run in `out`, from `results.json` and the data files alone.
///
/// # Errors
///
/// Where the run's files cannot be read, a figure cannot be drawn or a page not written.
pub fn draw(out: &Path) -> Result<()> {
    let finished = Finished::read(out)?;
    write(out, &finished.results, &finished.pages())
}

/// Writes the whole report of the run in `out` as one file, read back from the files of that run.
///
/// # Errors
///
/// Where the run's files cannot be read or the bundle not written.
pub fn bundle(out: &Path, path: &Path) -> Result<()> {
    let finished = Finished::read(out)?;
    let (results, pages) = (&finished.results, finished.pages());
    let mut body = vec![front::body(results, &pages, |id| format!("#{id}"))];
    for page in &pages {
        body.push(pages::body(*page, results)?);
    }
    let links = pages::links(&pages, None, "#");
    let html =
        layout::page("Cognitive Demons, reproduced", &links, &maud::html! { @for part in &body { (part) } });
    write_whole(path, html.into_string().as_bytes())
}
