//! Samples have the name of their thread, and a profile has its statistics as numbers.

use super::load;
use crate::support::itself;
use hooks_runtime::labels;
use hooks_service::profile::{CpuProfile, LabelValue, Profile, Source};
use std::thread;
use std::time::Duration;

#[inline(never)]
fn work(time: Duration) -> Duration {
    load::burn(time) + std::hint::black_box(Duration::from_nanos(1))
}

fn on(name: &str, work: impl FnOnce() -> Duration + Send + 'static) -> Duration {
    thread::Builder::new().name(name.into()).spawn(work).unwrap().join().unwrap()
}

#[test]
fn samples_have_their_threads_name_unless_the_user_has_that_key() {
    let running = CpuProfile::builder().start().unwrap();
    let without = CpuProfile::builder().thread_names(false).start().unwrap();
    let time = on("worker-a", || work(Duration::from_millis(500)));
    let mine = || labels! { "thread" => "mine" }.scope(|| work(Duration::from_millis(300)));
    let users = on("worker-b", mine);
    let (profile, without) = (running.stop().unwrap(), without.stop().unwrap());
    let groups = profile.group_by_thread();
    let group = |name: &str| {
        let wanted = Some(LabelValue::Text(name.into()));
        groups.iter().find(|group| group.0 == wanted).map_or(0, |group| load::weight(&group.1, "work"))
    };
    load::assert_time(&profile, group("worker-a"), time, "worker-a");
    load::assert_time(&profile, group("mine"), users, "the user's label");
    assert_eq!(group("worker-b"), 0);
    assert_eq!(groups.iter().map(|group| group.1.total()).sum::<u64>(), profile.total() - profile.lost());
    let ours = |label: Option<&LabelValue>| label.is_none_or(|label| label.to_string() == "mine");
    assert!(without.samples().iter().all(|sample| ours(sample.label("thread"))), "not asked for");
}

/// A piece in which one thread announced itself, and what that took. On a busy machine the profiler may see a thread before it
/// comes to its first label; and those of earlier pieces are not to be counted again.
fn announced(running: &CpuProfile) -> (Profile, Duration) {
    let mut pieces = (0..50).map(|_| {
        let time = on("announced", || labels! { "x" => "y" }.scope(|| work(Duration::from_millis(200))));
        (running.take().unwrap(), time)
    });
    pieces.find(|(piece, _)| piece.stats().unwrap().by_hook == 1).expect("one of the threads is counted")
}

#[test]
fn statistics_are_those_of_the_profiles_own_time() {
    let running = CpuProfile::builder().start().unwrap();
    let (before, _) = announced(&running);
    let (after, time) = announced(&running);
    for profile in [&before, &after] {
        let stats = profile.stats().unwrap();
        let kept = profile.total() - profile.lost();
        assert_eq!((stats.seen, stats.lost.total()), (kept + profile.lost(), profile.lost()));
        assert_eq!((stats.frequency, stats.source, stats.periods_at_once), (100, Source::Timers, 1));
        assert!(stats.attached > stats.by_hook, "{stats:?}");
        assert!(stats.foreign_handler.is_none());
    }
    let after = after.stats().unwrap();
    assert!(after.processor_time >= time && after.processor_time < Duration::from_secs(5), "{after:?}");
}

/// As bundles and wrappers start programs: the kernel takes the linker for the program.
#[test]
fn a_program_that_the_dynamic_linker_started_has_names() {
    if std::env::var_os("THROUGH_THE_LINKER").is_some() {
        let running = CpuProfile::builder().start().unwrap();
        work(Duration::from_millis(300));
        assert!(load::weight(&running.stop().unwrap(), "work") > 5);
        return;
    }
    let linkers = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];
    let linker = linkers.into_iter().find(|linker| std::path::Path::new(linker).exists());
    let linker = linker.filter(|_| cfg!(target_env = "gnu") && itself::emulator().is_none());
    let Some(linker) = linker else {
        println!("not tested: no dynamic linker that is known, or an emulator");
        return;
    };
    let mut child = std::process::Command::new(linker);
    child.arg(std::env::current_exe().unwrap()).env("THROUGH_THE_LINKER", "");
    child.args(["--exact", "profile::names::a_program_that_the_dynamic_linker_started_has_names"]);
    let output = child.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}
