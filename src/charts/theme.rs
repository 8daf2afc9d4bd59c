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

    /// White or ink, whichever reads better on this color.
    #[must_use]
    pub fn text_on(self) -> Self {
        if self.contrast(WHITE) >= 3.6 { WHITE } else { INK }
    }
}

/// Paper of the light theme.
pub const WHITE: Color = Color::hex(0xFFFFFF);
/// Titles and the zero line of the light theme.
pub const INK: Color = Color::hex(0x171C26);
/// Subtitle, ticks and labels of the light theme.
pub const GRAY: Color = Color::hex(0x535C6B);

/// Light or dark paper.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// Dark on white.
    #[default]
    Light,
    /// Light on near-black.
    Dark,
}

impl Theme {
    /// What everything is drawn on.
    pub const fn paper(self) -> Color {
        match self {
            Self::Light => WHITE,
            Self::Dark => Color::hex(0x12161D),
        }
    }

    /// Titles, the zero line, reported values.
    pub const fn ink(self) -> Color {
        match self {
            Self::Light => INK,
            Self::Dark => Color::hex(0xF1F3F6),
        }
    }

    /// Subtitle, ticks and labels.
    pub const fn gray(self) -> Color {
        match self {
            Self::Light => GRAY,
            Self::Dark => Color::hex(0xA9B2C0),
        }
    }

    /// The color moved toward the ink as far as text in it on paper needs (contrast 4.5).
    #[must_use]
    pub fn text(self, color: Color) -> Color {
        let mut color = color;
        for _ in 0..60 {
            if color.contrast(self.paper()) >= 4.5 {
                break;
            }
            color = color.mix(self.ink(), 0.06);
        }
        color
    }
}

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
    /// Cell of a heat map, step `index` of `count` from pale to strong; text in ink can be read on all.
    Heat {
        /// Step from the lowest value.
        index: usize,
        /// Number of steps.
        count: usize,
    },
    /// Slices too small to name.
    Other,
    /// Budget, and money for capex.
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
    /// One draw among many.
    Thread,
    /// Difference of two runs: median.
    Difference,
    /// Its central 50 %.
    DifferenceInner,
    /// Its central 80 %.
    DifferenceMiddle,
    /// Its central 90 %.
    DifferenceOuter,
    /// Cash flow from operations.
    OperatingCash,
    /// Power in use.
    Used,
    /// Power that is there, but not in use.
    Energized,
    /// Power that is contracted, but not there.
    Contracted,
    /// Power that is announced only.
    Announced,
    /// Ranking and recommendation.
    Ranking,
    /// Inference for users.
    Inference,
    /// Research.
    Research,
    /// Training runs.
    Training,
    /// What the company said would be.
    Guidance,
    /// A bar that adds.
    Up,
    /// A bar that takes away.
    Down,
    /// A bar of a total.
    Total,
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
    /// The color of this role: the same hue on every chart and on both papers.
    pub fn color(self, theme: Theme) -> Color {
        let fill = |light: u32, share: f64| match theme {
            Theme::Light => Color::hex(light),
            Theme::Dark => theme.paper().mix(Color::hex(0x6F9BFF), share),
        };
        let other = |light: u32, share: f64| match theme {
            Theme::Light => Color::hex(light),
            Theme::Dark => theme.paper().mix(Color::hex(0xC99BEA), share),
        };
        let by = |light: u32, dark: u32| match theme {
            Theme::Light => Color::hex(light),
            Theme::Dark => Color::hex(dark),
        };
        match self {
            Self::Ink => theme.ink(),
            Self::Gray => theme.gray(),
            Self::Median => by(0x1A4DB8, 0x9DBBFF),
            Self::Inner => fill(0x93ADE3, 0.58),
            Self::Middle => fill(0xC0CFEF, 0.36),
            Self::Outer => fill(0xE2E9F7, 0.18),
            Self::Difference => by(0x6A2C91, 0xDDB8F5),
            Self::DifferenceInner => other(0xBF9AD3, 0.52),
            Self::DifferenceMiddle => other(0xDBC6E6, 0.33),
            Self::DifferenceOuter => other(0xEFE6F4, 0.17),
            Self::Threshold => by(0xB5400A, 0xFF9A5C),
            Self::Thread => by(0x4C5B80, 0xB9C6E4),
            Self::Slice { index, count } => ramp(index, count, theme),
            Self::Heat { index, count } => heat(index, count, theme),
            Self::Other => by(0xB4B9C2, 0x6C7480),
            Self::Money | Self::Guidance => Color::hex(0xE69F00),
            Self::Affordability => by(0xF6D58A, 0x9A7A2C),
            Self::Chips | Self::Ranking | Self::Up => by(0x0072B2, 0x3D9AD6),
            Self::LeadTime | Self::Inference => by(0x7CC0E8, 0x9AD4F5),
            Self::Power | Self::Energized => by(0x009E73, 0x17A880),
            Self::Installation | Self::Research => Color::hex(0xCC79A7),
            Self::OperatingCash => by(0x5B6675, 0xB4BDCA),
            Self::Used => by(0x00563F, 0x0B6E53),
            Self::Contracted => by(0x63C2A5, 0x83D6BD),
            Self::Announced => by(0xC3E8DB, 0x2F5F52),
            Self::Training | Self::Down => by(0xD55E00, 0xEE7B26),
            Self::Total => by(0x3B4454, 0x8D97A6),
        }
    }
}

