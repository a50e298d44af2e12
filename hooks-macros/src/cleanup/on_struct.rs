//! `#[cleanup(close = close_fd, args(fd))]` on a struct: a `close` whose error is seen, and a net for values that are
//! dropped without.
//!
//! ```text
//! Output:  struct Resource { fd: RawFd, .. }
//!          const _: () = {
//!              static __SITE ..;
//!              impl Resource { pub fn close(self) -> Result<()> { .. } pub fn stop(self) { .. } .. }
//!              impl Drop for Resource { fn drop(&mut self) { not_closed(__SITE, self.fd.take(), |..| close_fd(..)) } }
//!              impl RemoveCloneOrItIsClosedTwice for Resource {}
//!          };
//! ```

use super::advice::{DERIVED, MOVES_NUMBERS, PACKED};
use super::call::{path_name, tuple};
use super::fields::Member;
use super::structure::Closing;
use super::{field_types, fields};
use crate::configuration;
use crate::faults::Faults;
use crate::site;
use crate::tokens::ours_at;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, Field, Fields, ItemStruct, Meta};

pub(super) fn expand(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let mut faults = Faults::default();
    let mut item: ItemStruct = syn::parse2(item)?;
    configuration::allow_expected(&mut item.attrs);
    item.fields.iter_mut().for_each(|field| configuration::allow_expected(&mut field.attrs));
    let closing = Closing::of(arguments, &item.fields, &mut faults);
    refuse_attributes(&item, &mut faults);
    refuse_moving_numbers(&item.fields, &mut faults);
    field_types::refuse(&item.fields, &item.ident, &mut faults);
    faults.into_result()?;
    let closing = closing.expect("without it there is a fault");
    let expansion = Expansion { item: &item, closing: &closing };
    let impls = expansion.impls();
    Ok(quote!(#item #impls))
}

/// `#[derive(Clone)]`, `#[derive(Copy)]`, `#[repr(packed)]`.
fn refuse_attributes(item: &ItemStruct, faults: &mut Faults) {
    for attribute in &item.attrs {
        let Meta::List(list) = &attribute.meta else { continue };
        let refused: &[(&str, &str)] = match () {
            () if list.path.is_ident("derive") => &[("Clone", DERIVED), ("Copy", DERIVED)],
            () if list.path.is_ident("repr") => &[("packed", PACKED)],
            () => &[],
        };
        for token in list.tokens.clone() {
            let proc_macro2::TokenTree::Ident(word) = token else { continue };
            if let Some((_, advice)) = refused.iter().find(|(name, _)| word == name) {
                faults.add(Error::new(word.span(), advice));
            }
        }
    }
}

/// The compiler counts the fields that are there, after us.
fn refuse_moving_numbers(fields: &Fields, faults: &mut Faults) {
    let Fields::Unnamed(fields) = fields else { return };
    for field in fields.unnamed.iter().rev().skip(1) {
        if !configuration::of(&field.attrs).is_empty() {
            faults.add(Error::new_spanned(&field.attrs[0], MOVES_NUMBERS));
        }
    }
}

struct Expansion<'a> {
    item: &'a ItemStruct,
    closing: &'a Closing,
}

impl Expansion<'_> {
    fn impls(&self) -> TokenStream {
        let mixed = Span::mixed_site();
        let site = site::emit("cleanup", &self.site_arguments(), &self.item.ident);
        let (parts, methods) = (self.parts_struct(), self.methods());
        let (drop, not_clone) = (self.drop(), self.not_clone());
        quote_spanned!(mixed=> const _: () = { #site #parts #methods #drop #not_clone };)
    }

    /// `close_fd,fd`, as the site says it.
    fn site_arguments(&self) -> String {
        let mut arguments = vec![path_name(&self.closing.close)];
        for member in &self.closing.members {
            arguments.push(fields::text(&member.name));
        }
        arguments.join(",")
    }

    fn methods(&self) -> TokenStream {
        let mixed = Span::mixed_site();
        let visibility = &self.item.vis;
        let (generics, ty, bounds) = self.item.generics.split_for_impl();
        let name = &self.item.ident;
        let close = &self.closing.close;
        let result = self.result();
        let taken = self.closing.members.iter().map(|member| {
            // Who may not be taken is told at the argument.
            let place = ours_at(member.name.span());
            let private = self.closing.runtime.private(place);
            let part = if self.is_configured() { member.name.to_token_stream() } else { index(member) };
            quote_spanned!(place=> #private::Argument::take(&mut __parts.#part))
        });
        let call = quote_spanned!(ours_at(close.span())=> #close(#(#taken),*));
        let parts = if self.closing.members.is_empty() {
            quote_spanned!(mixed=> let __parts = self.into_parts();)
        } else {
            quote_spanned!(mixed=> let mut __parts = self.into_parts();)
        };
        let into_parts = self.dismantling();
        quote_spanned! {mixed=>
            #[automatically_derived]
            #[allow(dead_code, clippy::unused_unit)]
            impl #generics #name #ty #bounds {
                /// Runs the cleanup now; an error is the cleanup's. It counts as closed also where that fails.
                #visibility fn close(self) -> #result {
                    #parts
                    #call
                }

                /// Drops the fields without running the cleanup.
                #visibility fn stop(self) {
                    let __parts = self.into_parts();
                }

                #into_parts
            }
        }
    }

    fn result(&self) -> TokenStream {
        let given = self.closing.result.as_ref().map(ToTokens::to_token_stream);
        // At the fn, since it is its type that has to agree.
        let place = ours_at(self.closing.close.span());
        given.unwrap_or_else(|| quote_spanned!(place=> ::std::io::Result<()>))
    }

    /// Whether there is a field that may not be there.
    fn is_configured(&self) -> bool {
        self.item.fields.iter().any(|field| !configuration::of(&field.attrs).is_empty())
    }

    fn dismantling(&self) -> TokenStream {
        let mixed = Span::mixed_site();
        let (ty, fields) = if self.is_configured() { self.parts_as_struct() } else { self.parts_as_tuple() };
        quote_spanned! {mixed=>
            /// The fields, in their order; the cleanup does not run.
            fn into_parts(self) -> #ty {
                let __this = ::core::mem::ManuallyDrop::new(self);
                // SAFETY: each field is read once, and `__this` is not dropped.
                unsafe { #fields }
            }
        }
    }

    /// The type of the parts and, of `__this`, the parts.
    fn parts_as_tuple(&self) -> (TokenStream, TokenStream) {
        let mixed = Span::mixed_site();
        let names = fields::all(&self.item.fields);
        let types = self.item.fields.iter().map(|field| &field.ty);
        let fields = quote_spanned!(mixed=> (#(::core::ptr::read(&__this.#names),)*));
        (quote_spanned!(mixed=> (#(#types,)*)), fields)
    }

    /// The same where a field has a `#[cfg(..)]`, which nothing in a tuple may have.
    fn parts_as_struct(&self) -> (TokenStream, TokenStream) {
        let (mixed, names) = (Span::mixed_site(), fields::all(&self.item.fields));
        let (_, ty, _) = self.item.generics.split_for_impl();
        let cfgs = self.item.fields.iter().map(|field| configuration::of(&field.attrs));
        let fields = quote_spanned!(mixed=> __Parts { #(#cfgs #names: ::core::ptr::read(&__this.#names),)* });
        (quote_spanned!(mixed=> __Parts #ty), fields)
    }

    /// What `parts_as_struct` is of.
    fn parts_struct(&self) -> Option<TokenStream> {
        if !self.is_configured() {
            return None;
        }
        let (generics, _, bounds) = self.item.generics.split_for_impl();
        let fields = self.item.fields.iter().map(|Field { attrs, ident, colon_token, ty, .. }| {
            let cfg = configuration::of(attrs);
            quote!(#cfg #ident #colon_token #ty)
        });
        let fields = quote!(#(#fields,)*);
        let inside = if matches!(&self.item.fields, Fields::Unnamed(_)) {
            quote_spanned!(Span::mixed_site()=> (#fields) #bounds;)
        } else {
            quote_spanned!(Span::mixed_site()=> #bounds { #fields })
        };
        Some(quote_spanned!(Span::mixed_site()=> #[allow(dead_code)] struct __Parts #generics #inside))
    }

    fn drop(&self) -> TokenStream {
        // A `Drop` of the user's own is in conflict with this one, and told so at the attribute's `close`.
        let place = ours_at(self.closing.close.span());
        let private = self.closing.runtime.private(place);
        let (generics, ty, bounds) = self.item.generics.split_for_impl();
        let (name, close) = (&self.item.ident, &self.closing.close);
        let taken: Vec<_> = self
            .closing
            .members
            .iter()
            .map(|member| {
                // Who may not be taken is told at the argument.
                let (place, name) = (ours_at(member.name.span()), &member.name);
                let private = self.closing.runtime.private(place);
                quote_spanned!(place=> #private::Argument::take(&mut self.#name))
            })
            .collect();
        let names: Vec<Ident> = (0..taken.len()).map(argument).collect();
        // With its type, so that a fn of another is told so once: the compiler says the same thing only once.
        let (arguments, parameters, result) = (tuple(&taken), tuple(&names), self.result());
        let (function, when_full) = match self.closing.background {
            None => (quote_spanned!(place=> not_closed), None),
            Some(when_full) => {
                let when_full = when_full.path(&self.closing.runtime);
                (quote_spanned!(place=> not_closed_in_background), Some(quote!(#when_full,)))
            }
        };
        quote_spanned! {place=>
            #[automatically_derived]
            impl #generics ::core::ops::Drop for #name #ty #bounds {
                fn drop(&mut self) {
                    #private::#function(__SITE, #when_full #arguments, |#parameters| -> #result { #close(#(#names),*) });
                }
            }
        }
    }

    /// In conflict with any `Clone`, also one that is derived above the attribute or written by hand.
    fn not_clone(&self) -> TokenStream {
        let place = ours_at(self.item.ident.span());
        let private = self.closing.runtime.private(place);
        let (generics, ty, bounds) = self.item.generics.split_for_impl();
        let name = &self.item.ident;
        quote_spanned!(place=> impl #generics #private::RemoveCloneOrItIsClosedTwice for #name #ty #bounds {})
    }
}

/// The place of a field in a tuple of all.
fn index(member: &Member) -> TokenStream {
    syn::Index::from(member.index).into_token_stream()
}

fn argument(index: usize) -> Ident {
    format_ident!("__argument{index}", span = Span::mixed_site())
}
