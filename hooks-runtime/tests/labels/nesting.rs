//! Scopes inside scopes: what is in force, what shadows what, and that every way out restores it.

use hooks_runtime::labels::{Labels, MOST_KEYS, observe};
use hooks_runtime::{labeled, labels};
use std::panic::{AssertUnwindSafe, catch_unwind};

fn current() -> String {
    Labels::current().to_string()
}

#[labeled(route)]
fn on_route<R>(route: &str, work: impl FnOnce() -> R) -> R {
    work()
}

#[labeled(tenant)]
fn for_tenant<R>(tenant: String, work: impl FnOnce() -> R) -> R {
    drop(tenant);
    work()
}

#[test]
fn nested_scopes_add_up_and_each_end_takes_its_own_away() {
    let seen = on_route("/a", || {
        let before = current();
        let inside = for_tenant("x".into(), current);
        [before, inside, current()]
    });
    assert_eq!(seen, ["route=/a", "route=/a,tenant=x", "route=/a"]);
    assert!(Labels::current().is_empty());
}

#[test]
fn the_inner_value_of_a_key_shadows_the_outer() {
    let seen = on_route("/a", || (on_route("/b", || for_tenant("x".into(), current)), current()));
    assert_eq!(seen, ("route=/b,tenant=x".to_owned(), "route=/a".to_owned()));
}

#[test]
fn a_number_shadows_text_and_a_set_shadows_a_frame() {
    #[labeled(route = 7)]
    fn numbered() -> String {
        current()
    }
    assert_eq!(on_route("/a", numbered), "route=7");
    assert_eq!(on_route("/a", || labels! { "route" => "/s" }.scope(current)), "route=/s");
    assert_eq!(labels! { "route" => "/s" }.scope(|| on_route("/a", current)), "route=/a");
}

#[test]
fn replace_hides_what_is_outside() {
    let seen =
        on_route("/a", || labels! { "job" => 1 }.replace(|| (current(), for_tenant("x".into(), current))));
    assert_eq!(seen, ("job=1".to_owned(), "job=1,tenant=x".to_owned()));
}

/// The upper attribute is expanded first and so wraps the body itself; the lower one wraps what that leaves.
#[test]
fn of_two_attributes_the_upper_one_is_the_inner() {
    #[labeled(route = "upper", upper = 1)]
    #[labeled(route = "lower", lower = 2)]
    fn stacked() -> String {
        current()
    }
    #[labeled(route = "upper", upper = 1)]
    #[labeled(route = "lower", lower = 2)]
    async fn stacked_async() -> String {
        tokio::task::yield_now().await;
        current()
    }
    assert_eq!(stacked(), "lower=2,route=upper,upper=1");
    assert_eq!(futures::executor::block_on(stacked_async()), "lower=2,route=upper,upper=1");
}

#[test]
fn recursion_shows_the_innermost_call() {
    #[labeled(depth)]
    fn descend(depth: u32, seen: &mut Vec<String>) {
        seen.push(current());
        if depth < 3 {
            descend(depth + 1, seen);
        }
        seen.push(current());
    }
    let mut seen = Vec::new();
    descend(1, &mut seen);
    assert_eq!(seen, ["depth=1", "depth=2", "depth=3", "depth=3", "depth=2", "depth=1"]);
}

#[test]
fn in_recursion_a_value_that_is_absent_inside_is_that_of_the_outer_call() {
    #[labeled(depth, hint)]
    fn descend(depth: u32, hint: Option<&str>) -> String {
        if depth == 3 { current() } else { descend(depth + 1, None) }
    }
    assert_eq!(descend(1, Some("outer")), "depth=3,hint=outer");
}

#[test]
fn deep_recursion_hides_nothing_outside_it() {
    #[labeled(even = depth)]
    fn even(depth: u32) -> String {
        if depth == 0 { current() } else { odd(depth - 1) }
    }
    #[labeled(odd = depth)]
    fn odd(depth: u32) -> String {
        even(depth - 1)
    }
    assert_eq!(on_route("/a", || even(2000)), "even=0,odd=1,route=/a");
}

