//! The processor's sticky floating-point status of this thread.
//!
//! Kernels leave flags there as a side effect, vector code also spurious ones: of lanes that are filled up, of quiet
//! comparisons, of steps inside elementary functions. So flags say where to look, never what happened. Other processors
//! than those named here have none that we read.

/// Division of something finite by zero, or another pole.
pub const DIVIDE: u8 = 1;
/// A result too large for its dtype.
pub const OVERFLOW: u8 = 2;
/// A result too small for its dtype.
pub const UNDERFLOW: u8 = 4;
/// No number is the result.
pub const INVALID: u8 = 8;

/// Puts down the flags that [`raised`] tells of. Writing the register takes longer than a look whether any is up.
pub(crate) fn clear() {
    let status = register::read();
    if status & register::FLAGS != 0 {
        register::write(status & !register::FLAGS);
    }
}

/// The flags that are up: a sum of the constants above.
pub(crate) fn raised() -> u8 {
    let status = register::read();
    let of = |bit: u32, kind: u8| if status & bit != 0 { kind } else { 0 };
    let [invalid, divide, overflow, underflow] = register::KINDS;
    of(invalid, INVALID) | of(divide, DIVIDE) | of(overflow, OVERFLOW) | of(underflow, UNDERFLOW)
}

/// What `work` gives, and the flags that it raises.
pub(crate) fn during<T>(work: impl FnOnce() -> T) -> (T, u8) {
    clear();
    let made = work();
    (made, raised())
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod register {
    use std::arch::asm;

    /// Invalid, divide by zero, overflow, underflow.
    pub const KINDS: [u32; 4] = [1, 1 << 2, 1 << 3, 1 << 4];
    /// All of them.
    pub const FLAGS: u32 = 0b1_1101;

    pub fn read() -> u32 {
        let mut status = 0u32;
        // SAFETY: writes the register MXCSR, which every x86-64 processor has, to the four bytes it is given.
        unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut status, options(nostack, preserves_flags)) };
        status
    }

    pub fn write(status: u32) {
        // SAFETY: what is loaded is what was read but for status flags, which code may change: rounding and masks stay,
        // and no reserved bit is set. The option that would promise that the flags stay as they are is not given.
        unsafe { asm!("ldmxcsr [{}]", in(reg) &raw const status, options(nostack, readonly)) };
    }
}

#[cfg(all(target_arch = "aarch64", not(miri)))]
mod register {
    use std::arch::asm;

    /// Invalid, divide by zero, overflow, underflow.
    pub const KINDS: [u32; 4] = [1, 1 << 1, 1 << 2, 1 << 3];
    /// All of them.
    pub const FLAGS: u32 = 0b1111;

    pub fn read() -> u32 {
        let status: u64;
        // SAFETY: reads the status register of floating-point instructions; nothing else changes.
        unsafe { asm!("mrs {}, fpsr", out(reg) status, options(nostack, preserves_flags)) };
        status as u32
    }

    pub fn write(status: u32) {
        // SAFETY: as was read but for status flags, which code may change.
        unsafe { asm!("msr fpsr, {}", in(reg) u64::from(status), options(nostack)) };
    }
}

#[cfg(not(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri))))]
mod register {
    pub const FLAGS: u32 = 0;
    pub const KINDS: [u32; 4] = [0; 4];

    pub fn read() -> u32 {
        0
    }

    pub fn write(_: u32) {}
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::*;

    #[test]
    #[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(miri)))]
    fn flags_are_what_was_computed_since_they_were_put_down() {
        let computed = |f: &dyn Fn() -> f64| {
            clear();
            black_box(f());
            raised()
        };
        assert_eq!(computed(&|| black_box(1.0) + black_box(2.0)), 0);
        assert_eq!(computed(&|| black_box(1.0) / black_box(0.0)), DIVIDE);
        assert_eq!(computed(&|| black_box(0.0) / black_box(0.0)), INVALID);
        assert_eq!(computed(&|| black_box(1e300) * black_box(1e300)), OVERFLOW);
        assert_eq!(computed(&|| black_box(1e-300) * black_box(1e-300)), UNDERFLOW);
        clear();
        assert_eq!(raised(), 0);
    }
}
