//! What a dump of all stacks costs: the threads it interrupts, the polls of futures it may show, and the service it is
//! taken of.
mod incident;
mod poll;
mod threads;

fn main() {
    threads::measure();
    poll::measure();
    incident::measure();
}
