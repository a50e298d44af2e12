//! Writers of which the test knows what they got, and that go wrong.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

/// What was written, and how often it was flushed.
#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<(Vec<u8>, u32)>>);

impl Kept {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().0.clone()
    }

    pub(crate) fn flushes(&self) -> u32 {
        self.0.lock().unwrap().1
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().unwrap().1 += 1;
        Ok(())
    }
}

/// Takes so many bytes, and then calls this.
pub(crate) struct Until<F>(pub(crate) usize, pub(crate) F);

impl<F: FnMut() -> io::Result<usize>> Write for Until<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return (self.1)();
        }
        let taken = self.0.min(bytes.len());
        self.0 -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
