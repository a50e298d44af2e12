//! One error as rust-analyzer prints it, and what makes two of them the same.

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Diagnostic {
    pub(super) module: String,
    /// Counted from 0, as printed.
    pub(super) first_line: usize,
    last_line: usize,
    message: String,
}

impl Diagnostic {
    /// rust-analyzer repeats each syntax error of the user's code at any attribute macro above it, also at one that
    /// returns its input as it is.
    pub(super) fn is_repetition(&self) -> bool {
        self.message.starts_with("Syntax Error in Expansion")
    }

    /// Where a block lacks its value, the plain fn is marked at the closing brace and a block inside a fn as a whole.
    fn is_same(&self, other: &Self) -> bool {
        let lines_agree = self.first_line == other.first_line || self.last_line == other.last_line;
        self.module == other.module && self.message == other.message && lines_agree
    }
}

/// Reads lines such as `at crate a, file /x/src/b.rs: Error E from LineCol { line: 1, col: 2 } to LineCol { line: 1,
/// col: 5 }: message`, which stand among a progress display made of backspaces.
pub(super) fn parse(printed: &str) -> Vec<Diagnostic> {
    let lines = printed.split(['\n', '\u{8}']);
    lines.filter_map(|line| parse_line(line.trim())).collect()
}

fn parse_line(line: &str) -> Option<Diagnostic> {
    let (file, rest) = line.strip_prefix("at crate fixtures, file ")?.split_once(": Error ")?;
    let (place, message) = rest.split_once(" }: ")?;
    let mut numbers = place.split("line: ").skip(1).filter_map(|text| text.split(',').next()?.parse().ok());
    let module = file.rsplit('/').next()?.strip_suffix(".rs")?;
    let (first_line, last_line) = (numbers.next()?, numbers.next()?);
    Some(Diagnostic { module: module.to_owned(), first_line, last_line, message: message.to_owned() })
}

/// What one twin says and the other does not. More in annotated code is no difference where `is_true` says that the
/// plain twin lacks it wrongly, or where it repeats a syntax error of the plain twin.
pub(super) fn differences(
    annotated: &[Diagnostic],
    plain: &[Diagnostic],
    is_true: impl Fn(&Diagnostic) -> bool,
) -> Vec<String> {
    let has_syntax_error =
        |module: &str| plain.iter().any(|d| d.module == module && d.message.starts_with("Syntax"));
    let explained = |d: &Diagnostic| is_true(d) || d.is_repetition() && has_syntax_error(&d.module);
    let more = missing_from(plain, annotated).filter(|d| !explained(d)).map(|d| describe("annotated", d));
    let fewer = missing_from(annotated, plain).map(|d| describe("plain", d));
    more.chain(fewer).collect()
}

fn missing_from<'a>(there: &'a [Diagnostic], here: &'a [Diagnostic]) -> impl Iterator<Item = &'a Diagnostic> {
    here.iter().filter(|diagnostic| !there.iter().any(|other| other.is_same(diagnostic)))
}

fn describe(twin: &str, diagnostic: &Diagnostic) -> String {
    let Diagnostic { module, first_line, message, .. } = diagnostic;
    format!("only {twin}: {module}.rs:{}: {message}", first_line + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "\
1/36 2% processing /t/src/half_if.rs\u{8}\u{8}   \u{8}at crate fixtures, file /t/src/half_if.rs: Error \
RustcHardError(\"E0308\") from LineCol { line: 4, col: 7 } to LineCol { line: 5, col: 8 }: expected bool, found i32
2/36 5% processing /t/src/half_if.rs
at crate core, file /t/src/lib.rs: Error X from LineCol { line: 1, col: 1 } to LineCol { line: 1, col: 2 }: not ours
diagnostic scan complete";

    fn diagnostic(module: &str, lines: (usize, usize), message: &str) -> Diagnostic {
        Diagnostic {
            module: module.to_owned(),
            first_line: lines.0,
            last_line: lines.1,
            message: message.to_owned(),
        }
    }

    #[test]
    fn errors_are_read_from_among_the_progress_display() {
        assert_eq!(parse(PRINTED), [diagnostic("half_if", (4, 5), "expected bool, found i32")]);
    }

    #[test]
    fn one_error_more_and_one_less_are_told() {
        let annotated = [diagnostic("a", (1, 1), "odd")];
        let plain = [diagnostic("a", (2, 2), "odd")];
        let told = differences(&annotated, &plain, |_| false);
        assert_eq!(told, ["only annotated: a.rs:2: odd", "only plain: a.rs:3: odd"]);
        assert_eq!(differences(&annotated, &plain, |_| true), ["only plain: a.rs:3: odd"]);
    }

    #[test]
    fn a_repetition_counts_only_where_there_is_something_to_repeat() {
        let repetition = diagnostic("a", (1, 1), "Syntax Error in Expansion: expected SEMICOLON");
        let error = diagnostic("a", (3, 3), "Syntax Error: expected SEMICOLON");
        let elsewhere = diagnostic("b", (3, 3), "Syntax Error: expected SEMICOLON");
        let annotated = [repetition.clone(), error.clone()];
        assert!(differences(&annotated, &[error], |_| false).is_empty());
        assert_eq!(differences(&[repetition, elsewhere.clone()], &[elsewhere], |_| false).len(), 1);
    }

    #[test]
    fn a_block_marked_as_a_whole_is_the_same_as_its_end() {
        let whole = [diagnostic("a", (3, 5), "expected usize, found ()")];
        let brace = [diagnostic("a", (5, 5), "expected usize, found ()")];
        assert!(differences(&whole, &brace, |_| false).is_empty());
    }
}
