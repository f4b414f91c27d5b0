//! What a misspelt name was meant to be, for messages.

/// The known name that is most like this one: the same but for case and marks, or at most two letters away.
pub(super) fn closest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let letters = |text: &str| -> Vec<char> {
        text.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase()).take(64).collect()
    };
    let goal = letters(name);
    let of = |known: &'k str| (distance(&goal, &letters(known)), known);
    let (away, best) = known.into_iter().map(of).min_by_key(|(away, _)| *away)?;
    // Short names are near to anything.
    (away == 0 || (away <= 2 && goal.len() > 4)).then_some(best)
}

/// How many letters have to be put in, left out or changed.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (n, x) in a.iter().enumerate() {
        let mut left = n.saturating_add(1);
        let mut before = std::mem::replace(row.first_mut().unwrap_or(&mut 0), left);
        for (y, cell) in b.iter().zip(row.iter_mut().skip(1)) {
            let changed = before.saturating_add(usize::from(x != y));
            before = *cell;
            left = changed.min(left.saturating_add(1)).min(before.saturating_add(1));
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}
