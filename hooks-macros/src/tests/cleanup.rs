//! `#[cleanup(..)]`: what is emitted, and which types of fields are refused. The other refusals are in `ui-tests`.

use super::{Cleanup, field_types};
use crate::attribute::Attribute;
use crate::faults::Faults;
use expect_test::{Expect, expect};
use proc_macro2::TokenStream;
use syn::ItemStruct;

fn tokens(text: &str) -> TokenStream {
    text.parse().expect("the cases tokenize")
}

fn check(arguments: &str, item: &str, expected: &Expect) {
    let expanded = Cleanup::expand(tokens(arguments), tokens(item)).expect("the cases are good");
    let file = syn::parse2(expanded).expect("an item");
    expected.assert_eq(&prettyplease::unparse(&file));
}

/// The tokens of a trivial use; more would be a price that each user pays at every build.
#[test]
fn token_ceilings() {
    fn count(tokens: TokenStream) -> usize {
        let one = |token| match token {
            proc_macro2::TokenTree::Group(group) => 2 + count(group.stream()),
            _ => 1,
        };
        tokens.into_iter().map(one).sum()
    }
    let fn_item = "fn f(x: u32) -> u32 { x + 1 }";
    let async_item = "async fn f(x: u32) -> u32 { x + 1 }";
    for (arguments, item, most) in [
        ("note(x)", fn_item, 140),
        ("note(x)", async_item, 141),
        ("note(x), on = \"error\"", fn_item, 155),
        ("close = close_fd, args(fd)", "struct Resource { fd: i32 }", 358),
    ] {
        let tokens = count(Cleanup::expand(tokens(arguments), tokens(item)).expect("good"));
        println!("{arguments} {item}: {tokens} tokens, at most {most}");
        assert!(tokens <= most, "{arguments} {item}: {tokens} > {most}");
    }
}

