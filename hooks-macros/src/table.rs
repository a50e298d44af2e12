//! Every attribute, by its name and its type. A row here makes its entry in `lib.rs`, and a part of each test that goes
//! over all attributes: those of this crate, and those of `ui-tests`, which has this file as a module.

/// `attributes!(macro)` is `macro! { name Type; .. }`, and `attributes!(macro, more)` is `macro! { [more] name Type; .. }`.
macro_rules! attributes {
    ($with:ident $(, $($more:tt)*)?) => {
        $with! {
            $([$($more)*])?
            at_exit AtExit;
            cleanup Cleanup;
            exit_scope ExitScope;
            keep_alive KeepAlive;
            labeled Labeled;
            lock_os_thread LockOsThread;
            panic_on_fault PanicOnFault;
            region Region;
            task Task;
        }
    };
}
