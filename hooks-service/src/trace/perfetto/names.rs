//! What sites are called, and the keys of their values. Each name has a number, the same in all sequences.

use std::collections::HashMap;

/// Names by number, from 1 on, and sites by address.
#[derive(Default)]
pub(super) struct Names {
    numbers: HashMap<Box<str>, u32>,
    told: Vec<Box<str>>,
    sites: HashMap<u64, Site>,
}

/// What is said of a site.
#[derive(Clone, Default)]
pub(super) struct Site {
    pub(super) name: u32,
    /// Of its values, in their order.
    pub(super) keys: Box<[u32]>,
}

/// Names that are told by number: a program whose names are not its own, but those of its users, is not to fill the memory.
const MOST: usize = 100_000;
const OTHER: &str = "(other)";

impl Names {
    /// The number of this name.
    pub(super) fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let name = if self.told.len() < MOST { name } else { OTHER };
        let number = u32::try_from(self.told.len() + 1).unwrap_or(u32::MAX);
        *self.numbers.entry(name.into()).or_insert_with(|| {
            self.told.push(name.into());
            number
        })
    }

    /// The name with this number.
    pub(super) fn name(&self, number: u32) -> &str {
        let index = usize::try_from(number).unwrap_or(0).wrapping_sub(1);
        self.told.get(index).map_or("", AsRef::as_ref)
    }

    /// Sites and their texts.
    pub(super) fn add_sites(&mut self, sites: Vec<(u64, String)>) {
        for (address, text) in sites {
            if !self.sites.contains_key(&address) {
                let site = self.read(&text);
                self.sites.insert(address, site);
            }
        }
    }

    /// `None`: it is none that is known.
    pub(super) fn site(&self, address: u64) -> Option<&Site> {
        self.sites.get(&address)
    }

    /// In place of one that is not known.
    pub(super) fn unknown_site(&mut self) -> Site {
        Site { name: self.number("unknown region"), keys: Box::default() }
    }

    /// `region(name=db.query,rows,size:bytes,slow=50ms) crate::module::function src/file.rs:1`
    fn read(&mut self, text: &str) -> Site {
        let (arguments, place) =
            text.split_once('(').map_or(("", text), |(_, rest)| rest.split_once(')').unwrap_or((rest, "")));
        let arguments = || arguments.split(',').map(str::trim).filter(|argument| !argument.is_empty());
        let called = arguments().find_map(|argument| argument.strip_prefix("name="));
        let name = called.unwrap_or_else(|| function(place.trim()));
        let name = self.number(if name.is_empty() { text } else { name });
        let keys = arguments().filter(|argument| !argument.contains('='));
        let keys = keys.map(|key| self.number(key.split(':').next().unwrap_or(key))).collect();
        Site { name, keys }
    }
}

/// The path without the crate, which is that of the program mostly.
fn function(place: &str) -> &str {
    let path = place.split(' ').next().unwrap_or(place);
    path.split_once("::").map_or(path, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_say_their_name_and_keys() {
        let mut names = Names::default();
        let text = |text: &str| text.to_owned();
        names.add_sites(vec![
            (1, text("region(name=db.query,rows,size:bytes,slow=50ms) shop::orders::list src/orders.rs:7")),
            (2, text("task() shop::main src/main.rs:1")),
            (3, text("region() main main.rs:1")),
            (4, text("watched")),
        ]);
        let told = |names: &Names, address| {
            let site = names.site(address).unwrap();
            let keys: Vec<&str> = site.keys.iter().map(|key| names.name(*key)).collect();
            (names.name(site.name).to_owned(), keys.join(","))
        };
        assert_eq!(told(&names, 1), (text("db.query"), text("rows,size")));
        assert_eq!(told(&names, 2), (text("main"), text("")));
        assert_eq!(told(&names, 3), (text("main"), text("")));
        assert_eq!(told(&names, 4), (text("watched"), text("")));
        assert!(names.site(5).is_none());
    }

    #[test]
    fn names_that_are_too_many_are_one() {
        let mut names = Names::default();
        let numbers: Vec<u32> = (0..MOST + 10).map(|number| names.number(&number.to_string())).collect();
        assert_eq!(names.name(numbers[7]), "7");
        assert_eq!(names.name(*numbers.last().unwrap()), OTHER);
        assert_eq!(numbers[MOST], numbers[MOST + 1]);
    }
}
