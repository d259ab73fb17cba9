"""A trial that never was, lived through the real actions by a seeded generator with a moving clock: no row is written in any other way."""
