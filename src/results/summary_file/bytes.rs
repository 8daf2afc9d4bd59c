//! Little-endian numbers to and from bytes.

use super::SummaryError;

/// Collects bytes.
#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn u8(&mut self, x: u8) {
        self.0.push(x);
    }

    pub(super) fn u32(&mut self, x: u32) {
        self.bytes(&x.to_le_bytes());
    }

    pub(super) fn u64(&mut self, x: u64) {
        self.bytes(&x.to_le_bytes());
    }

    pub(super) fn floats(&mut self, values: &[f64]) {
        let start = self.0.len();
        self.0.resize(start + 8 * values.len(), 0);
        let (places, _) = self.0[start..].as_chunks_mut::<8>();
        for (place, x) in places.iter_mut().zip(values) {
            *place = x.to_le_bytes();
        }
    }

    /// The lowest `N` bytes of each number.
    pub(super) fn cut<const N: usize, T: Copy + Into<u64>>(&mut self, numbers: &[T]) {
        let start = self.0.len();
        self.0.resize(start + N * numbers.len(), 0);
        let (places, _) = self.0[start..].as_chunks_mut::<N>();
        for (place, &number) in places.iter_mut().zip(numbers) {
            let number: u64 = number.into();
            place.copy_from_slice(&number.to_le_bytes()[..N]);
        }
    }

    /// What was collected since the last call, if it is as many bytes as `least`.
    pub(super) fn drain(&mut self, least: usize) -> Option<std::vec::Drain<'_, u8>> {
        (self.0.len() >= least).then(|| self.0.drain(..))
    }
}

/// Takes bytes from the front; an error if there are too few.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn take(&mut self, length: u64) -> Result<&'a [u8], SummaryError> {
        let taken = usize::try_from(length).ok().and_then(|n| self.0.split_at_checked(n));
        let (taken, rest) = taken.ok_or(SummaryError::Damaged("the file is cut short"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], SummaryError> {
        let (taken, rest) = self
            .0
            .split_first_chunk::<N>()
            .ok_or(SummaryError::Damaged("the file is cut short"))?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(super) fn u8(&mut self) -> Result<u8, SummaryError> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32, SummaryError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64, SummaryError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub(super) fn f64(&mut self) -> Result<f64, SummaryError> {
        Ok(f64::from_le_bytes(self.array()?))
    }

    pub(super) fn floats(&mut self, count: u64) -> Result<Vec<f64>, SummaryError> {
        let bytes = self.take(count.saturating_mul(8))?;
        Ok(bytes.as_chunks::<8>().0.iter().map(|&x| f64::from_le_bytes(x)).collect())
    }
}
