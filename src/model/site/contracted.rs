//! What contracts do to the power of sites: a share of a site of the company's own may be let or
//! sold, and a site of another company counts by contract only.

use super::places::Places;
use crate::model::block::{Block, Col};
use crate::model::contracts::{ADDED, LET, RENTED, SOLD, part_column};
use crate::model::setup::{ContractPower, ContractSetup, Side};
use crate::model::wiring::Wiring;
use crate::units::typed::{ItPower, Ratio, Scalar};

#[inline(always)]
fn add_share(k: f64, sum: Ratio, part: Ratio) -> Ratio {
    sum + part * k
}
#[inline(always)]
fn clipped(share: Ratio) -> Ratio {
    share.clip(Ratio::ZERO, Ratio::new(1.0))
}
#[inline(always)]
fn add_part(sum: ItPower, power: ItPower, share: Ratio) -> ItPower {
    sum + power * share
}
#[inline(always)]
fn scaled(power: ItPower, share: Ratio) -> ItPower {
    power * share
}
#[inline(always)]
fn add(a: ItPower, b: ItPower) -> ItPower {
    a + b
}
#[inline(always)]
fn without(a: ItPower, b: ItPower) -> ItPower {
    (a - b).positive()
}

/// A share of a site: a constant and the parts of contracts, kept between 0 and 1.
#[derive(Debug)]
struct Share {
    base: f64,
    sign: f64,
    parts: Vec<Col<Ratio>>,
    column: Col<Ratio>,
}

impl Share {
    /// Nothing, if no contract of the kind is on the site.
    fn wire(
        w: &mut Wiring,
        site: usize,
        base: f64,
        sign: f64,
        counts: impl Fn(&ContractSetup) -> bool,
    ) -> Option<Self> {
        let on_site = |c: &&ContractSetup| c.power == ContractPower::Site(site) && counts(c);
        let contracts = w.setup().contracts.iter().filter(on_site);
        let parts: Vec<Col<Ratio>> = contracts.map(|c| w.read(&part_column(c))).collect();
        (!parts.is_empty()).then(|| Self { base, sign, parts, column: w.state() })
    }

    #[inline(always)]
    fn step(&self, b: &mut Block) {
        b.fill(self.column, Ratio::new(self.base));
        for &part in &self.parts {
            b.map2_with(self.column, self.sign, self.column, part, add_share);
        }
        b.map1(self.column, self.column, clipped);
    }
}

/// What of a site counts for the company, what of it others use with the company's chips in it, and
/// what the company uses with others' chips in it.
#[derive(Debug)]
struct Place {
    /// Power at the start of the grid.
    start: Option<Col<ItPower>>,
    foreign: bool,
    counts: Option<Share>,
    sold: Option<Share>,
    rented: Option<Share>,
}

/// Contracts on power and sites.
#[derive(Debug)]
pub(super) struct Contracted {
    places: Vec<Place>,
    added: Option<Col<ItPower>>,
    rented: Option<(Col<ItPower>, Col<ItPower>)>,
    let_to: Option<(Col<ItPower>, Col<ItPower>)>,
    sold: Option<Col<ItPower>>,
    used: Option<Col<ItPower>>,
    part: Col<ItPower>,
}

