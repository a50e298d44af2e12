//! SIGNAL HANDLER. Texts from outside among our own words: neither allocates nor panics.

use hooks_runtime::labels::observe::ValueRef;
use std::fmt::{self, Write};

/// What stands between labels where they are in a line.
pub(crate) const IN_A_LINE: &[char] = &[',', '=', '%'];

/// A text that comes from outside, in quotes and escaped where it could be taken for something else: where it is empty, holds
/// one of these characters, or what would begin a line or command a terminal.
pub(crate) struct Plain<'a>(pub(crate) &'a str, pub(crate) &'a [char]);

impl Plain<'_> {
    fn is_plain(&self) -> bool {
        let shows_as_it_is = |character: char| character == '\'' || character.escape_debug().len() == 1;
        let Self(text, special) = self;
        !text.is_empty()
            && text.chars().all(|character| shows_as_it_is(character) && !special.contains(&character))
    }
}

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_plain() { f.write_str(self.0) } else { write!(f, "{:?}", self.0) }
    }
}

/// The name of a thread or a program between quotes, `'worker'`: bytes from outside, which end there and command no terminal.
pub(crate) struct Quoted<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('\'')?;
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                match character {
                    '"' => f.write_char('"')?,
                    other => write!(f, "{}", other.escape_debug())?,
                }
            }
            if !chunk.invalid().is_empty() {
                f.write_char(char::REPLACEMENT_CHARACTER)?;
            }
        }
        f.write_char('\'')
    }
}

/// A label in a line of labels, `route=/orders`.
pub(crate) struct PlainLabel<'a>(pub(crate) &'a str, pub(crate) ValueRef<'a>);

impl fmt::Display for PlainLabel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", Plain(self.0, IN_A_LINE))?;
        match self.1 {
            ValueRef::Text(text) => Plain(text, IN_A_LINE).fmt(f),
            number @ ValueRef::Number { .. } => write!(f, "{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_cannot_be_taken_for_more_than_one_or_for_a_line_of_ours() {
        let text = |text| Plain(text, IN_A_LINE).to_string();
        assert_eq!(text("GET /a/é:1's"), "GET /a/é:1's");
        for (from_outside, shown) in [
            ("a\n9 tasks", r#""a\n9 tasks""#),
            ("/a 9 %, b", r#""/a 9 %, b""#),
            ("a=b", r#""a=b""#),
            ("", r#""""#),
            ("\u{202e}x", r#""\u{202e}x""#),
            ("\u{1b}[31m/red", r#""\u{1b}[31m/red""#),
        ] {
            assert_eq!(text(from_outside), shown);
        }
        assert_eq!(Plain("a=b", &[]).to_string(), "a=b", "where that is no separator");
        let number = ValueRef::Number { value: 7, unit: "bytes" };
        assert_eq!(PlainLabel("size", number).to_string(), "size=7bytes");
        assert_eq!(PlainLabel("route", ValueRef::Text("a,b=c")).to_string(), r#"route="a,b=c""#);
    }

    #[test]
    fn a_name_ends_where_its_quotes_do() {
        let quoted = |bytes: &[u8]| Quoted(bytes).to_string();
        assert_eq!(quoted("tokio-rt-worker é \"x\"".as_bytes()), "'tokio-rt-worker é \"x\"'");
        assert_eq!(quoted(b"a' (1)\n\x1b[31m"), "'a\\' (1)\\n\\u{1b}[31m'");
        assert_eq!(quoted(b"\xffx"), "'\u{fffd}x'");
    }
}
