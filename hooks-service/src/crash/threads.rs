//! SIGNAL HANDLER. The other threads of a process that crashes: listed by plain system calls, and asked for their
//! stacks one by one.

use super::monitor::wire::{Crash, Kind};
use super::report::{Report, stack};
use super::walk::Walker;
use super::{Traceback, sink, state};
use crate::process::own_id;
use crate::stacks::ask;
use std::ffi::CStr;
use std::os::fd::RawFd;

/// Most threads that are listed; the others are counted.
const MOST: u32 = 1_000;
/// Most frames of each that are told.
const MOST_FRAMES: usize = 64;
/// How long a thread is waited for, and all that do not answer together, in naps of some 100 us.
const NAPS: u32 = 2_000;
const ALL_NAPS: u32 = 20_000;

/// Writes what there is to say of each other thread.
pub(super) fn others(report: &mut Report, walker: Option<&Walker>, level: Traceback) {
    let flags = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC;
    // SAFETY: a constant text; the descriptor is closed below.
    let folder = unsafe { libc::open(c"/proc/self/task".as_ptr(), flags) };
    if folder < 0 {
        report.line.text("other threads: cannot be listed\n");
        return;
    }
    report.line.text("other threads:\n");
    let (mut listed, mut patience) = (0, ALL_NAPS);
    each_entry(folder, &mut |id| {
        if id != own_id().unsigned_abs().into() {
            listed += 1;
            if listed <= MOST && thread(report, folder, id, level) {
                frames(report, walker, folder, id, &mut patience);
            }
        }
    });
    if listed > MOST {
        report.line.text("  and ");
        report.line.number((listed - MOST).into());
        report.line.text(" more\n");
    }
    report.flush();
    // SAFETY: ours.
    unsafe { libc::close(folder) };
}

/// Asks the thread for its stack. One that blocks the signal does not answer, nor does one that crashes too.
fn frames(report: &mut Report, walker: Option<&Walker>, folder: RawFd, id: u64, patience: &mut u32) {
    let (Some(walker), Ok(id)) = (walker, i32::try_from(id)) else { return };
    let Some(answered) = ask(id, NAPS.min(*patience)) else {
        *patience = patience.saturating_sub(NAPS);
        report.line.text("      does not answer\n");
        return;
    };
    let mut other = Crash::other(id);
    let mut bytes = [0_u8; 512];
    let name = name_and_state(read(folder, u64::from(id.unsigned_abs()), "stat", &mut bytes));
    for (place, byte) in other.name.iter_mut().zip(name.map_or(&b""[..], |(name, _)| name)) {
        *place = *byte;
    }
    let push = |address| other.frame_count < MOST_FRAMES && other.push_frame(address);
    // SAFETY: this is the one report of the process.
    unsafe { walker.walk_copy(answered, push) };
    stack(report, &other, walker);
    report.flush();
    if let Some(monitor) = state::MONITOR.get() {
        sink::send(monitor, &other.encode(Kind::Thread));
    }
}

/// Calls `visit` with each entry whose name is a number.
fn each_entry(folder: RawFd, visit: &mut dyn FnMut(u64)) {
    /// Of the kernel's `linux_dirent64`: the length of the entry and where the name starts.
    const LENGTH: usize = 16;
    const NAME: usize = 19;
    #[repr(align(8))]
    struct Entries([u8; 2048]);
    let mut entries = Entries([0; 2048]);
    loop {
        // SAFETY: writes into the local, at most its length.
        let read =
            unsafe { libc::syscall(libc::SYS_getdents64, folder, entries.0.as_mut_ptr(), entries.0.len()) };
        let Some(mut rest) = usize::try_from(read).ok().and_then(|read| entries.0.get(..read)) else {
            return;
        };
        if rest.is_empty() {
            return;
        }
        while let Some([low, high]) = rest.get(LENGTH..LENGTH + 2) {
            let length = usize::from(u16::from_ne_bytes([*low, *high]));
            let name = rest.get(NAME..length).unwrap_or_default();
            if let Some(number) = number(name) {
                visit(number);
            }
            let Some(next) = rest.get(length.max(1)..) else { return };
            rest = next;
        }
    }
}

fn number(name: &[u8]) -> Option<u64> {
    let digits = name.split(|byte| *byte == 0).next()?;
    let add = |number: u64, digit: &u8| {
        digit
            .is_ascii_digit()
            .then(|| number.wrapping_mul(10).wrapping_add(u64::from(digit.wrapping_sub(b'0'))))
    };
    (!digits.is_empty()).then_some(())?;
    digits.iter().try_fold(0, add)
}

