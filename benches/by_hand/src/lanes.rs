//! Sixteen draws at a time: two registers of AVX-512, so that one chain of operations waits less for another. Compiled
//! for the processor it runs on, nothing is chosen at run time, and where Fleetcast avoids an instruction that not every
//! instruction set has (rounding, powers of two), these use it.

use std::arch::x86_64::*;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Sub, SubAssign};

#[cfg(not(all(target_feature = "avx512f", target_feature = "avx512dq")))]
compile_error!("needs AVX-512, and RUSTFLAGS=\"-C target-cpu=native\"");

const REGISTERS: usize = 2;
/// Draws in a group.
pub const WIDTH: usize = 8 * REGISTERS;

/// One value in each draw of a group.
#[derive(Clone, Copy)]
pub struct Lanes([__m512d; REGISTERS]);

/// A yes or no in each draw.
#[derive(Clone, Copy)]
pub struct Mask([__mmask8; REGISTERS]);

/// Applies an instruction to each register.
macro_rules! each {
    ($x:expr, |$k:ident| $instruction:expr) => {{
        let mut out = $x;
        for $k in 0..REGISTERS {
            // SAFETY: the error above: nothing is compiled without these instructions.
            out.0[$k] = unsafe { $instruction };
        }
        out
    }};
}

macro_rules! operator {
    ($Trait:ident $name:ident $instruction:ident) => {
        impl $Trait for Lanes {
            type Output = Lanes;
            #[inline(always)]
            fn $name(self, other: Lanes) -> Lanes {
                each!(self, |k| $instruction(self.0[k], other.0[k]))
            }
        }
        impl $Trait<f64> for Lanes {
            type Output = Lanes;
            #[inline(always)]
            fn $name(self, other: f64) -> Lanes {
                self.$name(Lanes::all(other))
            }
        }
        impl $Trait<Lanes> for f64 {
            type Output = Lanes;
            #[inline(always)]
            fn $name(self, other: Lanes) -> Lanes {
                Lanes::all(self).$name(other)
            }
        }
    };
}
operator!(Add add _mm512_add_pd);
operator!(Sub sub _mm512_sub_pd);
operator!(Mul mul _mm512_mul_pd);
operator!(Div div _mm512_div_pd);

macro_rules! assign {
    ($Trait:ident $name:ident $sign:tt) => {
        impl $Trait for Lanes {
            #[inline(always)]
            fn $name(&mut self, other: Lanes) {
                *self = *self $sign other;
            }
        }
    };
}
assign!(AddAssign add_assign +);
assign!(SubAssign sub_assign -);
assign!(MulAssign mul_assign *);

impl Lanes {
    pub const ZERO: Self = Self::of([0.0; WIDTH]);
    pub const ONE: Self = Self::of([1.0; WIDTH]);

    /// One value for each draw.
    pub const fn of(values: [f64; WIDTH]) -> Self {
        // SAFETY: as many bits, all of which are valid.
        unsafe { std::mem::transmute(values) }
    }

    /// The value in a draw.
    pub fn get(self, lane: usize) -> f64 {
        // SAFETY: as many bits, all of which are valid.
        let values: [f64; WIDTH] = unsafe { std::mem::transmute(self) };
        values[lane]
    }

    #[inline(always)]
    pub fn all(x: f64) -> Self {
        each!(Self::ZERO, |_k| _mm512_set1_pd(x))
    }
    #[inline(always)]
    pub fn min(self, other: impl Into<Self>) -> Self {
        let other = other.into();
        each!(self, |k| _mm512_min_pd(self.0[k], other.0[k]))
    }
    #[inline(always)]
    pub fn max(self, other: impl Into<Self>) -> Self {
        let other = other.into();
        each!(self, |k| _mm512_max_pd(self.0[k], other.0[k]))
    }
    #[inline(always)]
    pub fn positive(self) -> Self {
        self.max(0.0)
    }
    #[inline(always)]
    pub fn sqrt(self) -> Self {
        each!(self, |k| _mm512_sqrt_pd(self.0[k]))
    }
    /// The polynomial of Fleetcast's `exp`.
    #[inline(always)]
    pub fn exp(self) -> Self {
        each!(self, |k| exp(self.0[k]))
    }
    /// Of a positive normal number, as Fleetcast's `ln`.
    #[inline(always)]
    pub fn ln(self) -> Self {
        each!(self, |k| ln(self.0[k]))
    }
    #[inline(always)]
    pub fn below(self, other: impl Into<Self>) -> Mask {
        let other = other.into();
        each!(Mask::none(), |k| _mm512_cmp_pd_mask::<_CMP_LT_OQ>(self.0[k], other.0[k]))
    }
    #[inline(always)]
    pub fn above(self, other: impl Into<Self>) -> Mask {
        other.into().below(self)
    }
    #[inline(always)]
    pub fn at_most(self, other: impl Into<Self>) -> Mask {
        let other = other.into();
        each!(Mask::none(), |k| _mm512_cmp_pd_mask::<_CMP_LE_OQ>(self.0[k], other.0[k]))
    }
}

impl From<f64> for Lanes {
    #[inline(always)]
    fn from(x: f64) -> Self {
        Self::all(x)
    }
}

