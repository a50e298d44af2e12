//! The attributes that do not go on every fn of the table: `#[exit_scope]` wants an owned value, and `#[at_exit]` no
//! arguments. Each stacks with the others in both orders all the same.

/// A module for each other attribute, with both orders.
macro_rules! in_both_orders {
    ($shapes:ident over $arguments:tt #[$ours:meta]: $($name:ident: #[$other:meta];)*) => {
        $(in_both_orders! { $name $shapes $arguments #[$ours] #[$other] })*
    };
    ($name:ident $shapes:ident $arguments:tt #[$ours:meta] #[$other:meta]) => {
        mod $name {
            mod above {
                $shapes! { #[$ours] #[$other] $arguments }
            }
            mod below {
                $shapes! { #[$other] #[$ours] $arguments }
            }
        }
    };
}

mod scope {
    macro_rules! shapes {
        (#[$top:meta] #[$bottom:meta] ($n:ident, $text:ident, $kept:ident)) => {
            use hooks_runtime::exit::exit_task;

            #[$top]
            #[$bottom]
            fn sync($n: u32, $text: &str, $kept: &'static u8) -> u32 {
                if $text == "exit" {
                    exit_task($n + 10);
                }
                $n + u32::from(*$kept)
            }

            #[$top]
            #[$bottom]
            async fn later($n: u32, $text: String, $kept: &'static u8) -> u32 {
                tokio::task::yield_now().await;
                if $text == "exit" {
                    exit_task($n + 10);
                }
                $n + u32::from(*$kept)
            }

            struct Owner(u32);

            impl Owner {
                #[$top]
                #[$bottom]
                fn method(&mut self, $n: u32, $text: &str, $kept: &'static u8) -> u32 {
                    self.0 += $n;
                    if $text == "exit" {
                        exit_task(self.0 + 10);
                    }
                    self.0 + u32::from(*$kept)
                }
            }

            #[test]
            fn all_shapes() {
                assert_eq!((sync(1, "", &0), sync(1, "exit", &0)), (1, 11));
                let run = |text: &str| crate::run(later(1, text.to_owned(), &0));
                assert_eq!((run(""), run("exit")), (1, 11));
                assert_eq!((Owner(1).method(1, "", &0), Owner(1).method(1, "exit", &0)), (2, 12));
            }
        };
    }

    in_both_orders! {
        shapes over (n, text, kept) #[hooks_runtime::exit_scope]:
        labeled: #[hooks_runtime::labeled(n, text = %text)];
        keep_alive: #[hooks_runtime::keep_alive(kept)];
        cleanup: #[hooks_runtime::cleanup(crate::note(n))];
        cleanup_several: #[hooks_runtime::cleanup(crate::note(n), crate::done())];
        panic_on_fault: #[hooks_runtime::panic_on_fault(*crate::map())];
        with_itself: #[hooks_runtime::exit_scope];
        instrument: #[tracing::instrument(skip_all)];
    }

    /// Above alone: below, it would be round the whole, and the async body on a thread that is in no scope.
    mod lock_os_thread {
        shapes! { #[hooks_runtime::exit_scope] #[hooks_runtime::lock_os_thread(restore(nice), reason = "a test")] (n, text, kept) }
    }
}

mod flusher {
    macro_rules! shapes {
        (#[$top:meta] #[$bottom:meta] ()) => {
            static RUN: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);

            #[$top]
            #[$bottom]
            fn flush() -> Result<(), String> {
                RUN.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                Ok(())
            }

            #[test]
            fn registered_and_run_once() {
                let report = hooks_runtime::exit::run_flushers(None);
                let name = concat!(module_path!(), "::flush");
                let ours: Vec<_> = report
                    .flushers
                    .iter()
                    .filter(|flushed| flushed.flusher.site.function() == name)
                    .collect();
                assert_eq!(ours.len(), 1);
                assert_eq!(ours[0].result, Ok(()));
                assert_eq!(RUN.load(std::sync::atomic::Ordering::Relaxed), 1);
            }
        };
    }

    in_both_orders! {
        shapes over () #[hooks_runtime::at_exit(order = 3, timeout = "1m")]:
        labeled: #[hooks_runtime::labeled(first = "x")];
        cleanup: #[hooks_runtime::cleanup(crate::done())];
        panic_on_fault: #[hooks_runtime::panic_on_fault(*crate::map())];
        lock_os_thread: #[hooks_runtime::lock_os_thread(restore(nice), reason = "a test")];
        exit_scope: #[hooks_runtime::exit_scope];
        instrument: #[tracing::instrument(skip_all)];
    }
}
