//! Each attribute stacks with every other, and with itself, in both orders.
//!
//! The rows are in `attributes/*.rs`, some for each attribute: a name, the attribute as it is written over a fn with the
//! arguments `n`, `text` and `kept`, the labels that it puts in force, and `lends` where async bodies may borrow, else `owns`.

#[path = "stacking/boxed.rs"]
mod boxed;
#[path = "stacking/exit.rs"]
mod exit;
#[path = "stacking/renamed.rs"]
mod renamed;

use hooks_runtime::fault::GuardedMap;
use hooks_runtime::labels::Labels;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};

/// A module for each attribute, with a module for each that may stand below it.
macro_rules! every_pair {
    (over $arguments:tt: $($name:ident: #[$attribute:meta] $labels:literal $owns:ident;)*) => {
        every_pair! { each $arguments [$($name #[$attribute] $labels $owns)*] $($name #[$attribute] $labels $owns)* }
    };
    (each $arguments:tt [$($all:tt)*]) => {};
    (each $arguments:tt [$($all:tt)*] $name:ident #[$attribute:meta] $labels:literal $owns:ident $($rest:tt)*) => {
        mod $name {
            every_pair! { below #[$attribute] $labels $owns $arguments $($all)* }
        }
        every_pair! { each $arguments [$($all)*] $($rest)* }
    };
    (below #[$top:meta] $of_top:literal $top_owns:ident $arguments:tt
        $($name:ident #[$bottom:meta] $of_bottom:literal $owns:ident)*) => {
        $(mod $name {
            shapes! { #[$top] #[$bottom] concat!($of_top, " ", $of_bottom), $arguments }
            lending_shapes! { $top_owns $owns #[$top] #[$bottom] concat!($of_top, " ", $of_bottom), $arguments }
        })*
    };
}

/// One fn of each shape under the two attributes, each called once.
macro_rules! shapes {
    (#[$top:meta] #[$bottom:meta] $labels:expr, ($n:ident, $text:ident, $kept:ident)) => {
        use crate::{Point, Ran, length, run};
        use std::sync::Arc;

        #[$top]
        #[$bottom]
        fn sync($n: u32, $text: &str, $kept: &'static u8, ran: &Ran) -> u32 {
            ran.once($labels);
            $n + length(&$text) + u32::from(*$kept)
        }

        #[$top]
        #[$bottom]
        async fn later($n: u32, mut $text: String, $kept: &'static u8, ran: Ran) -> u32 {
            $text.push('x');
            tokio::task::yield_now().await;
            ran.once($labels);
            $n + length(&$text) + u32::from(*$kept) - 1
        }

        #[$top]
        #[$bottom]
        async fn patterns(
            ($n, _): (u32, u32),
            Point(mut $text, _): Point,
            _: u8,
            $kept: &'static u8,
            ran: Ran,
        ) -> u32 {
            $text.push('x');
            tokio::task::yield_now().await;
            ran.once($labels);
            $n + length(&$text) + u32::from(*$kept) - 1
        }

        #[$top]
        #[$bottom]
        fn generic<T>($n: u32, $text: T, $kept: &'static u8, ran: &Ran) -> u32
        where
            T: std::fmt::Display + std::fmt::Debug + Send,
        {
            ran.once($labels);
            $n + length(&$text.to_string()) + u32::from(*$kept)
        }

        #[$top]
        #[$bottom]
        async fn generic_later<T>($n: u32, $text: T, $kept: &'static u8, ran: Ran) -> u32
        where
            T: std::fmt::Display + std::fmt::Debug + Send + Sync + 'static,
        {
            tokio::task::yield_now().await;
            ran.once($labels);
            $n + length(&$text.to_string()) + u32::from(*$kept)
        }

        struct Owner(u32);

        impl Owner {
            #[$top]
            #[$bottom]
            fn method(&mut self, $n: u32, $text: &str, $kept: &'static u8, ran: &Ran) -> &mut u32 {
                ran.once($labels);
                self.0 = $n + length(&$text) + u32::from(*$kept);
                &mut self.0
            }

            #[$top]
            #[$bottom]
            async fn method_later(
                self: Arc<Self>,
                $n: u32,
                $text: String,
                $kept: &'static u8,
                ran: Ran,
            ) -> u32 {
                tokio::task::yield_now().await;
                ran.once($labels);
                self.0 + $n + length(&$text) + u32::from(*$kept)
            }
        }

        trait WithDefault: Sync {
            #[$top]
            #[$bottom]
            fn default(&self, $n: u32, $text: &str, $kept: &'static u8, ran: &Ran) -> u32 {
                ran.once($labels);
                $n + length(&$text) + u32::from(*$kept)
            }
        }

        impl WithDefault for Owner {}

        #[test]
        fn all_shapes() {
            let text = || "t".to_owned();
            assert_eq!(Ran::with(|ran| sync(1, "t", &0, ran)), 2);
            assert_eq!(Ran::with(|ran| run(later(1, text(), &0, ran.clone()))), 2);
            assert_eq!(Ran::with(|ran| run(patterns((1, 9), Point(text(), 0), 0, &0, ran.clone()))), 2);
            assert_eq!(Ran::with(|ran| generic(1, "t", &0, ran)), 2);
            assert_eq!(Ran::with(|ran| run(generic_later(1, "t", &0, ran.clone()))), 2);
            assert_eq!(Ran::with(|ran| *Owner(0).method(1, "t", &0, ran)), 2);
            assert_eq!(Ran::with(|ran| run(Arc::new(Owner(0)).method_later(1, text(), &0, ran.clone()))), 2);
            assert_eq!(Ran::with(|ran| Owner(0).default(1, "t", &0, ran)), 2);
        }
    };
}

/// Async fns that borrow, where both attributes let them.
macro_rules! lending_shapes {
    (lends lends #[$top:meta] #[$bottom:meta] $labels:expr, ($n:ident, $text:ident, $kept:ident)) => {
        #[$top]
        #[$bottom]
        async fn lent($n: u32, $text: &str, $kept: &'static u8, ran: &mut Ran) -> u32 {
            tokio::task::yield_now().await;
            ran.once($labels);
            $n + length(&$text) + u32::from(*$kept)
        }

        impl Owner {
            #[$top]
            #[$bottom]
            async fn method_lent(&self, $n: u32, $text: &str, $kept: &'static u8, ran: &Ran) -> u32 {
                tokio::task::yield_now().await;
                ran.once($labels);
                self.0 + $n + length(&$text) + u32::from(*$kept)
            }
        }

        #[test]
        fn lending() {
            assert_eq!(Ran::with(|ran| run(lent(1, "t", &0, &mut ran.clone()))), 2);
            assert_eq!(Ran::with(|ran| run(Owner(0).method_lent(1, "t", &0, ran))), 2);
        }
    };
    ($($other:tt)*) => {};
}

// The rows of each attribute are in `attributes/`.
identity::stacked! { every_pair over (n, text, kept) }

fn note(_: u32) {}

fn map() -> &'static GuardedMap {
    static MAP: LazyLock<GuardedMap> = LazyLock::new(|| GuardedMap::map_anon(4096).unwrap());
    &MAP
}

fn done() {}

struct Point(String, #[allow(dead_code)] u32);

fn length(text: &str) -> u32 {
    text.len().try_into().unwrap()
}

/// Counts how often a body ran, and sees to its labels.
#[derive(Clone, Default)]
struct Ran(Arc<AtomicU32>);

impl Ran {
    fn with<T>(call: impl FnOnce(&Ran) -> T) -> T {
        let ran = Ran::default();
        let value = call(&ran);
        assert_eq!(ran.0.load(Ordering::Relaxed), 1);
        value
    }

    fn once(&self, labels: &str) {
        self.0.fetch_add(1, Ordering::Relaxed);
        let current = Labels::current().to_string();
        for label in labels.split_whitespace() {
            assert!(current.split(',').any(|there| there == label), "`{label}` is not in `{current}`");
        }
    }
}

/// Polls on a runtime whose tasks may change threads, so the future has to be `Send`.
fn run<T>(future: impl Future<Output = T> + Send) -> T {
    block_on(Box::pin(future))
}

/// Of boxes only: a runtime for the type of each future would be most of what this program is compiled for.
fn block_on<T>(future: Pin<Box<dyn Future<Output = T> + Send + '_>>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    runtime.block_on(future)
}
