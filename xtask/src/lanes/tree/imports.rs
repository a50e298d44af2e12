//! Which file uses what another one defines. An import that is only exported again is no use; whoever uses it uses the file
//! where it is defined. So a folder's first file may export what lies in the folder, and a file of the folder use it.

use std::collections::{BTreeMap, BTreeSet};

use super::modules::{Module, Modules, Name, Path};

/// By each file, those that it uses.
pub(super) type Uses = BTreeMap<String, BTreeSet<String>>;

/// Longer chains of imports are circles of globs.
const LONGEST: usize = 12;

pub(super) fn of_modules(modules: &Modules) -> Uses {
    collect(modules, |module| module.said.iter().chain(&module.private).collect())
}

/// Of what the code says, without what is imported and then not named: traits, mostly.
pub(super) fn of_code(modules: &Modules) -> Uses {
    collect(modules, |module| module.said.iter().collect())
}

fn collect(modules: &Modules, paths: impl Fn(&Module) -> Vec<&Path>) -> Uses {
    let mut uses = Uses::new();
    for (id, module) in modules.all.iter().enumerate() {
        let found = uses.entry(module.file.clone()).or_default();
        for path in paths(module) {
            found.extend(files(modules, id, path).into_iter().filter(|file| *file != module.file));
        }
    }
    uses
}

fn files(modules: &Modules, from: usize, path: &[String]) -> BTreeSet<String> {
    let places = resolve(modules, from, path, LONGEST);
    places.into_iter().filter_map(|place| place.file(modules)).collect()
}

#[derive(Clone, Copy)]
enum Place {
    Module(usize),
    ItemOf(usize),
}

impl Place {
    fn file(self, modules: &Modules) -> Option<String> {
        match self {
            Self::Module(_) => None,
            Self::ItemOf(id) => Some(modules.all[id].file.clone()),
        }
    }
}

/// What a path leads to, seen from a module: nothing if to a crate of others, or to a name of the block that it stands in.
fn resolve(modules: &Modules, from: usize, path: &[String], left: usize) -> Vec<Place> {
    let Some((first, rest)) = path.split_first() else { return Vec::new() };
    let mut places = match first.as_str() {
        "crate" => vec![Place::Module(root_of(modules, from))],
        "self" => vec![Place::Module(from)],
        "super" => modules.all[from].parent.map(Place::Module).into_iter().collect(),
        name => match (look_up(modules, from, name, left), modules.roots.get(name)) {
            (found, Some(root)) if found.is_empty() => vec![Place::Module(*root)],
            (found, _) => found,
        },
    };
    for name in rest {
        // What has something behind it is the module, where a macro has the same name.
        if places.iter().any(|place| matches!(place, Place::Module(_))) {
            places.retain(|place| matches!(place, Place::Module(_)));
        }
        let next = |place: Place| match place {
            Place::Module(id) if name == "super" => {
                modules.all[id].parent.map(Place::Module).into_iter().collect()
            }
            Place::Module(id) => look_up(modules, id, name, left),
            item @ Place::ItemOf(_) => vec![item],
        };
        places = places.into_iter().flat_map(next).collect();
    }
    places
}

fn root_of(modules: &Modules, module: usize) -> usize {
    modules.all[module].parent.map_or(module, |parent| root_of(modules, parent))
}

fn look_up(modules: &Modules, module: usize, name: &str, left: usize) -> Vec<Place> {
    let Some(left) = left.checked_sub(1) else { return Vec::new() };
    if let Some(names) = modules.all[module].names.get(name) {
        let place = |name: &Name| match name {
            Name::Module(id) => vec![Place::Module(*id)],
            Name::Item => vec![Place::ItemOf(module)],
            Name::Import(path) => resolve(modules, module, path, left),
        };
        return names.iter().flat_map(place).collect();
    }
    let globs = modules.all[module].globs.iter().flat_map(|path| resolve(modules, module, path, left));
    let within = |place| match place {
        Place::Module(id) if id != module => look_up(modules, id, name, left),
        _ => Vec::new(),
    };
    globs.flat_map(within).collect()
}
