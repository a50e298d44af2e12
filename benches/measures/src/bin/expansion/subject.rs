//! What is compiled: crates of many small fns that differ in the attribute alone.

use std::fmt::Write;

/// Fns in a crate.
pub(crate) const FNS: usize = 1_000;

/// Whether the fns are `async`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sync,
    Async,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Sync => "sync",
            Kind::Async => "async",
        }
    }
}

/// The arguments of the fns.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arguments {
    /// `(x: u32)`
    Number,
    /// `(s: &str, x: u32)`
    TextAndNumber,
}

/// Whose attribute it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// No attribute: what the others are compared with.
    Nobody,
    /// Ours; `counts` where the goals are for this use of it.
    Hooks { counts: bool },
    /// A peer's.
    Peer,
}

/// One crate to compile.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) attribute: &'static str,
    pub(crate) arguments: Arguments,
    pub(crate) owner: Owner,
}

/// In the order they are compiled in, each round.
pub(crate) const SUBJECTS: [Subject; 7] = [
    Subject { name: "plain", attribute: "", arguments: Arguments::Number, owner: Owner::Nobody },
    Subject {
        name: "labeled(kind = \"a\")",
        attribute: "#[hooks_runtime::labeled(kind = \"a\")]",
        arguments: Arguments::Number,
        owner: Owner::Hooks { counts: true },
    },
    Subject {
        name: "labeled(x)",
        attribute: "#[hooks_runtime::labeled(x)]",
        arguments: Arguments::Number,
        owner: Owner::Hooks { counts: true },
    },
    Subject {
        name: "fastrace::trace",
        attribute: "#[fastrace::trace]",
        arguments: Arguments::Number,
        owner: Owner::Peer,
    },
    Subject {
        name: "tracing::instrument",
        attribute: "#[tracing::instrument(skip_all)]",
        arguments: Arguments::Number,
        owner: Owner::Peer,
    },
    Subject {
        name: "plain, s: &str",
        attribute: "",
        arguments: Arguments::TextAndNumber,
        owner: Owner::Nobody,
    },
    Subject {
        name: "labeled(s), s: &str",
        attribute: "#[hooks_runtime::labeled(s)]",
        arguments: Arguments::TextAndNumber,
        owner: Owner::Hooks { counts: false },
    },
];

impl Subject {
    /// The crate's `lib.rs`.
    pub(crate) fn source(&self, kind: Kind) -> String {
        let functions: String = (0..FNS).map(|number| self.function(number, kind)).collect();
        match kind {
            Kind::Sync => functions,
            Kind::Async => functions + &self.boxes(),
        }
    }

    fn function(&self, number: usize, kind: Kind) -> String {
        let Subject { attribute, .. } = self;
        let (asyncness, arguments) = (if kind == Kind::Async { "async " } else { "" }, self.declared());
        format!(
            "{attribute}\npub {asyncness}fn f{number}({arguments}) -> u32 {{ x.wrapping_add({number}) }}\n"
        )
    }

    fn declared(&self) -> &'static str {
        match self.arguments {
            Arguments::Number => "x: u32",
            Arguments::TextAndNumber => "s: &str, x: u32",
        }
    }

    /// A fn that boxes each future: without it no `poll` would be generated, and `build` would do little.
    fn boxes(&self) -> String {
        let (arguments, passed, lifetime) = match self.arguments {
            Arguments::Number => ("i: u32", "1", ""),
            Arguments::TextAndNumber => ("i: u32, s: &str", "s, 1", " + '_"),
        };
        let mut source = format!(
            "pub fn boxed({arguments}) -> ::std::pin::Pin<Box<dyn Future<Output = u32>{lifetime}>> {{ match i {{\n"
        );
        for number in 1..FNS {
            writeln!(source, "{number} => Box::pin(f{number}({passed})),").expect("a String takes all");
        }
        source + &format!("_ => Box::pin(f0({passed})),\n}} }}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_of_the_same_arguments_differ_in_the_attribute_alone() {
        for kind in [Kind::Sync, Kind::Async] {
            for subject in &SUBJECTS {
                let plain = Subject { name: "", attribute: "", owner: Owner::Nobody, ..*subject };
                let stripped = if subject.attribute.is_empty() {
                    subject.source(kind)
                } else {
                    subject.source(kind).replace(subject.attribute, "")
                };
                assert_eq!(stripped, plain.source(kind), "{}", subject.name);
            }
        }
    }

    #[test]
    fn each_plain_crate_stands_before_those_compared_with_it() {
        assert!(SUBJECTS[0].owner == Owner::Nobody);
        for pair in SUBJECTS.windows(2).filter(|pair| pair[0].arguments != pair[1].arguments) {
            assert!(pair[1].owner == Owner::Nobody, "{}", pair[1].name);
        }
    }
}
