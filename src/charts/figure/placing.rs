//! Free places for labels inside the plot: tries candidates and takes the one that hides least.

use super::page::{Frame, Spot};

/// Distance that a label keeps from points it does not name.
const STRANGER: f64 = 8.0;
/// No label is put where it costs this: what lies outside of the plot costs more.
const TOO_DEAR: f64 = 1e8;

/// How strictly labels keep clear of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// A curve: neither label nor leader line may cross it.
    Line,
    /// A vertical marker: a leader line may cross it, a label may not.
    Marker,
    /// The edge of a band: better not crossed.
    Edge,
}

/// What labels should keep clear of.
#[derive(Debug)]
pub(crate) struct Scene {
    /// The plot; labels stay inside.
    plot: Frame,
    lines: Vec<(Spot, Spot, Keep)>,
    dots: Vec<(Spot, f64)>,
    /// Whiskers and labels that are already there.
    pub(crate) boxes: Vec<Frame>,
}

impl Scene {
    /// An empty plot.
    pub(crate) fn new(plot: Frame) -> Self {
        Self { plot, lines: Vec::new(), dots: Vec::new(), boxes: Vec::new() }
    }

    /// Adds a polyline.
    pub(crate) fn add_line(&mut self, points: &[Spot], keep: Keep) {
        self.lines.extend(points.windows(2).map(|w| (w[0], w[1], keep)));
    }

    /// Adds a point that may have a label of its own.
    pub(crate) fn add_dot(&mut self, at: Spot, radius: f64) {
        self.dots.push((at, radius));
    }

    /// Whether a box lies in the plot and neither labels, curves nor markers run through it.
    pub(crate) fn is_free(&self, frame: &Frame) -> bool {
        !self.is_struck(frame)
            && self.plot.holds(frame)
            && !self.boxes.iter().any(|b| b.overlaps(frame))
    }

    /// Whether a curve or marker runs through a box.
    pub(crate) fn is_struck(&self, frame: &Frame) -> bool {
        self.crossed(frame, Keep::Line) + self.crossed(frame, Keep::Marker) > 0.0
    }

    /// Whether a line runs through a label.
    pub(crate) fn strikes(&self, from: Spot, to: Spot) -> bool {
        self.boxes.iter().any(|b| b.meets(from, to))
    }

    fn crossed(&self, frame: &Frame, keep: Keep) -> f64 {
        let lines = self.lines.iter().filter(|(a, b, k)| *k == keep && frame.meets(*a, *b));
        lines.count().min(3) as f64
    }

    /// How much a label at `frame` would hide; `own` is the point that it names.
    fn cost(&self, frame: &Frame, own: Option<Spot>) -> f64 {
        if !self.plot.holds(frame) {
            return 1e9;
        }
        let boxes = self.boxes.iter().filter(|b| b.overlaps(frame)).count();
        // A label close to another point would seem to name that one.
        let near = |&&((x, y), radius): &&(Spot, f64)| {
            let reach = if own == Some((x, y)) { radius } else { radius + STRANGER };
            let disc =
                Frame { left: x - reach, top: y - reach, right: x + reach, bottom: y + reach };
            disc.overlaps(frame)
        };
        100.0 * (boxes + self.dots.iter().filter(near).count()) as f64
            + 40.0 * self.crossed(frame, Keep::Line)
            + 70.0 * self.crossed(frame, Keep::Marker)
            + 4.0 * self.crossed(frame, Keep::Edge)
    }

    /// Cost of a leader line: what lies along it between its ends, looked up in small steps.
    fn leader_cost(&self, from: Spot, frame: &Frame) -> f64 {
        let to = (from.0.clamp(frame.left, frame.right), from.1.clamp(frame.top, frame.bottom));
        let mut cost = 0.0;
        for step in 5..20 {
            let share = f64::from(step) / 20.0;
            let (x, y) = (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1));
            let spot = Frame { left: x - 2.0, top: y - 2.0, right: x + 2.0, bottom: y + 2.0 };
            cost +=
                12.0 * self.crossed(&spot, Keep::Line) + 2.0 * self.crossed(&spot, Keep::Marker);
        }
        cost
    }
}

