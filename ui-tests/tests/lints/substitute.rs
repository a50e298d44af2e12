//! The cases under each of the attributes.

/// `text` with each `//@hook labeled(..)` as an attribute: that one, or `attribute` in its place. Where the fn below cannot
/// have it, the line stays a comment. So the lines have the same numbers in all twins.
pub(crate) fn annotate(text: &str, attribute: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let annotated = lines.iter().enumerate().map(|(index, line)| {
        let hook = line.split_once("//@hook ").filter(|(indent, _)| indent.trim().is_empty());
        let substitute = hook.and_then(|(indent, labeled)| {
            let function = Function::below(&lines[index + 1..]);
            Some(format!("{indent}#[hooks_runtime::{}]\n", function.attribute(labeled, attribute)?))
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

    fn attribute(&self, labeled: &str, attribute: &str) -> Option<String> {
        let coverage = ["future", "call"].into_iter().find(|word| labeled.contains(&format!(", {word})")));
        let coverage = coverage.map(|word| format!(", {word}")).unwrap_or_default();
        match attribute {
            "labeled" => Some(labeled.to_owned()),
            "cleanup" => Some(format!("cleanup(crate::note(){coverage})")),
            "panic_on_fault" => Some(format!("panic_on_fault(crate::map(){coverage})")),
            "lock_os_thread" => {
                // Its body is on another thread.
                let elsewhere = self.is_async || coverage.contains("future");
                let owned = !self.signature.contains(['&', '<']);
                let owned = owned && !self.signature.contains("impl ") && !self.output.contains("dyn Fn");
                (owned || !elsewhere).then(|| format!("lock_os_thread(reason = \"a twin\"{coverage})"))
            }
            "exit_scope" => {
                let inside = coverage.trim_start_matches(", ");
                self.returns_owned().then(|| format!("exit_scope({inside})"))
            }
            _ => self.kept().map(|name| format!("keep_alive({name}{coverage})")),
        }
    }

    /// `'static`, and known to be; and not never.
    fn returns_owned(&self) -> bool {
        let marks = self.output.contains(['&', '\'', '!']) || self.signature.contains('<');
        let mut words = self.output.split(|c: char| !c.is_alphanumeric());
        !marks && !words.any(|word| matches!(word, "impl" | "Cow" | "T"))
    }

    /// An argument that the body leaves where it is.
    fn kept(&self) -> Option<&'a str> {
        let (_, arguments) = self.signature.split_once('(')?;
        let first = arguments.split(',').find(|argument| argument.contains(':'))?;
        let (name, ty) = first.split_once(':')?;
        let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_');
        // Async: `'static`, and known to be.
        let is_owned = !self.is_async || !self.signature.contains(['&', '<']);
        let is_moved = ["Result", "Iter<", "impl "].iter().any(|moved| ty.contains(moved));
        (name != "_" && is_name && is_owned && !is_moved).then_some(name)
    }
}
