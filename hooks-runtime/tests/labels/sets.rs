//! `Labels` as a value.

use hooks_runtime::labels;
use hooks_runtime::labels::{Labels, ValueRef};
use std::collections::HashSet;
use std::sync::Barrier;

#[test]
fn labels_come_in_the_order_of_their_keys() {
    let labels = labels! { "b" => 2, "c" => "three", "a" => 1 };
    let listed: Vec<_> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(listed, ["a=1", "b=2", "c=three"]);
    assert_eq!((labels.len(), labels.iter().len(), labels.is_empty()), (3, 3, false));
    assert_eq!(format!("{labels}"), "a=1,b=2,c=three");
    let debug = format!("{labels:?}");
    assert_eq!(
        debug,
        r#"{"a": Number { value: 1, unit: "" }, "b": Number { value: 2, unit: "" }, "c": Text("three")}"#
    );
}

#[test]
fn get_finds_by_key() {
    let labels = labels! { "route" => "/a", "size" => 3 };
    assert_eq!(labels.get("route"), Some(ValueRef::Text("/a")));
    assert_eq!(labels.get("route").and_then(ValueRef::as_str), Some("/a"));
    assert_eq!(labels.get("route").and_then(ValueRef::as_number), None);
    assert_eq!(labels.get("size").and_then(ValueRef::as_number), Some(3));
    assert_eq!(labels.get("Route"), None);
}

#[test]
fn sets_are_equal_by_content_however_they_were_made() {
    let written = labels! { "a" => 1, "b" => "two" };
    assert_eq!(written, labels! { "b" => String::from("two"), "a" => 1_u8 });
    assert_eq!(written, Labels::none().with("b", "two").with("a", 1));
    assert_eq!(written, labels! { "a" => 1 }.scope(|| labels! { "b" => "two" }.scope(Labels::current)));
    assert_eq!(HashSet::from([written.clone(), Labels::none().with("b", "two").with("a", 1)]).len(), 1);
    assert_ne!(written, labels! { "a" => 1, "b" => "three" });
    assert_ne!(labels! { "a" => 1 }, labels! { "a" => "1" });
    assert_ne!(labels! { "a" => 1 }, Labels::none().with_unit("a", 1, "bytes"));
}

#[test]
fn equal_sets_made_at_once_are_one() {
    let together = Barrier::new(4);
    let make = |number| {
        together.wait();
        labels! { "made at once" => number }
    };
    let sets: Vec<Vec<Labels>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| (0..2000).map(make).collect())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(sets.iter().all(|labels| *labels == sets[0]));
}

#[test]
fn no_labels() {
    let none = Labels::none();
    assert_eq!((&none, none.is_empty(), none.len()), (&Labels::default(), true, 0));
    assert_eq!((&none, none.to_string()), (&labels! {}, String::new()));
    assert_eq!(labels! { "a" => 1 }.scope(|| none.scope(Labels::current)), labels! { "a" => 1 });
    assert_eq!(labels! { "a" => 1 }.scope(|| none.replace(Labels::current)), none);
}

#[test]
fn of_equal_keys_the_last_wins() {
    assert_eq!(labels! { "a" => 1, "a" => 2 }.to_string(), "a=2");
    assert_eq!(labels! { "a" => 1 }.with("a", "x").to_string(), "a=x");
}

#[test]
fn values_are_looked_at_and_not_moved() {
    let route = String::from("/a");
    let labels = labels! { "route" => route, "again" => &route };
    assert_eq!(labels.to_string(), format!("again={route},route={route}"));
}

#[test]
fn what_current_took_outlives_the_scope_and_its_values() {
    #[hooks_runtime::labeled(text)]
    fn take(text: &str) -> Labels {
        Labels::current()
    }
    let taken = {
        let text = String::from("borrowed by its frame");
        take(&text)
    };
    assert_eq!(taken.to_string(), "text=borrowed by its frame");
}
