//! A crate that does not depend on the runtime: it reaches it through a facade, and through the facade's macros.

use facade::private::hooks_runtime::lock_os_thread;
use facade::{Labels, labeled};

#[labeled(route, crate = ::facade::private::hooks_runtime)]
fn direct(route: &str) -> String {
    format!("{route} {}", Labels::current())
}

facade::handler! {
    /// Written by the facade's macro.
    fn orders(id: u32, name: &str) -> String {
        format!("{id} {name} {}", Labels::current())
    }
}

#[test]
fn a_facade_is_enough() {
    assert_eq!(direct("/direct"), "/direct route=/direct");
    assert_eq!(orders(3, "n"), "3 n id=3,name=n,route=orders");
}

#[lock_os_thread(crate = ::facade::private::hooks_runtime)]
fn without_reason() -> bool {
    facade::locked()
}

#[test]
fn what_a_dependency_wants_of_itself_nobody_else_is_asked_for() {
    assert!(without_reason());
}
