use hooks_runtime::fault::GuardedMap;
use hooks_runtime::panic_on_fault;

#[panic_on_fault(mut map)]
fn first(map: &GuardedMap) -> u8 {
    map.get(0).unwrap()
}

fn main() {}
