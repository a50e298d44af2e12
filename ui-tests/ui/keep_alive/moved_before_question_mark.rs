use hooks_runtime::keep_alive;

#[keep_alive(buf)]
fn send(buf: Vec<u8>, text: &str) -> Result<u32, std::num::ParseIntError> {
    text.parse::<u32>().inspect_err(move |_| drop(buf))?;
    Ok(1)
}

fn main() {}
