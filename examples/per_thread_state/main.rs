//! A working directory for each request, in one process.
//!
//! `unshare(CLONE_FS)` gives an OS thread a working directory of its own, and nothing takes that back. On a thread of a
//! pool the next task would find itself in the wrong directory. `#[lock_os_thread]` runs the whole async fn on a thread
//! of its own, which ends with it; other fns keep using threads that are as they should be.
//!
//! `cargo run --example per_thread_state`

use hooks_runtime::lock_os_thread;
use hooks_runtime::os_thread::{Piece, Retired, counters, locked};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs, io};

/// Everything relative in here, whoever opens it, is relative to `directory`: also across the `.await`.
#[lock_os_thread(reason = "unshare(CLONE_FS): the working directory is the thread's own and stays so")]
async fn read_relative(directory: PathBuf, file: &'static str) -> io::Result<String> {
    own_working_directory()?;
    env::set_current_dir(&directory)?;
    tokio::time::sleep(Duration::from_millis(20)).await;
    fs::read_to_string(file)
}

#[cfg(target_os = "linux")]
fn own_working_directory() -> io::Result<()> {
    // SAFETY: no memory is passed.
    let result = unsafe { libc::unshare(libc::CLONE_FS) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(not(target_os = "linux"))]
fn own_working_directory() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Changes nothing: its thread is kept and used again.
#[lock_os_thread(reason = "shows that clean threads are kept")]
async fn where_am_i() -> io::Result<PathBuf> {
    env::current_dir()
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let root = env::temp_dir().join(format!("per_thread_state-{}", std::process::id()));
    let before = env::current_dir()?;
    let tenants = ["red", "green", "blue"];
    for tenant in tenants {
        write_greeting(&root.join(tenant), tenant)?;
    }

    let reads = tenants.map(|tenant| tokio::spawn(read_relative(root.join(tenant), "greeting.txt")));
    tokio::time::sleep(Duration::from_millis(5)).await;
    for held in locked() {
        println!(
            "locked: thread {} by {}: {}",
            held.thread_id,
            held.site,
            held.site.reason().unwrap_or("no reason")
        );
    }
    for (tenant, read) in tenants.into_iter().zip(reads) {
        let greeting = read.await.expect("no read panics")?;
        println!("{tenant}: {greeting}");
        assert_eq!(greeting, format!("hello from {tenant}"));
    }

    for _ in 0..5 {
        assert_eq!(where_am_i().await?, before);
    }
    fs::remove_dir_all(&root)?;
    let counters = counters();
    println!("threads: {} created, {} calls on one that was kept", counters.created, counters.reused);
    let retired = counters.retired_for(Retired::Changed(Piece::FileSystem));
    println!("threads ended because their directory was not the process's any more: {retired}");
    assert_eq!(retired, 3);
    Ok(())
}

fn write_greeting(directory: &Path, tenant: &str) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    fs::write(directory.join("greeting.txt"), format!("hello from {tenant}"))
}
