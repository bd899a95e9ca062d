//! Expression nodes, inference, rewrite rules, explain and lowering to stages.
