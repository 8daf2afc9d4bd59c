//! Parts of a run that were made apart, and the whole that they make: counts add up, sums merge
//! exactly, kept draws follow each other.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Given, LeftRange, RunResult, Summaries, Summary, Targets};

/// Draws that are named for each cause of leaving the physical range.
pub const NAMED_DRAWS: usize = 5;

/// Which part of a run a result is. Its draws and counts are those of the part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which one, from 1.
    pub number: u64,
    /// Of how many.
    pub of: u64,
    /// Number of its first draw.
    pub first: u64,
    /// Draws of the whole run.
    pub draws: u64,
    /// What the folder of the whole run is called by default.
    pub name: String,
    /// Every cause for which a draw can leave its physical range, in order.
    pub causes: Vec<String>,
}

impl Shard {
    /// `3/16`, as on the command line.
    pub fn text(&self) -> String {
        format!("{}/{}", self.number, self.of)
    }

    /// It in `run.json` and in the output of a run.
    pub fn as_json(&self) -> Value {
        json!({ "number": self.number, "of": self.of, "first": self.first, "draws": self.draws })
    }

    /// The end of the arguments that made it.
    pub fn option(&self) -> String {
        format!(" --shard {}", self.text())
    }
}

/// Why parts do not make a whole: what is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl RunResult {
    /// Adds the part that comes next.
    pub fn append(&mut self, next: Self) -> Result<(), Misfit> {
        let (Some(shard), Some(other)) = (&self.shard, &next.shard) else {
            return Err(misfit("one of them is no part of a run".to_owned()));
        };
        if other.first != shard.first + self.about.draws {
            return Err(misfit(format!("shard {} does not follow the one before", other.text())));
        }
        let causes = shard.causes.clone();
        self.about.draws += next.about.draws;
        self.summaries.append(&next.summaries, &causes)?;
        for (own, more) in [
            (&mut self.kept.inputs, next.kept.inputs),
            (&mut self.kept.results, next.kept.results),
            (&mut self.kept.targets, next.kept.targets),
        ] {
            if !own.iter().map(|(name, _)| name).eq(more.iter().map(|(name, _)| name)) {
                return Err(misfit("they keep other columns of the first draws".to_owned()));
            }
            for ((_, own), (_, more)) in own.iter_mut().zip(more) {
                own.extend(more);
            }
        }
        match (&mut self.beside, next.beside) {
            (None, None) => Ok(()),
            (Some(own), Some(more)) if own.name == more.name => own.targets.append(&more.targets),
            _ => Err(misfit("they stand beside other runs".to_owned())),
        }
    }

    /// What all parts together are: no part any more. Fails if draws are missing at the end.
    pub fn whole(mut self) -> Result<Self, Misfit> {
        let Some(shard) = self.shard.take() else { return Ok(self) };
        if self.about.draws != shard.draws {
            return Err(misfit("draws are missing at the end".to_owned()));
        }
        let command = self.about.command.strip_suffix(&shard.option()).map(str::len);
        self.about.command.truncate(command.unwrap_or(usize::MAX));
        if let Some(limits) = &mut self.limits {
            limits.warnings = limits.find_warnings(&self.kept, |key| is_weak(&self.given, key));
        }
        Ok(self)
    }
}

impl Summaries {
    /// Adds what another part has of the same metrics and targets.
    fn append(&mut self, next: &Self, causes: &[String]) -> Result<(), Misfit> {
        if self.metrics.len() != next.metrics.len() {
            return Err(misfit("they have other metrics".to_owned()));
        }
        for (own, more) in self.metrics.iter_mut().zip(&next.metrics) {
            let years = own.years.iter().map(|(year, _)| year);
            let alike = (&own.name, &own.unit, own.from) == (&more.name, &more.unit, more.from)
                && own.quarters.len() == more.quarters.len()
                && years.eq(more.years.iter().map(|(year, _)| year));
            if !alike {
                return Err(misfit(format!("they have `{}` in other periods", own.name)));
            }
            let own_years = own.years.iter_mut().map(|(_, summary)| summary);
            let more_years = more.years.iter().map(|(_, summary)| summary);
            let own_all = own.quarters.iter_mut().chain(own_years);
            for (own_one, more_one) in own_all.zip(more.quarters.iter().chain(more_years)) {
                own_one.append(more_one, &own.name)?;
            }
        }
        self.targets.append(&next.targets)?;
        self.left_range = joined(&self.left_range, &next.left_range, causes);
        Ok(())
    }
}

impl Summary {
    fn append(&mut self, next: &Self, metric: &str) -> Result<(), Misfit> {
        let bits = [self, next].map(|one| one.sketch.mantissa_bits());
        if bits[0] != bits[1] {
            return Err(misfit(format!(
                "the resolution of `{metric}` is 2^-{} in one and 2^-{} in the other",
                bits[0], bits[1]
            )));
        }
        if self.sketch.offset().to_bits() != next.sketch.offset().to_bits() {
            return Err(misfit(format!("the bins of `{metric}` lie about another point")));
        }
        if self.moments.pivot.to_bits() != next.moments.pivot.to_bits() {
            return Err(misfit(format!("`{metric}` is summed about another point")));
        }
        self.merge(next);
        Ok(())
    }
}

