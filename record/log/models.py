"""What is kept of the tree, and the checkpoints that were signed. Written by a job, never by a change of the record."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from record.guard import Guard


class Tile(models.Model):
    """256 hashes of one height of the tree, side by side (https://c2sp.org/tlog-tiles); only full ones are kept.

    Level 0 holds those of the leaves, each level above the roots of the tiles below; ``root`` is the one over this tile.
    """

    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField()
    root = models.BinaryField()

    guard: ClassVar[Guard] = Guard()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], include=["root"], name="record_tile_once")]

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class Checkpoint(models.Model):
    """What was signed of the tree at one size: ``note`` as it is served, ``keys`` those that check it, one a line.

    A size has more than one where a key or a witness signed it later.
    """

    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.TextField(editable=False)
    keys = models.TextField(editable=False)
    made_at = models.DateTimeField()

    guard: ClassVar[Guard] = Guard()

    class Meta:
        ordering = ("-size", "-id")
        indexes = [models.Index(fields=["-size", "-id"], name="record_checkpoint_newest")]

    def __str__(self) -> str:
        return f"{self.size}"
