use hooks_runtime::keep_alive;

#[keep_alive(mut buf)]
fn send(mut buf: Vec<u8>, text: &str) -> Result<u32, std::num::ParseIntError> {
    buf.push(1);
    let number = if text.is_empty() { 0 } else { text.parse::<u32>()? };
    if number > 7 {
        drop(buf);
        return Ok(number);
    }
    Ok(buf.len() as u32)
}

fn main() {}