#[test]
fn a_fn() {
    check(
        "note(x)",
        "fn f(x: u32) -> u32 { x + 1 }",
        &expect![[r#"
            fn f(x: u32) -> u32 {
                #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                static __SITE: &::core::primitive::str = ::core::concat!(
                    "cleanup(note) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
                    ::core::line!()
                );
                {
                    let __guard = ::hooks_runtime::__private::cleanup(__SITE, x, |x| note(x));
                    '__cleanup: { x + 1 }
                }
            }
        "#]],
    );
}

#[test]
fn an_async_fn_with_several() {
    check(
        "first(), second(&name(), x), third::<u8>(x)",
        "async fn f(x: u32) -> u32 { x + 1 }",
        &expect![[r#"
            async fn f(x: u32) -> u32 {
                #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                static __SITE: &::core::primitive::str = ::core::concat!(
                    "cleanup(first,second,third) ", ::core::module_path!(), "::f ", ::core::file!(),
                    ":", ::core::line!()
                );
                {
                    let __guard = ::hooks_runtime::__private::cleanup(__SITE, (), |()| first());
                    let __arguments = (&name(), x);
                    let __guard1 = ::hooks_runtime::__private::cleanup(
                        __SITE,
                        __arguments,
                        |(__argument0, x)| second(__argument0, x),
                    );
                    let __guard2 = ::hooks_runtime::__private::cleanup(
                        __SITE,
                        x,
                        |x| third::<u8>(x),
                    );
                    '__cleanup: { x + 1 }
                }
            }
        "#]],
    );
}

/// Whatever they are called, and with other attributes between them.
#[test]
fn in_several_attributes_each_stands_inside_of_the_one_above() {
    let item = tokens("fn f(x: u32) -> u32 { x + 1 }");
    let above = Cleanup::expand(tokens("first()"), item).expect("good");
    let between = crate::labeled::Labeled::expand(tokens("x"), above).expect("good");
    let below = Cleanup::expand(tokens("second()"), between).expect("good").to_string();
    let order = ["labeled(x)", "| first ()", "| second ()", "x + 1"];
    let order = order.map(|word| below.find(word).unwrap_or_else(|| panic!("{word}: {below}")));
    assert!(order.is_sorted(), "{below}");
}

#[test]
fn on_error() {
    check(
        "undo(x), on = \"error\"",
        "fn f(x: u32) -> Result<impl Iterator<Item = u32>, Error> { BODY }",
        &expect![[r#"
            fn f(x: u32) -> Result<impl Iterator<Item = u32>, Error> {
                #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                static __SITE: &::core::primitive::str = ::core::concat!(
                    "cleanup(undo:error) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
                    ::core::line!()
                );
                let __guard = ::hooks_runtime::__private::cleanup(__SITE, x, |x| undo(x)).on_error();
                let __result = ::hooks_runtime::__private::call_once(|| -> Result<_, Error> {
                    BODY
                });
                __guard.settle(&__result);
                __result
            }
        "#]],
    );
    check(
        "undo(x), on = \"failure\"",
        "async fn f(x: u32) -> Option<u32> { BODY }",
        &expect![[r#"
            async fn f(x: u32) -> Option<u32> {
                #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                static __SITE: &::core::primitive::str = ::core::concat!(
                    "cleanup(undo:failure) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
                    ::core::line!()
                );
                let __guard = ::hooks_runtime::__private::cleanup(__SITE, x, |x| undo(x))
                    .on_failure();
                let __result = async {
                    if false {
                        return ::hooks_runtime::__private::of_type::<Option<u32>>();
                    }
                    '__cleanup: { BODY }
                }
                    .await;
                __guard.settle(&__result);
                __result
            }
        "#]],
    );
}

#[test]
fn in_the_background() {
    check(
        "undo(x, y), background = \"inline\"",
        "fn f(x: u32, y: u32) {}",
        &expect![[r#"
            fn f(x: u32, y: u32) {
                #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                static __SITE: &::core::primitive::str = ::core::concat!(
                    "cleanup(undo) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
                    ::core::line!()
                );
                {
                    let __guard = ::hooks_runtime::__private::cleanup_in_background(
                        __SITE,
                        ::hooks_runtime::__private::WhenFull::Inline,
                        (x, y),
                        |(x, y)| undo(x, y),
                    );
                    '__cleanup: {}
                }
            }
        "#]],
    );
}

#[test]
fn a_future_built_by_hand() {
    check(
        "undo(x), future",
        "fn f(x: u32) -> Pin<Box<dyn Future<Output = u32>>> { Box::pin(async move { x }) }",
        &expect![[r#"
            fn f(x: u32) -> Pin<Box<dyn Future<Output = u32>>> {
                #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                static __SITE: &::core::primitive::str = ::core::concat!(
                    "cleanup(undo) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
                    ::core::line!()
                );
                let __guard = ::hooks_runtime::__private::cleanup(__SITE, x, |x| undo(x));
                let __future: Pin<Box<dyn Future<Output = u32>>> = match () {
                    () => '__cleanup_future: {
                        Box::pin(async move { x })
                    }
                };
                #[allow(unreachable_code)]
                ::std::boxed::Box::pin(
                    ::hooks_runtime::__private::guarded(&__SITE, __guard, __future),
                )
            }
        "#]],
    );
}

#[test]
fn a_variable_that_is_called() {
    check(
        "undo(x), crate = ::facade::rt",
        "fn f(x: u32, undo: fn(u32)) {}",
        &expect![[r#"
            fn f(x: u32, undo: fn(u32)) {
                #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                static __SITE: &::core::primitive::str = ::core::concat!(
                    "cleanup(undo) ", ::core::module_path!(), "::f ", ::core::file!(), ":",
                    ::core::line!()
                );
                {
                    let __guard = ::facade::rt::__private::cleanup(
                        __SITE,
                        (undo, x),
                        |(__callee, x)| __callee(x),
                    );
                    '__cleanup: {}
                }
            }
        "#]],
    );
}

#[test]
fn a_struct() {
    check(
        "close = close_fd::<T>, args(fd), result = Result<u64, E>, background",
        "pub(crate) struct Resource<'a, T: Copy = u8> where T: Send { fd: T, name: &'a str }",
        &expect![[r#"
            pub(crate) struct Resource<'a, T: Copy = u8>
            where
                T: Send,
            {
                fd: T,
                name: &'a str,
            }
            const _: () = {
                #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                static __SITE: &::core::primitive::str = ::core::concat!(
                    "cleanup(close_fd,fd) ", ::core::module_path!(), "::Resource ", ::core::file!(),
                    ":", ::core::line!()
                );
                #[automatically_derived]
                #[allow(dead_code, clippy::unused_unit)]
                impl<'a, T: Copy> Resource<'a, T>
                where
                    T: Send,
                {
                    /// Runs the cleanup now; an error is the cleanup's. It counts as closed also where that fails.
                    pub(crate) fn close(self) -> Result<u64, E> {
                        let mut __parts = self.into_parts();
                        close_fd::<T>(::hooks_runtime::__private::Argument::take(&mut __parts.0))
                    }
                    /// Drops the fields without running the cleanup.
                    pub(crate) fn stop(self) {
                        let __parts = self.into_parts();
                    }
                    /// The fields, in their order; the cleanup does not run.
                    fn into_parts(self) -> (T, &'a str) {
                        let __this = ::core::mem::ManuallyDrop::new(self);
                        unsafe { (::core::ptr::read(&__this.fd), ::core::ptr::read(&__this.name)) }
                    }
                }
                #[automatically_derived]
                impl<'a, T: Copy> ::core::ops::Drop for Resource<'a, T>
                where
                    T: Send,
                {
                    fn drop(&mut self) {
                        ::hooks_runtime::__private::not_closed_in_background(
                            __SITE,
                            ::hooks_runtime::__private::WhenFull::Wait,
                            ::hooks_runtime::__private::Argument::take(&mut self.fd),
                            |__argument0| -> Result<u64, E> { close_fd::<T>(__argument0) },
                        );
                    }
                }
                impl<'a, T: Copy> ::hooks_runtime::__private::RemoveCloneOrItIsClosedTwice
                for Resource<'a, T>
                where
                    T: Send,
                {}
            };
        "#]],
    );
}

#[test]
fn a_tuple_struct() {
    check(
        "close = close_fd, args()",
        "struct Resource(i32);",
        &expect![[r#"
            struct Resource(i32);
            const _: () = {
                #[cfg_attr(target_os = "linux", used, unsafe(link_section = "hooks_sites"))]
                static __SITE: &::core::primitive::str = ::core::concat!(
                    "cleanup(close_fd) ", ::core::module_path!(), "::Resource ", ::core::file!(),
                    ":", ::core::line!()
                );
                #[automatically_derived]
                #[allow(dead_code, clippy::unused_unit)]
                impl Resource {
                    /// Runs the cleanup now; an error is the cleanup's. It counts as closed also where that fails.
                    fn close(self) -> ::std::io::Result<()> {
                        let __parts = self.into_parts();
                        close_fd()
                    }
                    /// Drops the fields without running the cleanup.
                    fn stop(self) {
                        let __parts = self.into_parts();
                    }
                    /// The fields, in their order; the cleanup does not run.
                    fn into_parts(self) -> (i32,) {
                        let __this = ::core::mem::ManuallyDrop::new(self);
                        unsafe { (::core::ptr::read(&__this.0),) }
                    }
                }
                #[automatically_derived]
                impl ::core::ops::Drop for Resource {
                    fn drop(&mut self) {
                        ::hooks_runtime::__private::not_closed(
                            __SITE,
                            (),
                            |()| -> ::std::io::Result<()> { close_fd() },
                        );
                    }
                }
                impl ::hooks_runtime::__private::RemoveCloneOrItIsClosedTwice for Resource {}
            };
        "#]],
    );
}

#[test]
fn types_that_are_kept_from_being_dropped() {
    for (ty, faults) in [
        ("Arc<Self>", 1),
        ("Option<std::sync::Arc<Self>>", 1),
        ("Arc<Mutex<Vec<Node<T>>>>", 1),
        ("Rc<RefCell<Self>>", 1),
        ("(u8, [Rc<Self>; 4])", 1),
        ("HashMap<u32, (Arc<Self>, Arc<Self>)>", 2),
        ("Arc<(u8, Self)>", 1),
        ("Box<dyn Fn()>", 1),
        ("Option<Box<dyn FnMut(&u8) -> u8 + Send>>", 1),
        ("Arc<dyn Send + Fn(u8)>", 1),
        ("Vec<Box<dyn std::ops::FnOnce()>>", 1),
        ("Weak<Self>", 0),
        ("Arc<Mutex<Weak<Self>>>", 0),
        ("Arc<Weak<Self>>", 0),
        ("Arc<(Weak<Self>, Node<T>)>", 1),
        ("Box<Self>", 0),
        ("Option<Box<Self>>", 0),
        ("Arc<Other>", 0),
        ("Vec<Self>", 0),
        ("(Arc<u8>, Box<Self>)", 0),
        ("fn(Arc<u8>) -> Self", 0),
        ("Arc<fn(u8) -> u8>", 0),
        ("&'static dyn Fn()", 0),
        ("Box<dyn Read>", 0),
    ] {
        let item: ItemStruct = syn::parse2(tokens(&format!("struct Node<T> {{ field: {ty} }}"))).expect(ty);
        let mut found = Faults::default();
        field_types::refuse(&item.fields, &item.ident, &mut found);
        let found = found.into_result().err().map_or(0, |faults| faults.into_iter().count());
        assert_eq!(found, faults, "{ty}");
    }
}
