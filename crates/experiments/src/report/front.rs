//! The front page: every post and every claim at a glance, and what made them.

use super::PageData;
use super::pages::{claim_row, command, verdict_mark};
use crate::claims::{Kind, Verdict};
use crate::context::Mode;
use crate::results::{Post, Results};
use maud::{Markup, html};

/// The body of the front page; `address` is where a post's page is.
pub(super) fn body(results: &Results, pages: &[PageData<'_>], address: impl Fn(&str) -> String) -> Markup {
    let seconds: f64 = results.posts.iter().map(|post| post.seconds).sum();
    html! {
        h1 { "Cognitive Demons, reproduced" }
        p.lead { "What four blog posts of 2017 said, and what this run measured." }
        p.verdicts {
            @for verdict in [Verdict::Reproduced, Verdict::Measured, Verdict::NotRun, Verdict::NotReproduced] {
                span { (verdict_mark(verdict)) " " strong { (results.count(verdict)) } } " "
            }
        }
        p { (mode(results.mode)) }
        h2 { "The posts" }
        div.cards {
            @for page in pages {
                section.card {
                    h3 { a href=(address(&page.definition.id)) { (page.definition.title) } }
                    p.small { (page.definition.published) }
                    p { (page.definition.promise) }
                    (tally(page.outcome))
                    p.small { (format!("{:.2} s", page.outcome.seconds)) }
                }
            }
        }
        (findings(pages, &address))
        h2 { "The claims" }
        p {
            em { "Printed" } " in the post, " em { "stated" } " by it in words, " em { "inferred" }
            " where its configuration is lost, or " em { "beyond" } " what it knew."
        }
        @for page in pages {
            h3 { a href=(address(&page.definition.id)) { (page.definition.title) } }
            (claims(page.outcome))
        }
        h2 { "This run" }
        dl {
            dt { "Command" } dd { code { (command(results, None)) } }
            dt { "Mode, seed" } dd { (results.mode.name()) ", " (results.seed) }
            dt { "Machine" } dd { (results.machine.cpu) ", " (results.machine.cores) " cores, " (results.machine.threads) " threads, " (results.machine.simd) }
            dt { "Kernels ran on" } dd { (results.machine.device) }
            dt { "Commit" } dd { code { (results.machine.commit) } }
            dt { "Time" } dd { (format!("{seconds:.1} s")) }
            dt { "Files" } dd { a href="results.json" { "results.json" } @for post in &results.posts { ", " a href=(format!("{}.json", post.id)) { (post.id) ".json" } } }
        }
    }
}

/// What a mode's results prove.
fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Demo => {
            "This is a demo: books, articles and their sites are generated, and served on this machine. It \
             proves the machinery; that the same code reads real material is what a mirror run shows."
        }
        Mode::Mirror => "This run read real books and pages from a directory, served on this machine.",
        Mode::Live => "This run talked to the real sites.",
    }
}

/// What was found beyond the posts, each with the verdicts that it stands on.
fn findings(pages: &[PageData<'_>], address: &impl Fn(&str) -> String) -> Markup {
    let told =
        || pages.iter().flat_map(|page| page.definition.findings.iter().map(move |finding| (page, finding)));
    html! {
        @if told().next().is_some() {
            h2 { "What the posts could not know" }
            ul.findings {
                @for (page, finding) in told() {
                    li {
                        a href=(address(&page.definition.id)) { (finding.title) } " "
                        span.small {
                            @for verdict in [Verdict::Reproduced, Verdict::NotReproduced] {
                                @let n = page.outcome.claims.iter().filter(|claim| claim.verdict == verdict && finding.claims.contains(&claim.id)).count();
                                @if n > 0 { (verdict_mark(verdict)) " " (n) " " }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn tally(post: &Post) -> Markup {
    html! {
        p.tally {
            @for kind in [Kind::Printed, Kind::Stated, Kind::Inferred, Kind::Beyond] {
                @let claims: Vec<_> = post.claims.iter().filter(|claim| claim.kind == kind).collect();
                @if !claims.is_empty() {
                    span.tallied {
                        (kind.name()) " "
                        @for verdict in [Verdict::Reproduced, Verdict::Measured, Verdict::NotRun, Verdict::NotReproduced] {
                            @let n = claims.iter().filter(|claim| claim.verdict == verdict).count();
                            @if n > 0 { (verdict_mark(verdict)) " " (n) " " }
                        }
                    }
                }
            }
        }
    }
}

fn claims(post: &Post) -> Markup {
    html! {
        div.wide tabindex="0" role="region" aria-label={ "At a glance: " (post.title) } {
            table.claims {
                thead { tr { th scope="col" { "Claim" } th scope="col" { "Kind" } th.number scope="col" { "Expected" } th.number scope="col" { "Measured" } th scope="col" { "Verdict" } } }
                tbody { @for claim in &post.claims { (claim_row(claim)) } }
            }
        }
    }
}
