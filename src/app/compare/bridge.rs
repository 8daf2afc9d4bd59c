//! The bridge: how much of a change each changed input, or group of inputs, accounts for.
//!
//! For every set of groups that is needed, the scenario with the second run's values for these groups
//! and the first's for all else is run on the same random numbers. A bar is the mean over all orders
//! of the groups of what a group adds when it changes. Groups that cannot change alone, because no
//! scenario lies between, are joined until every set can be run.

use std::collections::{BTreeMap, BTreeSet};

use super::asked::Figure;
use crate::app::exit::Failure;
use crate::app::progress::{Bar as ProgressBar, Interrupt};
use crate::app::simulation::{Prepared, stopped_by};
use crate::engine::{Asked, find, values};
use crate::plan::{self, Plan};
use crate::results::{Bar, Bridge};
use crate::scenario::{Mixer, Stated};
use crate::stats::{mean, percentile, permutations, sd, shapley};
use crate::tables::counted;

/// Most groups whose orders are all counted.
const EXACT: usize = 8;
/// Pairs of orders that are sampled beyond that: an order and its reverse.
const PAIRS: usize = 8;
/// Draws of all runs together, unless the user says how many each has.
const BUDGET: u64 = 1_600_000;
/// Fewest draws of a run, and the step in which they are counted.
const LEAF: u64 = 1024;
/// Parts of the draws from which errors are estimated.
const BATCHES: usize = 64;

/// The key that sets the slips of all stages.
const SLIPS: &str = "site.slip";

/// What of a figure is bridged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// The mean; of a target, its chance.
    Mean,
    /// A percentile, as a share.
    Percentile(f64),
}

impl Statistic {
    fn name(self, figure: &Figure) -> String {
        match self {
            _ if matches!(figure.asked, Asked::Target { .. }) => "probability".to_owned(),
            Self::Mean => "mean".to_owned(),
            Self::Percentile(level) => format!("p{}", (100.0 * level).round()),
        }
    }

    /// The statistic of the values that count.
    fn of(self, figure: &Figure, values: &[f64]) -> f64 {
        let mut finite: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
        match self {
            Self::Percentile(level) if !matches!(figure.asked, Asked::Target { .. }) => {
                finite.sort_unstable_by(f64::total_cmp);
                percentile(&finite, level).unwrap_or(f64::NAN)
            }
            _ => mean(&finite).unwrap_or(f64::NAN),
        }
    }
}

/// How changes are put together.
#[derive(Clone, Debug, Default)]
pub(super) struct Grouping {
    /// Groups of the user's: name and patterns of keys.
    pub(super) named: Vec<(String, Vec<String>)>,
    /// Whether all else is one bar for each change, however many these are.
    pub(super) each: bool,
}

/// What to bridge and how.
pub(super) struct Task<'a> {
    pub(super) mixer: &'a Mixer<'a>,
    pub(super) sides: [&'a Prepared; 2],
    pub(super) figures: &'a [Figure],
    pub(super) statistic: Statistic,
    pub(super) grouping: &'a Grouping,
    pub(super) draws: Option<u64>,
    pub(super) quiet: bool,
    pub(super) interrupt: &'a Interrupt,
}

/// Changes that move together.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    name: String,
    /// Groups of the mixer.
    parts: BTreeSet<String>,
}

/// Why the two cannot be bridged; none if they can.
pub(super) fn impossible(mixer: &Mixer<'_>, sides: [&Prepared; 2]) -> Option<String> {
    let [a, b] = sides.map(|side| side.scenario.run.grid.from());
    if a != b {
        return Some(format!(
            "No bridge: A starts in {a} and B in {b}. Fleet, sites, cash and demand at the start belong \
             to its day, so that no scenario lies between the two."
        ));
    }
    mixer.groups().is_empty().then(|| "No bridge: no input differs.".to_owned())
}

/// The bridges of all figures.
pub(super) fn bridges(task: &Task<'_>) -> Result<Vec<Bridge>, Failure> {
    let mut runs = Runs { task, known: BTreeMap::new() };
    let (mut groups, mut notes) = group(task)?;
    let figures = task.figures;
    loop {
        let orders = (groups.len() > EXACT).then(|| permutations(groups.len(), PAIRS));
        let sets = sets(groups.len(), orders.as_deref());
        match runs.plans(&groups, &sets)? {
            Ok(plans) => {
                let orders = orders.as_deref();
                return figures
                    .iter()
                    .map(|figure| one(task, figure, &groups, &plans, orders, &notes))
                    .collect();
            }
            Err((together, why)) => {
                notes.push(join(&mut groups, &together, &why));
            }
        }
    }
}

