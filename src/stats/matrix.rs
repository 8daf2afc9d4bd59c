//! Correlation matrices: validity, Cholesky factor, nearest valid matrix.
//!
//! Only `+ - * / sqrt` in a fixed order, so that the same matrix gives the same bits everywhere.

/// A square matrix, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    size: usize,
    values: Vec<f64>,
}

impl Matrix {
    /// The matrix whose entry in row `i` and column `j` is `entry(i, j)`.
    pub fn from_fn(size: usize, mut entry: impl FnMut(usize, usize) -> f64) -> Self {
        let values = (0..size * size).map(|k| entry(k / size, k % size)).collect();
        Self { size, values }
    }

    /// Number of rows.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The entry in row `i` and column `j`.
    pub fn at(&self, i: usize, j: usize) -> f64 {
        self.values[i * self.size + j]
    }

    /// Sets the entry in row `i` and column `j`.
    pub fn set(&mut self, i: usize, j: usize, value: f64) {
        self.values[i * self.size + j] = value;
    }

    /// Row `i`.
    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.size..(i + 1) * self.size]
    }

    /// Frobenius norm of the difference.
    pub fn distance(&self, other: &Self) -> f64 {
        let squares = self.values.iter().zip(&other.values).map(|(a, b)| (a - b) * (a - b));
        squares.sum::<f64>().sqrt()
    }
}

/// A pivot of the factorization below this counts as zero: a multiple of the rounding error of a
/// unit diagonal.
const PIVOT_TOLERANCE: f64 = 1e-12;

/// The lower factor L with L Lᵀ = `matrix`, reading the lower triangle; `None` unless the matrix is
/// positive semidefinite up to rounding. A variable that others determine gets a zero pivot.
pub fn cholesky(matrix: &Matrix) -> Option<Matrix> {
    let n = matrix.size();
    let mut lower = Matrix::from_fn(n, |_, _| 0.0);
    for j in 0..n {
        let dot = |lower: &Matrix, i: usize| -> f64 {
            lower.row(i)[..j].iter().zip(&lower.row(j)[..j]).map(|(a, b)| a * b).sum()
        };
        let pivot = matrix.at(j, j) - dot(&lower, j);
        let tolerance = PIVOT_TOLERANCE * n as f64 * matrix.at(j, j).abs();
        if pivot.is_nan() || pivot < -tolerance {
            return None;
        }
        let singular = pivot <= tolerance;
        let root = if singular { 0.0 } else { pivot.sqrt() };
        lower.set(j, j, root);
        for i in j + 1..n {
            let rest = matrix.at(i, j) - dot(&lower, i);
            if !singular {
                lower.set(i, j, rest / root);
            } else if rest.is_nan() || rest.abs() > tolerance.sqrt() * matrix.at(i, i).abs().sqrt()
            {
                return None;
            }
        }
    }
    Some(lower)
}

/// Whether the matrix is symmetric with a unit diagonal, entries within -1..=1, and positive
/// semidefinite.
#[expect(clippy::float_cmp, reason = "a unit diagonal and symmetry are exact")]
pub fn is_valid_correlation(matrix: &Matrix) -> bool {
    let n = matrix.size();
    (0..n).all(|i| {
        matrix.at(i, i) == 1.0
            && (0..i).all(|j| matrix.at(i, j) == matrix.at(j, i) && matrix.at(i, j).abs() <= 1.0)
    }) && cholesky(matrix).is_some()
}

/// A nearest correlation matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct Nearest {
    /// The valid matrix.
    pub matrix: Matrix,
    /// Its Frobenius distance from what was asked for.
    pub distance: f64,
}

/// Iterations before [`nearest_correlation`] settles for what it has.
const MAX_ITERATIONS: usize = 10_000;

/// The correlation matrix nearest to a symmetric matrix in the Frobenius norm.
///
/// N. J. Higham, "Computing the nearest correlation matrix", IMA J. Numer. Anal. 22 (2002),
/// doi:10.1093/imanum/22.3.329: alternating projections on the positive semidefinite and the
/// unit-diagonal matrices with Dykstra's correction. `None` if the matrix is not symmetric and
/// finite.
#[expect(clippy::float_cmp, reason = "symmetry is exact")]
pub fn nearest_correlation(matrix: &Matrix) -> Option<Nearest> {
    let n = matrix.size();
    let symmetric = (0..n).all(|i| (0..i).all(|j| matrix.at(i, j) == matrix.at(j, i)));
    if !symmetric || !matrix.values.iter().all(|x| x.is_finite()) {
        return None;
    }
    let mut y = matrix.clone();
    let mut correction = Matrix::from_fn(n, |_, _| 0.0);
    for _ in 0..MAX_ITERATIONS {
        let r = Matrix::from_fn(n, |i, j| y.at(i, j) - correction.at(i, j));
        let x = positive_part(&r);
        correction = Matrix::from_fn(n, |i, j| x.at(i, j) - r.at(i, j));
        let next = Matrix::from_fn(n, |i, j| if i == j { 1.0 } else { x.at(i, j) });
        let (change, gap) = (next.distance(&y), next.distance(&x));
        y = next;
        if change <= 1e-14 * n as f64 && gap <= 1e-13 * n as f64 {
            break;
        }
    }
    let y = valid_beside(&y);
    Some(Nearest { distance: y.distance(matrix), matrix: y })
}

