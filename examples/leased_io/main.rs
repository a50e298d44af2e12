//! The kernel reads into a buffer of ours, and we give up on it half way.
//!
//! ```text
//! cargo run --example leased_io
//! ```
//!
//! The future owned the buffer and is dropped; the lease keeps the memory until the kernel has written to it.

mod aio;

use aio::{Bytes, Direction};
use hooks_runtime::keep_alive::{self, KeepAlive};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

/// Transfers the bytes of `buffer`, which neither this fn nor its caller can free before the kernel is done.
#[hooks_runtime::keep_alive(mut buffer)]
async fn transfer(
    direction: Direction,
    file: Arc<OwnedFd>,
    mut buffer: KeepAlive<Vec<u8>>,
) -> io::Result<Vec<u8>> {
    let vector = buffer.get_mut().expect("nothing is leased yet");
    let bytes = Bytes { start: vector.as_mut_ptr(), length: vector.len() };
    let lease = buffer.lease();
    // SAFETY: leased until the kernel is done, and looked at below only after that.
    let moved = unsafe { aio::submit(direction, file, bytes, move || lease.release()) }?.await?;
    Ok(buffer[..moved].to_vec())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    to_a_file_and_back().await?;
    cancelled().await
}

async fn to_a_file_and_back() -> io::Result<()> {
    let path = std::env::temp_dir().join(format!("leased_io.{}", std::process::id()));
    let file: OwnedFd =
        File::options().read(true).write(true).create(true).truncate(true).open(&path)?.into();
    let file = Arc::new(file);
    transfer(Direction::Write, Arc::clone(&file), KeepAlive::new(b"through a lease".to_vec())).await?;
    let read = transfer(Direction::Read, file, KeepAlive::new(vec![0; 64])).await?;
    std::fs::remove_file(path)?;
    println!("read back: {:?}", String::from_utf8_lossy(&read));
    assert_eq!(read, b"through a lease");
    Ok(())
}

async fn cancelled() -> io::Result<()> {
    let (reader, mut writer) = io::pipe()?;
    let read = transfer(Direction::Read, Arc::new(reader.into()), KeepAlive::new(vec![0; 64]));
    let cancelled = tokio::time::timeout(Duration::from_millis(20), read).await;
    assert!(cancelled.is_err(), "nothing was written yet");
    for lease in keep_alive::outstanding() {
        println!("the future is gone, the kernel still has: {lease}");
    }
    assert_eq!(keep_alive::counts().outstanding(), 1);
    writer.write_all(b"late")?;
    while keep_alive::counts().outstanding() > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    println!("the kernel wrote, and the buffer was freed");
    Ok(())
}
