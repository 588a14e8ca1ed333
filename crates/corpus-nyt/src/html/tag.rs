//! Names of elements, and what each name says about layout.

/// Makes the enum, and the look-up by name, from one list.
macro_rules! tags {
    ($($variant:ident $name:literal),* $(,)?) => {
        /// The elements that matter here; all others are `Other`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Tag {
            /// The node above all.
            Document,
            /// A stretch of text.
            Text,
            /// A block of no known name (custom elements are mostly wrappers).
            Other,
            $(#[doc = $name] $variant,)*
        }

        impl Tag {
            /// The tag of a name in any case.
            pub(crate) fn from_name(name: &str) -> Self {
                let mut buffer = [0_u8; 12];
                let Some(slot) = buffer.get_mut(..name.len()) else { return Self::Other };
                slot.copy_from_slice(name.as_bytes());
                slot.make_ascii_lowercase();
                match std::str::from_utf8(slot).unwrap_or_default() {
                    $($name => Self::$variant,)*
                    _ => Self::Other,
                }
            }
        }
    };
}

tags! {
    A "a", Abbr "abbr", Address "address", Article "article", Aside "aside", Audio "audio", B "b", Base "base", Big "big",
    Blockquote "blockquote", Body "body", Br "br", Button "button", Canvas "canvas", Caption "caption", Center "center",
    Cite "cite", Code "code", Col "col", Dd "dd", Del "del", Details "details", Div "div", Dl "dl", Dt "dt", Em "em",
    Embed "embed", Fieldset "fieldset", Figcaption "figcaption", Figure "figure", Font "font", Footer "footer",
    Form "form", H1 "h1", H2 "h2", H3 "h3", H4 "h4", H5 "h5", H6 "h6", Head "head", Header "header", Hr "hr", Html "html",
    I "i", Iframe "iframe", Img "img", Input "input", Ins "ins", Kbd "kbd", Label "label", Li "li", Link "link",
    Main "main", Map "map", Mark "mark", Math "math", Menu "menu", Meta "meta", Nav "nav", Noscript "noscript",
    Object "object", Ol "ol", Option "option", P "p", Param "param", Picture "picture", Pre "pre", Q "q", S "s", Samp "samp",
    Script "script", Section "section", Select "select", Small "small", Source "source", Span "span", Strike "strike",
    Strong "strong", Style "style", Sub "sub", Summary "summary", Sup "sup", Svg "svg", Table "table", Tbody "tbody",
    Td "td", Template "template", Textarea "textarea", Tfoot "tfoot", Th "th", Thead "thead", Time "time", Title "title",
    Tr "tr", Track "track", Tt "tt", U "u", Ul "ul", Var "var", Video "video", Wbr "wbr", Bdi "bdi", Bdo "bdo", Xmp "xmp",
    Noframes "noframes",
}

impl Tag {
    /// Elements without content.
    pub(crate) fn is_void(self) -> bool {
        matches!(
            self,
            Self::Base
                | Self::Br
                | Self::Col
                | Self::Embed
                | Self::Hr
                | Self::Img
                | Self::Input
                | Self::Link
                | Self::Meta
                | Self::Param
                | Self::Source
                | Self::Track
                | Self::Wbr
        )
    }

    /// Elements that run on within a line.
    pub(crate) fn is_inline(self) -> bool {
        matches!(
            self,
            Self::A
                | Self::Abbr
                | Self::B
                | Self::Bdi
                | Self::Bdo
                | Self::Big
                | Self::Cite
                | Self::Code
                | Self::Del
                | Self::Em
                | Self::Font
                | Self::I
                | Self::Img
                | Self::Ins
                | Self::Kbd
                | Self::Label
                | Self::Mark
                | Self::Q
                | Self::S
                | Self::Samp
                | Self::Small
                | Self::Span
                | Self::Strike
                | Self::Strong
                | Self::Sub
                | Self::Sup
                | Self::Time
                | Self::Tt
                | Self::U
                | Self::Var
                | Self::Wbr
                | Self::Text
        )
    }

    /// Elements whose content is never read as text.
    pub(crate) fn is_silent(self) -> bool {
        matches!(
            self,
            Self::Script
                | Self::Style
                | Self::Svg
                | Self::Iframe
                | Self::Template
                | Self::Noscript
                | Self::Head
                | Self::Textarea
                | Self::Select
                | Self::Object
                | Self::Audio
                | Self::Video
                | Self::Canvas
                | Self::Noframes
                | Self::Math
                | Self::Map
        )
    }

    /// Elements whose content is text and not markup, up to their end tag.
    pub(crate) fn is_raw(self) -> bool {
        matches!(
            self,
            Self::Script
                | Self::Style
                | Self::Textarea
                | Self::Title
                | Self::Iframe
                | Self::Svg
                | Self::Xmp
                | Self::Noframes
        )
    }

    /// Whether its start ends an open paragraph.
    pub(crate) fn closes_paragraph(self) -> bool {
        matches!(
            self,
            Self::Address
                | Self::Article
                | Self::Aside
                | Self::Blockquote
                | Self::Center
                | Self::Details
                | Self::Div
                | Self::Dl
                | Self::Fieldset
                | Self::Figcaption
                | Self::Figure
                | Self::Footer
                | Self::Form
                | Self::H1
                | Self::H2
                | Self::H3
                | Self::H4
                | Self::H5
                | Self::H6
                | Self::Header
                | Self::Hr
                | Self::Main
                | Self::Menu
                | Self::Nav
                | Self::Ol
                | Self::P
                | Self::Pre
                | Self::Section
                | Self::Table
                | Self::Ul
                | Self::Li
                | Self::Dd
                | Self::Dt
        )
    }

    /// What an end tag from inside does not reach across.
    pub(crate) fn is_scope(self) -> bool {
        matches!(
            self,
            Self::Td | Self::Th | Self::Caption | Self::Table | Self::Button | Self::Object | Self::Template
        )
    }

    /// Rows, cells and groups of rows.
    pub(crate) fn is_table_part(self) -> bool {
        matches!(self, Self::Table | Self::Tr | Self::Td | Self::Th | Self::Tbody | Self::Thead | Self::Tfoot)
    }

    /// Whether it is `h1` to `h6`.
    pub(crate) fn is_heading(self) -> bool {
        matches!(self, Self::H1 | Self::H2 | Self::H3 | Self::H4 | Self::H5 | Self::H6)
    }
}
