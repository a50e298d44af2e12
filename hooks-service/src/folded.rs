//! The text that flame graph tools read: `main;handler;hash 42`.

/// A name as it may stand there: `;` becomes `:` and a line break a space, because the format has no escapes.
pub(crate) fn escape(name: &str) -> String {
    let escaped = |character: char| match character {
        ';' => ':',
        character if character.is_control() => ' ',
        character => character,
    };
    name.chars().map(escaped).collect()
}
