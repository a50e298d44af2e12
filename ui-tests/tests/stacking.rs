//! Each attribute stacks with every other, and with itself, in both orders.
//!
//! The table below has a line for each attribute: a name, the attribute as it is written over a fn with the arguments
//! `n` and `text`, and the labels that it puts in force. **A new attribute joins by one line.**

use hooks_runtime::labels::Labels;

/// A module for each attribute, with a module for each that may stand below it.
macro_rules! every_pair {
    (over $arguments:tt: $($name:ident: #[$attribute:meta] $labels:literal;)*) => {
        every_pair! { each $arguments [$($name #[$attribute] $labels)*] $($name #[$attribute] $labels)* }
    };
    (each $arguments:tt [$($all:tt)*]) => {};
    (each $arguments:tt [$($all:tt)*] $name:ident #[$attribute:meta] $labels:literal $($rest:tt)*) => {
        mod $name {
            every_pair! { below #[$attribute] $labels $arguments $($all)* }
        }
        every_pair! { each $arguments [$($all)*] $($rest)* }
    };
    (below #[$top:meta] $of_top:literal $arguments:tt $($name:ident #[$bottom:meta] $of_bottom:literal)*) => {
        $(mod $name {
            shapes! { #[$top] #[$bottom] concat!($of_top, " ", $of_bottom), $arguments }
        })*
    };
}

/// One fn of each shape under the two attributes, each called once.
macro_rules! shapes {
    (#[$top:meta] #[$bottom:meta] $labels:expr, ($n:ident, $text:ident)) => {
        use crate::{Point, Ran, length};

        #[$top]
        #[$bottom]
        fn sync($n: u32, $text: &str, ran: &mut Ran) -> u32 {
            ran.once($labels);
            $n + length(&$text)
        }

        #[$top]
        #[$bottom]
        async fn later($n: u32, mut $text: String, ran: &mut Ran) -> u32 {
            $text.push('x');
            tokio::task::yield_now().await;
            ran.once($labels);
            $n + length(&$text) - 1
        }

        #[$top]
        #[$bottom]
        async fn patterns(($n, _): (u32, u32), Point(mut $text, _): Point, _: u8, ran: &mut Ran) -> u32 {
            $text.push('x');
            tokio::task::yield_now().await;
            ran.once($labels);
            $n + length(&$text) - 1
        }

        #[$top]
        #[$bottom]
        fn generic<T>($n: u32, $text: T, ran: &mut Ran) -> u32
        where
            T: std::fmt::Display + std::fmt::Debug,
        {
            ran.once($labels);
            $n + length(&$text.to_string())
        }

        #[$top]
        #[$bottom]
        async fn generic_later<T>($n: u32, $text: T, ran: &mut Ran) -> u32
        where
            T: std::fmt::Display + std::fmt::Debug + Send + Sync,
        {
            tokio::task::yield_now().await;
            ran.once($labels);
            $n + length(&$text.to_string())
        }

        struct Owner(u32);

        impl Owner {
            #[$top]
            #[$bottom]
            fn method(&mut self, $n: u32, $text: &str, ran: &mut Ran) -> &mut u32 {
                ran.once($labels);
                self.0 = $n + length(&$text);
                &mut self.0
            }

            #[$top]
            #[$bottom]
            async fn method_later(&self, $n: u32, $text: &str, ran: &mut Ran) -> u32 {
                tokio::task::yield_now().await;
                ran.once($labels);
                self.0 + $n + length(&$text)
            }
        }

        trait WithDefault {
            #[$top]
            #[$bottom]
            fn default(&self, $n: u32, $text: &str, ran: &mut Ran) -> u32 {
                ran.once($labels);
                $n + length(&$text)
            }
        }

        impl WithDefault for Owner {}

        #[test]
        fn all_shapes() {
            use crate::run;
            assert_eq!(Ran::with(|ran| sync(1, "t", ran)), 2);
            assert_eq!(Ran::with(|ran| run(later(1, "t".to_owned(), ran))), 2);
            assert_eq!(Ran::with(|ran| run(patterns((1, 9), Point("t".to_owned(), 0), 0, ran))), 2);
            assert_eq!(Ran::with(|ran| generic(1, "t", ran)), 2);
            assert_eq!(Ran::with(|ran| run(generic_later(1, "t", ran))), 2);
            assert_eq!(Ran::with(|ran| *Owner(0).method(1, "t", ran)), 2);
            assert_eq!(Ran::with(|ran| run(Owner(0).method_later(1, "t", ran))), 2);
            assert_eq!(Ran::with(|ran| Owner(0).default(1, "t", ran)), 2);
        }
    };
}
every_pair! {
    over (n, text):
    labeled: #[hooks_runtime::labeled(first = "x")] "first=x";
    labeled_arguments: #[hooks_runtime::labeled(n, text = %text)] "n=1 text=t";
    labeled_computed: #[hooks_runtime::labeled(sum = n + 1, debug = ?text)] "sum=2";
    keep_alive: #[hooks_runtime::keep_alive(n)] "";
    cleanup: #[hooks_runtime::cleanup(crate::note(n))] "";
    cleanup_of_temporaries: #[hooks_runtime::cleanup(crate::note(*std::convert::identity(&(n + 1))), crate::done())] "";
    instrument: #[tracing::instrument(skip_all)] "";
    conditional: #[cfg_attr(all(), doc = "conditional")] "";
}

fn note(_: u32) {}

fn done() {}

struct Point(String, #[allow(dead_code)] u32);

fn length(text: &str) -> u32 {
    text.len().try_into().unwrap()
}

/// Counts how often a body ran, and sees to its labels.
#[derive(Default)]
struct Ran(u32);

impl Ran {
    fn with<T>(call: impl FnOnce(&mut Ran) -> T) -> T {
        let mut ran = Ran::default();
        let value = call(&mut ran);
        assert_eq!(ran.0, 1);
        value
    }

    fn once(&mut self, labels: &str) {
        self.0 += 1;
        let current = Labels::current().to_string();
        for label in labels.split_whitespace() {
            assert!(current.split(',').any(|there| there == label), "`{label}` is not in `{current}`");
        }
    }
}

/// Polls on a runtime whose tasks may change threads, so the future has to be `Send`.
fn run<F: Future + Send>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    runtime.block_on(future)
}
