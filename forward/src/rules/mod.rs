//! Which records go where: conditions, changes, samples. Pure.