/// The last step: off the iteration's remaining error, onto a matrix that is valid for certain.
fn valid_beside(y: &Matrix) -> Matrix {
    let n = y.size();
    let x = positive_part(y);
    let scaled = Matrix::from_fn(n, |i, j| {
        let (i, j) = (i.max(j), i.min(j));
        let r = x.at(i, j) / (x.at(i, i) * x.at(j, j)).sqrt();
        if i == j { 1.0 } else { r.clamp(-1.0, 1.0) }
    });
    // A positive part scaled to a unit diagonal is semidefinite; what the rounding leaves is below
    // the tolerance of the factorization, or else the off-diagonals give way by as little as it takes.
    let mut shrink = 1e-13;
    let mut valid = scaled.clone();
    while !is_valid_correlation(&valid) && shrink < 1.0 {
        valid =
            Matrix::from_fn(n, |i, j| scaled.at(i, j) * if i == j { 1.0 } else { 1.0 - shrink });
        shrink *= 10.0;
    }
    valid
}

/// The nearest positive semidefinite matrix: the negative eigenvalues become zero.
fn positive_part(matrix: &Matrix) -> Matrix {
    let (values, vectors) = eigen(matrix);
    let n = matrix.size();
    let entry = |i: usize, j: usize| -> f64 {
        let kept = (0..n).filter(|&k| values[k] > 0.0);
        kept.map(|k| values[k] * (vectors.at(i, k) * vectors.at(j, k))).sum()
    };
    Matrix::from_fn(n, entry)
}

/// Eigenvalues and eigenvectors (in columns) of a symmetric matrix by cyclic Jacobi rotations
/// (C. G. J. Jacobi, 1846; rotation angles as in H. Rutishauser, Numer. Math. 9 (1966),
/// doi:10.1007/BF02165223).
fn eigen(matrix: &Matrix) -> (Vec<f64>, Matrix) {
    const MAX_SWEEPS: usize = 60;
    let n = matrix.size();
    let mut a = matrix.clone();
    let mut vectors = Matrix::from_fn(n, |i, j| if i == j { 1.0 } else { 0.0 });
    let norm = a.distance(&Matrix::from_fn(n, |_, _| 0.0));
    for _ in 0..MAX_SWEEPS {
        let mut largest = 0.0_f64;
        for p in 0..n {
            for q in p + 1..n {
                largest = largest.max(a.at(p, q).abs());
                rotate(&mut a, &mut vectors, p, q);
            }
        }
        // Convergence is quadratic at the end: one sweep below 1e-9 leaves nothing to do.
        if largest <= 1e-12 * norm {
            break;
        }
    }
    ((0..n).map(|i| a.at(i, i)).collect(), vectors)
}

