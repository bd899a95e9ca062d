//! PyO3 glue over the hyperslab face.
