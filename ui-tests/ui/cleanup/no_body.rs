use hooks_runtime::cleanup;

trait Locked {
    #[cleanup(unlock(m))]
    fn f(m: &u32);
}

fn unlock(_: &u32) {}

fn main() {}
