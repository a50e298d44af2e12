//! What an attribute of the table has besides its code.

use std::fs;
use std::path::Path;

macro_rules! names {
    ($($name:ident $attribute:ident;)*) => {
        &[$((stringify!($name), <crate::$name::$attribute as crate::attribute::Attribute>::NAME)),*]
    };
}

const NAMES: &[(&str, &str)] = attributes!(names);

/// Else `'__name` of the one were taken for a future's label of another.
#[test]
fn no_attribute_is_named_as_the_label_of_a_future() {
    for (name, _) in NAMES {
        assert!(!name.ends_with(crate::wrap::sibling::FUTURE), "{name}");
    }
}

#[test]
fn each_attribute_has_its_page_its_snapshots_and_its_cases() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in the workspace");
    for (name, of_code) in NAMES {
        assert_eq!(name, of_code, "the name in the table and in the code");
        for (folder, extension) in [
            (format!("hooks-runtime/docs/{name}.md"), ""),
            (format!("hooks-macros/src/tests/snapshots/{name}"), "rs"),
            (format!("ui-tests/ui/{name}"), "stderr"),
            (format!("ui-tests/attributes/{name}.rs"), ""),
        ] {
            let path = project.join(&folder);
            let is_there = if extension.is_empty() { path.is_file() } else { has_file(&path, extension) };
            assert!(is_there, "{name} has no {folder}");
        }
    }
}

fn has_file(folder: &Path, extension: &str) -> bool {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.into_iter().any(|file| file.path().extension().is_some_and(|found| found == extension))
}

/// Nothing of an attribute that is gone, or has another name now.
#[test]
fn each_folder_of_cases_is_of_an_attribute() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in the workspace");
    for (parent, others) in [("hooks-macros/src/tests/snapshots", &[][..]), ("ui-tests/ui", &["types"])] {
        for folder in fs::read_dir(project.join(parent)).expect("a folder").flatten() {
            let name = folder.file_name().to_string_lossy().into_owned();
            let is_known = NAMES.iter().any(|(known, _)| *known == name) || others.contains(&&*name);
            assert!(is_known, "{parent}/{name} is of no attribute");
        }
    }
}
