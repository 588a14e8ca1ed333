//! The frame around every page: head, style, navigation, and the scripts at the end.

use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("assets/style.css");

/// A link of the navigation.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) href: String,
    pub(super) text: String,
    pub(super) is_here: bool,
}

/// A whole page.
pub(super) fn page(title: &str, links: &[Link], body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                // An empty icon of our own: without it a browser asks the server for one.
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { nav aria-label="Pages" { @for link in links { (entry(link)) } } }
                main { (body) }
                footer { p { "Made by one run of this program from its own results and figures. No page asks another host for anything." } }
            }
        }
    }
}

fn entry(link: &Link) -> Markup {
    html! { a href=(link.href) aria-current=[link.is_here.then_some("page")] { (link.text) } " " }
}

/// Recorded figures for a script, and the script that reads them.
///
/// `</` is escaped, so that no text among the figures ends the element.
pub(super) fn script(id: &str, data: &serde_json::Value, code: &str) -> Markup {
    let data = data.to_string().replace("</", "<\\/");
    html! {
        script type="application/json" id=(id) { (PreEscaped(data)) }
        script { (PreEscaped(code)) }
    }
}
