//! A web service that knows where each route's CPU goes.
//!
//! ```text
//! cargo run --release --example service                  # 5 seconds under load, then the report
//! cargo run --release --example service -- --seconds 20
//! cargo run --release --example service -- --serve       # stays up afterwards; kill -USR1 shows where all is
//! cargo run --release --example service -- --crash-file crash.log  # last words there too, with a monitor
//! cargo run --release --example service -- --trace out.pftrace     # what everything did, for ui.perfetto.dev
//! ```
//!
//! Ctrl-C or SIGTERM ends it in order: no new connection, the requests under way answered, the flushers run. A second one
//! ends it at once, and so do 10 seconds.
//!
//! `handlers` is what a user's code looks like; the rest is the load and the report.

mod client;
mod handlers;
mod options;
mod report;
mod truth;
mod work;

use hooks_runtime::exit_scope;
use hooks_runtime::labels::observe::thread_started;
use hooks_service::crash::{self, CrashOutput, Monitor};
use hooks_service::profile::CpuProfile;
use hooks_service::signals::Shutdown;
use hooks_service::stacks::{self, Dump, Target};
use hooks_service::trace::{FlightRecorder, Trace};
use options::{Options, Request};
use std::error::Error;
use std::fs::File;
use std::process::ExitCode;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

#[exit_scope]
fn main() -> ExitCode {
    crash::monitor_entry();
    match options::from_args() {
        Ok(Request::Help) => println!("{}", options::USAGE),
        Ok(Request::Serve(options)) => return ended(1, run(&options)),
        Err(mistake) => return ended(2, Err(format!("{mistake}\n{}", options::USAGE).into())),
    }
    ExitCode::SUCCESS
}

fn ended(code: u8, result: Result<(), Box<dyn Error>>) -> ExitCode {
    let Err(failure) = result else { return ExitCode::SUCCESS };
    eprintln!("service: {failure}");
    ExitCode::from(code)
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    if let Some(path) = &options.crash_file {
        crash::install(CrashOutput::file(path)?.monitor(Monitor::new()))?;
    }
    let trace = start_trace(options)?;
    let recorder = start_recorder(options)?;
    let shutdown = Shutdown::builder().drain_deadline(Duration::from_secs(10)).start()?;
    stacks::watch_tasks(100_000)?;
    // Each worker is sampled from its first instant on.
    let server = Builder::new_multi_thread().enable_all().on_thread_start(thread_started).build()?;
    let listener = server.block_on(TcpListener::bind(("127.0.0.1", options.port)))?;
    let address = listener.local_addr()?;
    let profile = CpuProfile::builder().hz(options.hz).start()?;
    let cancelled = shutdown.cancelled();
    let serving = server.spawn(async {
        axum::serve(listener, handlers::router()).with_graceful_shutdown(async { _ = cancelled.await }).await
    });
    println!("serving http://{address} ({})", handlers::ROUTES.join(" "));

    let pid = std::process::id();
    stacks::on_signal(libc::SIGUSR1, Target::stderr())?;
    println!("where all threads and tasks are: kill -USR1 {pid}");

    let stacks = stacks_after(options.duration / 2);
    client::load(address, options.duration, trace.is_some() || recorder.is_some(), &shutdown);
    if let (Some(trace), Some(path)) = (trace, &options.trace) {
        println!("wrote {}: {}", path.display(), trace.stop()?);
    }
    let profile = profile.stop()?;

    report::print(&profile);
    report::write_files(&profile)?;
    // Not if the load was ended before.
    if stacks.is_finished() {
        report::write_stacks(&stacks.join().map_err(|_| "the dump panicked")??)?;
    }
    if options.serve && !shutdown.is_cancelled() {
        println!("\nstill serving; Ctrl-C ends it");
        println!("{}: draining", shutdown.wait());
    }
    shutdown.request();
    drop(recorder);
    Ok(server.block_on(serving)??)
}

fn start_trace(options: &Options) -> Result<Option<Trace>, Box<dyn Error>> {
    let Some(path) = &options.trace else { return Ok(None) };
    let trace = Trace::builder().cpu_samples(100).thread_states(true);
    Ok(Some(trace.start(File::create(path)?)?))
}

fn start_recorder(options: &Options) -> Result<Option<FlightRecorder>, Box<dyn Error>> {
    let Some(folder) = &options.flight_recorder else { return Ok(None) };
    std::fs::create_dir_all(folder)?;
    let recorder = FlightRecorder::builder().directory(folder).on_slow().on_signal(libc::SIGUSR2).on_panic();
    Ok(Some(recorder.start()?))
}

/// The stacks of all threads in the middle of the load.
fn stacks_after(time: Duration) -> JoinHandle<Result<Dump, stacks::Error>> {
    std::thread::spawn(move || {
        std::thread::sleep(time);
        stacks::capture()
    })
}
