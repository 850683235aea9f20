"""What whoever runs the site sees of it."""
