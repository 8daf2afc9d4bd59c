//! Dates, quarters and the time grid of a scenario.
//!
//! A position in time is a number of quarters since the start of the grid, with the fraction taken
//! by days within the quarter; so 2024-02-15 lies at 45/91 in a grid that starts in 2024Q1.

use std::fmt;

/// A day of the proleptic Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: i32,
    month: u8,
    day: u8,
}

impl Date {
    /// The date, if the calendar has it and its year lies in 1 to 9999.
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        let legal = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day);
        legal.then_some(Self { year, month, day })
    }

    /// A date written as `2024-07-31`.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let shape = bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-';
        let digits =
            bytes.iter().enumerate().all(|(at, b)| at == 4 || at == 7 || b.is_ascii_digit());
        if !(shape && digits) {
            return None;
        }
        Self::new(text[..4].parse().ok()?, text[5..7].parse().ok()?, text[8..].parse().ok()?)
    }

    /// Year.
    pub fn year(self) -> i32 {
        self.year
    }

    /// Month, 1 to 12.
    pub fn month(self) -> u8 {
        self.month
    }

    /// Day of the month, from 1.
    pub fn day(self) -> u8 {
        self.day
    }

    /// Days since 1970-01-01; negative before.
    ///
    /// Counts years from March, so that the leap day is the last of its year (Hinnant,
    /// "chrono-compatible low-level date algorithms", `days_from_civil`).
    pub fn days(self) -> i64 {
        let month = i64::from(self.month);
        let year = i64::from(self.year) - i64::from(month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }

    /// The date that is this many days after 1970-01-01, if its year lies in 1 to 9999.
    pub fn from_days(days: i64) -> Option<Self> {
        let shifted = days.checked_add(719_468)?;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self::new(i32::try_from(year).ok()?, month as u8, day as u8)
    }

    /// The quarter that holds it.
    pub fn quarter(self) -> Quarter {
        Quarter { year: self.year, q: (self.month - 1) / 3 + 1 }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// A calendar quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter {
    year: i32,
    q: u8,
}

impl Quarter {
    /// Quarter `q` (1 to 4) of a year from 1 to 9999.
    pub fn new(year: i32, q: u8) -> Option<Self> {
        ((1..=9999).contains(&year) && (1..=4).contains(&q)).then_some(Self { year, q })
    }

    /// A quarter written as `2024Q1`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, q) = text.split_once('Q')?;
        let digits = |part: &str, n| part.len() == n && part.bytes().all(|b| b.is_ascii_digit());
        if !(digits(year, 4) && digits(q, 1)) {
            return None;
        }
        Self::new(year.parse().ok()?, q.parse().ok()?)
    }

    /// Year.
    pub fn year(self) -> i32 {
        self.year
    }

    /// Number within the year, 1 to 4.
    pub fn q(self) -> u8 {
        self.q
    }

    /// Quarters since the first one of year 0: differences of two indices are numbers of quarters.
    pub fn index(self) -> i32 {
        self.year * 4 + i32::from(self.q) - 1
    }

    /// The quarter `n` after this one, or before it if `n` is negative; its year is not checked.
    #[must_use]
    pub fn plus(self, n: i32) -> Self {
        let index = self.index() + n;
        Self { year: index.div_euclid(4), q: index.rem_euclid(4) as u8 + 1 }
    }

    /// Its first day.
    pub fn start(self) -> Date {
        Date { year: self.year, month: self.q * 3 - 2, day: 1 }
    }

    /// Its last day.
    pub fn end(self) -> Date {
        let month = self.q * 3;
        Date { year: self.year, month, day: days_in_month(self.year, month) }
    }

    /// Its number of days.
    pub fn length(self) -> i64 {
        self.end().days() - self.start().days() + 1
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}Q{}", self.year, self.q)
    }
}

/// How long before the next morning a day and a quarter end, in quarters (two seconds): so that what
/// holds at the end of a quarter holds on its last day, and on no later one.
const MOMENT: f64 = 1.0 / (1 << 22) as f64;

