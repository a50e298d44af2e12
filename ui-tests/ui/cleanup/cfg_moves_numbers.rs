use hooks_runtime::cleanup;

fn close(_: u32) -> std::io::Result<()> {
    Ok(())
}

#[cleanup(close = close, args(1))]
struct Numbered(#[cfg(windows)] u8, u32);

fn main() {}
