use hooks_runtime::panic_on_fault;

#[panic_on_fault(map)]
async fn first(map: Vec<u8>) -> u8 {
    map[0]
}

fn main() {}
