//! The string table: every text once, by index.

use std::collections::HashMap;
use std::sync::Arc;

/// An index in the string table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct StringId(pub(crate) u64);

#[derive(Debug)]
pub(crate) struct StringTable {
    ids: HashMap<Arc<str>, StringId>,
    texts: Vec<Arc<str>>,
}

impl StringTable {
    pub(crate) fn new() -> Self {
        let mut table = StringTable { ids: HashMap::new(), texts: Vec::new() };
        // The format wants the empty text first.
        table.id("");
        table
    }

    pub(crate) fn id(&mut self, text: &str) -> StringId {
        if let Some(&id) = self.ids.get(text) {
            return id;
        }
        let (id, text) = (StringId(self.texts.len() as u64), Arc::<str>::from(text));
        self.texts.push(text.clone());
        self.ids.insert(text, id);
        id
    }

    /// All texts in the order of their indices.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|text| &**text)
    }
}
