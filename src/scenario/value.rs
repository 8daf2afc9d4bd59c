//! The value of an input: a text, a number, a table or dated rows become a distribution.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::codes;
use super::document::{Data, Entry, Node, Number, Table, table_to_toml, to_toml};
use super::examples;
use super::family;
use super::keys::is_provenance;
use super::problems::{Problems, alike};
use super::provenance::Inherited;
use super::structure::strays;
use super::types::InputValue;
use super::walk::Placed;
use crate::diag::{Diagnostic, Span, nearest};
use crate::dist::{Distribution, Prob, Scale, constant, two_piece};
use crate::model::declare::{InputDecl, Use};
use crate::units::{
    Form, NaturalScale, Quantity, ValueError, ValueErrorKind, format_value, parse_value,
};

/// What one layer gives for an input.
#[derive(Clone, Debug)]
pub(super) struct ReadValue {
    /// One row, or the dated rows in the order of the text.
    pub(super) rows: Vec<Row>,
    /// Whether they are dated rows.
    pub(super) dated: bool,
}

/// A value with what it says of its provenance.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// None if it could not be read; that was reported.
    pub(super) value: Option<InputValue>,
    pub(super) inherited: Inherited,
    /// The value alone, as TOML.
    pub(super) text: String,
    pub(super) span: Span,
}

/// Reads one value of an input; what is wrong with it is reported once.
pub(super) fn read(
    placed: &Placed,
    decl: &'static InputDecl,
    problems: &mut Problems,
) -> Option<ReadValue> {
    let mut reader = Reader { key: &placed.path, decl, problems };
    let rows = match &placed.node.data {
        Data::List(items) if items.is_empty() => {
            reader.problems.fail(
                &placed.path,
                Diagnostic::error(codes::NO_VALUE, format!("`{}` has no row", placed.path))
                    .at(placed.node.span.clone(), "empty")
                    .help("write [{ value = ..., known = 2024-07-31 }], or remove the key"),
            );
            return None;
        }
        Data::List(items) => {
            // A list that holds no table at all is one mistake: a list in place of a value.
            let read = if items.iter().any(|item| item.table().is_some()) {
                items.as_slice()
            } else {
                &items[..1]
            };
            let rows: Vec<Option<Row>> =
                read.iter().map(|item| reader.row(item, &placed.inherited)).collect();
            rows.into_iter().collect::<Option<_>>()?
        }
        _ => vec![reader.one(&placed.node, &placed.key_span, &placed.inherited)],
    };
    Some(ReadValue { rows, dated: matches!(placed.node.data, Data::List(_)) })
}

/// Reads the values of one input.
pub(super) struct Reader<'a> {
    pub(super) key: &'a str,
    pub(super) decl: &'static InputDecl,
    pub(super) problems: &'a mut Problems,
}

