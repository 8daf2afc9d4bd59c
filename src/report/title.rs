//! The heading of a comparison's report.

use super::answer::listed;
use super::comparison::moving;
use super::run::count;
use crate::results::Comparison;

/// What stands between the titles of a scenario and its overlays.
const PLUS: &str = " + ";

/// Name and title of a run.
#[derive(Clone, Copy)]
struct Called<'a> {
    name: &'a str,
    title: &'a str,
}

/// Heading of the page.
pub fn title_of_comparison(comparison: &Comparison) -> String {
    let [a, b] = [&comparison.first, &comparison.second]
        .map(|side| Called { name: &side.name, title: &side.title });
    heading(a, b, moving(comparison).len())
}

/// The heading for two runs of which so many inputs differ.
fn heading(a: Called, b: Called, changed: usize) -> String {
    let added = b.title.strip_prefix(a.title).and_then(|rest| rest.strip_prefix(PLUS));
    if let Some(added) = added {
        let names = b.name.strip_prefix(a.name).unwrap_or_default();
        // A digest stands for values of `--set`.
        let set = if names.contains('~') { " and single values set" } else { "" };
        return format!("{}, with {}{set}", a.title, quoted(added, names));
    }
    if a.title != b.title {
        return beside(a, b);
    }
    match changed {
        0 => format!("{}, beside itself", a.title),
        1 => format!("{}, with one input changed", a.title),
        n => format!("{}, with {} inputs changed", a.title, count(n as u64)),
    }
}

/// Scenarios beside each other; overlays that both have are said once.
fn beside(a: Called, b: Called) -> String {
    let overlays = |name: &str| name.find('+').map(|at| name[at..].to_owned());
    if let Some(names) = overlays(a.name).filter(|names| overlays(b.name).as_ref() == Some(names)) {
        let ends = a.title.match_indices(PLUS).map(|(at, _)| a.title.split_at(at));
        for (own, end) in ends {
            let Some(other) = b.title.strip_suffix(end) else { continue };
            // As many as the names tell, so that a plus within a title parts nothing.
            if end.matches(PLUS).count() == names.matches('+').count() {
                let both = quoted(&end[PLUS.len()..], &names);
                return format!("{other}, beside {own}, both with {both}");
            }
        }
    }
    format!("{}, beside {}", b.title, a.title)
}

/// Titles of overlays in quotes, from their names `+one+other`. A title may hold a plus itself: they are
/// parted only where as many come of it as there are names.
fn quoted(titles: &str, names: &str) -> String {
    let parts: Vec<&str> = titles.split(PLUS).collect();
    let known = names.starts_with('+') && names.matches('+').count() == parts.len();
    let parts = if known { parts } else { vec![titles] };
    let quoted: Vec<String> =
        parts.into_iter().map(|title| format!("\u{201c}{title}\u{201d}")).collect();
    listed(&quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(a: (&str, &str), b: (&str, &str), changed: usize) -> String {
        let [a, b] = [a, b].map(|(name, title)| Called { name, title });
        heading(a, b, changed)
    }

    #[test]
    fn overlays_are_named_by_their_titles_whatever_these_hold() {
        let meta = ("meta", "Meta + friends");
        let with = |name: &str, title: &str| of(meta, (name, title), 1);
        assert_eq!(with("meta+slow", "Meta + friends + Slow"), "Meta + friends, with “Slow”");
        assert_eq!(
            with("meta+slow+core", "Meta + friends + Slow + Core"),
            "Meta + friends, with “Slow” and “Core”"
        );
        assert_eq!(
            with("meta+slow", "Meta + friends + Slow + steady"),
            "Meta + friends, with “Slow + steady”",
            "one name, one title"
        );
        // Which title the plus belongs to cannot be told: nothing is parted.
        assert_eq!(
            with("meta+slow+core", "Meta + friends + Slow + steady + Core"),
            "Meta + friends, with “Slow + steady + Core”"
        );
    }

    #[test]
    fn values_set_beside_an_overlay_are_said() {
        let set = of(("meta", "Meta"), ("meta+slow~4be671", "Meta + Slow"), 3);
        assert_eq!(set, "Meta, with “Slow” and single values set");
    }

    #[test]
    fn an_overlay_of_both_is_said_once() {
        assert_eq!(
            of(("a+core", "A + Core alone"), ("b+core", "B + Core alone"), 9),
            "B, beside A, both with “Core alone”"
        );
        assert_eq!(
            of(("a+core+slow", "A + Core + Slow"), ("b+core+slow", "B + Core + Slow"), 9),
            "B, beside A, both with “Core” and “Slow”"
        );
        assert_eq!(
            of(("a+core", "A + B + Core"), ("b+core", "C + Core"), 9),
            "C, beside A + B, both with “Core”"
        );
        assert_eq!(
            of(("a+slow", "A + Slow"), ("b+core", "B + Core"), 9),
            "B + Core, beside A + Slow"
        );
        assert_eq!(of(("a", "A"), ("b", "B"), 9), "B, beside A");
    }

    #[test]
    fn one_scenario_is_told_by_what_changed() {
        let of = |changed| of(("a", "A"), ("a~1f", "A"), changed);
        assert_eq!(of(0), "A, beside itself");
        assert_eq!(of(1), "A, with one input changed");
        assert_eq!(of(1200), "A, with 1,200 inputs changed");
    }
}