impl Targets {
    /// Adds the counts of the same targets.
    pub fn append(&mut self, next: &Self) -> Result<(), Misfit> {
        let other = || misfit("they ask other questions".to_owned());
        if self.limits != next.limits || self.list.len() != next.list.len() {
            return Err(other());
        }
        for (own, more) in self.list.iter_mut().zip(&next.list) {
            if own.name != more.name || own.dates.len() != more.dates.len() {
                return Err(other());
            }
            own.first.merge(&more.first);
            for (own, more) in own.dates.iter_mut().zip(&more.dates) {
                if own.label != more.label || own.failed_by.len() != more.failed_by.len() {
                    return Err(other());
                }
                own.met += more.met;
                own.condition += more.condition;
                own.both += more.both;
                for (own, more) in own.failed_by.iter_mut().zip(&more.failed_by) {
                    *own += more;
                }
            }
        }
        Ok(())
    }
}

/// Draws that left their range in either of two parts, in order of the causes.
fn joined(own: &[LeftRange], more: &[LeftRange], causes: &[String]) -> Vec<LeftRange> {
    let mut all: Vec<LeftRange> = Vec::new();
    for cause in causes {
        let both = own.iter().chain(more).filter(|left| left.cause == *cause);
        let mut found = LeftRange { cause: cause.clone(), draws: 0, first: Vec::new() };
        for left in both {
            found.draws += left.draws;
            found.first.extend(&left.first);
        }
        found.first.sort_unstable();
        found.first.truncate(NAMED_DRAWS);
        if found.draws > 0 {
            all.push(found);
        }
    }
    all
}

/// Whether an assumption has the lowest grade. A chip without a slip of its own has that of all chips.
fn is_weak(given: &[Given], key: &str) -> bool {
    let find = |key: &str| given.iter().find(|one| one.key == key);
    let shared = || {
        let slip = key.strip_prefix("chip.")?.strip_suffix(".slip")?;
        (!slip.contains('.')).then(|| find("chip.slip"))?
    };
    find(key).or_else(shared).is_some_and(|one| one.grade == 'D')
}

fn misfit(message: String) -> Misfit {
    Misfit { message, help: "make all parts with the same version of the program".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::sample;

    fn part(number: u64, first: u64) -> RunResult {
        let mut result = sample::tiny();
        result.about.command = format!("run x.toml --shard {number}/2");
        let draws = 2 * result.about.draws;
        let causes = vec!["a".to_owned(), "b".to_owned()];
        result.shard = Some(Shard { number, of: 2, first, draws, name: "x".to_owned(), causes });
        result
    }

    #[test]
    fn two_parts_make_a_whole() {
        let draws = sample::tiny().about.draws;
        let (mut one, mut two) = (part(1, 0), part(2, draws));
        let left = |cause: &str, draws: &[u64]| LeftRange {
            cause: cause.to_owned(),
            draws: draws.len() as u64,
            first: draws.iter().map(|&draw| (draw, 0)).collect(),
        };
        one.summaries.left_range = vec![left("b", &[1, 4])];
        two.summaries.left_range = vec![left("a", &[9]), left("b", &[5, 6, 7, 8])];
        one.append(two).unwrap();
        let left_all = vec![left("a", &[9]), LeftRange { draws: 6, ..left("b", &[1, 4, 5, 6, 7]) }];
        assert_eq!(one.summaries.left_range, left_all);
        let whole = one.whole().unwrap();
        assert_eq!((whole.about.draws, whole.about.command.as_str()), (2 * draws, "run x.toml"));
        assert_eq!(whole.shard, None);
        let single = sample::tiny();
        for (all, once) in whole.summaries.metrics.iter().zip(&single.summaries.metrics) {
            assert_eq!(all.quarters[0].moments.count, 2 * once.quarters[0].moments.count);
            assert_eq!(all.quarters[0].moments.mean(), once.quarters[0].moments.mean());
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let draws = sample::tiny().about.draws;
        let refused = |change: fn(&mut RunResult)| {
            let mut next = part(2, draws);
            change(&mut next);
            part(1, 0).append(next).unwrap_err().message
        };
        assert!(refused(|r| r.shard = None).contains("no part"));
        assert!(refused(|r| r.shard.as_mut().unwrap().first += 1).contains("does not follow"));
        let bits = refused(|r| {
            let one = &mut r.summaries.metrics[0].quarters[0];
            let bits = if one.sketch.mantissa_bits() == 14 { 13 } else { 14 };
            one.sketch = crate::stats::Sketch::new(bits);
        });
        assert!(bits.contains("resolution"), "{bits}");
        let pivot = refused(|r| r.summaries.metrics[0].quarters[0].moments.pivot += 1.0);
        assert!(pivot.contains("another point"), "{pivot}");
        assert!(refused(|r| drop(r.summaries.metrics.pop())).contains("other metrics"));
        assert!(refused(|r| r.summaries.metrics[0].from += 1).contains("periods"));
        assert!(part(1, 0).whole().unwrap_err().message.contains("missing"));
    }
}
