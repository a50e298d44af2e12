//! What a dump of all stacks costs: the threads it interrupts, and the service it is taken of.
mod threads;

fn main() {
    threads::measure();
}