/// Position of the end of a step of any grid, a moment before the next quarter's first morning.
pub fn end_of_step(step: usize) -> f64 {
    (step + 1) as f64 - MOMENT
}

/// The periods of a run: `steps` quarters from `from` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeGrid {
    from: Quarter,
    steps: usize,
}

impl TimeGrid {
    /// The quarters from the first to the last, both included; none if the last is before the first.
    pub fn new(from: Quarter, to: Quarter) -> Option<Self> {
        let steps = usize::try_from(to.index() - from.index() + 1).ok()?;
        (steps > 0).then_some(Self { from, steps })
    }

    /// First quarter.
    pub fn from(self) -> Quarter {
        self.from
    }

    /// Last quarter.
    pub fn to(self) -> Quarter {
        self.quarter(self.steps - 1)
    }

    /// Number of quarters.
    pub fn steps(self) -> usize {
        self.steps
    }

    /// The quarter of a step, counted from 0; also beyond the end.
    pub fn quarter(self, step: usize) -> Quarter {
        self.from.plus(step as i32)
    }

    /// The step of a quarter; none outside of the grid.
    pub fn step(self, quarter: Quarter) -> Option<usize> {
        let offset = usize::try_from(self.offset(quarter)).ok()?;
        (offset < self.steps).then_some(offset)
    }

    /// Quarters from the start of the grid to this one; negative before the grid.
    pub fn offset(self, quarter: Quarter) -> i32 {
        quarter.index() - self.from.index()
    }

    /// Position of the morning of a day, in quarters since the start of the grid.
    pub fn position(self, date: Date) -> f64 {
        let quarter = date.quarter();
        let days = date.days() - quarter.start().days();
        f64::from(self.offset(quarter)) + days as f64 / quarter.length() as f64
    }

    /// Position of the end of a day, after that of a step that ends with it.
    pub fn end_of_day(self, date: Date) -> f64 {
        let next = Date::from_days(date.days() + 1).unwrap_or(date);
        self.position(next) - 0.5 * MOMENT
    }

    /// The day that holds a position; the inverse of [`TimeGrid::position`] for whole days. None
    /// if it is not finite or its year is not from 1 to 9999.
    pub fn date(self, position: f64) -> Option<Date> {
        if position.is_nan() || position.abs() > 40_000.0 {
            return None;
        }
        let whole = position.floor();
        let quarter = self.from.plus(whole as i32);
        // A day's position is rounded: half a second more keeps it from falling on the day before.
        let days = ((position - whole) * quarter.length() as f64 + 5e-6).floor() as i64;
        Date::from_days(quarter.start().days() + days.min(quarter.length() - 1))
    }

    /// The quarters in order.
    pub fn quarters(self) -> impl ExactSizeIterator<Item = Quarter> {
        (0..self.steps).map(move |step| self.quarter(step))
    }

    /// Labels of the quarters, such as `2024Q1`.
    pub fn labels(self) -> Vec<String> {
        self.quarters().map(|quarter| quarter.to_string()).collect()
    }

