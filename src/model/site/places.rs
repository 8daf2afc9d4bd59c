//! Power of single sites, where a cluster or a training run asks for it (site form).

use super::contracted::Contracted;
use crate::model::block::{Block, Col};
use crate::model::wiring::Wiring;
use crate::units::typed::ItPower;

/// Name of the column with the power of a site that counts for the company.
pub(in crate::model) fn site_column(name: &str) -> String {
    format!("site.{name}.ready_power")
}

#[inline(always)]
fn add(a: ItPower, b: ItPower) -> ItPower {
    a + b
}

/// Columns of the sites that are asked for, by position.
#[derive(Debug)]
pub(super) struct Places {
    columns: Vec<Option<Col<ItPower>>>,
    starts: Vec<Option<Col<ItPower>>>,
}

impl Places {
    /// Sites of which a cluster or a training run needs to know the power; none otherwise.
    pub(super) fn wire(w: &mut Wiring, contracted: Option<&Contracted>) -> Option<Self> {
        let setup = w.setup();
        let by_site = setup.cluster_by_site();
        let runs: Vec<usize> = setup.runs.iter().filter_map(|run| run.site).collect();
        let grouped = |site: usize| setup.site_groups.iter().any(|group| group.contains(&site));
        let asked = |site: usize| by_site && grouped(site) || runs.contains(&site);
        if !(0..setup.sites.len()).any(asked) {
            return None;
        }
        let columns = setup.sites.iter().enumerate().map(|(site, name)| {
            let label = setup.site_labels[site].clone();
            asked(site).then(|| w.site_metric(&site_column(name), label))
        });
        let columns = columns.collect();
        let starts = setup.sites.iter().enumerate().map(|(site, name)| {
            let power = w.optional(&format!("site.{name}.power"));
            let whole = contracted.is_none_or(|contracted| !contracted.on(site));
            power.filter(|_| asked(site) && whole && !setup.foreign.contains(&site))
        });
        Some(Self { columns, starts: starts.collect() })
    }

    /// Power at the start of the grid, where no contract changes it.
    #[inline(always)]
    pub(super) fn step(&self, b: &mut Block) {
        for (&column, &start) in self.columns.iter().zip(&self.starts) {
            match (column, start) {
                (Some(column), Some(start)) => b.copy(column, start),
                (Some(column), None) => b.fill(column, ItPower::ZERO),
                (None, _) => {}
            }
        }
    }

    /// Power at a site: of a phase, or what contracts leave of the start.
    #[inline(always)]
    pub(super) fn add(&self, site: usize, now: Col<ItPower>, b: &mut Block) {
        if let Some(column) = self.columns[site] {
            b.map2(column, column, now, add);
        }
    }
}
