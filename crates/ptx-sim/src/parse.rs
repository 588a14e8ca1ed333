//! From PTX text to statements: entries with their parameters, registers, shared variables and instructions.
//!
//! Nothing is interpreted here but the shape of the text; what an instruction means is `decode`'s business. Every
//! statement keeps its line.

use crate::error::{Error, Kind};

type Result<T> = std::result::Result<T, Error>;

/// One operand as it stands in the text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    /// A register, a special register, a label or a symbol.
    Name(String),
    /// `!%p1`
    Not(String),
    /// An integer, already negated where a minus stood before it.
    Int(i64),
    /// `0fXXXXXXXX`
    F32(u32),
    /// `0dXXXXXXXXXXXXXXXX`
    F64(u64),
    /// `[name + offset]`
    Address(String, i64),
    /// `{a, b}`
    Vector(Vec<Operand>),
    /// `%r1|%p1`
    Pair(String, String),
}

/// One instruction as it stands in the text.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) line: u32,
    /// The guard predicate and whether it is negated.
    pub(crate) guard: Option<(String, bool)>,
    /// The opcode split at its dots.
    pub(crate) opcode: Vec<String>,
    pub(crate) operands: Vec<Operand>,
}

/// A kernel as it stands in the text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) line: u32,
    /// Name and size in bytes, in order.
    pub(crate) params: Vec<(String, u32)>,
    /// `.maxntid`, multiplied out.
    pub(crate) max_threads: Option<u32>,
    /// Register name (or prefix with its count) and type.
    pub(crate) registers: Vec<Registers>,
    /// Static shared variables: name, alignment, bytes.
    pub(crate) shared: Vec<(String, u32, u32)>,
    pub(crate) labels: Vec<(String, usize)>,
    pub(crate) statements: Vec<Statement>,
}

#[derive(Debug, Clone)]
pub(crate) struct Registers {
    pub(crate) ty: String,
    pub(crate) name: String,
    pub(crate) count: Option<u32>,
    pub(crate) line: u32,
}

/// All that a text declares.
#[derive(Debug, Clone, Default)]
pub(crate) struct Text {
    pub(crate) version: String,
    pub(crate) target: String,
    pub(crate) entries: Vec<Entry>,
    /// Shared variables at module scope: name, alignment, bytes (0 for `.extern`, the dynamic part).
    pub(crate) shared: Vec<(String, u32, u32)>,
}

pub(crate) fn parse(source: &str) -> Result<Text> {
    let tokens = lex(source)?;
    Parser { tokens: &tokens, at: 0 }.text()
}

#[derive(Debug, Clone, PartialEq)]
enum Token<'a> {
    Word(&'a str),
    Text,
    Mark(char),
}

fn lex(source: &str) -> Result<Vec<(Token<'_>, u32)>> {
    let bytes = source.as_bytes();
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < bytes.len() {
        let rest = &source[at..];
        let byte = bytes[at];
        if byte == b'\n' {
            line += 1;
            at += 1;
        } else if byte.is_ascii_whitespace() {
            at += 1;
        } else if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            let Some(end) = rest.find("*/") else {
                return Err(Error::new(Kind::Parse, "a comment that never ends").at_line(line));
            };
            line += rest[..end].matches('\n').count() as u32;
            at += end + 2;
        } else if byte == b'"' {
            let Some(end) = rest[1..].find('"') else {
                return Err(Error::new(Kind::Parse, "a string that never ends").at_line(line));
            };
            tokens.push((Token::Text, line));
            line += rest[..end + 2].matches('\n').count() as u32;
            at += end + 2;
        } else if is_word(byte) {
            let end = rest.bytes().position(|b| !is_word(b)).unwrap_or(rest.len());
            tokens.push((Token::Word(&rest[..end]), line));
            at += end;
        } else if b"{}()[]<>,;:@!+-|=".contains(&byte) {
            tokens.push((Token::Mark(byte as char), line));
            at += 1;
        } else {
            let found = rest.chars().next().unwrap_or('?');
            return Err(Error::new(Kind::Parse, format!("unexpected character {found:?}")).at_line(line));
        }
    }
    Ok(tokens)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.$%".contains(&byte)
}

