//! Lazy, blocked N-dimensional arrays on a native engine.
