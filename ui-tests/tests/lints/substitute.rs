//! The cases under each of the attributes.

use crate::attributes::{self, Attribute, Place, Shape};

/// `text` with `attribute` in the place of each `//@hook ..`. Where the fn below cannot have it, the line stays a
/// comment. So the lines have the same numbers in all twins.
pub(crate) fn annotate(text: &str, attribute: &Attribute) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let annotated = lines.iter().enumerate().map(|(index, line)| {
        let hook = line.split_once("//@hook ").filter(|(indent, _)| indent.trim().is_empty());
        let substitute = hook.and_then(|(indent, written)| {
            let function = Function::below(&lines[index + 1..]);
            Some(format!("{indent}#[hooks_runtime::{}]\n", function.attribute(written, attribute)?))
        });
        substitute.unwrap_or_else(|| format!("{line}\n"))
    });
    annotated.collect()
}

/// What can be read of a fn without a parser, from its text up to its body.
struct Function<'a> {
    is_async: bool,
    /// Name, generics and arguments.
    signature: &'a str,
    output: &'a str,
}

impl<'a> Function<'a> {
    fn below(lines: &[&'a str]) -> Self {
        let header = lines.iter().find(|line| line.contains("fn ")).expect("a fn is below");
        let (signature, output) = header.split_once(" -> ").unwrap_or((header, ""));
        Function { is_async: header.contains("async"), signature, output }
    }

    fn attribute(&self, written: &str, attribute: &Attribute) -> Option<String> {
        let (name, arguments) = written.split_once('(').unwrap_or((written, ")"));
        let arguments = arguments.strip_suffix(')')?;
        let (written_for, _) = attributes::ALL.iter().find(|(known, _)| *known == name)?;
        let coverage = [", future", ", call"].into_iter().find(|words| written.contains(words));
        let takes_owned = !self.signature.contains(['&', '<']) && !self.signature.contains("impl ");
        let shape = Shape {
            place: Place::Lints,
            written_for,
            is_async: self.is_async,
            tracks_caller: false,
            takes_owned: takes_owned && !self.output.contains("dyn Fn"),
            returns_owned: self.returns_owned(),
            returns_outcome: self.output.starts_with("Result<") || self.output.starts_with("Option<"),
            leaves_an_argument: self.left().is_some(),
            // Its body is not looked into, and what is kept over an `.await` has this type.
            awaits: (self.is_async || coverage == Some(", future")) && !self.signature.contains("Kept"),
            coverage: coverage.unwrap_or_default(),
        };
        let twin = (attribute.twin)(&shape)?;
        Some(twin.replace("WRITTEN", arguments).replace("LEFT", self.left().unwrap_or_default()))
    }

    /// `'static`, and known to be; and not never.
    fn returns_owned(&self) -> bool {
        let marks = self.output.contains(['&', '\'', '!']) || self.signature.contains('<');
        let mut words = self.output.split(|c: char| !c.is_alphanumeric());
        !marks && !words.any(|word| matches!(word, "impl" | "Cow" | "T"))
    }

    /// An argument that the body leaves where it is.
    fn left(&self) -> Option<&'a str> {
        let (_, arguments) = self.signature.split_once('(')?;
        let first = arguments.split(',').find(|argument| argument.contains(':'))?;
        let (attributed, ty) = first.split_once(':')?;
        let (_, name) = attributed.rsplit_once("] ").unwrap_or(("", attributed));
        let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_');
        // Async: `'static`, and known to be.
        let is_owned = !self.is_async || !self.signature.contains(['&', '<']);
        let is_moved = ["Result", "Iter<", "impl "].iter().any(|moved| ty.contains(moved));
        (name != "_" && is_name && is_owned && !is_moved).then_some(name)
    }
}
