//! More threads than can be waked at each period of the wall clock: each is sampled less often, and nothing is lost.

use super::load;
use hooks_runtime::labels;
use hooks_service::profile::{Clock, CpuProfile};
use std::sync::{Arc, Barrier};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Threads that wait; they end when one more does.
fn crowd(count: usize) -> (Arc<Barrier>, Vec<JoinHandle<()>>) {
    let (inside, end) = (Arc::new(Barrier::new(count + 1)), Arc::new(Barrier::new(count + 1)));
    let member = || {
        let (inside, end) = (Arc::clone(&inside), Arc::clone(&end));
        let wait = move || {
            labels! { "state" => "waiting" }.scope(|| {
                inside.wait();
                end.wait();
            });
        };
        thread::Builder::new().stack_size(128 * 1024).spawn(wait).unwrap()
    };
    let threads = (0..count).map(|_| member()).collect();
    inside.wait();
    (end, threads)
}

#[test]
fn thousands_of_waiting_threads_are_sampled_less_often_and_none_is_lost() {
    const THREADS: usize = 4_000;
    let (end, threads) = crowd(THREADS);
    let outer = Instant::now();
    let running = CpuProfile::builder().clock(Clock::Wall).frequency(10).start().unwrap();
    let inner = Instant::now();
    thread::sleep(Duration::from_secs(2));
    let inner = inner.elapsed();
    let profile = running.stop().unwrap();
    let outer = outer.elapsed();
    end.wait();
    for thread in threads {
        thread.join().unwrap();
    }
    let periods = |time: Duration| time.as_secs_f64() * 10.0 * THREADS as f64;
    let (seen, lost) = (profile.filter("state", "waiting").total() as f64, profile.lost() as f64);
    println!("{seen} of {} to {}, {:?}", periods(inner), periods(outer), profile.comments());
    load::assert_nothing_uncounted(&profile);
    assert!(lost < 0.01 * profile.total() as f64, "{lost} lost");
    // A thread has about one sample in that time, which stands for many periods, or none: 1 % is two sigma of that sum.
    assert!(seen + lost > 0.95 * periods(inner) && seen < 1.05 * periods(outer));
    let at_once = profile.stats().unwrap().periods_at_once;
    assert!(at_once > 1 && profile.comments()[0].contains(&format!("each stands for {at_once} periods")));
}
