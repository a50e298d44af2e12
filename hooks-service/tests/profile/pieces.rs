//! A profile that is taken piece by piece: nothing is lost or seen twice where one ends and the next begins.

use super::load;
use crate::support::forked::exit_status;
use hooks_service::profile::{CpuProfile, Error, Profile};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

#[inline(never)]
fn work(time: Duration) -> Duration {
    load::burn(time) + std::hint::black_box(Duration::from_nanos(1))
}

/// All pieces as one: of each, every period that was seen is in a sample or lost. Of the last that is what handlers counted
/// themselves, so all before it must have been right.
fn check(pieces: &[Profile], time: Duration) {
    for piece in pieces {
        load::assert_nothing_uncounted(piece);
    }
    assert!(
        pieces
            .iter()
            .any(|piece| piece.total() > 0 && piece.total() < pieces.iter().map(Profile::total).sum())
    );
    let found: u64 = pieces.iter().map(|piece| load::weight(piece, "work")).sum();
    load::assert_time(&pieces[0], found, time, "all pieces");
}

#[test]
fn each_sample_is_in_one_piece() {
    let running = CpuProfile::builder().frequency(1000).start().unwrap();
    let mut pieces = Vec::new();
    let burnt = thread::scope(|scope| {
        let worker = scope.spawn(|| work(Duration::from_secs(1)));
        while !worker.is_finished() {
            pieces.push(running.take().unwrap());
            thread::sleep(Duration::from_millis(3));
        }
        worker.join().unwrap()
    });
    assert!(pieces.len() > 10);
    let snapshot = running.snapshot().unwrap();
    pieces.push(running.stop().unwrap());
    assert!(
        snapshot.total() <= pieces[pieces.len() - 1].total(),
        "a snapshot begins where the last piece ended"
    );
    let ends = pieces
        .windows(2)
        .all(|two| two[0].started() + two[0].duration() <= two[1].started() + two[1].duration());
    assert!(ends, "one after the other");
    check(&pieces, burnt);
}

#[test]
fn pieces_come_each_interval_and_the_rest_at_the_end() {
    let (sender, pieces) = channel();
    let continuous =
        CpuProfile::builder().every(Duration::from_millis(50), move |piece| sender.send(piece).unwrap());
    let continuous = continuous.unwrap();
    let burnt = work(Duration::from_millis(500));
    continuous.stop();
    let pieces: Vec<_> = pieces.iter().collect();
    assert!(pieces.len() > 2, "{}", pieces.len());
    check(&pieces, burnt);
    assert_eq!((load::disposition(), load::timers()), (libc::SIG_IGN, 0));
}

/// Of its own frequency and of another.
#[test]
fn a_continuous_one_keeps_nobody_from_other_profiles() {
    let (sender, pieces) = channel();
    let each = move |piece| sender.send(piece).unwrap();
    let continuous = CpuProfile::builder().frequency(19).every(Duration::from_millis(50), each).unwrap();
    let (same, other) = (CpuProfile::builder().frequency(19), CpuProfile::builder());
    let second = other.clone().every(Duration::from_secs(3600), |_| ()).unwrap();
    let running = [same.clone().start().unwrap(), other.start().unwrap()];
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let recorded = runtime.block_on(async {
        tokio::join!(same.record_for(Duration::from_millis(1)), async { work(Duration::from_secs(1)) })
    });
    let mut profiles = running.map(|profile| profile.stop().unwrap()).to_vec();
    profiles.push(recorded.0.unwrap());
    for profile in &profiles {
        load::assert_time(profile, load::weight(profile, "work"), recorded.1, "beside a continuous one");
    }
    second.stop();
    continuous.stop();
    check(&pieces.iter().collect::<Vec<_>>(), recorded.1);
}

#[test]
fn an_interval_beyond_the_clock_is_one_piece() {
    let (sender, pieces) = channel();
    let each = move |piece| sender.send(piece).unwrap();
    let continuous = CpuProfile::builder().every(Duration::MAX, each).unwrap();
    load::burn(Duration::from_millis(50));
    continuous.stop();
    assert_eq!(pieces.iter().count(), 1);
    let refused = CpuProfile::builder().every(Duration::ZERO, |_| ()).unwrap_err();
    assert!(matches!(refused, Error::Interval), "{refused}");
}

#[test]
fn what_is_to_be_written_when_it_is_dropped_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rest.folded");
    let builder = CpuProfile::builder().write_on_drop(&path);
    let continuous = builder.every(Duration::from_secs(3600), |_| ()).unwrap();
    work(Duration::from_millis(200));
    drop(continuous);
    assert!(std::fs::read_to_string(path).unwrap().contains("pieces::work;"));
}

#[test]
fn a_panic_of_who_gets_them_is_contained_counted_and_told() {
    let pieces = Arc::new(Mutex::new(Vec::new()));
    let theirs = Arc::clone(&pieces);
    let each = move |piece| {
        let mut pieces = theirs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        pieces.push(piece);
        assert!(pieces.len() != 2, "of the test");
    };
    let continuous = CpuProfile::builder().every(Duration::from_millis(20), each).unwrap();
    assert_eq!(continuous.panics(), 0);
    let count = || pieces.lock().unwrap_or_else(std::sync::PoisonError::into_inner).len();
    while count() < 4 {
        load::burn(Duration::from_millis(1));
    }
    assert_eq!(continuous.panics(), 1);
    continuous.stop();
    let told =
        |piece: &Profile| piece.comments().iter().any(|comment| comment.ends_with("has panicked 1 times"));
    let pieces = pieces.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    assert_eq!(pieces.iter().map(told).collect::<Vec<_>>()[..4], [false, false, true, true]);
}

#[test]
fn dropping_it_stops_it_and_discards_the_rest() {
    let count = Arc::new(AtomicU64::new(0));
    let theirs = Arc::clone(&count);
    let each = move |_| _ = theirs.fetch_add(1, Ordering::Relaxed);
    drop(CpuProfile::builder().every(Duration::from_secs(3600), each).unwrap());
    assert_eq!((count.load(Ordering::Relaxed), Arc::strong_count(&count)), (0, 1), "its thread has ended");
    assert_eq!((load::disposition(), load::timers()), (libc::SIG_IGN, 0));
}

/// A forked child has neither the thread nor, if it held it, whoever would give the lock back.
#[test]
fn a_forked_child_drops_its_copy_and_the_parents_goes_on() {
    let (sender, pieces) = channel();
    let each = move |piece: Profile| sender.send(piece.total()).unwrap();
    let continuous = CpuProfile::builder().every(Duration::from_millis(10), each).unwrap();
    let status = exit_status(|| {
        // SAFETY: as any child it has a copy of all memory, and the parent's is not touched.
        drop(unsafe { std::ptr::read(&raw const continuous) });
        7
    });
    assert_eq!(status, 7);
    assert!(pieces.recv().is_ok() && pieces.recv().is_ok(), "the parent's goes on");
    continuous.stop();
}
