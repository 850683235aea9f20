"""What only the containers need: health checks, the scheduler that shows its pulse, the first SQL of a new database."""
