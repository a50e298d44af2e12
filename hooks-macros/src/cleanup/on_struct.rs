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

use super::advice::{DERIVED, PACKED};
use super::call::{path_name, tuple};
use super::structure::Closing;
use super::{field_types, fields};
use crate::faults::Faults;
use crate::site;
use crate::tokens::ours_at;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, ItemStruct, Meta, Type};

pub(super) fn expand(arguments: TokenStream, item: TokenStream) -> syn::Result<TokenStream> {
    let mut faults = Faults::default();
    let item: ItemStruct = syn::parse2(item)?;
    let closing = Closing::of(arguments, &item.fields, &mut faults);
    refuse_attributes(&item, &mut faults);
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

struct Expansion<'a> {
    item: &'a ItemStruct,
    closing: &'a Closing,
}

impl Expansion<'_> {
    fn impls(&self) -> TokenStream {
        let mixed = Span::mixed_site();
        let site = site::emit("cleanup", &self.site_arguments(), &self.item.ident);
        let (methods, drop, not_clone) = (self.methods(), self.drop(), self.not_clone());
        quote_spanned!(mixed=> const _: () = { #site #methods #drop #not_clone };)
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
            let index = syn::Index::from(member.index);
            quote_spanned!(place=> #private::Argument::take(&mut __parts.#index))
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
                /// Runs the cleanup now, and says how it went. It counts as closed also where that fails.
                ///
                /// # Errors
                ///
                /// Those of the cleanup.
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

    fn dismantling(&self) -> TokenStream {
        let mixed = Span::mixed_site();
        let names: Vec<_> = fields::all(&self.item.fields).iter().map(fields::tokens).collect();
        let types: Vec<&Type> = self.item.fields.iter().map(|field| &field.ty).collect();
        quote_spanned! {mixed=>
            /// The fields, in their order; the cleanup does not run.
            fn into_parts(self) -> (#(#types,)*) {
                let __this = ::core::mem::ManuallyDrop::new(self);
                // SAFETY: each field is read once, and `__this` is not dropped.
                unsafe { (#(::core::ptr::read(&__this.#names),)*) }
            }
        }
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
        let (arguments, parameters) = (tuple(&taken), tuple(&names));
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
                    #private::#function(__SITE, #when_full #arguments, |#parameters| #close(#(#names),*));
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

fn argument(index: usize) -> Ident {
    format_ident!("__argument{index}", span = Span::mixed_site())
}
