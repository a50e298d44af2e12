//! The modules of crates as their files declare them, tests left out: names that each one has, and names that its code says.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{Item, Meta, Token, UseTree};

use crate::failure::{Failure, Outcome};

/// Text by path from the repository's root.
pub(super) type Files = BTreeMap<String, String>;

/// Words between `::`.
pub(super) type Path = Vec<String>;

pub(super) enum Name {
    Module(usize),
    /// Anything else that is defined there.
    Item,
    Import(Path),
}

#[derive(Default)]
pub(super) struct Module {
    pub(super) file: String,
    pub(super) parent: Option<usize>,
    /// More than one under different `cfg`.
    pub(super) names: BTreeMap<String, Vec<Name>>,
    /// What is imported by `*`.
    pub(super) globs: Vec<Path>,
    /// What is imported and not exported again.
    pub(super) private: Vec<Path>,
    /// What the code says beside its imports.
    pub(super) said: BTreeSet<Path>,
}

/// All modules of some crates, and by the crate's name the first of it.
#[derive(Default)]
pub(super) struct Modules {
    pub(super) all: Vec<Module>,
    pub(super) roots: BTreeMap<String, usize>,
}

impl Modules {
    /// Adds the crate whose first file is `root`.
    pub(super) fn read(&mut self, files: &Files, name: &str, root: &str) -> Outcome<()> {
        let mut reader = Reader { files, modules: std::mem::take(&mut self.all) };
        let id = reader.file(root, folder_of(root), None)?;
        self.all = reader.modules;
        self.roots.insert(name.replace('-', "_"), id);
        Ok(())
    }
}

pub(super) fn folder_of(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

struct Reader<'a> {
    files: &'a Files,
    modules: Vec<Module>,
}

impl Reader<'_> {
    /// `folder` is where its modules lie.
    fn file(&mut self, file: &str, folder: &str, parent: Option<usize>) -> Outcome<usize> {
        let text = self.files.get(file).ok_or_else(|| Failure::new(format!("no {file}")))?;
        let parsed = syn::parse_file(text).map_err(Failure::doing(format!("cannot parse {file}")))?;
        self.module(file, folder, parent, &parsed.items)
    }

    fn module(&mut self, file: &str, folder: &str, parent: Option<usize>, items: &[Item]) -> Outcome<usize> {
        let id = self.modules.len();
        self.modules.push(Module { file: file.to_owned(), parent, ..Module::default() });
        for item in items.iter().filter(|item| !is_test(item)) {
            match item {
                Item::Use(item) => {
                    let is_private = matches!(item.vis, syn::Visibility::Inherited);
                    self.modules[id].import(&mut Path::new(), &item.tree, is_private);
                }
                Item::Mod(child) => self.child(id, folder, child)?,
                item => self.modules[id].define(item),
            }
        }
        Ok(id)
    }

    fn child(&mut self, parent: usize, folder: &str, child: &syn::ItemMod) -> Outcome<()> {
        let name = plain(&child.ident);
        let file = self.modules[parent].file.clone();
        let inner = format!("{folder}/{name}");
        let children = if let Some((_, items)) = &child.content {
            vec![self.module(&file, &inner, Some(parent), items)?]
        } else {
            let files = self.files_of(&file, &inner, child).into_iter();
            files.map(|file| self.file(&file, &inner, Some(parent))).collect::<Outcome<_>>()?
        };
        let names = self.modules[parent].names.entry(name).or_default();
        names.extend(children.into_iter().map(Name::Module));
        Ok(())
    }

    /// The usual one, and those that `path` names: all of them, since `cfg_attr` may decide.
    fn files_of(&self, parent: &str, inner: &str, child: &syn::ItemMod) -> Vec<String> {
        let attributes = child.attrs.iter().map(|attribute| attribute.meta.to_token_stream().to_string());
        let told = attributes
            .filter_map(|attribute| Some(format!("{}/{}", folder_of(parent), file_in(&attribute)?)));
        let usual = [format!("{inner}.rs"), format!("{inner}/mod.rs")];
        usual.into_iter().chain(told).filter(|file| self.files.contains_key(file)).collect()
    }
}