impl Contracted {
    /// Finds its columns; nothing without a contract of the company.
    pub(super) fn wire(w: &mut Wiring) -> Option<Self> {
        let setup = w.setup();
        if setup.contracts.is_empty() {
            return None;
        }
        let places: Vec<Place> = setup
            .sites
            .iter()
            .enumerate()
            .map(|(site, name)| {
                let foreign = setup.foreign.contains(&site);
                let is = |c: &ContractSetup, side, chips| c.side == side && c.with_chips == chips;
                let counts = if foreign {
                    Share::wire(w, site, 0.0, 1.0, |c| is(c, Side::User, false))
                } else {
                    Share::wire(w, site, 1.0, -1.0, |c| is(c, Side::Provider, false))
                };
                Place {
                    counts,
                    sold: Share::wire(w, site, 0.0, 1.0, |c| is(c, Side::Provider, true)),
                    rented: Share::wire(w, site, 0.0, 1.0, |c| is(c, Side::User, true)),
                    start: w.optional(&format!("site.{name}.power")),
                    foreign,
                }
            })
            .collect();
        let there =
            |w: &mut Wiring, name: &str| w.shared(name).is_some().then(|| w.read::<ItPower>(name));
        let (added, sold) = (there(w, ADDED), there(w, SOLD));
        let rented = there(w, RENTED).map(|sum| (sum, w.metric("contract.rented_power")));
        let let_to = there(w, LET).map(|sum| (sum, w.metric("contract.let_power")));
        let used = added.map(|_| w.metric("contract.used_power"));
        Some(Self { places, added, rented, let_to, sold, used, part: w.state() })
    }

    /// Whether phases of a site need [`Self::phase`].
    pub(super) fn on(&self, site: usize) -> bool {
        let place = &self.places[site];
        place.counts.is_some() || place.sold.is_some() || place.rented.is_some()
    }

    /// Shares of the quarter, and what was at the sites at the start of the grid. `ready` holds the
    /// start of the company's own sites already.
    #[inline(always)]
    pub(super) fn step(&self, ready: Col<ItPower>, places: Option<&Places>, b: &mut Block) {
        if let (Some(used), Some(added)) = (self.used, self.added) {
            b.copy(used, added);
        }
        if let Some((sum, metric)) = self.let_to {
            b.copy(metric, sum);
        }
        for (site, place) in self.places.iter().enumerate() {
            for share in [&place.counts, &place.sold, &place.rented].into_iter().flatten() {
                share.step(b);
            }
            let Some(start) = place.start.filter(|_| self.on(site)) else { continue };
            self.count(place, start, b);
            if let Some(places) = places {
                places.add(site, self.part, b);
            }
            // What counts in place of the whole, or of nothing.
            if place.foreign {
                b.map2(ready, ready, self.part, add);
            } else if place.counts.is_some() {
                b.map2(ready, ready, start, without);
                b.map2(ready, ready, self.part, add);
            }
        }
    }

    /// What of a phase's power counts, in place of all of it.
    #[inline(always)]
    pub(super) fn phase(&self, site: usize, now: Col<ItPower>, b: &mut Block) {
        if self.on(site) {
            self.count(&self.places[site], now, b);
            b.copy(now, self.part);
        }
    }

    /// Leaves in `part` what of some power of a place counts, and adds the rest where it belongs.
    #[inline(always)]
    fn count(&self, place: &Place, power: Col<ItPower>, b: &mut Block) {
        for (share, sum) in
            [(&place.sold, self.sold), (&place.rented, self.rented.map(|(sum, _)| sum))]
        {
            if let (Some(share), Some(sum)) = (share, sum) {
                b.map3(sum, sum, power, share.column, add_part);
            }
        }
        match &place.counts {
            Some(share) => b.map2(self.part, power, share.column, scaled),
            None if place.foreign => b.fill(self.part, ItPower::ZERO),
            None => b.copy(self.part, power),
        }
        if place.foreign {
            if let Some(used) = self.used {
                b.map2(used, used, self.part, add);
            }
        } else if let (Some((_, metric)), Some(_)) = (self.let_to, &place.counts) {
            b.map2(metric, metric, power, add);
            b.map2(metric, metric, self.part, without);
        }
    }

    /// Power that is of no site, after the sites.
    #[inline(always)]
    pub(super) fn elsewhere(&self, ready: Col<ItPower>, b: &mut Block) {
        if let Some(added) = self.added {
            b.map2(ready, ready, added, add);
        }
        if let Some((sum, _)) = self.let_to {
            b.map2(ready, ready, sum, without);
        }
        if let Some((sum, metric)) = self.rented {
            b.copy(metric, sum);
        }
    }
}
