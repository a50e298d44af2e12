//! The sampler for Linux on x86-64 and aarch64.
//!
//! Each thread has a timer on its own clock that sends `SIGPROF` to it. The handler walks the interrupted stack, reads the
//! labels in force and leaves a record in a ring; a thread adds the records up and keeps up with threads and libraries.

mod collect;
mod comments;
mod counts;
mod drain;
mod fork;
mod handler;
mod perf;
mod probe;
mod record;
mod ring;
mod session;
mod slot;
mod stack;
mod takeover;
mod threads;
mod ticks;
mod timer;

use crate::process::own_id;
use crate::profile::{Clock, Error, Profile};
use hooks_runtime::labels::observe;
use session::Session;
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::thread::JoinHandle;

pub(crate) use handler::in_handler;
pub(crate) use probe::sample_now;

/// A running sampler; stops when it is dropped.
pub(crate) struct Sampler {
    session: ManuallyDrop<Arc<Session>>,
    drain: Option<JoinHandle<()>>,
}

impl Sampler {
    /// Starts sampling.
    pub(crate) fn start(clock: Clock, hz: u32) -> Result<Self, Error> {
        if !fork::claim() {
            return Err(Error::AlreadyRunning);
        }
        let session = handler::check_owner().and_then(|()| Session::new(clock, hz));
        let session = Arc::new(session.inspect_err(|_| fork::release())?);
        let mut sampler = Self { session: ManuallyDrop::new(session), drain: None };
        // From here on an error drops `sampler`, which undoes what was done.
        sampler.drain = Some(drain::spawn(Arc::clone(&sampler.session))?);
        sampler.session.start()?;
        observe::set_thread_hook(Some(attach_this_thread));
        Ok(sampler)
    }

    /// The profile so far.
    pub(crate) fn snapshot(&self) -> Result<Profile, Error> {
        self.check_process()?;
        Ok(self.session.profile())
    }

    /// Stops sampling and returns the profile.
    pub(crate) fn stop(mut self) -> Result<Profile, Error> {
        self.check_process()?;
        self.silence();
        Ok(self.session.profile())
    }

    fn check_process(&self) -> Result<(), Error> {
        let parent = self.session.pid.cast_unsigned();
        if parent == std::process::id() { Ok(()) } else { Err(Error::Forked { parent }) }
    }

    fn silence(&mut self) {
        if let Some(thread) = self.drain.take() {
            observe::set_thread_hook(None);
            drain::join(&self.session, thread);
            self.session.silence();
        }
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        if self.check_process().is_err() {
            // A copy in a forked child: the thread does not exist and the session's locks may be held for ever.
            std::mem::forget(self.drain.take());
            return;
        }
        self.silence();
        // SAFETY: dropped once, here, and not used after.
        unsafe { ManuallyDrop::drop(&mut self.session) };
        fork::release();
    }
}

/// Runs on a thread that announces itself.
fn attach_this_thread() {
    handler::with_current(|session| session.threads.attach_self(own_id()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_on_a_handlers_stack_is_known_to_be_in_the_handler() {
        let sampler = Sampler::start(Clock::Wall, 1).unwrap();
        let mut inside = false;
        let mut scratch = sampler.session.pool.claim().unwrap();
        // SAFETY: no handler on an alternate stack runs on this thread: profiles have one sample a second, and `run` is short.
        unsafe { scratch.run(|_, _| inside = in_handler()) };
        assert!(inside && !in_handler());
        drop(scratch);
        drop(sampler);
    }

    #[test]
    fn a_second_profile_finds_what_the_first_one_was_made_with() {
        let made = || {
            let sampler = Sampler::start(Clock::Cpu, 100).unwrap();
            (crate::code::current().edition, std::ptr::from_ref(sampler.session.pool))
        };
        assert_eq!(made(), made(), "the map with its unwinder, and the scratches");
    }
}
