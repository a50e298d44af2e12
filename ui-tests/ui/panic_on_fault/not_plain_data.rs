use hooks_runtime::fault::GuardedMap;

fn first(map: &GuardedMap) -> bool {
    map.get::<bool>(0).unwrap()
}

fn main() {}
