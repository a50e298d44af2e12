use hooks_runtime::cleanup;
use std::rc::Rc;

#[cleanup(release(Rc::clone(lock)), background)]
fn f(lock: &Rc<u32>) {
    println!("{lock}");
}

fn release(_: Rc<u32>) {}

fn main() {}
