//! The valid name that a misspelled one probably meant.

use strsim::damerau_levenshtein;

/// The most edits (insert, delete, replace, swap neighbors) between a word and a suggestion.
const MOST_EDITS: usize = 2;

/// Shorter last segments of dotted keys are too easily alike to be compared alone.
const SHORTEST_SEGMENT: usize = 3;

/// The candidate nearest to `word` in spelling, or none if all are too far.
///
/// Distance is the number of edits between the lower-case forms (Damerau 1964, DOI
/// 10.1145/363958.363994), at most two and at most a third of the length of the word. A candidate
/// that differs only in case is always near enough. For dotted keys the last segments are compared
/// too, after whole keys: within one table, or where it is the only one of all tables. Ties go to the
/// candidate nearer in case, then first in the alphabet.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let ranked =
        candidates.into_iter().filter_map(|candidate| Some((rank(word, candidate)?, candidate)));
    let mut ranked: Vec<_> = ranked.collect();
    ranked.sort_unstable();
    let &((by_end, edits, _), best) = ranked.first()?;
    if !by_end {
        return Some(best);
    }
    // A guess at one of several tables is worse than none.
    let table = |key: &'a str| key.split('.').next();
    let alike = ranked.iter().filter(|((_, other, _), _)| *other == edits).map(|(_, key)| *key);
    let mut same = alike.clone().filter(|key| key.split('.').next() == word.split('.').next());
    let several = alike.map(table).any(|other| other != table(best));
    if several { same.next() } else { Some(best) }
}

/// What candidates are ordered by, smaller is nearer; none if too far.
fn rank(word: &str, candidate: &str) -> Option<(bool, usize, usize)> {
    if let Some((edits, exact)) = edits(word, candidate) {
        return Some((false, edits, exact));
    }
    if !word.contains('.') && !candidate.contains('.') {
        return None;
    }
    let (word_end, candidate_end) = (last_segment(word), last_segment(candidate));
    if word_end.chars().count() < SHORTEST_SEGMENT {
        return None;
    }
    edits(word_end, candidate_end)
        .map(|(edits, _)| (true, edits, damerau_levenshtein(word, candidate)))
}

fn last_segment(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}

/// Edits without and with regard to case, if there are few enough.
fn edits(word: &str, candidate: &str) -> Option<(usize, usize)> {
    let most = MOST_EDITS.min(word.chars().count() / 3);
    // Most pairs are told apart at a glance; a file of strange keys has very many.
    if !may_be_near(word, candidate, most) {
        return None;
    }
    let edits = damerau_levenshtein(&word.to_lowercase(), &candidate.to_lowercase());
    (edits <= most).then(|| (edits, damerau_levenshtein(word, candidate)))
}

/// Whether so many edits may lie between two words, whatever their case, told at a glance. An edit
/// brings at most one letter that was missing, and takes at most one that was too many.
pub fn may_be_near(word: &str, other: &str, most: usize) -> bool {
    if !word.is_ascii() || !other.is_ascii() {
        return true;
    }
    if word.len().abs_diff(other.len()) > most {
        return false;
    }
    // Both cases of a letter have one place among 32.
    let letters = |text: &str| text.bytes().fold(0_u32, |all, byte| all | 1 << (byte & 31));
    let (one, two) = (letters(word), letters(other));
    (one & !two).count_ones().max((two & !one).count_ones()) as usize <= most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glance_never_parts_words_that_are_near() {
        let words =
            ["source", "soruce", "Source", "grade", "known", "kown", "value", "at", "", "ö"];
        for word in words {
            for other in words {
                let edits = damerau_levenshtein(&word.to_lowercase(), &other.to_lowercase());
                assert!(may_be_near(word, other, edits), "{word} {other}");
            }
        }
        assert!(!may_be_near("metric", "source", 2));
    }

    #[test]
    fn the_nearest_name_is_found() {
        let keys = ["power", "growth", "source", "site.existing.power", "finance.server_life"];
        assert_eq!(nearest("powr", keys), Some("power"));
        assert_eq!(nearest("gorwth", keys), Some("growth"), "swapped neighbors are one edit");
        assert_eq!(nearest("POWER", keys), Some("power"));
        assert_eq!(nearest("site.existing.powre", keys), Some("site.existing.power"));
        assert_eq!(nearest("sauce", keys), None, "three edits");
        assert_eq!(nearest("", keys), None);
        assert_eq!(nearest("power", []), None);
    }

    #[test]
    fn short_words_need_to_be_close() {
        assert_eq!(nearest("to", ["by"]), None);
        assert_eq!(nearest("mfo", ["mfu"]), Some("mfu"));
        assert_eq!(nearest("mxy", ["mfu"]), None);
        assert_eq!(nearest("MW", ["mw"]), Some("mw"));
    }

    #[test]
    fn last_segments_are_compared_after_whole_keys() {
        assert_eq!(nearest("server_lif", ["finance.server_life"]), Some("finance.server_life"));
        assert_eq!(nearest("fleet.powr", ["site.power", "chip.price"]), Some("site.power"));
        assert_eq!(nearest("site.powr", ["power", "site.power"]), Some("site.power"));
        assert_eq!(nearest("x.ab", ["y.ab"]), Some("y.ab"), "whole keys: one edit in four");
        assert_eq!(nearest("long.ab", ["key.ab"]), None);
    }

    #[test]
    fn one_of_several_tables_is_no_guess() {
        let keys = ["site.meta.growth", "supply.growth", "use.growth_end", "chip.h100.price"];
        assert_eq!(nearest("use.inference.growth", keys), None);
        assert_eq!(nearest("supply.later.growth", keys), Some("supply.growth"));
        assert_eq!(nearest("chip.x.prise", keys), Some("chip.h100.price"));
    }

    #[test]
    fn ties_do_not_depend_on_the_order_of_candidates() {
        assert_eq!(nearest("cost", ["post", "host", "most"]), Some("host"));
        assert_eq!(nearest("cost", ["most", "post", "host"]), Some("host"));
        assert_eq!(nearest("gw", ["gW", "GW"]), Some("gW"), "fewer changes of case first");
    }
}
