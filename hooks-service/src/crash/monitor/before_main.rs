//! Where the monitor enters a program whose `main` an attribute has filled before its first line.

/// [`monitor_entry_with`](crate::crash::monitor_entry_with), called before `main`: for a program whose `main` is not its own,
/// as under `#[tokio::main]`, where the runtime has started its threads by the first line.
///
/// Written once, anywhere in the program at the level of items; with nothing in the brackets it is
/// [`monitor_entry`](crate::crash::monitor_entry).
///
/// ```no_run
/// use hooks_service::crash::{self, CrashOutput, CrashReport, Monitor};
///
/// fn send(report: CrashReport) {
///     println!("process {} ended: {}", report.process, report.cause);
/// }
///
/// crash::monitor_before_main!(send);
///
/// #[tokio::main]
/// async fn main() -> Result<(), crash::Error> {
///     crash::install(CrashOutput::file("crash.log")?.monitor(Monitor::new()))
/// }
/// ```
///
/// The fn runs in the monitor where C programs run their constructors: std has not begun `main` there, so the thread has no
/// name, and `SIGPIPE` is ignored since the monitor sees to that. It may do what it likes, start a runtime for one. On other
/// systems than Linux this is nothing.
///
/// The other way needs no macro: `#[tokio::main]` on a fn with another name, which a plain `fn main` calls after
/// `monitor_entry_with`.
#[macro_export]
macro_rules! monitor_before_main {
    () => {
        $crate::monitor_before_main!(|_| ());
    };
    ($on_crash:expr $(,)?) => {
        #[cfg(target_os = "linux")]
        const _: () = {
            extern "C" fn enter() {
                $crate::crash::monitor_entry_with($on_crash);
            }
            #[used]
            #[unsafe(link_section = ".init_array")]
            static ENTRY: extern "C" fn() = enter;
        };
        // Else the program's fn would be one that nobody uses.
        #[cfg(not(target_os = "linux"))]
        const _: fn($crate::crash::CrashReport) = $on_crash;
    };
}
