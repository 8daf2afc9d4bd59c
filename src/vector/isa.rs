//! Run-time choice of the instruction set: the only place with `unsafe`.

#[cfg(target_arch = "x86_64")]
use std::sync::OnceLock;

/// An instruction set that kernels are compiled for. All give the same bits; they differ in speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Isa {
    /// What every processor of the target has (SSE2 on x86-64).
    Portable,
    /// AVX2, four draws at a time.
    Avx2,
    /// AVX-512, eight draws at a time.
    Avx512,
}

impl Isa {
    /// All instruction sets, narrowest first.
    const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512];

    /// The widest set that this processor has.
    pub fn detect() -> Self {
        Self::ALL.into_iter().rev().find(|isa| isa.is_available()).unwrap_or(Self::Portable)
    }

    /// Every set that this processor has, narrowest first.
    pub fn available() -> Vec<Self> {
        Self::ALL.into_iter().filter(|isa| isa.is_available()).collect()
    }

    /// Whether this processor has the set. The answer is kept.
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            Self::Avx2 => has_avx2(),
            Self::Avx512 => has_avx512(),
        }
    }

    /// The name in options and logs: `portable`, `avx2` or `avx512`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// The set of that name, whether or not this processor has it.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|isa| isa.name() == name)
    }
}

/// Work to be compiled once per instruction set.
pub trait Kernel {
    /// Does the work. Mark it and all that it calls `#[inline(always)]`: what is not inlined, and
    /// anything behind `dyn`, stays compiled for the portable set.
    fn run(self);
}

/// Runs `kernel` compiled for `isa`, or for the next narrower set that this processor has.
#[inline]
pub fn dispatch<K: Kernel>(isa: Isa, kernel: K) {
    #[cfg(target_arch = "x86_64")]
    {
        if isa >= Isa::Avx512 && has_avx512() {
            return x86::enter_avx512(kernel);
        }
        if isa >= Isa::Avx2 && has_avx2() {
            return x86::enter_avx2(kernel);
        }
    }
    let _ = isa;
    kernel.run();
}

/// Asks for the cache lines of these values ahead of their use. Nothing depends on it but time.
#[inline(always)]
pub fn prefetch<T>(values: &[T]) {
    lines(values).for_each(prefetch_line);
}

/// The cache lines of these values, if they start on one.
#[inline(always)]
pub fn lines<T>(values: &[T]) -> std::slice::Chunks<'_, T> {
    const LINE: usize = 64;
    values.chunks((LINE / size_of::<T>().max(1)).max(1))
}

/// Asks for one of [`lines`].
#[inline(always)]
pub fn prefetch_line<T>(line: &[T]) {
    #[cfg(target_arch = "x86_64")]
    x86::prefetch(line);
    #[cfg(not(target_arch = "x86_64"))]
    let _ = line;
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    widest() >= Isa::Avx2
}

#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    widest() >= Isa::Avx512
}

/// The widest set of this processor. Asked before every kernel, so nine features are one number.
#[cfg(target_arch = "x86_64")]
#[inline]
fn widest() -> Isa {
    static WIDEST: OnceLock<Isa> = OnceLock::new();
    *WIDEST.get_or_init(ask_processor)
}