struct Parser<'a> {
    tokens: &'a [(Token<'a>, u32)],
    at: usize,
}

impl<'a> Parser<'a> {
    fn text(mut self) -> Result<Text> {
        let mut text = Text::default();
        while let Some(token) = self.peek() {
            match token {
                Token::Word(".version") => {
                    self.at += 1;
                    self.word()?.clone_into(&mut text.version);
                }
                Token::Word(".target") => {
                    self.at += 1;
                    self.word()?.clone_into(&mut text.target);
                    while self.eat(',') {
                        self.word()?;
                    }
                }
                Token::Word(".address_size") => {
                    self.at += 1;
                    let line = self.line();
                    let bits = self.word()?;
                    if bits != "64" {
                        let message = format!("address size {bits}, only 64 is run");
                        return Err(Error::new(Kind::Unsupported, message).at_line(line));
                    }
                }
                Token::Word(".file") => self.skip_line(),
                Token::Word(".visible" | ".weak" | ".extern") => self.at += 1,
                Token::Word(".entry") => {
                    self.at += 1;
                    text.entries.push(self.entry()?);
                }
                Token::Word(".shared") => text.shared.push(self.shared()?),
                Token::Word(".global" | ".const") => self.skip_statement()?,
                Token::Word(other) => {
                    let message = format!("`{other}` at module scope");
                    return Err(Error::new(Kind::Unsupported, message).at_line(self.line()));
                }
                _ => return Err(self.unexpected("a directive")),
            }
        }
        if text.version.is_empty() {
            return Err(Error::new(Kind::Parse, "no `.version`: this is not a PTX file"));
        }
        Ok(text)
    }

    fn entry(&mut self) -> Result<Entry> {
        let mut entry = Entry { line: self.line(), ..Entry::default() };
        self.word()?.clone_into(&mut entry.name);
        let name = entry.name.clone();
        self.entry_rest(entry).map_err(|error| error.in_kernel(&name))
    }

    fn entry_rest(&mut self, mut entry: Entry) -> Result<Entry> {
        if self.eat('(') {
            while !self.eat(')') {
                entry.params.push(self.param()?);
                self.eat(',');
            }
        }
        loop {
            match self.next()? {
                Token::Mark('{') => break,
                Token::Word(".maxntid") => {
                    let mut threads = self.number()? as u32;
                    while self.eat(',') {
                        threads = threads.saturating_mul(self.number()? as u32);
                    }
                    entry.max_threads = Some(threads);
                }
                Token::Word(".minnctapersm" | ".maxnreg" | ".reqntid") => {
                    self.number()?;
                    while self.eat(',') {
                        self.number()?;
                    }
                }
                _ => {
                    self.at -= 1;
                    return Err(self.unexpected("a kernel's body"));
                }
            }
        }
        let mut depth = 1;
        while depth > 0 {
            let line = self.line();
            match self.next()? {
                Token::Mark('{') => depth += 1,
                Token::Mark('}') => depth -= 1,
                Token::Word(".reg") => self.registers(&mut entry.registers)?,
                Token::Word(".shared") => {
                    self.at -= 1;
                    let variable = self.shared()?;
                    entry.shared.push(variable);
                }
                Token::Word(".pragma") => self.skip_statement()?,
                Token::Word(".loc") => {
                    self.at -= 1;
                    self.skip_line();
                }
                Token::Word(word) if word.starts_with('.') => {
                    let message = format!("`{word}` in a kernel");
                    return Err(Error::new(Kind::Unsupported, message).at_line(line));
                }
                Token::Word(word) if self.peek() == Some(&Token::Mark(':')) => {
                    self.at += 1;
                    entry.labels.push(((*word).to_owned(), entry.statements.len()));
                }
                Token::Mark('@') => {
                    let negated = self.eat('!');
                    let guard = self.word()?.to_owned();
                    let opcode = self.word()?;
                    let statement = self.statement(line, Some((guard, negated)), opcode)?;
                    entry.statements.push(statement);
                }
                Token::Word(opcode) => {
                    let statement = self.statement(line, None, opcode)?;
                    entry.statements.push(statement);
                }
                Token::Mark(';') => {}
                _ => {
                    self.at -= 1;
                    return Err(self.unexpected("an instruction"));
                }
            }
        }
        Ok(entry)
    }

