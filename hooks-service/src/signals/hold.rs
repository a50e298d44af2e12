//! Who holds a shutdown: tokens, and futures that wait for it.

use super::running::Running;
use std::ops::Deref;
use std::sync::Arc;

/// One of those for whom the signals are caught. When the last one goes they are given back, unless the shutdown has begun.
pub(super) struct Hold(Arc<Running>);

impl Hold {
    pub(super) fn new(running: &Arc<Running>) -> Self {
        running.add_holder();
        Self(Arc::clone(running))
    }
}

impl Clone for Hold {
    fn clone(&self) -> Self {
        Self::new(&self.0)
    }
}

impl Deref for Hold {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.0
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.remove_holder();
    }
}
