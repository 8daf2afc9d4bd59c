//! Colors, sizes and strengths of all charts, in one place.
//!
//! Constraints use the palette of Okabe and Ito ("Color Universal Design", 2008), which readers with the common
//! kinds of color blindness can tell apart; limits of one family share a hue. Fans are one blue hue. Generations
//! are a ramp from dark to light, so that their order in time shows.

/// An opaque sRGB color.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color {
    /// Red.
    pub r: u8,
    /// Green.
    pub g: u8,
    /// Blue.
    pub b: u8,
}

impl Color {
    /// A color from `0xRRGGBB`.
    pub const fn hex(rgb: u32) -> Self {
        Self { r: (rgb >> 16) as u8, g: (rgb >> 8) as u8, b: rgb as u8 }
    }

    /// This color mixed with `other`; `share` of the other, from 0 to 1.
    #[must_use]
    pub fn mix(self, other: Self, share: f64) -> Self {
        let channel = |a: u8, b: u8| {
            (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round().clamp(0.0, 255.0) as u8
        };
        Self {
            r: channel(self.r, other.r),
            g: channel(self.g, other.g),
            b: channel(self.b, other.b),
        }
    }

    /// Relative luminance from 0 (black) to 1 (white), WCAG 2.2.
    pub fn luminance(self) -> f64 {
        let linear = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { libm::pow((c + 0.055) / 1.055, 2.4) }
        };
        0.2126 * linear(self.r) + 0.7152 * linear(self.g) + 0.0722 * linear(self.b)
    }

    /// Contrast ratio with another color, 1 to 21, WCAG 2.2.
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// The color darkened as far as text in it on white needs (contrast 4.5).
    #[must_use]
    pub fn as_text(self) -> Self {
        let mut color = self;
        for _ in 0..40 {
            if color.contrast(WHITE) >= 4.5 {
                break;
            }
            color = color.mix(INK, 0.06);
        }
        color
    }

    /// White or ink, whichever reads better on this color.
    #[must_use]
    pub fn text_on(self) -> Self {
        if self.contrast(WHITE) >= 3.6 { WHITE } else { INK }
    }
}

/// Paper.
pub const WHITE: Color = Color::hex(0xFFFFFF);
/// Titles and the zero line.
pub const INK: Color = Color::hex(0x171C26);
/// Subtitle, ticks and labels.
pub const GRAY: Color = Color::hex(0x535C6B);

/// What a mark stands for; [`Role::color`] says how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Reported values.
    Ink,
    /// Markers and secondary text.
    Gray,
    /// Median of a fan.
    Median,
    /// Central 50 %.
    Inner,
    /// Central 80 %.
    Middle,
    /// Central 90 %.
    Outer,
    /// Thresholds and targets.
    Threshold,
    /// Slice `index` of `count` on the ramp from old (dark) to new (light).
    Slice {
        /// Position from the bottom.
        index: usize,
        /// Number of slices.
        count: usize,
    },
    /// Slices too small to name.
    Other,
    /// Budget.
    Money,
    /// Cash flow.
    Affordability,
    /// Supply of chips.
    Chips,
    /// Delivery of chips.
    LeadTime,
    /// Power and sites.
    Power,
    /// Crews.
    Installation,
}

const RAMP: [Color; 6] = [
    Color::hex(0x1D2B5C),
    Color::hex(0x2C5AA0),
    Color::hex(0x3E8FC0),
    Color::hex(0x6CBFC0),
    Color::hex(0xB5DDB0),
    Color::hex(0xF1E3A0),
];

impl Role {
    /// The color of this role.
    pub fn color(self) -> Color {
        match self {
            Self::Ink => INK,
            Self::Gray => GRAY,
            Self::Median => Color::hex(0x1A4DB8),
            Self::Inner => Color::hex(0x93ADE3),
            Self::Middle => Color::hex(0xC0CFEF),
            Self::Outer => Color::hex(0xE2E9F7),
            Self::Threshold => Color::hex(0xB5400A),
            Self::Slice { index, count } => ramp(index, count),
            Self::Other => Color::hex(0xB4B9C2),
            Self::Money => Color::hex(0xE69F00),
            Self::Affordability => Color::hex(0xF6D58A),
            Self::Chips => Color::hex(0x0072B2),
            Self::LeadTime => Color::hex(0x7CC0E8),
            Self::Power => Color::hex(0x009E73),
            Self::Installation => Color::hex(0xCC79A7),
        }
    }
}

fn ramp(index: usize, count: usize) -> Color {
    let last = RAMP.len() - 1;
    // Few slices stay away from the pale end.
    let span = if count > 5 { 1.0 } else { 0.75 };
    let at = span * last as f64 * index as f64 / (count.max(2) - 1) as f64;
    let low = (at.floor().max(0.0) as usize).min(last - 1);
    RAMP[low].mix(RAMP[low + 1], (at - low as f64).clamp(0.0, 1.0))
}

/// Page width in CSS pixels.
pub const WIDTH: f64 = 1200.0;
/// Page height in CSS pixels.
pub const HEIGHT: f64 = 675.0;
/// White around everything.
pub const MARGIN: f64 = 40.0;
/// Font size of the title.
pub const TITLE: f64 = 30.0;
/// Smallest title before it wraps.
pub const TITLE_MIN: f64 = 26.0;
/// Font size of the subtitle.
pub const SUBTITLE: f64 = 19.0;
/// Font size of ticks.
pub const TICK: f64 = 18.0;
/// Font size of direct labels.
pub const LABEL: f64 = 18.0;
/// Font size of the footnote.
pub const FOOTNOTE: f64 = 16.0;
/// Height of a line of text as a multiple of its size.
pub const LINE_HEIGHT: f64 = 1.34;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_colors_reach_the_contrast_of_wcag() {
        for role in
            [Role::Money, Role::Affordability, Role::LeadTime, Role::Installation, Role::Median]
        {
            assert!(role.color().as_text().contrast(WHITE) >= 4.5, "{role:?}");
        }
        for index in 0..9 {
            let color = Role::Slice { index, count: 9 }.color();
            assert!(color.text_on().contrast(color) >= 3.6, "{index}");
        }
        assert!(GRAY.contrast(WHITE) > 6.0);
    }

    #[test]
    fn the_ramp_gets_lighter_with_every_generation() {
        for count in 1..=12 {
            let light: Vec<f64> =
                (0..count).map(|index| Role::Slice { index, count }.color().luminance()).collect();
            assert!(light.windows(2).all(|w| w[0] < w[1]), "{count}: {light:?}");
        }
    }
}
