//! The fields that a struct's cleanup takes.

use crate::options::advice::listed;
use proc_macro2::TokenStream;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Error, Fields, Index, Token};

/// A field: its name or number, and its place among all.
pub(super) struct Member {
    pub(super) name: syn::Member,
    pub(super) index: usize,
}

/// The names of all fields, in order.
pub(super) fn all(fields: &Fields) -> Vec<syn::Member> {
    fields.members().collect()
}

/// `fd, path` or `0, 1`, each a field, each once.
pub(super) fn members(list: TokenStream, fields: &Fields) -> syn::Result<Vec<Member>> {
    let is_empty = list.is_empty();
    let parse = Punctuated::<syn::Member, Token![,]>::parse_terminated;
    let names = parse.parse2(list).map_err(|fault| Error::new(fault.span(), advice(is_empty, fields)))?;
    let all = all(fields);
    let mut members: Vec<Member> = Vec::new();
    let mut faults = Vec::new();
    for name in names {
        if members.iter().any(|member| member.name == name) {
            faults.push(Error::new_spanned(&name, format!("`{}` is given twice: keep one", text(&name))));
        } else if let Some(index) = all.iter().position(|field| *field == name) {
            members.push(Member { name, index });
        } else {
            faults.push(Error::new_spanned(&name, advice(true, fields)));
        }
    }
    let combine = |mut one: Error, other| {
        one.combine(other);
        one
    };
    faults.into_iter().reduce(combine).map_or(Ok(members), Err)
}

/// `are_names`: where the list is one of names, they are wrong.
fn advice(are_names: bool, fields: &Fields) -> String {
    let names: Vec<String> = all(fields).iter().map(text).collect();
    let names = listed(&names);
    if names.is_empty() {
        return "this struct has no field to give to its cleanup: write `args()`".to_owned();
    }
    if are_names {
        format!("this struct has no such field; it has {names}")
    } else {
        format!("`args(..)` takes names of fields; this struct has {names}")
    }
}

pub(super) fn text(member: &syn::Member) -> String {
    match member {
        syn::Member::Named(name) => name.to_string(),
        syn::Member::Unnamed(Index { index, .. }) => index.to_string(),
    }
}