impl Reader<'_> {
    pub(super) fn quantity(&self) -> Quantity {
        self.decl.quantity
    }

    /// Reports a mistake; the input then counts as given.
    pub(super) fn fail<T>(&mut self, diagnostic: Diagnostic) -> Option<T> {
        self.problems.fail(self.key, diagnostic);
        None
    }

    fn row(&mut self, item: &Node, around: &Inherited) -> Option<Row> {
        if item.table().is_some() {
            return Some(self.one(item, &item.span, around));
        }
        let noun = item.noun();
        let message = format!("a row of `{}` is a table, this is {noun}", self.key);
        self.fail(
            Diagnostic::error(codes::WRONG_TYPE, message)
                .at(item.span.clone(), noun)
                .help("write { value = ..., known = 2024-07-31 }"),
        )
    }

    /// `place` is where a message about a table as a whole points.
    fn one(&mut self, node: &Node, place: &Span, around: &Inherited) -> Row {
        let (mut inherited, text) = match &node.data {
            Data::Table(table) => {
                let inner = around.enter(table, &|_| false, self.key, self.problems);
                (inner, without_provenance(table))
            }
            _ => (around.clone(), to_toml(node)),
        };
        if !looks_like_a_value(node) {
            inherited.poison();
        }
        let value = self.value(node, place);
        Row { value, inherited, text, span: place_of(node, place) }
    }

    pub(super) fn value(&mut self, node: &Node, place: &Span) -> Option<InputValue> {
        // One number cannot be several shares.
        if self.key == family::SHARES_KEY && node.table().is_none() {
            let noun = node.noun();
            let message = format!("`{}` takes shares drawn together, this is {noun}", self.key);
            let diagnostic = Diagnostic::error(codes::WRONG_TYPE, message);
            let help = self.example();
            return self.fail(diagnostic.at(node.span.clone(), noun).help(help));
        }
        match &node.data {
            Data::Text(text) => {
                self.text(text, &node.span).map(|dist| InputValue::Dist(Arc::from(dist)))
            }
            Data::Number(number) => {
                let x = self.number(number, &node.span)?;
                if self.quantity() == Quantity::Count && x.fract() != 0.0 {
                    let message = format!("`{}` takes a whole number", self.key);
                    let diagnostic = Diagnostic::error(codes::RANGE, message);
                    let help = self.example();
                    return self.fail(diagnostic.at(node.span.clone(), "not whole").help(help));
                }
                self.in_range(x, &node.span, "")?;
                Some(InputValue::Dist(Arc::from(constant(x))))
            }
            Data::Table(table) => self.table(table, place),
            _ => {
                let diagnostic = self.wrong_type(node);
                self.fail(diagnostic)
            }
        }
    }

    /// A message for a value that is not a text, number or table.
    fn wrong_type(&self, node: &Node) -> Diagnostic {
        let (noun, wanted) = (node.noun(), self.quantity().noun());
        Diagnostic::error(
            codes::WRONG_TYPE,
            format!("`{}` takes {wanted}, this is {noun}", self.key),
        )
        .at(node.span.clone(), noun)
        .help(self.example())
    }

    pub(super) fn example(&self) -> String {
        let example = if self.decl.example.starts_with('{') {
            self.decl.example.to_owned()
        } else {
            super::missing::example_value(self.decl)
        };
        format!("for example {} = {example}", self.key.rsplit('.').next().unwrap_or(self.key))
    }

    /// A number without unit.
    pub(super) fn number(&mut self, number: &Number, span: &Span) -> Option<f64> {
        let quantity = self.quantity();
        if !number.value.is_finite() {
            let message = format!("`{}` takes a finite number", self.key);
            let help = self.example();
            return self
                .fail(Diagnostic::error(codes::RANGE, message).at(span.clone(), "").help(help));
        }
        if !quantity.allows_bare_number() {
            let (key, noun, text) = (self.key, quantity.noun(), &number.text);
            let unit = quantity.canonical_unit();
            return self.fail(
                Diagnostic::error(codes::UNIT, format!("`{key}` takes {noun}, which needs a unit"))
                    .at(span.clone(), "no unit")
                    .help(format!("write a text with a unit, for example \"{text} {unit}\"")),
            );
        }
        Some(number.value)
    }

    fn text(&mut self, text: &str, span: &Span) -> Option<Box<dyn Distribution>> {
        let value = match parse_value(text, self.quantity()) {
            Ok(value) => value,
            Err(error) => {
                let diagnostic = value_error(self.key, text, span, &error);
                let at_zero = error.kind == ValueErrorKind::OutOfRange
                    && self.quantity().natural_scale() == NaturalScale::Log
                    && self.decl.range.0 <= 0.0
                    && !self.problems.trial;
                return self.fail(if at_zero {
                    let example = examples::from_zero(self.decl);
                    diagnostic.help(format!("or, where it can be zero, for example {example}"))
                } else {
                    diagnostic
                });
            }
        };
        // One message for one text, however many of its numbers lie beyond the limits.
        let within = value.numbers.iter().try_for_each(|x| self.in_range(*x, span, ""));
        if self.decl.used == Use::Setting && value.form != Form::Single {
            return self.not_constant(span, "two or three numbers");
        }
        within?;
        let numbers = value.numbers.as_slice();
        let built = match (value.form, numbers) {
            (Form::Single, [x]) => return Some(constant(*x)),
            (_, [p5, .., p95]) => {
                let p50 = (numbers.len() == 3).then(|| numbers[1]);
                two_piece(scale_of(self.quantity()), *p5, p50, *p95)
            }
            _ => return None,
        };
        match built {
            Ok(dist) => {
                self.tails(dist.as_ref(), span)?;
                Some(dist)
            }
            Err(error) => {
                let message = format!("`{}`: {}", self.key, error.message);
                self.fail(
                    Diagnostic::error(codes::PARAMETERS, message)
                        .at(span.clone(), "")
                        .help(error.help),
                )
            }
        }
    }

    pub(super) fn not_constant<T>(&mut self, span: &Span, what: &str) -> Option<T> {
        let message = format!("`{}` is a setting of the run and takes one number", self.key);
        let help =
            format!("write one number, for example {}", super::missing::example_value(self.decl));
        self.fail(
            Diagnostic::error(codes::NOT_CONSTANT, message)
                .at(span.clone(), format!("this has {what}"))
                .help(help)
                .note("try other values with `--set`, one run for each"),
        )
    }

    /// Checks a stated number against the limits of the input.
    pub(super) fn in_range(&mut self, x: f64, span: &Span, what: &str) -> Option<()> {
        let (low, high) = self.decl.range;
        if (low..=high).contains(&x) {
            return Some(());
        }
        let quantity = self.quantity();
        let what = if what.is_empty() { String::new() } else { format!("{what} of ") };
        let message = format!("{what}`{}` must be {}", self.key, limits(low, high, quantity));
        let help = self.example();
        self.fail(
            Diagnostic::error(codes::RANGE, message)
                .at(span.clone(), format!("this is {}", format_value(x, quantity)))
                .help(help),
        )
    }

    /// Checks that 98 of 100 draws lie within the limits of the input.
    pub(super) fn tails(&mut self, dist: &dyn Distribution, span: &Span) -> Option<()> {
        let help = "narrow the distribution, or give it limits: triangular, beta, pert";
        self.reach(ends(dist), span, help)
    }

    /// The same of the points below and above which there is 1 draw in 100.
    pub(super) fn reach(&mut self, (p1, p99): (f64, f64), span: &Span, help: &str) -> Option<()> {
        let (low, high) = self.decl.range;
        let (x, which) = if p1 < low {
            (p1, "below")
        } else if p99 > high {
            (p99, "above")
        } else {
            return Some(());
        };
        let quantity = self.quantity();
        let message = format!("`{}` must be {}", self.key, limits(low, high, quantity));
        let label = format!("1 draw in 100 is {which} {}", format_value(x, quantity));
        self.fail(Diagnostic::error(codes::RANGE, message).at(span.clone(), label).help(help))
    }

    fn table(&mut self, table: &Table, place: &Span) -> Option<InputValue> {
        match (table.get("dist"), table.get("value")) {
            (Some(dist), value) => {
                if value.is_some() && !family::is_constant(dist) {
                    return self.both(dist, table);
                }
                if self.decl.used == Use::Setting && !family::is_constant(dist) {
                    // What it says wrongly may stay in the one number that is written for it.
                    family::parameters_alone(self, dist, table);
                    return self.not_constant(&dist.node.span, "a distribution");
                }
                family::read(self, dist, table)
            }
            (None, Some(value)) => {
                let strays = strays(table, &["value"]);
                let strays = strays.map(|entry| self.stray::<()>(entry, &["value"])).count();
                let read = match &value.node.data {
                    Data::Text(_) | Data::Number(_) => self.value(&value.node, place),
                    _ => {
                        let diagnostic = self.wrong_type(&value.node);
                        self.fail(diagnostic)
                    }
                };
                read.filter(|_| strays == 0)
            }
            (None, None) => self.no_value(table, place),
        }
    }

    fn both(&mut self, dist: &Entry, table: &Table) -> Option<InputValue> {
        let value = table.get("value").map_or(&dist.key_span, |entry| &entry.key_span);
        let message = format!("`{}` has both `dist` and `value`", self.key);
        self.fail(
            Diagnostic::error(codes::CONFLICT, message)
                .at(value.clone(), "")
                .also(dist.key_span.clone(), "")
                .help("keep one of the two"),
        )
    }

    /// An unknown key beside `value` or in place of `dist`.
    pub(super) fn stray<T>(&mut self, entry: &Entry, words: &[&'static str]) -> Option<T> {
        let provenance = super::keys::PROVENANCE.iter().map(|decl| decl.name);
        let words: Vec<&str> = words.iter().copied().chain(provenance).collect();
        let near = nearest(&entry.key, words.iter().copied())
            .or_else(|| words.iter().copied().find(|word| alike(&entry.key, word)));
        let help = near.map_or_else(
            || format!("the keys of this value are `{}`", words.join("`, `")),
            |near| format!("did you mean `{near}`?"),
        );
        let message = format!("no key `{}` in `{}`", entry.key, self.key);
        let key = self.key;
        self.problems.mark_failed(key);
        self.problems.unknown(
            key,
            &entry.key,
            Diagnostic::error(codes::UNKNOWN_KEY, message)
                .at(entry.key_span.clone(), "unknown key")
                .help(help),
        );
        None
    }

    fn no_value(&mut self, table: &Table, place: &Span) -> Option<InputValue> {
        let near = |entry: &&Entry| {
            !is_provenance(&entry.key) && (alike(&entry.key, "dist") || alike(&entry.key, "value"))
        };
        if let Some(entry) = table.entries.iter().find(near) {
            return self.stray(entry, &["dist", "value"]);
        }
        let message = format!("`{}` has neither `value` nor `dist`", self.key);
        let help = self.example();
        self.fail(
            Diagnostic::error(codes::NO_VALUE, message)
                .at(place.clone(), "a table without a value")
                .help(help)
                .note("a value is replaced as a whole: its parameters cannot be set one by one"),
        )
    }
}

