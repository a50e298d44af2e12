use hooks_runtime::cleanup;

#[cleanup(close(*m))]
fn f(m: &u32) -> u32 {
    *m
}

struct Mute;

fn close(_: u32) -> Result<(), Mute> {
    Err(Mute)
}

fn main() {}
