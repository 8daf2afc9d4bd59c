//! A tornado in text: bars of block characters, no color.

use super::layout::shortened;

/// A bar: label, ends, and the text of both ends.
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) ends: String,
}

/// Fewest and most columns of a bar.
const COLUMNS: (usize, usize) = (16, 60);
/// Spaces between label, bar and text.
const GAP: usize = 2;

/// One line for each bar: `░` from the mean to where the input is low, `█` to where it is high, `│`
/// at the mean.
pub(super) fn tornado(bars: &[Bar], mean: f64, width: usize) -> String {
    let ends = || bars.iter().flat_map(|bar| [bar.low, bar.high]).chain([mean]);
    let (low, high) = ends().fold((mean, mean), |(low, high), x| (x.min(low), x.max(high)));
    let longest = |of: &dyn Fn(&Bar) -> usize| bars.iter().map(of).max().unwrap_or(0);
    let text = longest(&|bar| bar.ends.chars().count());
    let label = longest(&|bar| bar.label.chars().count())
        .min(width.saturating_sub(text + COLUMNS.0 + 2 * GAP).max(12));
    let columns = width.saturating_sub(label + text + 2 * GAP).clamp(COLUMNS.0, COLUMNS.1);
    let place = |x: f64| {
        let share = if high > low { (x - low) / (high - low) } else { 0.5 };
        (share * (columns - 1) as f64).round() as usize
    };
    let middle = place(mean);
    let mut out = String::new();
    for bar in bars {
        let mut line: Vec<char> = vec![' '; columns];
        for (end, mark) in [(bar.low, '░'), (bar.high, '█')] {
            let end = place(end);
            for cell in &mut line[middle.min(end)..=middle.max(end)] {
                // Where both ends lie on one side, the longer one shows beyond the shorter.
                *cell = if *cell == ' ' { mark } else { *cell };
            }
        }
        line[middle] = '│';
        let line: String = line.into_iter().collect();
        let name = shortened(&bar.label, label);
        let row = format!("{name:label$}  {line}  {:>text$}", bar.ends);
        out.push_str(row.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_go_from_the_mean_to_both_ends() {
        let bar = |label: &str, low, high| Bar {
            label: label.to_owned(),
            low,
            high,
            ends: format!("{low} – {high}"),
        };
        let bars = [bar("capex.growth", 0.0, 10.0), bar("supply", 7.0, 4.0), bar("none", 5.0, 5.0)];
        let text = tornado(&bars, 5.0, 44);
        let expected = "\
capex.growth  ░░░░░░░░░░░│██████████  0 – 10
supply                ███│░░░░         7 – 4
none                     │             5 – 5
";
        assert_eq!(text, expected);
        for width in [40, 60, 120] {
            assert!(tornado(&bars, 5.0, width).lines().all(|line| line.chars().count() <= width));
        }
    }
}