/// Whether something is a value, be it a wrong one. What is none has no source to be asked for.
fn looks_like_a_value(node: &Node) -> bool {
    match &node.data {
        Data::Text(_) | Data::Number(_) => true,
        Data::Table(table) => table.get("dist").is_some() || table.get("value").is_some(),
        _ => false,
    }
}

/// Where a message about a value as a whole points: its text, or the key of a table under a header.
fn place_of(node: &Node, place: &Span) -> Span {
    if node.table().is_some() { place.clone() } else { node.span.clone() }
}

fn without_provenance(table: &Table) -> String {
    let own = || table.entries.iter().filter(|entry| !is_provenance(&entry.key));
    if let Some(value) = table.get("value")
        && own().count() == 1
    {
        return to_toml(&value.node);
    }
    // Keys in one order, whichever order they were written in.
    let mut entries: BTreeMap<(bool, &str), String> = BTreeMap::new();
    for entry in own() {
        entries.insert((entry.key != "dist", &entry.key), to_toml(&entry.node));
    }
    table_to_toml(entries.into_iter().map(|((_, key), value)| (key, value)))
}

/// The scale on which percentile texts of a quantity are interpolated.
pub(super) fn scale_of(quantity: Quantity) -> Scale {
    match quantity.natural_scale() {
        NaturalScale::Log => Scale::Log,
        NaturalScale::Logit => Scale::Logit,
        NaturalScale::Linear => Scale::Linear,
    }
}

