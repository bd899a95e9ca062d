//! Bitwise operations.

use super::number::Int;
use super::{Ins, Out, map1, map2};

pub(crate) fn bitwise_and<T: Int>(i: Ins, o: Out) {
    map2(i, o, T::and);
}
pub(crate) fn bitwise_or<T: Int>(i: Ins, o: Out) {
    map2(i, o, T::or);
}
pub(crate) fn bitwise_xor<T: Int>(i: Ins, o: Out) {
    map2(i, o, T::xor);
}
/// Bits of the absolute value.
pub(crate) fn bitwise_count<T: Int>(i: Ins, o: Out) {
    map1(i, o, |a: T| a.magnitude().ones());
}
pub(crate) fn invert<T: Int>(i: Ins, o: Out) {
    map1(i, o, T::not);
}