    fn statement(&mut self, line: u32, guard: Option<(String, bool)>, opcode: &str) -> Result<Statement> {
        let mut operands = Vec::new();
        while !self.eat(';') {
            operands.push(self.operand()?);
            if !self.eat(',') && self.peek() != Some(&Token::Mark(';')) {
                return Err(self.unexpected("`,` or `;`"));
            }
        }
        Ok(Statement { line, guard, opcode: opcode.split('.').map(str::to_owned).collect(), operands })
    }

    fn operand(&mut self) -> Result<Operand> {
        if self.eat('[') {
            let name = self.word()?.to_owned();
            let mut offset = 0;
            // A minus belongs to the number, a plus stands before it.
            if self.eat('+') || self.peek() == Some(&Token::Mark('-')) {
                offset = self.number()?;
            }
            if !self.eat(']') {
                return Err(self.unexpected("`]`"));
            }
            return Ok(Operand::Address(name, offset));
        }
        if self.eat('{') {
            let mut parts = Vec::new();
            while !self.eat('}') {
                parts.push(self.operand()?);
                self.eat(',');
            }
            return Ok(Operand::Vector(parts));
        }
        if self.eat('!') {
            return Ok(Operand::Not(self.word()?.to_owned()));
        }
        if self.peek() == Some(&Token::Mark('-')) {
            return Ok(Operand::Int(self.number()?));
        }
        let line = self.line();
        let word = self.word()?;
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            let bad = || Error::new(Kind::Parse, format!("`{word}` is not a number")).at_line(line);
            if let Some(hex) = word.strip_prefix("0f").or(word.strip_prefix("0F")) {
                return u32::from_str_radix(hex, 16).map(Operand::F32).map_err(|_| bad());
            }
            if let Some(hex) = word.strip_prefix("0d").or(word.strip_prefix("0D")) {
                return u64::from_str_radix(hex, 16).map(Operand::F64).map_err(|_| bad());
            }
            self.at -= 1;
            return Ok(Operand::Int(self.number()?));
        }
        if self.eat('|') {
            return Ok(Operand::Pair(word.to_owned(), self.word()?.to_owned()));
        }
        Ok(Operand::Name(word.to_owned()))
    }

    fn param(&mut self) -> Result<(String, u32)> {
        let line = self.line();
        if self.word()? != ".param" {
            self.at -= 1;
            return Err(self.unexpected("`.param`"));
        }
        let mut bytes = 0;
        loop {
            let word = self.word()?;
            match word {
                ".align" => {
                    self.number()?;
                }
                ".ptr" | ".global" | ".shared" | ".const" | ".local" => {}
                _ if word.starts_with('.') => {
                    bytes = type_bytes(word).ok_or_else(|| {
                        Error::new(Kind::Unsupported, format!("a parameter of type `{word}`")).at_line(line)
                    })?;
                }
                name => {
                    let mut size = bytes;
                    if self.eat('[') {
                        size *= self.number()? as u32;
                        self.eat(']');
                    }
                    return Ok((name.to_owned(), size));
                }
            }
        }
    }

    fn registers(&mut self, registers: &mut Vec<Registers>) -> Result<()> {
        let line = self.line();
        let ty = self.word()?.to_owned();
        loop {
            let name = self.word()?.to_owned();
            let mut count = None;
            if self.eat('<') {
                count = Some(self.number()? as u32);
                self.eat('>');
            }
            registers.push(Registers { ty: ty.clone(), name, count, line });
            if self.eat(';') {
                return Ok(());
            }
            if !self.eat(',') {
                return Err(self.unexpected("`,` or `;`"));
            }
        }
    }

    fn shared(&mut self) -> Result<(String, u32, u32)> {
        let line = self.line();
        self.at += 1;
        let (mut align, mut bytes) = (1, 0);
        loop {
            let word = self.word()?;
            if word == ".align" {
                align = self.number()? as u32;
            } else if word.starts_with('.') {
                bytes = type_bytes(word).ok_or_else(|| {
                    Error::new(Kind::Unsupported, format!("a shared variable of type `{word}`")).at_line(line)
                })?;
                align = align.max(bytes);
            } else {
                let mut size = bytes;
                while self.eat('[') {
                    size = if self.eat(']') {
                        0
                    } else {
                        let n = self.number()? as u32;
                        self.eat(']');
                        size.saturating_mul(n)
                    };
                }
                if !self.eat(';') {
                    return Err(self.unexpected("`;`"));
                }
                return Ok((word.to_owned(), align, size));
            }
        }
    }

    fn number(&mut self) -> Result<i64> {
        let negative = self.eat('-');
        let line = self.line();
        let word = self.word()?;
        let digits = word.trim_end_matches(['U', 'u']);
        let value = match digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
            Some(hex) => u64::from_str_radix(hex, 16),
            None => digits.parse(),
        };
        match value {
            Ok(value) if negative => Ok((value as i64).wrapping_neg()),
            Ok(value) => Ok(value as i64),
            Err(_) => Err(Error::new(Kind::Parse, format!("`{word}` is not a number")).at_line(line)),
        }
    }

    fn peek(&self) -> Option<&'a Token<'a>> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn line(&self) -> u32 {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |(_, line)| *line)
    }

    fn next(&mut self) -> Result<&'a Token<'a>> {
        let token = self.peek().ok_or_else(|| {
            Error::new(Kind::Parse, "the text ends in the middle of a kernel").at_line(self.line())
        })?;
        self.at += 1;
        Ok(token)
    }

    fn word(&mut self) -> Result<&'a str> {
        match self.peek() {
            Some(Token::Word(word)) => {
                self.at += 1;
                Ok(word)
            }
            _ => Err(self.unexpected("a name")),
        }
    }

    fn eat(&mut self, mark: char) -> bool {
        let found = self.peek() == Some(&Token::Mark(mark));
        self.at += usize::from(found);
        found
    }

    fn skip_line(&mut self) {
        let line = self.line();
        while self.at < self.tokens.len() && self.tokens[self.at].1 == line {
            self.at += 1;
        }
    }

    fn skip_statement(&mut self) -> Result<()> {
        while self.next()? != &Token::Mark(';') {}
        Ok(())
    }

    fn unexpected(&self, wanted: &str) -> Error {
        let found = match self.peek() {
            Some(Token::Word(word)) => format!("`{word}`"),
            Some(Token::Mark(mark)) => format!("`{mark}`"),
            Some(Token::Text) => "a string".to_owned(),
            None => "the end of the text".to_owned(),
        };
        Error::new(Kind::Parse, format!("expected {wanted}, found {found}")).at_line(self.line())
    }
}

/// The size of a PTX type written with its dot.
pub(crate) fn type_bytes(ty: &str) -> Option<u32> {
    Some(match ty {
        ".b8" | ".u8" | ".s8" => 1,
        ".b16" | ".u16" | ".s16" | ".f16" => 2,
        ".b32" | ".u32" | ".s32" | ".f32" => 4,
        ".b64" | ".u64" | ".s64" | ".f64" => 8,
        _ => return None,
    })
}
