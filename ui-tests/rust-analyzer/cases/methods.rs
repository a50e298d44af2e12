//! The same in methods, traits and generics.

pub struct Store {
    items: Vec<String>,
}

pub trait Find {
    fn find(&self, name: &str) -> Option<usize>;
}

impl Store {
    #[hooks_runtime::labeled(name)]
    pub fn add(&mut self, name: &str) {
        self.items.push(name);
    }

    #[hooks_runtime::labeled(name)]
    pub fn unknown_field(&self, name: &str) -> usize {
        self.item.len() + name.len()
    }

    #[hooks_runtime::labeled(name)]
    pub async fn later(&self, name: &str) -> usize {
        self.items.lenght() + name.len()
    }
}

impl Find for Store {
    #[hooks_runtime::labeled(name)]
    fn find(&self, name: &str) -> Option<usize> {
        self.items.iter().position(|item| item == nam)
    }
}

#[hooks_runtime::labeled(name)]
pub fn generic<T: Clone>(name: &str, value: &T) -> (usize, T)
where
    T: Send,
{
    (name.len(), value.clon())
}
