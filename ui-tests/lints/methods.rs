use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

pub struct Counter {
    count: u32,
    name: String,
}

impl Counter {
    //@hook labeled(k = "v")
    pub fn new(count: u32) -> Counter {
        Counter { count, name: String::new() }
    }

    //@hook labeled(n = self.count)
    pub fn get(&self) -> u32 {
        self.count
    }

    //@hook labeled(n = self.count)
    pub fn add(self, x: u32) -> Self {
        Self { count: self.count + x, ..self }
    }

    //@hook labeled(k = "v")
    pub fn unused_self(&self, x: u32) -> u32 {
        1
    }

    //@hook labeled(n = self.count)
    fn never_called(&mut self) -> u32 {
        self.count
    }

    //@hook labeled(n = self.count)
    pub fn needless_mut(&mut self) -> u32 {
        self.count
    }

    //@hook labeled(x)
    pub fn mutated(&mut self, x: u32) -> &mut u32 {
        self.count += x;
        &mut self.count
    }

    //@hook labeled(name = self.name)
    pub fn into_name(&self) -> String {
        return self.name.clone();
    }

    //@hook labeled(name = self.name)
    pub fn to_name(self) -> String {
        self.name
    }

    //@hook labeled(k = "v")
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    //@hook labeled(k = "v")
    pub fn len(&self) -> usize {
        self.count as usize
    }

    //@hook labeled(k = "v")
    pub fn boxed(self: Box<Self>) -> u32 {
        self.count
    }

    //@hook labeled(k = "v")
    pub fn pinned(self: Pin<&mut Self>, x: u32) -> u32 {
        self.count
    }

    //@hook labeled(n = self.count)
    pub async fn asynchronous(&self, x: u32) -> u32 {
        std::future::ready(self.count).await
    }

    //@hook labeled(n = self.count)
    pub async fn asynchronous_mut(&mut self, mut x: u32) -> &mut u32 {
        std::future::ready(x).await;
        &mut self.count
    }

    //@hook labeled(k = "v")
    pub async fn asynchronous_unused_self(&self, x: u32) -> u32 {
        std::future::ready(x).await
    }

    //@hook labeled(k = "v")
    async fn asynchronous_never_called(self) -> u32 {
        std::future::ready(self.count).await
    }

    //@hook labeled(k = "v")
    #[must_use]
    pub async fn asynchronous_must_use(self) -> Self {
        std::future::ready(self).await
    }
}

impl Default for Counter {
    //@hook labeled(k = "v")
    fn default() -> Self {
        Counter::new(0)
    }
}

impl From<Counter> for u32 {
    //@hook labeled(n = counter.count)
    fn from(counter: Counter) -> u32 {
        counter.count
    }
}

pub struct Guard;

impl Drop for Guard {
    //@hook labeled(k = "v")
    fn drop(&mut self) {}
}

impl Clone for Counter {
    //@hook labeled(k = "v")
    fn clone(&self) -> Self {
        Counter { count: self.count, name: self.name.clone() }
    }
}

impl PartialEq for Counter {
    //@hook labeled(k = "v")
    fn eq(&self, other: &Self) -> bool {
        self == other
    }
}

pub trait Handler {
    //@hook labeled(x)
    fn provided(&self, x: u32) -> u32 {
        let y = 1;
        x
    }

    fn required(&self, x: u32) -> u32;

    //@hook labeled(x)
    fn sized(self, x: u32, y: u32) -> u32
    where
        Self: Sized,
    {
        x
    }

    //@hook labeled(x)
    fn new(x: u32) -> u32 {
        x
    }
}

impl Handler for Counter {
    //@hook labeled(x)
    fn required(&self, x: u32) -> u32 {
        let mut y = x;
        y
    }
}

pub trait AsyncHandler {
    fn handle(&self, x: u32) -> impl Future<Output = u32> + Send;

    #[allow(async_fn_in_trait)]
    async fn plain(&self, x: u32) -> u32;
}

impl AsyncHandler for Counter {
    //@hook labeled(x)
    async fn handle(&self, x: u32) -> u32 {
        let z = x;
        std::future::ready(x).await
    }

    //@hook labeled(x)
    async fn plain(&self, x: u32) -> u32 {
        std::future::ready(x).await
    }
}

pub trait Shown: Debug {
    //@hook labeled(k = ?self)
    fn show(&self) -> String {
        format!("{:?}", self)
    }
}

/// What clippy asks of a body: `*self`, `Some(self.cmp(other))`.
pub struct Handle(u32);

impl Copy for Handle {}

impl Clone for Handle {
    //@hook labeled(k = "v")
    fn clone(&self) -> Self {
        *self
    }
}

impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Handle {}

impl PartialOrd for Handle {
    //@hook labeled(k = "v")
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Handle {
    //@hook labeled(k = "v")
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