/// One rotation that makes entry (p, q) zero.
fn rotate(a: &mut Matrix, vectors: &mut Matrix, p: usize, q: usize) {
    let off = a.at(p, q);
    if off == 0.0 {
        return;
    }
    let theta = (a.at(q, q) - a.at(p, p)) / (2.0 * off);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    let n = a.size();
    for k in 0..n {
        let (x, y) = (a.at(k, p), a.at(k, q));
        a.set(k, p, c * x - s * y);
        a.set(k, q, s * x + c * y);
        let (x, y) = (vectors.at(k, p), vectors.at(k, q));
        vectors.set(k, p, c * x - s * y);
        vectors.set(k, q, s * x + c * y);
    }
    for k in 0..n {
        let (x, y) = (a.at(p, k), a.at(q, k));
        a.set(p, k, c * x - s * y);
        a.set(q, k, s * x + c * y);
    }
    a.set(p, q, 0.0);
    a.set(q, p, 0.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix<const N: usize>(rows: [[f64; N]; N]) -> Matrix {
        Matrix::from_fn(N, |i, j| rows[i][j])
    }

    /// The copula of the benchmark model.
    fn benchmark() -> Matrix {
        matrix([
            [1.0, 0.5, 0.2, 0.3, 0.2, 0.3],
            [0.5, 1.0, 0.3, 0.2, 0.4, 0.3],
            [0.2, 0.3, 1.0, 0.1, 0.3, 0.2],
            [0.3, 0.2, 0.1, 1.0, 0.3, 0.2],
            [0.2, 0.4, 0.3, 0.3, 1.0, 0.3],
            [0.3, 0.3, 0.2, 0.2, 0.3, 1.0],
        ])
    }

    #[test]
    fn cholesky_multiplies_back() {
        let asked = benchmark();
        let lower = cholesky(&asked).unwrap();
        let back = Matrix::from_fn(6, |i, j| (0..6).map(|k| lower.at(i, k) * lower.at(j, k)).sum());
        assert!(back.distance(&asked) < 1e-15);
        assert!((0..6).all(|i| (i + 1..6).all(|j| lower.at(i, j) == 0.0)));
    }

    #[test]
    fn validity_covers_the_edges() {
        assert!(is_valid_correlation(&benchmark()));
        // Singular, but possible: three copies of one variable, one with the other sign.
        let copies = matrix([[1.0, 1.0, -1.0], [1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]]);
        assert!(is_valid_correlation(&copies));
        for impossible in [
            [[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]],
            [[1.0, 0.9, 0.0], [0.9, 1.0, 0.9], [0.0, 0.9, 1.0]],
            [[1.0, 0.2, 0.0], [0.3, 1.0, 0.0], [0.0, 0.0, 1.0]],
            [[1.1, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            [[1.0, 1.2, 0.0], [1.2, 1.0, 0.0], [0.0, 0.0, 1.0]],
            [[1.0, f64::NAN, 0.0], [f64::NAN, 1.0, 0.0], [0.0, 0.0, 1.0]],
        ] {
            assert!(!is_valid_correlation(&matrix(impossible)), "{impossible:?}");
        }
    }

    #[test]
    fn nearest_gives_the_published_matrix() {
        let asked = matrix([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]]);
        let nearest = nearest_correlation(&asked).unwrap();
        for (i, j, expected) in [(0, 1, 0.76068985), (1, 2, 0.76068985), (0, 2, 0.15729811)] {
            assert!((nearest.matrix.at(i, j) - expected).abs() < 5e-9, "{nearest:?}");
        }
        assert!(is_valid_correlation(&nearest.matrix));
        // Higham's paper prints 0.5278 for the distance.
        assert!((nearest.distance - 0.5278).abs() < 5e-5, "{}", nearest.distance);
    }

    #[test]
    fn a_valid_matrix_is_its_own_nearest() {
        let nearest = nearest_correlation(&benchmark()).unwrap();
        assert!(nearest.distance < 1e-13, "{}", nearest.distance);
        assert!(is_valid_correlation(&nearest.matrix));
        let asymmetric = matrix([[1.0, 0.2], [0.3, 1.0]]);
        assert_eq!(nearest_correlation(&asymmetric), None);
    }

    #[test]
    fn larger_impossible_matrices_are_repaired() {
        // Everything said to move against everything else.
        let asked = Matrix::from_fn(12, |i, j| if i == j { 1.0 } else { -0.5 });
        let nearest = nearest_correlation(&asked).unwrap();
        assert!(is_valid_correlation(&nearest.matrix));
        // By symmetry the answer is the lowest possible common correlation, -1/11.
        for i in 0..12 {
            for j in 0..i {
                assert!((nearest.matrix.at(i, j) + 1.0 / 11.0).abs() < 1e-10);
            }
        }
        let distance = (132.0_f64).sqrt() * (0.5 - 1.0 / 11.0);
        assert!((nearest.distance / distance - 1.0).abs() < 1e-9);
    }

    #[test]
    fn eigenvalues_of_known_matrices() {
        // Equal correlation r among n: 1 + (n-1) r once, 1 - r otherwise.
        let (mut values, vectors) =
            eigen(&Matrix::from_fn(7, |i, j| if i == j { 1.0 } else { 0.3 }));
        values.sort_by(f64::total_cmp);
        for (value, expected) in values.iter().zip([0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 2.8]) {
            assert!((value - expected).abs() < 1e-14);
        }
        for i in 0..7 {
            for j in 0..7 {
                let dot: f64 = (0..7).map(|k| vectors.at(k, i) * vectors.at(k, j)).sum();
                assert!((dot - if i == j { 1.0 } else { 0.0 }).abs() < 1e-14);
            }
        }
    }
}
