use hooks_runtime::fault::GuardedMap;
use hooks_runtime::panic_on_fault;

#[panic_on_fault(map)]
fn first(map: &'static GuardedMap) -> impl Future<Output = u8> {
    async { map.get(0).unwrap() }
}

fn main() {}
