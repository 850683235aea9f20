"""What findings rest on: addresses and files, their links, and what a page says of itself."""