#[test]
fn a_chain_too_long_to_walk_is_reported() {
    #[labeled(depth)]
    fn dig(depth: u32, work: &mut dyn FnMut()) {
        if depth == 0 { work() } else { dig(depth - 1, work) }
    }
    let mut left_out = 0;
    let mut seen = Vec::new();
    on_route("/a", || {
        dig(5000, &mut || left_out = observe::visit(&mut |key, value| seen.push(format!("{key}={value}"))));
    });
    assert_eq!((seen.as_slice(), left_out), (["depth=0".to_owned()].as_slice(), 1));
}

#[test]
fn labels_beyond_the_bound_are_counted_by_visit() {
    fn nest(keys: &[String], work: &mut dyn FnMut()) {
        match keys {
            [] => work(),
            [key, rest @ ..] => Labels::none().with(key, 1).scope(|| nest(rest, work)),
        }
    }
    let keys: Vec<String> = (0..MOST_KEYS + 5).map(|key| format!("key{key}")).collect();
    let mut seen = Vec::new();
    let mut left_out = 0;
    nest(&keys, &mut || left_out = observe::visit(&mut |key, _| seen.push(key.to_owned())));
    let innermost: Vec<String> = keys.iter().rev().take(MOST_KEYS).cloned().collect();
    assert_eq!((seen, left_out), (innermost, 5));
}

#[test]
fn a_label_that_is_left_out_counts_once_however_many_scopes_have_it() {
    #[labeled(extra, more = 1)]
    fn within<R>(extra: &str, work: impl FnOnce() -> R) -> R {
        work()
    }
    let full = (0..MOST_KEYS).fold(Labels::none(), |labels, key| labels.with(&format!("key{key}"), 1));
    let seen = || full.scope(|| observe::visit(&mut |_, _| {}));
    let also = labels! { "extra" => "set" };
    assert_eq!(within("outermost", || also.scope(|| within("middle", || within("inner", seen)))), 2);
}

#[test]
fn eight_labels_fit_one_attribute() {
    #[labeled(a, b = "2", c = 3, d = %4, e = ?"5", f = 'f', g = true, h = text, unit(c = "bytes"))]
    fn all(a: &str, text: String) -> String {
        drop(text);
        current()
    }
    assert_eq!(all("1", "8".into()), "a=1,b=2,c=3bytes,d=4,e=\"5\",f=f,g=true,h=8");
}

#[test]
fn a_panic_leaves_every_scope_on_its_way() {
    let after = on_route("/a", || {
        let panicked = catch_unwind(|| for_tenant("x".into(), || on_route("/b", || panic!("on the way"))));
        assert!(panicked.is_err());
        current()
    });
    assert_eq!(after, "route=/a");
    let panicked = catch_unwind(|| labels! { "job" => 1 }.scope(|| panic!("in a set")));
    assert!(panicked.is_err());
    assert_eq!(current(), "");
}

#[test]
fn destructors_that_run_while_a_scope_unwinds_see_its_labels() {
    struct Witness<'a>(&'a mut String);
    impl Drop for Witness<'_> {
        fn drop(&mut self) {
            *self.0 = on_route("/drop", || for_tenant("d".into(), current)) + "|" + &current();
        }
    }
    let mut seen = String::new();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        on_route("/a", || {
            let _witness = Witness(&mut seen);
            panic!("unwinds through the witness");
        });
    }));
    assert!(panicked.is_err());
    assert_eq!(seen, "route=/drop,tenant=d|route=/a");
    assert_eq!(current(), "");
}

#[test]
fn every_way_out_of_a_fn_leaves_its_scope() {
    #[labeled(kind)]
    fn leave(kind: &str) -> Result<String, std::num::ParseIntError> {
        if kind == "return" {
            return Ok(current());
        }
        if kind == "?" {
            "x".parse::<u8>()?;
        }
        Ok(current())
    }
    assert_eq!(leave("return").unwrap(), "kind=return");
    assert_eq!(current(), "");
    assert!(leave("?").is_err());
    assert_eq!(current(), "");
    assert_eq!(leave("end").unwrap(), "kind=end");
    assert_eq!(current(), "");
}
