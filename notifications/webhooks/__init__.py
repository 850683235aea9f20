"""Webhooks (Standard Webhooks): who is told (``registering``), what is written to be told (``fanning``), and how it goes out (``sending``)."""
