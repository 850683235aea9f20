"""What was found about milestones: the rules, the services, rounds and batches."""
