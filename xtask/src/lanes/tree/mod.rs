//! How the project is built up: packages, files, folders, pages.
//!
//! In: what cargo says of packages, and the text of all files. Out: what is not as promised. `packages` are of the whole;
//! `modules` reads the files of a crate and `imports` says which uses which, for `circles` and `handlers`; `pages` reads the documentation.

mod circles;
mod folders;
mod handlers;
mod imports;
mod modules;
mod packages;
mod pages;

use modules::{Files, Modules};

use crate::failure::{Failure, Outcome};
use crate::tools::read;
use crate::workspace::Workspace;

/// Crates whose files are looked at.
const CRATES: [&str; 4] = ["hooks-macros", "hooks-runtime", "hooks-service", "xtask"];

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    let files = source(workspace)?;
    let mut modules = Modules::default();
    let crates: Vec<_> =
        CRATES.iter().map(|name| Ok((*name, first_file(&files, name)?))).collect::<Outcome<_>>()?;
    for (name, root) in &crates {
        modules.read(&files, name, root)?;
    }
    let packages = packages::check(workspace);
    let checks = [
        circles::refuse(&imports::of_modules(&modules)),
        handlers::require_headings(&files, &crates),
        folders::require_heads(&files, &CRATES),
        pages::check(workspace),
        packages.as_ref().map(drop).map_err(Clone::clone),
    ];
    let told: Vec<String> = checks.into_iter().filter_map(Result::err).map(|it| it.to_string()).collect();
    Failure::of_all(&told)?;
    packages
}

/// What is in the repository, or would be with all that lies here.
fn source(workspace: &Workspace) -> Outcome<Files> {
    let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.rs"];
    let listed = workspace.step("git").args(list).read()?;
    let files = listed.split_terminator('\0').filter(|file| workspace.root.join(file).exists());
    files.map(|file| Ok((file.to_owned(), read(&workspace.root.join(file))?))).collect()
}

fn first_file(files: &Files, package: &str) -> Outcome<String> {
    let mut roots = ["lib", "main"].map(|root| format!("{package}/src/{root}.rs")).into_iter();
    let root = roots.find(|root| files.contains_key(root));
    root.ok_or_else(|| Failure::new(format!("{package} has no first file")))
}