/// Sets of groups, as bits, that the orders go through; all of them if there are no orders.
fn sets(groups: usize, orders: Option<&[Vec<usize>]>) -> Vec<u64> {
    let Some(orders) = orders else { return (0..1 << groups).collect() };
    let mut found = BTreeSet::from([0]);
    for order in orders {
        let mut set = 0_u64;
        for &group in order {
            set |= 1 << group;
            found.insert(set);
        }
    }
    found.into_iter().collect()
}

/// Makes one group of several and says so.
fn join(groups: &mut Vec<Group>, together: &[usize], why: &str) -> String {
    let names: Vec<String> = together.iter().map(|&at| groups[at].name.clone()).collect();
    let parts = together.iter().flat_map(|&at| groups[at].parts.clone()).collect();
    let joined = Group { name: names.join(" + "), parts };
    let mut at = 0;
    groups.retain(|_| {
        at += 1;
        !together.contains(&(at - 1))
    });
    groups.push(joined);
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    format!("One bar for {}, since no scenario lies between{why}.", names.join(" and "))
}

/// The groups, and what a reader should know of them.
fn group(task: &Task<'_>) -> Result<(Vec<Group>, Vec<String>), Failure> {
    let all = task.mixer.groups();
    let (mut groups, mut left): (Vec<Group>, Vec<String>) = (Vec::new(), all.clone());
    for (name, patterns) in &task.grouping.named {
        let inside = |part: &String| {
            let keys = task.mixer.keys(part);
            patterns.iter().any(|p| matches(p, part) || keys.iter().any(|key| matches(p, key)))
        };
        let (taken, rest): (Vec<String>, Vec<String>) = left.into_iter().partition(inside);
        left = rest;
        if taken.is_empty() {
            return Err(Failure::Usage {
                message: format!(
                    "--group {name}: no change has a key like {}",
                    patterns.join(", ")
                ),
                help: format!("what differs: {}", all.join(", ")),
            });
        }
        groups.push(Group { name: name.clone(), parts: taken.into_iter().collect() });
    }
    let mut notes = Vec::new();
    if !task.grouping.each {
        let set = slips_set_at_once(task.mixer, &left);
        if set.len() > 1 {
            left.retain(|part| !set.contains(part));
            notes.push(format!(
                "{SLIPS} is one change of the slips of {} stages; --each tells them apart.",
                set.len()
            ));
            groups.push(Group { name: SLIPS.to_owned(), parts: set });
        }
    }
    if groups.len() + left.len() <= EXACT || task.grouping.each {
        groups.extend(
            left.into_iter()
                .map(|part| Group { name: part.clone(), parts: BTreeSet::from([part]) }),
        );
        return Ok((groups, notes));
    }
    let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let count = left.len();
    for part in left {
        let end = part.find(['.', ' ']).unwrap_or(part.len());
        tables.entry(part[..end].to_owned()).or_default().insert(part);
    }
    notes.push(format!(
        "{count} changes, one bar for each table of the scenario; --group NAME=PATTERN makes others, \
         --each one for every change."
    ));
    for (table, parts) in tables {
        let mut alone = parts.iter();
        let name = match (alone.next(), alone.next()) {
            (Some(only), None) => only.clone(),
            _ => table,
        };
        groups.push(Group { name, parts });
    }
    Ok((groups, notes))
}

/// The slips of stages that one line has set, or that were given one value: what `site.slip` does.
fn slips_set_at_once(mixer: &Mixer<'_>, parts: &[String]) -> BTreeSet<String> {
    let is_slip = |key: &str| {
        let stage = key.strip_prefix("site.stage.").and_then(|rest| rest.strip_suffix(".slip"));
        stage.is_some_and(|stage| !stage.contains('.'))
    };
    let changed: Vec<_> = mixer
        .changes
        .iter()
        .filter(|change| is_slip(&change.key) && parts.contains(&change.key))
        .filter_map(|change| Some((&change.key, change.second.as_ref()?)))
        .collect();
    let mut largest = BTreeSet::new();
    for (_, one) in &changed {
        let as_one = |other: &Stated| other.set_at == one.set_at || other.value == one.value;
        let alike = changed.iter().filter(|(_, other)| as_one(other));
        let alike: BTreeSet<String> = alike.map(|(key, _)| (*key).clone()).collect();
        if alike.len() > largest.len() {
            largest = alike;
        }
    }
    largest
}

