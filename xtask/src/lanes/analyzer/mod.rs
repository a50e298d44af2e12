//! What a person sees while typing: rust-analyzer must say of an annotated, half-typed function what it says of the
//! plain one. The fixtures are annotated modules; the plain twin has a comment where the attribute was, so that line
//! numbers agree. Errors are compared; warnings are the business of the lint twins in `ui-tests`.

mod diagnostic;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::failure::{Failure, Outcome};
use crate::step::Step;
use crate::tools::rust::{self, Part};
use crate::tools::{create_folder, read, remove_folder, write};
use crate::workspace::Workspace;
use diagnostic::{Diagnostic, differences, parse};

const ATTRIBUTE: &str = "#[hooks_runtime::";

/// Module name and text of each fixture.
type Modules = BTreeMap<String, String>;

pub(crate) fn prepare(_: &Workspace) -> Outcome<()> {
    rust::part(&Part::Source)?;
    rust::part(&Part::Analyzer).map(drop)
}

pub(crate) fn run(workspace: &Workspace) -> Outcome<Vec<String>> {
    prepare(workspace)?;
    let analyzer = rust::part(&Part::Analyzer)?;
    let fixtures = fixtures(workspace)?;
    let annotated = diagnose(workspace, &analyzer, "annotated", &fixtures)?;
    let plain = diagnose(workspace, &analyzer, "plain", &without_attributes(&fixtures))?;
    require_expansion(&annotated)?;
    let differences = differences(&annotated, &plain, |place| is_marked(&fixtures, place));
    if differences.is_empty() {
        return Ok(vec![format!("{} modules, {} errors seen in both twins", fixtures.len(), plain.len())]);
    }
    println!("{}", differences.join("\n"));
    Err(Failure::new(format!("{} errors differ between annotated and plain code", differences.len())))
}

fn fixtures(workspace: &Workspace) -> Outcome<Modules> {
    let folder = workspace.root.join("ui-tests/rust-analyzer/cases");
    let entries =
        fs::read_dir(&folder).map_err(Failure::doing(format!("cannot list {}", folder.display())))?;
    let files = entries.flatten().map(|entry| entry.path());
    files
        .map(|file| Ok((file.file_stem().unwrap_or_default().to_string_lossy().into(), read(&file)?)))
        .collect()
}

fn without_attributes(modules: &Modules) -> Modules {
    modules.iter().map(|(name, text)| (name.clone(), plain_twin(text))).collect()
}

fn plain_twin(annotated: &str) -> String {
    annotated.replace(ATTRIBUTE, &format!("// {ATTRIBUTE}"))
}

/// A line may say that its mistake is one that rust-analyzer misses in the plain twin.
fn is_marked(fixtures: &Modules, place: &Diagnostic) -> bool {
    let line = fixtures.get(&place.module).and_then(|text| text.lines().nth(place.first_line));
    line.is_some_and(|line| line.contains("// also true:"))
}

/// Had the attribute not been expanded, both twins would agree for the wrong reason.
fn require_expansion(annotated: &[Diagnostic]) -> Outcome<()> {
    if annotated.iter().any(Diagnostic::is_repetition) {
        return Ok(());
    }
    let cause =
        "rust-analyzer did not expand the attributes: is the toolchain's rust-analyzer-proc-macro-srv there?";
    Err(Failure::new(cause))
}

/// Writes the modules as a crate and has rust-analyzer say what it sees in them.
fn diagnose(
    workspace: &Workspace,
    analyzer: &Path,
    name: &str,
    modules: &Modules,
) -> Outcome<Vec<Diagnostic>> {
    let folder = workspace.lane_target("rust-analyzer").join(name);
    write_crate(workspace, &folder, modules)?;
    let step = Step::new(analyzer).args(["diagnostics", ".", "--severity", "error"]).directory(&folder);
    let step = step.env("CARGO_TARGET_DIR", workspace.lane_target("rust-analyzer"));
    println!("$ {step}   # in {}", folder.display());
    let output = step.output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let diagnostics = parse(&said);
    if !said.contains("diagnostic scan complete") || diagnostics.is_empty() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::new(format!(
            "rust-analyzer did not finish on the {name} twin:\n{said}{complaint}"
        )));
    }
    Ok(diagnostics)
}

fn write_crate(workspace: &Workspace, folder: &Path, modules: &Modules) -> Outcome<()> {
    remove_folder(folder)?;
    create_folder(&folder.join("src"))?;
    let runtime = workspace.root.join("hooks-runtime");
    let manifest = format!(
        "[package]\nname = \"fixtures\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [dependencies]\nhooks-runtime = {{ path = \"{}\" }}\n",
        runtime.display()
    );
    write(&folder.join("Cargo.toml"), &manifest)?;
    write(&folder.join("Cargo.lock"), &read(&workspace.root.join("Cargo.lock"))?)?;
    let list: Vec<String> = modules.keys().map(|name| format!("mod {name};\n")).collect();
    write(&folder.join("src/lib.rs"), &list.concat())?;
    modules.iter().try_for_each(|(name, text)| write(&folder.join(format!("src/{name}.rs")), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plain_twin_keeps_every_line_in_its_place() {
        let annotated = "fn a() {}\n    #[hooks_runtime::labeled(route)]\n    fn b(route: &str) {}\n";
        let plain = plain_twin(annotated);
        assert_eq!(plain, "fn a() {}\n    // #[hooks_runtime::labeled(route)]\n    fn b(route: &str) {}\n");
    }
}
