"""How long the trial's main jobs take, as ratios to raw PostgreSQL doing the same durable work in the same run."""

JOBS = (
    "randomise",
    "together",
    "minimise",
    "desks",
    "lay_out",
    "submit",
    "crowd",
    "sweep",
    "deliver",
    "report",
    "rollup",
    "person",
    "recompute",
    "export",
    "formats",
    "package",
    "week",
    "dashboard",
    "blind",
)
