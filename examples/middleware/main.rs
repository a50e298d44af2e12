//! A service whose labels go wherever its work goes: one layer, and a word at each place where work leaves the request. At the
//! end, what has no route all the same, and why; more than 5 % fails.
//!
//! ```text
//! cargo run --release --example middleware
//! ```
//!
//! `routes` is what a user's code looks like, with `store` and `mail` as those it sends jobs to; the rest is the load, which is a
//! process of its own, and the report.

mod load;
mod mail;
mod report;
mod routes;
mod store;

use hooks_runtime::labels::observe::thread_started;
use hooks_service::profile::CpuProfile;
use std::error::Error;
use std::process::{Command, ExitCode};
use tokio::net::TcpListener;
use tokio::runtime::Builder;

fn main() -> ExitCode {
    let done = match std::env::args().nth(1) {
        Some(server) => load::ask(&server),
        None => serve(),
    };
    let Err(failure) = done else { return ExitCode::SUCCESS };
    eprintln!("middleware: {failure}");
    ExitCode::FAILURE
}

fn serve() -> Result<(), Box<dyn Error>> {
    let runtime = Builder::new_multi_thread().enable_all().on_thread_start(thread_started).build()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let server = listener.local_addr()?;
    let router = {
        let _entered = runtime.enter();
        routes::router(store::open()?, mail::open())
    };
    let running = CpuProfile::builder().frequency(250).start()?;
    runtime.spawn(async { axum::serve(listener, router).await });
    let load = Command::new(std::env::current_exe()?).arg(server.to_string()).status()?;
    let profile = running.stop()?;
    if !load.success() {
        return Err("the load failed".into());
    }
    report::print(&profile)
}
