//! Inputs drawn together: rank-correlation groups, and shares that sum to one.

use std::collections::BTreeMap;

use super::draws::Once;
use crate::sampling::{Stream, Transform};
use crate::scenario::{CorrelationGroup, Scenario};
use crate::stats::{Matrix, cholesky, nearest_correlation};

/// Inputs of one rank-correlation group.
#[derive(Clone, Debug)]
pub struct Group {
    /// Name.
    pub name: String,
    /// The members, in the order of their keys.
    pub members: Vec<Once>,
    /// Lower Cholesky factor of the normal scores' correlation, row by row.
    pub factor: Vec<Vec<f64>>,
}

/// Shares with a Dirichlet distribution: gamma draws over their sum.
#[derive(Clone, Debug)]
pub struct SharesDraw {
    /// Stream and gamma transform of each component.
    pub components: Vec<(Stream, Transform)>,
    /// Columns of the components.
    pub columns: Vec<usize>,
    /// Column of the sum.
    pub sum: usize,
}

/// Takes the members of the groups out of `once`.
pub(super) fn compile(
    scenario: &Scenario,
    once: &mut Vec<Once>,
) -> (Vec<Group>, Vec<(String, f64)>) {
    let (mut groups, mut repairs) = (Vec::new(), Vec::new());
    for group in &scenario.correlations {
        let Some(matrix) = valid_matrix(group, &mut repairs) else { continue };
        // The order of the file must not move a draw, so members are taken by key.
        let mut order: BTreeMap<&str, usize> = BTreeMap::new();
        for (position, key) in group.members.iter().enumerate() {
            order.insert(key, position);
        }
        let mut members = Vec::new();
        let mut positions = Vec::new();
        for (key, position) in order {
            if let Some(at) = once.iter().position(|draw| draw.key == key) {
                members.push(once.remove(at));
                positions.push(position);
            }
        }
        let sorted = Matrix::from_fn(members.len(), |i, j| matrix.at(positions[i], positions[j]));
        if let Some(factor) = cholesky(&sorted) {
            let rows = (0..members.len()).map(|i| factor.row(i).to_vec()).collect();
            groups.push(Group { name: group.name.clone(), members, factor: rows });
        }
    }
    (groups, repairs)
}

/// The matrix of a group, repaired if no draws can have it: the scenario has asked for that, or it would
/// have been refused.
fn valid_matrix(group: &CorrelationGroup, repairs: &mut Vec<(String, f64)>) -> Option<Matrix> {
    let matrix = Matrix::from_fn(group.members.len(), |i, j| group.matrix[i][j]);
    if cholesky(&matrix).is_some() {
        return Some(matrix);
    }
    let nearest = nearest_correlation(&matrix)?;
    repairs.push((group.name.clone(), nearest.distance));
    // The nearest matrix may be singular: a hair towards independence makes it usable.
    let size = group.members.len();
    Some(Matrix::from_fn(
        size,
        |i, j| if i == j { 1.0 } else { nearest.matrix.at(i, j) * (1.0 - 1e-9) },
    ))
}
