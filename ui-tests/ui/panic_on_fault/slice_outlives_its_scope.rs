use hooks_runtime::fault::GuardedMap;

fn first(map: &GuardedMap) -> u8 {
    let bytes = map.with_slice(|bytes| bytes).unwrap();
    bytes[0].get()
}

fn main() {}
