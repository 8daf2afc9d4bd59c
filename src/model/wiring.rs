//! Names become columns, once, when a plan is made. After that no string is looked up.

use std::collections::{BTreeMap, BTreeSet};

use super::block::Col;
use super::declare::{MetricDecl, Use};
use super::setup::{RunSetup, Setup};
use crate::units::typed::{Ratio, Scalar};

/// Ends the names of uniforms that decide whether something happens.
pub const EVENT: &str = ".~happens";

/// Begins the names of the factors of limits.
const LIMIT: &str = "limit.";

/// A column that is summarized each quarter.
#[derive(Clone, Debug)]
pub struct MetricColumn {
    /// Full name, with the chip's name in place of the `*`.
    pub name: String,
    /// The declaration that it belongs to.
    pub decl: &'static MetricDecl,
    /// What stands for the `*`, as charts write it.
    pub label: Option<String>,
    /// Column.
    pub column: usize,
    /// First step in which it means anything.
    pub from: usize,
    /// Step after the last one in which it means anything.
    pub to: usize,
}

impl MetricColumn {
    /// Whether it means anything in a step.
    pub fn shown(&self, step: usize) -> bool {
        self.from <= step && step < self.to
    }
}

/// An input that modules read, with the columns that the sampler fills.
#[derive(Clone, Debug)]
pub struct InputColumn {
    /// Dotted key.
    pub key: String,
    /// When it is drawn.
    pub used: Use,
    /// The column (for a year ahead: four of them).
    pub columns: Vec<usize>,
}

/// Hands out columns to the modules and remembers what they are.
#[derive(Debug)]
pub struct Wiring<'a> {
    setup: &'a Setup,
    named: BTreeMap<String, usize>,
    written: BTreeSet<String>,
    /// Inputs in the order in which modules asked for them.
    pub inputs: Vec<InputColumn>,
    /// Metrics in the order in which modules declared them.
    pub metrics: Vec<MetricColumn>,
    /// The limits of the fleet and the columns of their factors.
    pub limits: Vec<(String, usize)>,
    /// Columns that the limits of the fleet can move and that act on it, inputs left out.
    pub moved: Vec<usize>,
    /// Names that were read before any module wrote them, or written twice: bugs of the wiring.
    pub faults: Vec<String>,
    /// Columns handed out so far.
    pub columns: usize,
}

impl<'a> Wiring<'a> {
    /// Wiring for one scenario.
    pub fn new(setup: &'a Setup) -> Self {
        Self {
            setup,
            named: BTreeMap::new(),
            written: BTreeSet::new(),
            inputs: Vec::new(),
            metrics: Vec::new(),
            limits: Vec::new(),
            moved: Vec::new(),
            faults: Vec::new(),
            columns: 0,
        }
    }

