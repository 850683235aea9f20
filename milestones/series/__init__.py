"""Recurring commitments and their editions."""
