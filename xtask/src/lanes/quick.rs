//! What is worth running at each pause while writing: of the packages that changed and of those that stand on them, without
//! the few tests that take long.

use std::collections::BTreeSet;
use std::path::Path;

use super::{counted, tests};
use crate::failure::Outcome;
use crate::step::Step;
use crate::tools::read;
use crate::workspace::Workspace;

/// The package whose tests say soonest that another one has gone wrong. All that stand on it take minutes: they are in the
/// lane `tests`.
const DEPENDANTS: [(&str, &str); 2] = [("hooks-macros", "hooks-runtime"), ("hooks-runtime", "hooks-service")];

/// Of a package that changed only below: what the tests are called that are about what they stand on. The others take a minute.
const NAMED_AFTER: [(&str, &str); 1] = [("hooks-service", "/label|task|fault|lock|exit|flush/")];

/// Files that other packages' tests read or compile, beside the package in whose folder they are.
const READERS: [(&str, &[&str]); 3] = [
    ("ui-tests/fixtures/", &["edition-2021", "edition-2024"]),
    ("ui-tests/", &["hooks-macros"]),
    ("hooks-runtime/docs/", &["hooks-macros"]),
];

/// What they measure us against takes more than a compiler to build.
const WITHOUT_TESTS: [&str; 2] = ["benches", "peer-pprof"];

/// What all packages are built with.
const OF_ALL: [&str; 5] = [".cargo/", ".config/", "Cargo.lock", "Cargo.toml", "rust-toolchain.toml"];

/// The packages that a quick run is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Changed {
    All,
    /// Those with files that changed, and those that stand on them.
    Packages {
        own: BTreeSet<String>,
        above: BTreeSet<String>,
    },
}

impl Changed {
    pub(super) fn of(workspace: &Workspace) -> Outcome<Self> {
        Ok(Self::by(&workspace.root, &changed_files(workspace)?))
    }

    fn by(root: &Path, files: &[String]) -> Self {
        if files.iter().any(|file| OF_ALL.iter().any(|of_all| file.starts_with(of_all))) {
            return Self::All;
        }
        let own = files.iter().filter_map(|file| package_of(root, Path::new(file)));
        let readers = files.iter().flat_map(|file| {
            let of_file = READERS.iter().filter(move |(folder, _)| file.starts_with(folder));
            of_file.flat_map(|(_, packages)| packages.iter().map(|&name| name.to_owned()))
        });
        let own: BTreeSet<String> = own.chain(readers).collect();
        let above = DEPENDANTS.iter().filter(|(below, above)| own.contains(*below) && !own.contains(*above));
        let above = above.map(|(_, above)| (*above).to_owned()).collect();
        Self::Packages { own, above }
    }

    /// Which tests, as nextest takes it.
    fn filter(&self) -> Vec<String> {
        let Self::Packages { above, .. } = self else { return Vec::new() };
        let narrowed = NAMED_AFTER.iter().filter(|(package, _)| above.contains(*package));
        narrowed
            .map(|(package, names)| format!("--filterset=not package({package}) | test({names})"))
            .collect()
    }

    /// A command about these packages but for some; none for none.
    pub(super) fn select(&self, cargo: Step, without: &[&str]) -> Option<Step> {
        let arguments = self.arguments(without);
        (!arguments.is_empty()).then(|| cargo.args(arguments))
    }

    fn arguments<'a>(&'a self, without: &[&'a str]) -> Vec<&'a str> {
        match self {
            Self::All => ["--workspace"]
                .into_iter()
                .chain(without.iter().flat_map(|name| ["--exclude", *name]))
                .collect(),
            Self::Packages { own, above } => {
                let names = own.iter().chain(above);
                let names = names.map(String::as_str).filter(|name| !without.contains(name));
                names.flat_map(|name| ["-p", name]).collect()
            }
        }
    }
}

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    let changed = Changed::of(workspace)?;
    let run = |test| changed.select(test, &WITHOUT_TESTS).map(|test| tests::isolated(workspace, test));
    let outcome = if tests::has_nextest(workspace) {
        // Some packages, such as the examples, have none.
        let nextest = ["nextest", "run", "--all-features", "--profile", "quick", "--no-tests=pass"];
        run(workspace.cargo().args(nextest).args(changed.filter())).map(|test| test?.run_lane())
    } else {
        // Those that take long are among them.
        let test = workspace.cargo().args(["test", "--all-features", "--no-fail-fast", "--tests"]);
        run(test).map(|test| counted::run("no cargo-nextest here", test?).map(|remark| vec![remark]))
    };
    outcome.unwrap_or_else(|| Ok(vec!["no package changed".to_owned()]))
}