    /// What the scenario fixes.
    pub fn setup(&self) -> &'a Setup {
        self.setup
    }

    fn fresh(&mut self) -> usize {
        self.columns += 1;
        self.columns - 1
    }

    fn named(&mut self, name: &str) -> usize {
        if let Some(&index) = self.named.get(name) {
            return index;
        }
        let index = self.fresh();
        self.named.insert(name.to_owned(), index);
        index
    }

    /// A column of the module's own.
    pub fn state<Q: Scalar>(&mut self) -> Col<Q> {
        Col::at(self.fresh())
    }

    /// Several columns of the module's own.
    pub fn states<Q: Scalar>(&mut self, count: usize) -> Vec<Col<Q>> {
        (0..count).map(|_| self.state()).collect()
    }

    /// Whether the scenario gives an input.
    pub fn given(&self, key: &str) -> bool {
        self.setup.given.contains(key)
    }

    /// A constant input; what is needed has been checked, so an absent one is only ever optional.
    pub fn setting(&self, key: &str) -> f64 {
        self.setup.settings.get(key).copied().unwrap_or(f64::NAN)
    }

    /// An input that is drawn, or a constant that an equation reads per draw.
    pub fn input<Q: Scalar>(&mut self, key: &str) -> Col<Q> {
        self.register(key, 1)
    }

    /// An input that may be left out.
    pub fn optional<Q: Scalar>(&mut self, key: &str) -> Option<Col<Q>> {
        self.given(key).then(|| self.register(key, 1))
    }

    /// An input drawn afresh each quarter, all four quarters of a year known when the year opens.
    pub fn year_ahead<Q: Scalar>(&mut self, key: &str) -> [Col<Q>; 4] {
        let first = self.register::<Q>(key, 4).index();
        std::array::from_fn(|k| Col::at(first + k))
    }

    /// A uniform of its own, for an event that happens by chance. `key` says of what.
    pub fn event(&mut self, key: &str) -> Col<Ratio> {
        let column = self.fresh();
        let key = format!("{key}{EVENT}");
        self.inputs.push(InputColumn { key, used: Use::Once, columns: vec![column] });
        Col::at(column)
    }

    fn register<Q: Scalar>(&mut self, key: &str, count: usize) -> Col<Q> {
        let name = format!("input {key}");
        if let Some(&index) = self.named.get(&name) {
            return Col::at(index);
        }
        let columns: Vec<usize> = (0..count).map(|_| self.fresh()).collect();
        let first = columns[0];
        self.named.insert(name, first);
        let dated = super::matches("site.*.phase.*.slip", key)
            || super::matches("site.*.phase.*.completed", key);
        let used = super::input_decl(key).map_or_else(
            || {
                if dated {
                    return Use::Dated;
                }
                self.faults.push(format!("`{key}` is read but not declared"));
                Use::Once
            },
            |decl| decl.used,
        );
        self.inputs.push(InputColumn { key: key.to_owned(), used, columns });
        Col::at(first)
    }

    /// A value that other modules may read and that is not reported.
    pub fn share<Q: Scalar>(&mut self, name: &str) -> Col<Q> {
        if !self.written.insert(name.to_owned()) {
            self.faults.push(format!("`{name}` is written twice"));
        }
        Col::at(self.named(name))
    }

    /// The factor by which a limit of the fleet is wider than it is: 1, but where the engine relaxes
    /// it to see what it costs.
    pub fn limit(&mut self, name: &str) -> Col<Ratio> {
        let column = self.share(&format!("{LIMIT}{name}"));
        self.limits.push((name.to_owned(), column.index()));
        column
    }

    /// Wires a module that the limits of the fleet can move: see [`Self::moved`]. All columns that it
    /// writes must be its own or of another such module.
    pub fn moved<M>(&mut self, wire: impl FnOnce(&mut Self) -> M) -> M {
        let (column, input) = (self.columns, self.inputs.len());
        let module = wire(self);
        let inputs: BTreeSet<usize> =
            self.inputs[input..].iter().flat_map(|input| input.columns.clone()).collect();
        self.moved.extend((column..self.columns).filter(|column| !inputs.contains(column)));
        module
    }

    /// A metric: reported for every quarter.
    pub fn metric<Q: Scalar>(&mut self, name: &str) -> Col<Q> {
        self.metric_during(name, None, 0..self.setup.steps())
    }

    /// A metric that is the same as another one in this scenario: one column, summarized once.
    pub fn metric_as<Q: Scalar>(&mut self, name: &str, column: Col<Q>) {
        self.named.insert(name.to_owned(), column.index());
        self.metric::<Q>(name);
    }

    /// A value that other modules may read and that is the same as another one in this scenario.
    pub fn share_as<Q: Scalar>(&mut self, name: &str, column: Col<Q>) {
        self.named.insert(name.to_owned(), column.index());
        self.share::<Q>(name);
    }

    /// A metric of one chip.
    pub fn chip_metric<Q: Scalar>(&mut self, chip: usize, quantity: &str) -> Col<Q> {
        let chip = &self.setup.chips[chip];
        let name = format!("chip.{}.{quantity}", chip.name);
        self.metric_during(&name, Some(chip.label.clone()), 0..self.setup.steps())
    }

    /// A metric of one site.
    pub fn site_metric<Q: Scalar>(&mut self, name: &str, label: String) -> Col<Q> {
        self.metric_during(name, Some(label), 0..self.setup.steps())
    }

    /// A metric of one training run.
    pub fn run_metric<Q: Scalar>(
        &mut self,
        run: &RunSetup,
        quantity: &str,
        during: std::ops::Range<usize>,
    ) -> Col<Q> {
        let name = format!("training.{}.{quantity}", run.name);
        self.metric_during(&name, Some(run.label.clone()), during)
    }

    /// A metric that means something in some quarters only; in none, it is not reported.
    pub fn metric_during<Q: Scalar>(
        &mut self,
        name: &str,
        label: Option<String>,
        during: std::ops::Range<usize>,
    ) -> Col<Q> {
        let column = self.share::<Q>(name);
        if during.is_empty() {
            return column;
        }
        match super::metric_decl(name) {
            Some(decl) => self.metrics.push(MetricColumn {
                name: name.to_owned(),
                decl,
                label,
                column: column.index(),
                from: during.start,
                to: during.end,
            }),
            None => self.faults.push(format!("`{name}` is written but not declared")),
        }
        column
    }

    /// Columns by name: metrics and values that modules share, and inputs as `input KEY`.
    pub fn names(&self) -> BTreeMap<String, usize> {
        let known = |name: &String| self.written.contains(name) || name.starts_with("input ");
        let named = self.named.iter().filter(|(name, _)| known(name));
        named.map(|(name, &column)| (name.clone(), column)).collect()
    }

    /// The column of a value that some module shares.
    pub fn shared(&self, name: &str) -> Option<usize> {
        self.written.contains(name).then(|| self.named.get(name).copied())?
    }

    /// A column that a module earlier in the quarter has written.
    pub fn read<Q: Scalar>(&mut self, name: &str) -> Col<Q> {
        if !self.written.contains(name) {
            self.faults.push(format!("`{name}` is read before it is written"));
        }
        Col::at(self.named(name))
    }

    /// Last quarter's value of a column that a later module writes.
    pub fn previous<Q: Scalar>(&mut self, name: &str) -> Col<Q> {
        if self.written.contains(name) {
            self.faults.push(format!("`{name}` is read as last quarter's but written before"));
        }
        Col::at(self.named(name))
    }
}