/// A line with name and state; `false`: the thread has gone.
fn thread(report: &mut Report, folder: RawFd, id: u64, level: Traceback) -> bool {
    let mut bytes = [0_u8; 512];
    let Some((name, state)) = name_and_state(read(folder, id, "stat", &mut bytes)) else { return false };
    report.line.text("  thread '");
    report.line.push(name);
    report.line.text("' (");
    report.line.number(id);
    report.line.text(") ");
    report.line.text(state);
    if level >= Traceback::System {
        let mut bytes = [0_u8; 64];
        let place = read(folder, id, "wchan", &mut bytes);
        // "0" is both: not in the kernel, and not to be told.
        if !matches!(place, b"" | b"0") {
            report.line.text(" in ");
            report.line.push(place);
        }
    }
    report.line.text(":\n");
    report.flush_if_full();
    true
}

/// What `/proc/self/task/ID/FILE` holds, as far as there is room for it.
fn read<'a>(folder: RawFd, id: u64, file: &str, bytes: &'a mut [u8]) -> &'a [u8] {
    let mut path = super::text::Line::<40>::new();
    path.number(id);
    path.text("/");
    path.text(file);
    path.text("\0");
    let Ok(path) = CStr::from_bytes_with_nul(path.bytes()) else { return b"" };
    // SAFETY: a path that ends in a zero byte; the descriptor is closed at once, the bytes go into the slice.
    let read = unsafe {
        let file = libc::openat(folder, path.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC);
        if file < 0 {
            return b"";
        }
        let read = libc::read(file, bytes.as_mut_ptr().cast(), bytes.len());
        libc::close(file);
        read
    };
    usize::try_from(read).ok().and_then(|read| bytes.get(..read)).unwrap_or_default()
}

/// From the text of `stat`: `12 (a name) S ..`. The name may hold anything, brackets among it.
fn name_and_state(stat: &[u8]) -> Option<(&[u8], &'static str)> {
    let open = stat.iter().position(|byte| *byte == b'(')? + 1;
    let close = stat.iter().rposition(|byte| *byte == b')')?;
    let state = match stat.get(close + 2)? {
        b'R' => "running",
        b'S' => "sleeping",
        b'D' => "in uninterruptible sleep",
        b'T' | b't' => "stopped",
        b'Z' | b'X' => "ended",
        _ => "in a state that is not known",
    };
    Some((stat.get(open..close)?, state))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsRawFd;

    #[test]
    fn names_with_brackets_are_whole_and_states_are_words() {
        assert_eq!(name_and_state(b"12 (a) b) S 1"), Some((&b"a) b"[..], "sleeping")));
        assert_eq!(name_and_state(b"12 (x) D 1"), Some((&b"x"[..], "in uninterruptible sleep")));
        assert_eq!(name_and_state(b"12 (x)"), None);
        assert_eq!(name_and_state(b""), None);
    }

    #[test]
    fn where_in_the_kernel_is_told_from_the_level_of_the_system_on() {
        let folder = tempfile::tempdir().unwrap();
        for (id, wchan) in [("7", "futex_do_wait"), ("8", "0")] {
            std::fs::create_dir(folder.path().join(id)).unwrap();
            std::fs::write(folder.path().join(id).join("stat"), format!("{id} (worker) S 1")).unwrap();
            std::fs::write(folder.path().join(id).join("wchan"), wchan).unwrap();
        }
        let folder = std::fs::File::open(folder.path()).unwrap();
        let line = |id, level| {
            let mut report = Report { line: super::super::text::Line::new() };
            let is_there = thread(&mut report, folder.as_raw_fd(), id, level);
            is_there.then(|| String::from_utf8(report.line.bytes().to_vec()).unwrap())
        };
        let of = |id, level| line(id, level).unwrap();
        assert_eq!(of(7, Traceback::All), "  thread 'worker' (7) sleeping:\n");
        assert_eq!(of(7, Traceback::System), "  thread 'worker' (7) sleeping in futex_do_wait:\n");
        assert_eq!(of(8, Traceback::System), "  thread 'worker' (8) sleeping:\n");
        assert_eq!(line(9, Traceback::System), None);
    }

    #[test]
    fn every_thread_is_an_entry() {
        let barrier = std::sync::Barrier::new(40);
        std::thread::scope(|scope| {
            (0..39).for_each(|_| _ = scope.spawn(|| barrier.wait()));
            // SAFETY: a constant text.
            let folder =
                unsafe { libc::open(c"/proc/self/task".as_ptr(), libc::O_RDONLY | libc::O_DIRECTORY) };
            let mut found = Vec::new();
            each_entry(folder, &mut |id| found.push(id));
            let mut bytes = [0; 512];
            let stat = read(folder, u64::from(own_id().unsigned_abs()), "stat", &mut bytes);
            assert_eq!(name_and_state(stat).map(|(_, state)| state), Some("running"));
            // SAFETY: ours.
            unsafe { libc::close(folder) };
            assert!(found.len() >= 40 && found.contains(&own_id().unsigned_abs().into()), "{found:?}");
            barrier.wait();
        });
        assert_eq!((number(b"12\0\0"), number(b".."), number(b"")), (Some(12), None, None));
    }
}