/// Whether a key is like a pattern: `*` stands for anything; without it, the key or a table above it.
fn matches(pattern: &str, key: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        let below = key.strip_prefix(pattern);
        return below.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', ' ']));
    };
    let Some(left) = key.strip_prefix(first) else { return false };
    if !rest.contains('*') {
        return left.ends_with(rest);
    }
    let mut starts = left.char_indices().map(|(at, _)| at).chain([left.len()]);
    starts.any(|at| matches(rest, &left[at..]))
}

/// Plans between the two, made once.
struct Runs<'a> {
    task: &'a Task<'a>,
    /// Plans by the parts that have changed; why there is none.
    known: BTreeMap<BTreeSet<String>, Result<std::rc::Rc<Plan>, String>>,
}

/// A plan between the two: one of the ends, or one of its own.
#[derive(Clone)]
enum Between<'a> {
    End(&'a Plan),
    Own(std::rc::Rc<Plan>),
}

impl Between<'_> {
    fn plan(&self) -> &Plan {
        match self {
            Self::End(plan) => plan,
            Self::Own(plan) => plan,
        }
    }
}

type Plans<'a> = BTreeMap<u64, Between<'a>>;

impl<'a> Runs<'a> {
    /// The plans of these sets; or groups that have to move together, and why.
    fn plans(
        &mut self,
        groups: &[Group],
        sets: &[u64],
    ) -> Result<Result<Plans<'a>, (Vec<usize>, String)>, Failure> {
        let whole = (1_u64 << groups.len()) - 1;
        // The smallest and largest sets tell best what needs what.
        let mut ordered = sets.to_vec();
        ordered.sort_by_key(|set| {
            let size = set.count_ones();
            (size.min(groups.len() as u32 - size), *set)
        });
        let mut plans = Plans::new();
        for set in ordered {
            self.task.interrupt.check()?;
            if set == 0 || set == whole {
                let side = self.task.sides[usize::from(set != 0)];
                // The runs in between are drawn independently, so these are too.
                let alone = match &side.plan.design {
                    Some(_) => plan::compile(&side.scenario).ok(),
                    None => None,
                };
                let end = match alone {
                    Some(plan) => Between::Own(std::rc::Rc::new(plan)),
                    None => Between::End(&side.plan),
                };
                plans.insert(set, end);
                continue;
            }
            match self.plan(groups, set) {
                Ok(plan) => {
                    plans.insert(set, Between::Own(plan));
                }
                Err(why) => return Ok(Err((self.together(groups, set), why))),
            }
        }
        Ok(Ok(plans))
    }

    fn plan(&mut self, groups: &[Group], set: u64) -> Result<std::rc::Rc<Plan>, String> {
        let taken = groups.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1);
        let taken: BTreeSet<String> =
            taken.flat_map(|(_, group)| group.parts.iter().cloned()).collect();
        if let Some(known) = self.known.get(&taken) {
            return known.clone();
        }
        let made = self.make(&taken).map(std::rc::Rc::new);
        self.known.insert(taken, made.clone());
        made
    }

    fn make(&self, taken: &BTreeSet<String>) -> Result<Plan, String> {
        let targets = self.task.figures.iter().filter_map(|figure| match &figure.asked {
            Asked::Target { name, .. } => Some(name.as_str()),
            _ => None,
        });
        let targets: Vec<&str> = targets.collect();
        let scenario = self.task.mixer.mix(taken, &targets)?;
        let plan = plan::compile(&scenario).map_err(|problems| {
            problems.iter().next().map_or_else(String::new, |problem| problem.message.clone())
        })?;
        let missing = self.task.figures.iter().find(|figure| find(&plan, &figure.asked).is_none());
        match missing {
            Some(figure) => Err(format!("it has no {}", figure.name)),
            None => Ok(plan),
        }
    }

    /// Groups that a set without a scenario shows to belong together: two at least.
    fn together(&mut self, groups: &[Group], set: u64) -> Vec<usize> {
        let whole = (1_u64 << groups.len()) - 1;
        let mut good = |set: u64| set == 0 || set == whole || self.plan(groups, set).is_ok();
        let inside: Vec<usize> = (0..groups.len()).filter(|at| set >> at & 1 == 1).collect();
        let outside: Vec<usize> = (0..groups.len()).filter(|at| set >> at & 1 == 0).collect();
        // Without which of its groups the set could be run, and with which other one.
        let guilty: Vec<usize> =
            inside.iter().copied().filter(|at| good(set & !(1 << at))).collect();
        let needed = outside.iter().copied().find(|at| good(set | 1 << at));
        match (guilty.as_slice(), needed) {
            ([first, ..], Some(needed)) => vec![*first, needed],
            ([first, second, ..], None) => vec![*first, *second],
            ([first], None) => std::iter::once(*first).chain(outside).collect(),
            ([], Some(needed)) => inside.into_iter().chain([needed]).collect(),
            ([], None) => (0..groups.len()).collect(),
        }
    }
}