    /// The years that have at least one quarter in the grid.
    pub fn years(self) -> impl Iterator<Item = i32> {
        self.from.year()..=self.to().year()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    fn quarter(text: &str) -> Quarter {
        Quarter::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn dates_are_read_and_written() {
        assert_eq!(date("2024-02-29").to_string(), "2024-02-29");
        for wrong in [
            "2023-02-29",
            "2024-13-01",
            "2024-00-01",
            "2024-4-01",
            "24-04-01",
            "2024/04/01",
            "2024-04-31",
            "",
            "2024-04-01T00",
            "0000-01-01",
            "+024-01-01",
            "2024-01-0é",
        ] {
            assert_eq!(Date::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn known_day_numbers() {
        // From the Unix epoch: 2000-03-01 is day 11,017, 2024-07-31 is day 19,935.
        for (text, days) in [
            ("1970-01-01", 0),
            ("2000-03-01", 11_017),
            ("2024-07-31", 19_935),
            ("1969-12-31", -1),
            ("0001-01-01", -719_162),
        ] {
            assert_eq!(date(text).days(), days, "{text}");
            assert_eq!(Date::from_days(days), Some(date(text)));
        }
    }

    #[test]
    fn every_day_of_eight_centuries_follows_the_one_before() {
        let first = date("1600-01-01").days();
        let mut before = None;
        for days in first..=date("2400-12-31").days() {
            let day = Date::from_days(days).unwrap();
            assert_eq!(day.days(), days);
            assert!(before < Some(day));
            before = Some(day);
        }
        assert_eq!(Date::from_days(i64::MAX), None);
        assert_eq!(Date::from_days(date("9999-12-31").days() + 1), None);
    }

    #[test]
    fn quarters_count_on() {
        assert_eq!(quarter("2023Q4").plus(1), quarter("2024Q1"));
        assert_eq!(quarter("2024Q1").plus(-5), quarter("2022Q4"));
        assert_eq!(date("2024-11-15").quarter(), quarter("2024Q4"));
        assert_eq!(quarter("2024Q1").end(), date("2024-03-31"));
        assert_eq!(quarter("2024Q1").length(), 91);
        assert_eq!(quarter("2023Q1").length(), 90);
        for wrong in ["2024q1", "2024Q5", "2024Q0", "24Q1", "2024", "2024Q11", "Q1"] {
            assert_eq!(Quarter::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "the positions are exact")]
    fn positions_are_quarters_from_the_start() {
        let grid = TimeGrid::new(quarter("2024Q1"), quarter("2030Q4")).unwrap();
        assert_eq!(grid.steps(), 28);
        assert_eq!(grid.to(), quarter("2030Q4"));
        assert_eq!(grid.position(date("2024-01-01")), 0.0);
        assert_eq!(grid.position(date("2024-02-15")), 45.0 / 91.0);
        assert_eq!(grid.position(date("2025-01-01")), 4.0);
        assert!(grid.position(date("2023-12-31")) < 0.0);
        assert_eq!(grid.step(quarter("2024Q3")), Some(2));
        assert_eq!(grid.step(quarter("2023Q4")), None);
        assert_eq!(grid.step(quarter("2031Q1")), None);
        assert_eq!(grid.labels()[5], "2025Q2");
        assert_eq!(grid.years().collect::<Vec<_>>(), (2024..=2030).collect::<Vec<_>>());
    }

    #[test]
    fn a_position_leads_back_to_its_day() {
        let grid = TimeGrid::new(quarter("2024Q1"), quarter("2024Q4")).unwrap();
        for days in date("2022-12-01").days()..date("2027-02-01").days() {
            let day = Date::from_days(days).unwrap();
            assert_eq!(grid.date(grid.position(day)), Some(day));
        }
        assert_eq!(grid.date(f64::NAN), None);
        assert_eq!(grid.date(f64::INFINITY), None);
    }

    #[test]
    fn a_day_ends_before_the_next_morning_and_after_its_quarter() {
        let grid = TimeGrid::new(quarter("2024Q1"), quarter("2026Q4")).unwrap();
        let (last, end) = (date("2024-12-31"), end_of_step(3));
        assert!(end <= grid.end_of_day(last) && grid.end_of_day(last) < 4.0);
        assert_eq!(grid.date(end), Some(last));
        let before = date("2024-12-30");
        assert!(grid.end_of_day(before) < end);
        // What happens at noon of a day happens by it.
        assert!(grid.position(before) + 0.5 / 92.0 <= grid.end_of_day(before));
    }

    #[test]
    fn a_grid_needs_a_quarter() {
        assert_eq!(TimeGrid::new(quarter("2024Q2"), quarter("2024Q1")), None);
        let one = TimeGrid::new(quarter("2024Q2"), quarter("2024Q2"));
        assert_eq!(one.map(TimeGrid::steps), Some(1));
    }
}
