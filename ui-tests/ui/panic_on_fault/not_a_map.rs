use hooks_runtime::panic_on_fault;

#[panic_on_fault(map)]
fn first(map: &[u8]) -> u8 {
    map[0]
}

fn main() {}
