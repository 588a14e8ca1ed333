//! Tags and text, cut from a page without copying.

use super::Tag;

/// One piece of a page.
#[derive(Debug)]
pub(super) enum Token<'a> {
    Text(&'a str),
    Start { tag: Tag, attributes: &'a str, closed: bool },
    End(Tag),
}

/// Cuts a page into tokens. Each byte is looked at a bounded number of times.
pub(super) struct Tokens<'a> {
    source: &'a str,
    at: usize,
    /// The raw element that has just begun, with its name as written.
    raw: Option<(Tag, &'a str)>,
    /// Raw elements whose end tag does not come any more.
    endless: Vec<Tag>,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self { source, at: 0, raw: None, endless: Vec::new() }
    }

    /// The content of a raw element, up to its end tag.
    fn raw_text(&mut self, tag: Tag, name: &str) -> Option<&'a str> {
        if self.endless.contains(&tag) {
            return None;
        }
        let rest = &self.source[self.at..];
        let bytes = rest.as_bytes();
        let end = rest.match_indices("</").map(|(i, _)| i).find(|&i| {
            bytes.get(i + 2..i + 2 + name.len()).is_some_and(|n| n.eq_ignore_ascii_case(name.as_bytes()))
                && bytes
                    .get(i + 2 + name.len())
                    .is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'))
        });
        let Some(end) = end else {
            self.endless.push(tag);
            // A cut-off script is still no text; of the others (a forgotten end tag) the content is read as markup.
            if !matches!(tag, Tag::Script | Tag::Style) {
                return None;
            }
            self.at = self.source.len();
            return Some(rest);
        };
        self.at += end;
        Some(&rest[..end])
    }

    /// Reads markup at a `<`.
    fn markup(&mut self) -> Option<Markup<'a>> {
        let rest = &self.source[self.at..];
        let bytes = rest.as_bytes();
        match bytes.get(1)? {
            b'!' | b'?' => {
                let length = if rest.starts_with("<!-->") {
                    5
                } else if rest.starts_with("<!--") {
                    rest.get(4..).and_then(|r| r.find("-->")).map_or(rest.len(), |i| i + 7)
                } else {
                    rest.find('>').map_or(rest.len(), |i| i + 1)
                };
                self.at += length;
                Some(Markup::Nothing)
            }
            b'/' if bytes.get(2).is_some_and(u8::is_ascii_alphabetic) => {
                let length = rest.find('>').map_or(rest.len(), |i| i + 1);
                let name = name_at(&rest[2..]);
                self.at += length;
                Some(Markup::Token(Token::End(Tag::from_name(name))))
            }
            b'/' => {
                self.at += rest.find('>').map_or(rest.len(), |i| i + 1);
                Some(Markup::Nothing)
            }
            b if b.is_ascii_alphabetic() => {
                let name = name_at(&rest[1..]);
                let begin = 1 + name.len();
                let Some(length) = attributes_length(&rest.as_bytes()[begin..]) else {
                    // Cut off within a tag: there is nothing more to read.
                    self.at = self.source.len();
                    return Some(Markup::Nothing);
                };
                let attributes = &rest[begin..begin + length];
                self.at += begin + length + 1;
                let tag = Tag::from_name(name);
                let closed = attributes.ends_with('/') && matches!(tag, Tag::Svg | Tag::Other);
                if tag.is_raw() && !closed {
                    self.raw = Some((tag, name));
                }
                Some(Markup::Token(Token::Start { tag, attributes, closed }))
            }
            _ => None,
        }
    }
}

/// What stands at a `<` that is not only that sign.
enum Markup<'a> {
    Token(Token<'a>),
    /// A comment, a declaration, a tag that is cut off.
    Nothing,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if let Some((tag, name)) = self.raw.take()
            && let Some(text) = self.raw_text(tag, name)
            && !text.is_empty()
        {
            return Some(Token::Text(text));
        }
        loop {
            let rest = self.source.get(self.at..).filter(|r| !r.is_empty())?;
            if rest.starts_with('<') {
                match self.markup() {
                    Some(Markup::Token(token)) => return Some(token),
                    Some(Markup::Nothing) => continue,
                    None => {}
                }
            }
            // A `<` that begins no markup is text, with what follows it.
            let own = usize::from(rest.starts_with('<'));
            let length = rest[own..].find('<').map_or(rest.len(), |i| i + own);
            self.at += length;
            return Some(Token::Text(&rest[..length]));
        }
    }
}

fn name_at(text: &str) -> &str {
    let end =
        text.bytes().position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/')).unwrap_or(text.len());
    &text[..end]
}

/// Bytes of a tag before its closing `>`, quotes respected; none if the tag does not end.
fn attributes_length(bytes: &[u8]) -> Option<usize> {
    let mut quote = None;
    let mut value_may_begin = false;
    for (i, &b) in bytes.iter().enumerate() {
        match quote {
            Some(q) if b == q => quote = None,
            Some(_) => {}
            None => match b {
                b'>' => return Some(i),
                // A quote opens a value only after `=`; elsewhere it is a slip of the author.
                b'"' | b'\'' if value_may_begin => quote = Some(b),
                _ => {}
            },
        }
        if !b.is_ascii_whitespace() {
            value_may_begin = b == b'=';
        }
    }
    None
}

/// The attributes of a tag, names as written, values undecoded.
pub(super) struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Attributes<'a> {
    pub(super) fn new(rest: &'a str) -> Self {
        Self { rest }
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return None;
        }
        let end = rest
            .bytes()
            .skip(1)
            .position(|b| b.is_ascii_whitespace() || matches!(b, b'=' | b'/'))
            .map_or(rest.len(), |i| i + 1);
        let (name, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let after = tail.trim_ascii_start();
        let Some(value) = after.strip_prefix('=') else {
            self.rest = tail;
            return Some((name, ""));
        };
        let value = value.trim_ascii_start();
        for quote in ['"', '\''] {
            if let Some(inside) = value.strip_prefix(quote) {
                let (value, rest) = inside.split_once(quote).unwrap_or((inside, ""));
                self.rest = rest;
                return Some((name, value));
            }
        }
        let end = value.bytes().position(|b| b.is_ascii_whitespace()).unwrap_or(value.len());
        self.rest = &value[end..];
        Some((name, &value[..end]))
    }
}