impl Mask {
    #[inline(always)]
    pub fn none() -> Self {
        Self([0; REGISTERS])
    }
    #[inline(always)]
    pub fn pick(self, yes: impl Into<Lanes>, no: impl Into<Lanes>) -> Lanes {
        let (yes, no) = (yes.into(), no.into());
        each!(yes, |k| _mm512_mask_blend_pd(self.0[k], no.0[k], yes.0[k]))
    }
    #[inline(always)]
    pub fn flag(self) -> Lanes {
        self.pick(1.0, 0.0)
    }
    #[inline(always)]
    pub fn and(self, other: Self) -> Self {
        Self([self.0[0] & other.0[0], self.0[1] & other.0[1]])
    }
    #[inline(always)]
    pub fn or(self, other: Self) -> Self {
        Self([self.0[0] | other.0[0], self.0[1] | other.0[1]])
    }
    #[inline(always)]
    pub fn not(self) -> Self {
        Self([!self.0[0], !self.0[1]])
    }
    #[inline(always)]
    pub fn any(self) -> bool {
        self.0.iter().any(|&lanes| lanes != 0)
    }
}

const EXP: [f64; 11] = [
    2.0914686968086876e-09,
    2.5105217004720745e-08,
    2.75572736431103e-07,
    2.7557255400206422e-06,
    2.4801587325547743e-05,
    0.00019841269874820627,
    0.0013888888888883748,
    0.008333333333326136,
    0.04166666666666667,
    0.1666666666666667,
    0.5,
];
const LOG: [f64; 7] = [
    1.479819860511658591e-01,
    1.531383769920937332e-01,
    1.818357216161805012e-01,
    2.222219843214978396e-01,
    2.857142874366239149e-01,
    3.999999999940941908e-01,
    6.666666666666735130e-01,
];
const LN2_HIGH: f64 = 6.93147180369123816490e-01;
const LN2_LOW: f64 = 1.90821492927058770002e-10;

/// Two chains of Horner's rule in x².
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn polynomial<const N: usize>(x: __m512d, coefficients: &[f64; N]) -> __m512d {
    let all = |x| _mm512_set1_pd(x);
    let step = |p, square, c| _mm512_add_pd(_mm512_mul_pd(p, square), all(c));
    let (square, mut i) = (_mm512_mul_pd(x, x), 2);
    let (mut p, mut q) = (all(coefficients[0]), all(coefficients[1]));
    while i + 1 < N {
        p = step(p, square, coefficients[i]);
        q = step(q, square, coefficients[i + 1]);
        i += 2;
    }
    if i < N {
        _mm512_add_pd(step(p, square, coefficients[i]), _mm512_mul_pd(q, x))
    } else {
        _mm512_add_pd(_mm512_mul_pd(p, x), q)
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn exp(x: __m512d) -> __m512d {
    let all = |x| _mm512_set1_pd(x);
    let x = _mm512_max_pd(_mm512_min_pd(x, all(710.0)), all(-750.0));
    let n = _mm512_roundscale_pd::<0>(_mm512_mul_pd(x, all(std::f64::consts::LOG2_E)));
    let r = _mm512_sub_pd(x, _mm512_mul_pd(n, all(LN2_HIGH)));
    let r = _mm512_sub_pd(r, _mm512_mul_pd(n, all(LN2_LOW)));
    let beyond = _mm512_mul_pd(_mm512_mul_pd(r, r), polynomial(r, &EXP));
    _mm512_scalef_pd(_mm512_add_pd(all(1.0), _mm512_add_pd(r, beyond)), n)
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn ln(x: __m512d) -> __m512d {
    const ROOT_HALF: i64 = 0x3fe6_a09e_667f_3bcd;
    const ONE: i64 = 0x3ff0_0000_0000_0000;
    const TWO_52: i64 = 0x4330_0000_0000_0000;
    let (all, bits) = (|x| _mm512_set1_pd(x), |x| _mm512_set1_epi64(x));
    let shifted = _mm512_add_epi64(_mm512_castpd_si512(x), bits(ONE - ROOT_HALF));
    let k = _mm512_or_si512(bits(TWO_52), _mm512_srli_epi64::<52>(shifted));
    let k = _mm512_sub_pd(_mm512_castsi512_pd(k), all(4503599627370496.0 + 1023.0));
    let fraction = _mm512_and_si512(shifted, bits((1 << 52) - 1));
    let f = _mm512_castsi512_pd(_mm512_add_epi64(fraction, bits(ROOT_HALF)));
    let f = _mm512_sub_pd(f, all(1.0));
    let s = _mm512_div_pd(f, _mm512_add_pd(all(2.0), f));
    let z = _mm512_mul_pd(s, s);
    let r = _mm512_mul_pd(z, polynomial(z, &LOG));
    let half = _mm512_mul_pd(all(0.5), _mm512_mul_pd(f, f));
    let low = _mm512_mul_pd(k, all(LN2_LOW));
    let t = _mm512_add_pd(_mm512_mul_pd(s, _mm512_add_pd(half, r)), low);
    _mm512_sub_pd(_mm512_mul_pd(k, all(LN2_HIGH)), _mm512_sub_pd(_mm512_sub_pd(half, t), f))
}
