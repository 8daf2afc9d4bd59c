//! A three-state regime chain over columns (MODEL.md M1).

use crate::vector::{Column, TILE};

/// States, means and spreads of the chain, with its probabilities as normal scores.
#[derive(Clone, Debug)]
pub struct RegimeSampler {
    /// Upper ends of states 0 and 1 in the first year, on the normal-score axis.
    pub start: [f64; 2],
    /// The same for each state of the year before.
    pub next: [[f64; 2]; 3],
    /// Mean of each state.
    pub mean: [f64; 3],
    /// Standard deviation of each state.
    pub sd: [f64; 3],
    /// Factor on every draw.
    pub scale: f64,
}

impl RegimeSampler {
    /// Moves the states on by a year and draws the value: mean + sd · series of the new state.
    #[inline(always)]
    pub fn step(
        &self,
        first: bool,
        choice: &Column,
        series: &Column,
        state: &mut Column,
        out: &mut Column,
    ) {
        for tile in 0..out.tiles().len() {
            let (choice, series) = (&choice.tiles()[tile], &series.tiles()[tile]);
            let state = &mut state.tiles_mut()[tile];
            let out = &mut out.tiles_mut()[tile];
            for lane in 0..TILE {
                let ends = if first { self.start } else { self.ends(state[lane]) };
                let above = f64::from(u8::from(choice[lane] >= ends[0]))
                    + f64::from(u8::from(choice[lane] >= ends[1]));
                state[lane] = above;
                out[lane] =
                    (pick(self.mean, above) + pick(self.sd, above) * series[lane]) * self.scale;
            }
        }
    }

    #[inline(always)]
    fn ends(&self, state: f64) -> [f64; 2] {
        [
            pick([self.next[0][0], self.next[1][0], self.next[2][0]], state),
            pick([self.next[0][1], self.next[1][1], self.next[2][1]], state),
        ]
    }
}

#[inline(always)]
fn pick(values: [f64; 3], state: f64) -> f64 {
    let low = if state < 0.5 { values[0] } else { values[1] };
    if state < 1.5 { low } else { values[2] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_follow_the_chain() {
        let chain = RegimeSampler {
            start: [0.0, 1.0],
            next: [[0.5, 2.0], [-1.0, 0.0], [-9.0, -8.0]],
            mean: [0.6, 0.12, -0.1],
            sd: [0.15, 0.0, 0.0],
            scale: 1.0,
        };
        let (mut choice, mut series) = (Column::new(1), Column::new(1));
        let (mut state, mut out) = (Column::new(1), Column::new(1));
        choice.fill(-0.5);
        series.fill(2.0);
        chain.step(true, &choice, &series, &mut state, &mut out);
        assert!((state.as_slice()[0]).abs() < 1e-15 && (out.as_slice()[0] - 0.9).abs() < 1e-15);
        choice.fill(1.0);
        chain.step(false, &choice, &series, &mut state, &mut out);
        assert!(
            (state.as_slice()[0] - 1.0).abs() < 1e-15 && (out.as_slice()[0] - 0.12).abs() < 1e-15
        );
        choice.fill(0.1);
        chain.step(false, &choice, &series, &mut state, &mut out);
        assert!(
            (state.as_slice()[0] - 2.0).abs() < 1e-15 && (out.as_slice()[0] + 0.1).abs() < 1e-15
        );
    }
}
