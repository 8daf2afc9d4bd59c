//! What one chip of a cluster of the time is: means over the chips that wait to be installed.

use super::{Block, ChipPower, ChipRate, Chips, Col, Price, Ratio, Scalar, Wiring, chip_column};
use crate::units::typed::H100ePerChip;

/// Weights of purchases of the quarter and of chips in service beside those that wait: they count
/// where nothing waits.
const BOUGHT: f64 = 1e-6;
const INSTALLED: f64 = 1e-9;

/// Adds a generation: sums of weights, of BF16 H100e, of power and of prices. `trains` is 1 or 0.
#[inline(always)]
fn add_kind(
    trains: f64,
    sums: (Chips, Ratio, Ratio, Ratio),
    stock: (Chips, Chips, Chips),
    each: (H100ePerChip, ChipPower, Price),
) -> (Chips, Ratio, Ratio, Ratio) {
    let weight = stock.0.get() + BOUGHT * stock.1.get() + INSTALLED * stock.2.get();
    let add = |sum: Ratio, x: f64| sum + Ratio::new(weight * x);
    (
        sums.0 + Chips::new(weight),
        add(sums.1, trains * each.0.get()),
        add(sums.2, each.1.get()),
        add(sums.3, each.2.get()),
    )
}

/// Means: rate of one chip, its power, and its price without the vendor's network.
#[inline(always)]
fn means(
    yardstick: f64,
    sums: (Chips, Ratio, Ratio, Ratio),
    network: Ratio,
) -> (ChipRate, ChipPower, Price) {
    let weight = sums.0.get();
    let over = 1.0 / if weight > 1e-12 { weight } else { 1e-12 };
    (
        ChipRate::new(yardstick * sums.1.get() * over),
        ChipPower::new(sums.2.get() * over),
        Price::new(sums.3.get() * over / (1.0 + network.get())),
    )
}

/// One generation that can be bought.
#[derive(Debug)]
struct Kind {
    earliest: usize,
    trains: bool,
    waiting: Col<Chips>,
    bought: Col<Chips>,
    installed: Col<Chips>,
    bf16: Col<H100ePerChip>,
    power: Col<ChipPower>,
    price: Col<Price>,
}

/// The chips of the time.
#[derive(Debug)]
pub(super) struct Kinds {
    list: Vec<Kind>,
    yardstick: f64,
    network: Col<Ratio>,
    sums: (Col<Chips>, Col<Ratio>, Col<Ratio>, Col<Ratio>),
    /// Dense BF16 peak of one chip.
    pub(super) rate: Col<ChipRate>,
    /// IT power of one chip with its share of server and network.
    pub(super) power: Col<ChipPower>,
    /// Price of the bare chip.
    pub(super) price: Col<Price>,
}

impl Kinds {
    pub(super) fn wire(w: &mut Wiring) -> Self {
        let setup = w.setup();
        let mut kinds = Vec::new();
        for (position, chip) in setup.chips.iter().enumerate() {
            let Some(earliest) = setup.earliest_step(position) else { continue };
            let key = |quantity: &str| chip_column(&chip.name, quantity);
            kinds.push(Kind {
                earliest,
                trains: chip.trains,
                waiting: w.read(&key("~waiting")),
                bought: w.read(&key("purchases")),
                installed: w.read(&key("installed")),
                bf16: w.read(&key("~bf16")),
                power: w.read(&key("~power")),
                price: w.read(&key("price")),
            });
        }
        Self {
            list: kinds,
            yardstick: setup.yardstick_rate,
            network: w.input("chip.network"),
            sums: (w.state(), w.state(), w.state(), w.state()),
            rate: w.state(),
            power: w.state(),
            price: w.state(),
        }
    }

    #[inline(always)]
    pub(super) fn step(&self, t: usize, b: &mut Block) {
        let (count, bf16, power, price) = self.sums;
        b.fill(count, Chips::ZERO);
        for column in [bf16, power, price] {
            b.fill(column, Ratio::ZERO);
        }
        for kind in self.list.iter().filter(|kind| kind.earliest <= t) {
            b.map10_with(
                (count, bf16, power, price),
                f64::from(u8::from(kind.trains)),
                count,
                bf16,
                power,
                price,
                kind.waiting,
                kind.bought,
                kind.installed,
                kind.bf16,
                kind.power,
                kind.price,
                #[inline(always)]
                |trains, a, b, c, d, waiting, bought, installed, h100e, power, price| {
                    let stock = (waiting, bought, installed);
                    add_kind(trains, (a, b, c, d), stock, (h100e, power, price))
                },
            );
        }
        b.map5_with(
            (self.rate, self.power, self.price),
            self.yardstick,
            count,
            bf16,
            power,
            price,
            self.network,
            #[inline(always)]
            |yardstick, a, b, c, d, network| means(yardstick, (a, b, c, d), network),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_kinds_weigh_by_what_waits() {
        let none = (Chips::ZERO, Ratio::ZERO, Ratio::ZERO, Ratio::ZERO);
        let stock = |waiting: f64| (Chips::new(waiting), Chips::ZERO, Chips::ZERO);
        let each = |h100e: f64, power: f64, price: f64| {
            (H100ePerChip::new(h100e), ChipPower::new(power), Price::new(price))
        };
        let sums = add_kind(1.0, none, stock(300.0), each(1.0, 1.4, 33.0));
        let sums = add_kind(1.0, sums, stock(100.0), each(2.2, 2.0, 44.0));
        let (rate, power, price) = means(989.4, sums, Ratio::new(0.1));
        assert!((rate.get() - 989.4 * 1.3).abs() < 1e-9);
        assert!((power.get() - 1.55).abs() < 1e-12);
        assert!((price.get() - 35.75 / 1.1).abs() < 1e-12);
        // Chips that do not train count, but add no rate.
        let sums = add_kind(0.0, none, stock(1.0), each(1.0, 1.0, 1.0));
        assert!(means(989.4, sums, Ratio::ZERO).0.get().abs() < 1e-12);
    }
}