/// Since `main`, or since the last commit when on it; and what is not committed.
fn changed_files(workspace: &Workspace) -> Outcome<Vec<String>> {
    let git = |arguments: &[&str]| workspace.step("git").args(arguments).read();
    let head = git(&["rev-parse", "HEAD"])?;
    let base = git(&["merge-base", "HEAD", "main"]).ok().filter(|base| *base != head);
    let base = match base.map_or_else(|| git(&["rev-parse", "--verify", "HEAD~1"]), Ok) {
        Ok(base) => base,
        // The first commit, or all that a shallow clone has: everything, as against a tree without files.
        Err(_) => git(&["hash-object", "-t", "tree", "/dev/null"])?,
    };
    let listed =
        git(&["diff", "--name-only", base.trim()])? + &git(&["ls-files", "--others", "--exclude-standard"])?;
    Ok(listed.lines().map(str::to_owned).collect())
}

/// The package whose folder holds the file; none for what belongs to no package.
fn package_of(root: &Path, file: &Path) -> Option<String> {
    file.ancestors().skip(1).find_map(|folder| name_in(&read(&root.join(folder).join("Cargo.toml")).ok()?))
}

/// Of the first table, `[package]`. The workspace's own manifest has none.
fn name_in(manifest: &str) -> Option<String> {
    let name = manifest.strip_prefix("[package]\n")?.lines().find_map(|line| line.strip_prefix("name = "))?;
    Some(name.trim_matches('"').to_owned())
}

#[cfg(test)]
mod unit {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn of_what_changed_below_alone_some_tests_say_enough() {
        let of =
            |own: &[&str], above: &[&str]| Changed::Packages { own: set(own), above: set(above) }.filter();
        let filter = of(&["hooks-runtime"], &["hooks-service"]);
        assert!(filter[0].starts_with("--filterset=not package(hooks-service) | test(/label|"), "{filter:?}");
        assert!(of(&["hooks-runtime", "hooks-service"], &[]).is_empty());
        assert!(Changed::All.filter().is_empty());
    }

    #[test]
    fn a_file_belongs_to_the_innermost_package() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let package = |file: &str| package_of(root, Path::new(file));
        assert_eq!(package("ui-tests/sites/src/gone.rs").as_deref(), Some("sites"));
        assert_eq!(package("hooks-runtime/src/labels/mod.rs").as_deref(), Some("hooks-runtime"));
        assert_eq!(package("README.md"), None);
    }

    #[test]
    fn a_command_is_about_the_packages_but_for_some() {
        let changed = |names: &[&str]| Changed::Packages { own: set(names), above: BTreeSet::new() };
        let (some, without) = (changed(&["benches", "xtask"]), ["benches", "peer-pprof"]);
        assert_eq!(some.arguments(&without), ["-p", "xtask"]);
        assert_eq!(some.arguments(&[]), ["-p", "benches", "-p", "xtask"]);
        assert!(changed(&["peer-pprof"]).select(Step::new("cargo"), &without).is_none());
        let all = ["--workspace", "--exclude", "benches", "--exclude", "peer-pprof"];
        assert_eq!(Changed::All.arguments(&without), all);
    }

    #[test]
    fn packages_are_those_that_changed_and_whoever_reads_or_stands_on_them() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let of = |files: &[&str]| {
            Changed::by(root, &files.iter().map(|&file| file.to_owned()).collect::<Vec<_>>())
        };
        let packages = |own: &[&str], above: &[&str]| Changed::Packages { own: set(own), above: set(above) };
        assert_eq!(of(&["README.md"]), packages(&[], &[]));
        assert_eq!(of(&["examples/README.md", "xtask/src/step.rs"]), packages(&["examples", "xtask"], &[]));
        assert_eq!(of(&["hooks-macros/src/lib.rs"]), packages(&["hooks-macros"], &["hooks-runtime"]));
        assert_eq!(
            of(&["ui-tests/fixtures/labels.rs"]),
            packages(&["edition-2021", "edition-2024", "hooks-macros", "ui-tests"], &["hooks-runtime"])
        );
        for file in ["Cargo.lock", ".config/nextest.toml", "rust-toolchain.toml"] {
            assert_eq!(of(&["xtask/src/step.rs", file]), Changed::All);
        }
    }
}