impl Module {
    /// `before` is what stands before `tree`.
    fn import(&mut self, before: &mut Path, tree: &UseTree, is_private: bool) {
        match tree {
            UseTree::Path(path) => {
                before.push(plain(&path.ident));
                self.import(before, &path.tree, is_private);
                before.pop();
            }
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import(before, tree, is_private));
            }
            UseTree::Glob(_) => self.globs.push(before.clone()),
            UseTree::Name(name) => {
                self.import_as(before, &plain(&name.ident), &plain(&name.ident), is_private);
            }
            UseTree::Rename(name) => {
                self.import_as(before, &plain(&name.ident), &plain(&name.rename), is_private);
            }
        }
    }

    fn import_as(&mut self, before: &Path, name: &str, own: &str, is_private: bool) {
        let mut path = before.clone();
        if name != "self" {
            path.push(name.to_owned());
        }
        let own = if own == "self" { path.last().cloned().unwrap_or_default() } else { own.to_owned() };
        if is_private {
            self.private.push(path.clone());
        }
        self.names.entry(own).or_default().push(Name::Import(path));
    }

    fn define(&mut self, item: &Item) {
        if let Some(name) = name_of(item) {
            self.names.entry(name).or_default().push(Name::Item);
        }
        collect_paths(item.to_token_stream(), &mut self.said);
    }
}

fn name_of(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(plain(ident))
}

fn plain(ident: &syn::Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}

/// `cfg` of `test`, alone or among others.
fn is_test(item: &Item) -> bool {
    attributes(item).iter().any(|attribute| holds_in_tests_alone(&attribute.meta))
}

fn holds_in_tests_alone(condition: &Meta) -> bool {
    let Meta::List(list) = condition else { return condition.path().is_ident("test") };
    let parts = Punctuated::<Meta, Token![,]>::parse_terminated;
    let parts = list.parse_args_with(parts).unwrap_or_default();
    match list.path.get_ident() {
        Some(word) if word == "cfg" || word == "all" => parts.iter().any(holds_in_tests_alone),
        Some(word) if word == "any" => !parts.is_empty() && parts.iter().all(holds_in_tests_alone),
        _ => false,
    }
}

fn attributes(item: &Item) -> &[syn::Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// `path = "x.rs"`, alone or under a condition.
fn file_in(attribute: &str) -> Option<String> {
    let (_, path) = attribute.split_once("path = \"")?;
    path.split_once('"').map(|(file, _)| file.to_owned())
}

/// In tokens, since code stands in calls of macros too. Names behind a `.` are fields and methods, those behind a `::` at
/// the beginning other crates.
fn collect_paths(tokens: TokenStream, found: &mut BTreeSet<Path>) {
    let (mut path, mut before) = (Path::new(), [' '; 2]);
    for token in tokens {
        let kind = match &token {
            TokenTree::Ident(_) => 'a',
            TokenTree::Punct(mark) => mark.as_char(),
            _ => ' ',
        };
        match &token {
            TokenTree::Ident(_) if before[1] == '.' && before[0] != '.' => {}
            TokenTree::Ident(ident) => {
                if before != [':', ':'] {
                    found.insert(std::mem::take(&mut path));
                    path.push(plain(ident));
                } else if !path.is_empty() {
                    path.push(plain(ident));
                }
            }
            TokenTree::Punct(_) if kind == ':' => {}
            other => {
                found.insert(std::mem::take(&mut path));
                if let TokenTree::Group(group) = other {
                    collect_paths(group.stream(), found);
                }
            }
        }
        before = [before[1], kind];
    }
    found.insert(path);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_what_holds_in_tests_alone() {
        let is_test = |condition: &str| {
            is_test(&syn::parse_str(&format!("#[doc = \"x\"] #[cfg({condition})] mod a {{}}")).unwrap())
        };
        for test in ["test", "all(test, loom)", "all(test, not(loom))", "any(all(test, a), all(b, test))"] {
            assert!(is_test(test), "{test}");
        }
        for other in ["not(test)", "any(test, loom)", "all(unix, not(test))", "feature = \"test\"", "any()"] {
            assert!(!is_test(other), "{other}");
        }
    }
}
