//! The word that a misspelt one was meant to be.
//!
//! Own code, since a dependency here is one more crate in the build of everybody who uses an attribute.

/// The candidate that `word` is a few letters from; with fewer of its letters right it would be a guess.
pub(crate) fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let (mut within, mut nearest) = (word.chars().count() / 3 + 1, None);
    for candidate in candidates {
        let distance = distance(word, candidate);
        if distance < within {
            (within, nearest) = (distance, Some(*candidate));
        }
    }
    nearest
}

/// ``" (did you mean `future`?)"``, or nothing.
pub(crate) fn did_you_mean(word: &str, candidates: &[&str]) -> String {
    nearest(word, candidates).map(|meant| format!(" (did you mean `{meant}`?)")).unwrap_or_default()
}

/// Letters to put in, take out or replace, after Levenshtein.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, other) in to.chars().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.chars().count()]
}

#[cfg(test)]
#[path = "../tests/nearest.rs"]
mod tests;
