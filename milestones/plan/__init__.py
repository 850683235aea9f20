"""When milestones are due, what waits for what, and how the plan moved."""
