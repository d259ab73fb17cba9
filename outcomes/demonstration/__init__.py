"""A trial that never was, lived through the real actions by a seeded generator with a moving clock: nobody writes rows behind their backs."""