/// The bridge of one figure.
fn one(
    task: &Task<'_>,
    figure: &Figure,
    groups: &[Group],
    plans: &Plans<'_>,
    orders: Option<&[Vec<usize>]>,
    notes: &[String],
) -> Result<Bridge, Failure> {
    let [first, _] = task.sides;
    let draws = draws(task, plans.len());
    let total = draws * plans.len() as u64;
    let progress = ProgressBar::new(total, task.quiet, task.interrupt.clone());
    let mut found: BTreeMap<u64, (f64, Vec<f64>)> = BTreeMap::new();
    let size = (draws as usize).div_ceil(BATCHES).max(32);
    for (set, plan) in plans {
        let plan = plan.plan();
        let missing = || Failure::Bug(format!("`{}` is not in the plan", figure.name));
        let watched = find(plan, &figure.asked).ok_or_else(missing)?;
        let execution = first.execution;
        let drawn = values(plan, watched, draws, execution, &progress)
            .map_err(|stopped| stopped_by(stopped, execution.threads))?;
        let batches = drawn.chunks(size).map(|batch| task.statistic.of(figure, batch));
        found.insert(*set, (task.statistic.of(figure, &drawn), batches.collect()));
    }
    progress.clear();
    let whole = (1_u64 << groups.len()) - 1;
    let at = |set: u64| found.get(&set).map_or(f64::NAN, |(value, _)| *value);
    let (bars, by_order) = shares(groups.len(), orders, &at);
    let batches = found.values().map(|(_, batches)| batches.len()).min().unwrap_or(0);
    let mut of_batches: Vec<Vec<f64>> = vec![Vec::new(); groups.len()];
    let mut changes = Vec::new();
    for batch in 0..batches {
        let at = |set: u64| found.get(&set).map_or(f64::NAN, |(_, batches)| batches[batch]);
        let (bars, _) = shares(groups.len(), orders, &at);
        for (list, bar) in of_batches.iter_mut().zip(bars) {
            list.push(bar);
        }
        changes.push(at(whole) - at(0));
    }
    let mut bars: Vec<Bar> = groups
        .iter()
        .zip(bars)
        .enumerate()
        .map(|(at, (group, value))| {
            let sampled: Vec<f64> = by_order.iter().map(|bars| bars[at]).collect();
            let (draws, orders) = (error(&of_batches[at]), error(&sampled));
            Bar {
                name: group.name.clone(),
                keys: group.parts.iter().flat_map(|part| task.mixer.keys(part)).collect(),
                value,
                error: (draws * draws + orders * orders).sqrt(),
            }
        })
        .collect();
    bars.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()).then_with(|| a.name.cmp(&b.name)));
    let mut notes = notes.to_vec();
    if draws < first.scenario.run.draws {
        notes.push(format!(
            "{} of the first {}; --bridge-draws takes more.",
            counted(plans.len() as u64, "run"),
            counted(draws, "draw")
        ));
    }
    Ok(Bridge {
        headline: figure.name.clone(),
        label: figure.label.clone(),
        unit: figure.unit.clone(),
        statistic: task.statistic.name(figure),
        from: at(0),
        to: at(whole),
        error: error(&changes),
        draws,
        runs: plans.len(),
        orders: orders.map_or(0, <[Vec<usize>]>::len),
        bars,
        notes,
    })
}