fn heat(index: usize, count: usize, theme: Theme) -> Color {
    let share = index as f64 / (count.max(2) - 1) as f64;
    let (pale, middle, strong) = match theme {
        Theme::Light => (0xF7F4E6, 0xA8D5C8, 0x4F93D2),
        Theme::Dark => (0x1B2230, 0x1F4A63, 0x2E6BB0),
    };
    let (pale, middle, strong) = (Color::hex(pale), Color::hex(middle), Color::hex(strong));
    if share < 0.5 { pale.mix(middle, 2.0 * share) } else { middle.mix(strong, 2.0 * share - 1.0) }
}

fn ramp(index: usize, count: usize, theme: Theme) -> Color {
    let last = RAMP.len() - 1;
    // Few slices stay away from the pale end.
    let span = if count > 5 { 1.0 } else { 0.75 };
    let at = span * last as f64 * index as f64 / (count.max(2) - 1) as f64;
    let low = (at.floor().max(0.0) as usize).min(last - 1);
    let color = RAMP[low].mix(RAMP[low + 1], (at - low as f64).clamp(0.0, 1.0));
    match theme {
        Theme::Light => color,
        // The dark end stands out from dark paper.
        Theme::Dark => color.mix(Color::hex(0x7FA0E8), 0.30 * (1.0 - at / last as f64)),
    }
}

/// Page width in units of the layout.
pub const WIDTH: f64 = 1200.0;
/// Page height in the same units.
pub const HEIGHT: f64 = 675.0;

/// Sizes of texts and margins, in units of the layout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sizes {
    /// Paper left free around everything.
    pub margin: f64,
    /// Font size of the title.
    pub title: f64,
    /// Smallest title before it wraps.
    pub title_min: f64,
    /// Font size of the subtitle.
    pub subtitle: f64,
    /// Font size of ticks.
    pub tick: f64,
    /// Font size of direct labels.
    pub label: f64,
    /// Font size of the footnote.
    pub footnote: f64,
}

impl Sizes {
    const PAGE: Self = Self {
        margin: 40.0,
        title: 30.0,
        title_min: 26.0,
        subtitle: 19.0,
        tick: 18.0,
        label: 18.0,
        footnote: 16.0,
    };
    /// A page on which the plot needs every line.
    const SMALL: Self = Self {
        margin: 26.0,
        title: 26.0,
        title_min: 22.0,
        subtitle: 17.0,
        tick: 16.5,
        label: 17.0,
        footnote: 14.5,
    };
    /// A chart among others on one page.
    pub const PANEL: Self = Self {
        margin: 6.0,
        title: 19.0,
        title_min: 16.0,
        subtitle: 16.0,
        tick: 16.0,
        label: 16.0,
        footnote: 14.0,
    };

    /// What a page of this height is set in.
    pub fn of(height: f64) -> Self {
        if height < 600.0 { Self::SMALL } else { Self::PAGE }
    }
}

/// Height of a line of text as a multiple of its size.
pub const LINE_HEIGHT: f64 = 1.34;

#[cfg(test)]
mod tests {
    use super::*;

    const THEMES: [Theme; 2] = [Theme::Light, Theme::Dark];

    #[test]
    fn text_colors_reach_the_contrast_of_wcag() {
        for theme in THEMES {
            for role in [
                Role::Money,
                Role::Affordability,
                Role::LeadTime,
                Role::Installation,
                Role::Median,
                Role::Training,
                Role::Used,
                Role::Contracted,
                Role::Announced,
                Role::Difference,
            ] {
                let text = theme.text(role.color(theme));
                assert!(text.contrast(theme.paper()) >= 4.5, "{theme:?} {role:?}");
            }
            for index in 0..9 {
                let color = Role::Slice { index, count: 9 }.color(theme);
                assert!(color.text_on().contrast(color) >= 3.6, "{theme:?} {index}");
            }
            assert!(theme.gray().contrast(theme.paper()) > 6.0);
        }
    }

    #[test]
    fn bands_stand_out_from_the_paper_and_each_other() {
        for theme in THEMES {
            let bands = [Role::Outer, Role::Middle, Role::Inner, Role::Median];
            let steps: Vec<Color> =
                [theme.paper()].into_iter().chain(bands.map(|role| role.color(theme))).collect();
            for pair in steps.windows(2) {
                assert!(pair[0].contrast(pair[1]) > 1.15, "{theme:?} {pair:?}");
            }
        }
    }

    #[test]
    fn ink_can_be_read_on_every_step_of_heat() {
        for theme in THEMES {
            let steps: Vec<Color> =
                (0..64).map(|index| Role::Heat { index, count: 64 }.color(theme)).collect();
            assert!(steps.iter().all(|step| step.contrast(theme.ink()) >= 4.5), "{theme:?}");
            let light = steps.iter().map(|step| step.luminance());
            let light: Vec<f64> = light.collect();
            let rises = |w: &[f64]| (w[1] > w[0]) == (theme == Theme::Dark);
            assert!(light.windows(2).all(rises), "{theme:?} {light:?}");
        }
    }

    #[test]
    fn the_ramp_gets_lighter_with_every_generation() {
        for count in 1..=12 {
            let slice = |index| Role::Slice { index, count }.color(Theme::Light).luminance();
            let light: Vec<f64> = (0..count).map(slice).collect();
            assert!(light.windows(2).all(|w| w[0] < w[1]), "{count}: {light:?}");
        }
    }
}
