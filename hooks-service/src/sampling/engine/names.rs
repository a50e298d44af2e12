//! Names of threads, as samples show them.

use crate::process::{lock, proc};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// After this time a name is read again: threads may change theirs.
const FRESH: Duration = Duration::from_secs(1);

/// What was read of the threads that were sampled. `None`: it had ended before anybody could look.
#[derive(Default)]
pub(super) struct Names(Mutex<HashMap<libc::pid_t, Name>>);

struct Name {
    text: Option<Arc<str>>,
    read: Instant,
}

impl Names {
    fn lock(&self) -> MutexGuard<'_, HashMap<libc::pid_t, Name>> {
        lock(&self.0)
    }

    /// A look at the names, now.
    pub(super) fn look(&self) -> Look<'_> {
        Look { names: self.lock(), now: Instant::now() }
    }

    /// Forgets those that are not `present`, which is sorted. To be called when all their samples have been read.
    pub(super) fn keep(&self, present: &[libc::pid_t]) {
        self.lock().retain(|tid, _| present.binary_search(tid).is_ok());
    }
}

/// See [`Names::look`].
pub(super) struct Look<'a> {
    names: MutexGuard<'a, HashMap<libc::pid_t, Name>>,
    now: Instant,
}

impl Look<'_> {
    /// The name of thread `tid`. It is looked up in `/proc` once a second at most.
    pub(super) fn get(&mut self, tid: libc::pid_t) -> Option<Arc<str>> {
        let known = self.names.get_mut(&tid);
        if let Some(name) = known.as_ref().filter(|name| self.now.duration_since(name.read) < FRESH) {
            return name.text.clone();
        }
        let old = known.and_then(|name| name.text.take());
        let text = read(tid).or(old);
        self.names.insert(tid, Name { text: text.clone(), read: self.now });
        text
    }
}

fn read(tid: libc::pid_t) -> Option<Arc<str>> {
    let name = proc::name(tid)?;
    (!name.is_empty()).then(|| String::from_utf8_lossy(&name).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::own_id;
    use std::thread;

    #[test]
    fn a_name_outlives_its_thread_until_its_samples_were_read() {
        let names = Names::default();
        let look = || {
            let tid = own_id();
            (tid, names.look().get(tid))
        };
        let (tid, name) = thread::scope(|scope| {
            thread::Builder::new().name("a name".into()).spawn_scoped(scope, look).unwrap().join().unwrap()
        });
        assert_eq!(name.as_deref(), Some("a name"));
        assert_eq!(names.look().get(tid).as_deref(), Some("a name"));
        names.lock().get_mut(&tid).unwrap().read -= FRESH;
        assert_eq!(names.look().get(tid).as_deref(), Some("a name"), "what is gone keeps its last name");
        names.keep(&[own_id()]);
        assert_eq!(names.look().get(tid), None);
    }
}