#[cfg(target_arch = "x86_64")]
#[cold]
fn ask_processor() -> Isa {
    use std::arch::is_x86_feature_detected as has;
    if !(has!("avx2") && has!("bmi1") && has!("bmi2") && has!("popcnt")) {
        Isa::Portable
    } else if has!("avx512f")
        && has!("avx512bw")
        && has!("avx512dq")
        && has!("avx512vl")
        && has!("avx512cd")
    {
        Isa::Avx512
    } else {
        Isa::Avx2
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn has_avx2() -> bool {
    false
}

#[cfg(not(target_arch = "x86_64"))]
fn has_avx512() -> bool {
    false
}

/// The two entry points. No `fma` in either list: it would change results.
#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Kernel, has_avx2, has_avx512};
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

    #[inline(always)]
    #[expect(unsafe_code, reason = "the instruction takes a pointer")]
    pub(super) fn prefetch<T>(values: &[T]) {
        // SAFETY: part of SSE, which every x86-64 processor has; it reads and changes nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(values.as_ptr().cast()) }
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
    fn run_avx2<K: Kernel>(kernel: K) {
        kernel.run();
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512cd,avx2,bmi1,bmi2,popcnt")]
    fn run_avx512<K: Kernel>(kernel: K) {
        kernel.run();
    }

    #[inline]
    #[expect(unsafe_code, reason = "a function with target features; the assertion checks them")]
    pub(super) fn enter_avx2<K: Kernel>(kernel: K) {
        assert!(has_avx2());
        // SAFETY: the processor has every feature that `run_avx2` enables.
        unsafe { run_avx2(kernel) }
    }

    #[inline]
    #[expect(unsafe_code, reason = "a function with target features; the assertion checks them")]
    pub(super) fn enter_avx512<K: Kernel>(kernel: K) {
        assert!(has_avx512());
        // SAFETY: the processor has every feature that `run_avx512` enables.
        unsafe { run_avx512(kernel) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::{
        CubicTable, StreamKey, TILE, Tile, exp, exponentials, fill_words, ln, logistic, normal_cdf,
        normals, normals_from_uniforms, uniform_from_word,
    };

    /// Everything that the simulator runs on tiles, chained.
    struct Chain<'a> {
        table: &'a CubicTable,
        first_draw: u64,
        out: &'a mut [Tile; 10],
    }

    impl Kernel for Chain<'_> {
        #[inline(always)]
        fn run(self) {
            let mut words = [[0; TILE]; 2];
            let [a, b] = &mut words;
            let key = StreamKey::new(1, 7, "isa").value();
            fill_words(key, self.first_draw, 6, a);
            fill_words(key, self.first_draw, 7, b);
            let [z, y, e, l, g, p, t, u, q, s] = self.out;
            normals(a, z);
            normals(b, y);
            for i in 0..TILE {
                e[i] = exp(80.0 * z[i]);
                l[i] = ln(e[i]);
                g[i] = logistic(10.0 * y[i]);
                p[i] = normal_cdf(5.0 * y[i]);
                u[i] = uniform_from_word(b[i]);
            }
            self.table.lookup_tile(z, t);
            normals_from_uniforms(u, q);
            exponentials(|i| 1.9 * z[i], s);
        }
    }

    #[test]
    fn same_bits_on_every_instruction_set() {
        let table = CubicTable::new(|z| z * (1.0 + 0.01 * z * z)).unwrap();
        // 2000 tiles hold about 120 draws beyond the central branch of each normal quantile.
        for tile in 0..2000 {
            let run = |isa| {
                let mut out = [[0.0; TILE]; 10];
                dispatch(isa, Chain { table: &table, first_draw: tile * 64, out: &mut out });
                out.map(|tile| tile.map(f64::to_bits))
            };
            let expected = run(Isa::Portable);
            for isa in Isa::available() {
                assert_eq!(run(isa), expected, "{} tile {tile}", isa.name());
            }
        }
    }

    struct Mark<'a>(&'a mut u32);
    impl Kernel for Mark<'_> {
        #[inline(always)]
        fn run(self) {
            *self.0 += 1;
        }
    }

    #[test]
    fn names_round_trip_and_unavailable_sets_fall_back() {
        for isa in Isa::ALL {
            assert_eq!(Isa::parse(isa.name()), Some(isa));
        }
        assert_eq!(Isa::parse("neon"), None);
        assert_eq!(Isa::available().last(), Some(&Isa::detect()));
        assert_eq!(Isa::available().first(), Some(&Isa::Portable));
        let mut runs = 0;
        for isa in Isa::ALL {
            dispatch(isa, Mark(&mut runs));
        }
        assert_eq!(runs, 3);
    }
}