/// Draws of each run.
fn draws(task: &Task<'_>, runs: usize) -> u64 {
    let most = task.sides[0].scenario.run.draws;
    let fair = || ((BUDGET / runs.max(1) as u64) / LEAF * LEAF).max(LEAF);
    task.draws.unwrap_or_else(fair).min(most)
}

/// What each group adds: the mean over all orders, or over those that are given. Of the latter also the
/// means over each pair of orders, whose spread is their error.
fn shares(
    groups: usize,
    orders: Option<&[Vec<usize>]>,
    at: &dyn Fn(u64) -> f64,
) -> (Vec<f64>, Vec<Vec<f64>>) {
    let Some(orders) = orders else {
        let values: Vec<f64> = (0..1 << groups).map(at).collect();
        return (shapley(groups, &values), Vec::new());
    };
    let mut pairs = Vec::new();
    for pair in orders.chunks(2) {
        let mut bars = vec![0.0; groups];
        for order in pair {
            let mut set = 0_u64;
            for &group in order {
                let before = at(set);
                set |= 1 << group;
                bars[group] += (at(set) - before) / pair.len() as f64;
            }
        }
        pairs.push(bars);
    }
    let mean = |group: usize| {
        pairs.iter().map(|bars| bars[group]).sum::<f64>() / pairs.len().max(1) as f64
    };
    ((0..groups).map(mean).collect(), pairs)
}

/// The standard error of the mean of values; 0 below two of them.
fn error(values: &[f64]) -> f64 {
    let finite: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
    sd(&finite).map_or(0.0, |sd| sd / (finite.len() as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_tables_and_stars() {
        for (pattern, key) in [
            ("chip", "chip.h100.price"),
            ("chip.*.price", "chip.h100.price"),
            ("*.price", "chip.h100.price"),
            ("guidance", "guidance capex.total 2025"),
            ("guidance*2025", "guidance capex.total 2025"),
            ("capex.growth", "capex.growth"),
            ("*", "capex.growth"),
            ("c*.*th", "capex.growth"),
        ] {
            assert!(matches(pattern, key), "{pattern} {key}");
        }
        for (pattern, key) in [
            ("chip", "chips.x"),
            ("chip.*.price", "chip.h100.power"),
            ("capex.grow", "capex.growth"),
        ] {
            assert!(!matches(pattern, key), "{pattern} {key}");
        }
    }

    #[test]
    fn sampled_orders_sum_up_and_agree_with_all_of_them() {
        // Nine groups with an interaction of each with its neighbor.
        let at = |set: u64| {
            (0..9_u32)
                .map(|k| {
                    let own = f64::from((set >> k & 1) as u32) * f64::from(k + 1);
                    let both = f64::from((set >> k & set >> ((k + 1) % 9) & 1) as u32);
                    own + 0.5 * both
                })
                .sum::<f64>()
        };
        let orders = permutations(9, 8);
        let (bars, pairs) = shares(9, Some(&orders), &at);
        let total: f64 = bars.iter().sum();
        assert!((total - (at(511) - at(0))).abs() < 1e-12);
        // An order and its reverse share an interaction of two evenly.
        for (k, bar) in (1..).zip(&bars) {
            assert!((bar - (f64::from(k) + 0.5)).abs() < 1e-12, "{bars:?}");
        }
        assert_eq!(pairs.len(), 8);
        assert_eq!(
            sets(9, Some(&orders)).len(),
            sets(9, Some(&orders)).iter().collect::<BTreeSet<_>>().len()
        );
    }

    #[test]
    fn joined_groups_are_named_after_their_parts() {
        let group = |name: &str| Group { name: name.to_owned(), parts: [name.to_owned()].into() };
        let mut groups = vec![group("a"), group("b"), group("c")];
        let said = join(&mut groups, &[0, 2], "no chip `x`");
        assert_eq!(groups.iter().map(|g| g.name.as_str()).collect::<Vec<_>>(), ["b", "a + c"]);
        assert!(said.contains("a and c") && said.contains("no chip `x`"), "{said}");
    }
}
