//! A sentence to tokens: words as Unicode's annex 29 finds them, made plain enough to count and to train on.

use std::borrow::Cow;

use unicode_segmentation::{UnicodeSegmentation, UnicodeWords};

/// How words become tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenOptions {
    /// Put all letters in lower case.
    pub lower_case: bool,
}

impl TokenOptions {
    /// What word vectors are trained on: lower case.
    pub const FOR_VECTORS: Self = Self { lower_case: true };
    /// Words as they stand.
    pub const AS_WRITTEN: Self = Self { lower_case: false };
}

/// The words of `text`, in order; no token holds white space or is empty.
///
/// A typographic apostrophe becomes a straight one, so that "don't" is one word however it was set; the underscores
/// that Project Gutenberg puts around italics are dropped; punctuation is not a token.
///
/// ```
/// use corpus_text::{TokenOptions, tokens};
///
/// let words: Vec<_> = tokens("_Never_ mind, I don\u{2019}t.", TokenOptions::FOR_VECTORS).collect();
/// assert_eq!(words, ["never", "mind", "i", "don't"]);
/// ```
#[must_use]
pub fn tokens(text: &str, options: TokenOptions) -> Tokens<'_> {
    Tokens { words: text.unicode_words(), options, rest: None }
}

/// The iterator behind [`tokens()`].
#[derive(Debug)]
pub struct Tokens<'a> {
    words: UnicodeWords<'a>,
    options: TokenOptions,
    /// What follows an underscore inside a word: `under_score` is two tokens.
    rest: Option<&'a str>,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let word = match self.rest.take() {
                Some(rest) => rest,
                None => self.words.next()?,
            };
            // Annex 29 joins words across underscores; here they are italics.
            let word = word.trim_start_matches('_');
            let word = match word.split_once('_') {
                Some((first, rest)) => {
                    self.rest = Some(rest);
                    first
                }
                None => word,
            };
            // What an underscore cut off may be marks without a letter.
            if word.contains(char::is_alphanumeric) {
                return Some(plain(word, self.options));
            }
        }
    }
}

/// Marks where a word might be divided, and is no part of it.
const SOFT_HYPHEN: char = '\u{ad}';

/// One word made plain.
fn plain(word: &str, options: TokenOptions) -> Cow<'_, str> {
    let straight = if word.contains(['\u{2019}', SOFT_HYPHEN]) {
        Cow::Owned(word.replace('\u{2019}', "'").replace(SOFT_HYPHEN, ""))
    } else {
        Cow::Borrowed(word)
    };
    if !options.lower_case || straight.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
        return straight;
    }
    Cow::Owned(straight.to_lowercase())
}

/// How many tokens a text has, by the rules of [`tokens()`].
#[must_use]
pub fn count_tokens(text: &str) -> u64 {
    tokens(text, TokenOptions::AS_WRITTEN).count() as u64
}

/// Appends the tokens of `text` to `line` with a space between each two, as word2vec and fastText read them.
/// Returns their number.
pub fn push_tokens(line: &mut String, text: &str, options: TokenOptions) -> usize {
    let mut n_tokens = 0;
    for token in tokens(text, options) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&token);
        n_tokens += 1;
    }
    n_tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut line = String::new();
        let n = push_tokens(&mut line, text, TokenOptions::FOR_VECTORS);
        assert_eq!(line, expected);
        assert_eq!(n as u64, count_tokens(text));
    }

    #[test]
    fn words() {
        check("\"Well,\" said he--\"what of it?\"", "well said he what of it");
        check("It's John\u{2019}s 3.14 (approx.)", "it's john's 3.14 approx");
        check("_One_ two_three __four__ _ ___", "one two three four");
        check("\u{c9}cole STRA\u{df}E \u{130}", "\u{e9}cole stra\u{df}e i\u{307}");
        check("re\u{ad}mem\u{ad}ber a_\u{ad}!", "remember a");
        check("well-known 1,000", "well known 1,000");
        check(" \n\t.,;", "");
    }

    #[test]
    fn as_written() {
        let words: Vec<_> = tokens("Mr. O\u{2019}Brien", TokenOptions::AS_WRITTEN).collect();
        assert_eq!(words, ["Mr", "O'Brien"]);
    }
}