/// A label that was placed: its box, and where its leader line starts when it stands away from its point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Placed {
    /// Box of the text.
    pub(crate) frame: Frame,
    /// The point that a leader line should lead to.
    pub(crate) leader: Option<Spot>,
}

/// Directions around a point: horizontal and vertical, with a small preference for the first.
const AROUND: [(f64, f64); 8] = [
    (1.0, 0.0),
    (1.0, 1.0),
    (-1.0, -1.0),
    (0.0, -1.0),
    (0.0, 1.0),
    (-1.0, 0.0),
    (1.0, -1.0),
    (-1.0, 1.0),
];

/// The best box of the given size around one of `anchors` (center and reach), late anchors preferred.
pub(crate) fn around(
    scene: &Scene,
    anchors: &[(Spot, f64)],
    (width, height): (f64, f64),
) -> Option<Placed> {
    let mut best: Option<(f64, Placed)> = None;
    for (index, &((x, y), reach)) in anchors.iter().rev().enumerate() {
        for (step, gap) in [6.0, 22.0, 44.0, 70.0].into_iter().enumerate() {
            for (turn, (dx, dy)) in AROUND.into_iter().enumerate() {
                // All parts of a cost are halves: sums are exact, and a place that can cost no
                // less than the best one needs no closer look.
                let dear = |cost: f64| cost >= best.map_or(TOO_DEAR, |(least, _)| least);
                let fixed = index as f64 + 12.0 * step as f64 + 0.5 * turn as f64;
                if dear(fixed) {
                    continue;
                }
                let diagonal = if dx != 0.0 && dy != 0.0 { 0.6 } else { 1.0 };
                let out = (reach + gap) * diagonal;
                let cx = x + dx * (out + width / 2.0);
                let cy = y + dy * (out + height / 2.0);
                let frame = Frame {
                    left: cx - width / 2.0,
                    top: cy - height / 2.0,
                    right: cx + width / 2.0,
                    bottom: cy + height / 2.0,
                };
                let leader = (step > 0).then_some((x, y));
                let own = fixed + scene.cost(&frame, Some((x, y)));
                if dear(own) {
                    continue;
                }
                let cost = own + leader.map_or(0.0, |from| scene.leader_cost(from, &frame));
                if !dear(cost) {
                    best = Some((cost, Placed { frame, leader }));
                }
            }
        }
    }
    best.map(|(_, placed)| placed)
}

/// The candidate box that hides least, or the first.
pub(crate) fn least(scene: &Scene, candidates: &[Frame]) -> Option<Frame> {
    let mut best: Option<(f64, Frame)> = None;
    for &frame in candidates {
        let cost = scene.cost(&frame, None);
        if best.is_none_or(|(least, _)| cost < least) {
            best = Some((cost, frame));
        }
    }
    best.map(|(_, frame)| frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLOT: Frame = Frame { left: 0.0, top: 0.0, right: 400.0, bottom: 300.0 };

    #[test]
    fn a_label_avoids_a_line_and_stays_in_the_plot() {
        let mut scene = Scene::new(PLOT);
        // A line to the right of the point leaves the places at its left.
        scene.add_line(&[(214.0, 0.0), (214.0, 300.0)], Keep::Line);
        let placed = around(&scene, &[((200.0, 150.0), 5.0)], (60.0, 18.0)).unwrap();
        assert!(placed.frame.right <= 214.0 && PLOT.holds(&placed.frame));
        assert!(placed.leader.is_none());
    }

    #[test]
    fn a_crowded_point_gets_a_leader_and_an_impossible_one_nothing() {
        let mut scene = Scene::new(PLOT);
        scene.add_dot((204.0, 150.0), 24.0);
        let placed = around(&scene, &[((200.0, 150.0), 5.0)], (60.0, 18.0)).unwrap();
        assert_eq!(placed.leader, Some((200.0, 150.0)));
        assert!(around(&scene, &[((200.0, 150.0), 5.0)], (900.0, 18.0)).is_none());
    }
}
