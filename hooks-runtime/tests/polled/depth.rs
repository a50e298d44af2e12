//! Chains of annotated fns that can be sent, under the compiler's default limit of recursion, which is 128 steps.
//!
//! That a future is `Send` takes three steps for each async fn and one more for each annotated one, whatever order the fns
//! are written in: 28 levels are well below.
//!
//! The layout of a future is worked out from the layouts of what it is made of. Those of fns that were written before are
//! known; those of fns that are written after are asked for on the way, seven deep for a level: the future awaited in
//! `MaybeUninit`, which is a `ManuallyDrop`, which is a `MaybeDangling`; `Polled`, and the same two again, since what is
//! dropped before the whole is over can be in nothing else; and the async block. So 18 levels are what there is.

use std::future::Future;
use std::pin::Pin;

type Boxed = Pin<Box<dyn Future<Output = u32> + Send>>;
type Chains = (&'static str, fn() -> [(u32, Boxed); 2]);

/// A module with 28 fns, each of which awaits the one written before it, and one with 18, where each awaits the one
/// written after it.
macro_rules! chain {
    ($module:ident($depth:ident, $kept:ident) [$($attribute:tt)*]) => {
        mod $module {
            chain!(@innermost f00 $depth $kept [$($attribute)*]);
            chain!(@outwards $depth $kept [$($attribute)*]
                f00 f01 f02 f03 f04 f05 f06 f07 f08 f09 f10 f11 f12 f13 f14
                f15 f16 f17 f18 f19 f20 f21 f22 f23 f24 f25 f26 f27 f28);

            chain!(@inwards $depth $kept [$($attribute)*]
                g17 g16 g15 g14 g13 g12 g11 g10 g09 g08 g07 g06 g05 g04 g03 g02 g01 g00);
            chain!(@innermost g00 $depth $kept [$($attribute)*]);
        }
    };
    (@innermost $this:ident $depth:ident $kept:ident [$($attribute:tt)*]) => {
        $($attribute)*
        async fn $this($depth: u32, $kept: &'static u8) -> u32 {
            std::future::ready($depth + u32::from(*$kept)).await
        }
    };
    (@awaits $this:ident $inner:ident $depth:ident $kept:ident [$($attribute:tt)*]) => {
        $($attribute)*
        pub(super) async fn $this($depth: u32, $kept: &'static u8) -> u32 {
            $inner($depth + 1, $kept).await
        }
    };
    (@outwards $depth:ident $kept:ident [$($attribute:tt)*] $inner:ident $this:ident $($rest:ident)*) => {
        chain!(@awaits $this $inner $depth $kept [$($attribute)*]);
        chain!(@outwards $depth $kept [$($attribute)*] $this $($rest)*);
    };
    (@inwards $depth:ident $kept:ident [$($attribute:tt)*] $this:ident $inner:ident $($rest:ident)*) => {
        chain!(@awaits $this $inner $depth $kept [$($attribute)*]);
        chain!(@inwards $depth $kept [$($attribute)*] $inner $($rest)*);
    };
    (@$direction:ident $depth:ident $kept:ident [$($attribute:tt)*] $last:ident) => {};
}

fn done(_: u32) {}

chain!(labeled(depth, kept) [#[hooks_runtime::labeled(depth)]]);
chain!(exit_scope(depth, kept) [#[hooks_runtime::exit_scope]]);
chain!(cleanup(depth, kept) [#[hooks_runtime::cleanup(super::done(depth))]]);
chain!(keep_alive(depth, kept) [#[hooks_runtime::keep_alive(kept)]]);
chain!(region(depth, kept) [#[hooks_runtime::region(depth, slow = "1m")]]);
chain!(task(depth, kept) [#[hooks_runtime::task]]);
chain!(lock_os_thread(depth, kept) [#[hooks_runtime::lock_os_thread(reason = "a test")]]);
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
chain!(panic_on_fault(depth, kept) [#[hooks_runtime::panic_on_fault(super::map())]]);

/// The map of all.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn map() -> &'static hooks_runtime::fault::GuardedMap {
    static MAP: std::sync::OnceLock<hooks_runtime::fault::GuardedMap> = std::sync::OnceLock::new();
    MAP.get_or_init(|| hooks_runtime::fault::GuardedMap::map_anon(4096).unwrap())
}

/// The futures of a module, with the levels of each.
macro_rules! chains {
    ($module:ident) => {
        (stringify!($module), || [(28, Box::pin($module::f28(0, &0))), (17, Box::pin($module::g17(0, &0)))])
    };
}

#[test]
fn chains_of_any_attribute_can_be_sent() {
    let chains: &[Chains] = &[
        chains!(labeled),
        chains!(exit_scope),
        chains!(cleanup),
        chains!(keep_alive),
        chains!(region),
        chains!(task),
        chains!(lock_os_thread),
        #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
        chains!(panic_on_fault),
    ];
    for (name, chains) in chains {
        for (levels, chain) in chains() {
            assert_eq!(futures::executor::block_on(chain), levels, "{name}");
        }
    }
}