/// The points below and above which there is 1 draw in 100.
pub(super) fn ends(dist: &dyn Distribution) -> (f64, f64) {
    (dist.quantile(Prob::from_lower(0.01)), dist.quantile(Prob::from_upper(0.01)))
}

/// `between 0 and 1`, `at least 0 MW`.
pub(super) fn limits(low: f64, high: f64, quantity: Quantity) -> String {
    let shown = |x: f64| if x == 0.0 { "0".to_owned() } else { format_value(x, quantity) };
    match (low.is_finite(), high.is_finite()) {
        (true, true) => format!("between {} and {}", shown(low), shown(high)),
        (true, false) => format!("at least {}", shown(low)),
        (false, true) => format!("at most {}", shown(high)),
        (false, false) => "a finite number".to_owned(),
    }
}

/// The message for a text that is not a value of the quantity.
pub(super) fn value_error(key: &str, text: &str, span: &Span, error: &ValueError) -> Diagnostic {
    let code = match error.kind {
        ValueErrorKind::MissingUnit | ValueErrorKind::UnknownUnit => codes::UNIT,
        ValueErrorKind::WrongDimension { .. } => codes::DIMENSION,
        ValueErrorKind::OutOfRange => codes::RANGE,
        _ => codes::VALUE,
    };
    // A text without escapes is one byte longer at each end, by its quotes.
    let plain = span.end - span.start == text.len() + 2;
    let bare = span.end - span.start == text.len();
    let whole = error.start == 0 && error.end >= text.len();
    let place = match (whole, plain, bare) {
        (false, true, _) => span.inside(error.start + 1..error.end + 1),
        (false, _, true) => span.inside(error.start..error.end),
        _ => span.clone(),
    };
    Diagnostic::error(code, format!("`{key}` {}", error.message))
        .at(place, error.label.clone())
        .help(error.help.clone())
}
