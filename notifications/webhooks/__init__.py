"""Webhooks (Standard Webhooks): who is told (``registering``), what there is to tell (``fanning``), how it goes out (``sending``)."""
