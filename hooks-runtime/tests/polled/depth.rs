//! Chains of 28 annotated fns that can be sent, under the compiler's default limit of recursion: that a future is `Send` it
//! finds by recursion, and each attribute may add one step a level.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

type Boxed = Pin<Box<dyn Future<Output = u32> + Send>>;
type Chain = (&'static str, fn() -> Boxed);

/// A module with 28 fns, each of which awaits the one before it.
macro_rules! chain {
    ($module:ident($depth:ident) [$($attribute:tt)*]) => {
        mod $module {
            $($attribute)*
            async fn f00($depth: u32) -> u32 {
                std::future::ready($depth).await
            }

            chain!(@fns $depth [$($attribute)*]
                f00 f01 f02 f03 f04 f05 f06 f07 f08 f09 f10 f11 f12 f13 f14
                f15 f16 f17 f18 f19 f20 f21 f22 f23 f24 f25 f26 f27 f28);
        }
    };
    (@fns $depth:ident [$($attribute:tt)*] $inner:ident $this:ident $($rest:ident)*) => {
        $($attribute)*
        pub(super) async fn $this($depth: u32) -> u32 {
            $inner($depth + 1).await
        }
        chain!(@fns $depth [$($attribute)*] $this $($rest)*);
    };
    (@fns $depth:ident [$($attribute:tt)*] $last:ident) => {};
}

fn done(_: u32) {}

chain!(labeled(depth) [#[hooks_runtime::labeled(depth)]]);
chain!(exit_scope(depth) [#[hooks_runtime::exit_scope]]);
chain!(cleanup(depth) [#[hooks_runtime::cleanup(super::done(depth))]]);
chain!(keep_alive(depth) [#[hooks_runtime::keep_alive(depth)]]);
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
chain!(panic_on_fault(depth) [#[hooks_runtime::panic_on_fault(super::map())]]);

/// The map of all.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn map() -> &'static hooks_runtime::fault::GuardedMap {
    static MAP: std::sync::OnceLock<hooks_runtime::fault::GuardedMap> = std::sync::OnceLock::new();
    MAP.get_or_init(|| hooks_runtime::fault::GuardedMap::map_anon(4096).unwrap())
}

#[test]
fn twenty_eight_levels_of_any_attribute_can_be_sent() {
    let chains: &[Chain] = &[
        ("labeled", || Box::pin(labeled::f28(0))),
        ("exit_scope", || Box::pin(exit_scope::f28(0))),
        ("cleanup", || Box::pin(cleanup::f28(0))),
        ("keep_alive", || Box::pin(keep_alive::f28(0))),
        #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
        ("panic_on_fault", || Box::pin(panic_on_fault::f28(0))),
    ];
    for (name, chain) in chains {
        let polled = chain().as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(polled, Poll::Ready(28), "{name}");
    }
}
