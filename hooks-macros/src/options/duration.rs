//! A length of time as Go writes it: `500ms`, `2s`, `1m`.

use super::{Argument, string};
use syn::Error;

pub(crate) struct Milliseconds {
    pub(crate) value: u64,
    /// As it was written.
    pub(crate) text: String,
}

impl Milliseconds {
    /// The value of `key = "2s"`.
    pub(crate) fn of(argument: &Argument) -> syn::Result<Self> {
        let name = &argument.key.name;
        let advice = format!("`{name}` takes a whole number and a unit, `ms`, `s` or `m`: `{name} = \"2s\"`");
        let literal = string(argument, &advice)?;
        let text = literal.value();
        match parse(&text) {
            None => Err(Error::new(literal.span(), advice)),
            Some(0) => {
                let advice = format!("`{name}` is longer than nothing: `{name} = \"2s\"`");
                Err(Error::new(literal.span(), advice))
            }
            Some(value) => Ok(Milliseconds { value, text }),
        }
    }
}

fn parse(text: &str) -> Option<u64> {
    let unit = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit);
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(milliseconds)
}

#[cfg(test)]
mod tests {
    #[test]
    fn units() {
        for (text, milliseconds) in [
            ("250ms", Some(250)),
            ("2s", Some(2_000)),
            ("1m", Some(60_000)),
            ("0s", Some(0)),
            ("2", None),
            ("s", None),
            ("", None),
            ("2 s", None),
            ("1.5s", None),
            ("-2s", None),
            ("2h", None),
            ("2ss", None),
            ("18446744073709551615s", None),
        ] {
            assert_eq!(super::parse(text), milliseconds, "{text}");
        }
    }
}
