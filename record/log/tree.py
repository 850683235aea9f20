"""The Merkle tree of RFC 6962 (section 2.1) and RFC 9162 over SHA-256: pure functions.

A tree of ``size`` leaves is never held as a whole. What the functions need of it they ask of a ``Node``: the hash of the complete
subtree over the leaves ``index·2^height`` to ``(index + 1)·2^height``, the last one excluded.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Node = Callable[[int, int], bytes]

EMPTY = hashlib.sha256().digest()


def leaf(text: bytes) -> bytes:
    """The hash of a leaf: of an event's text in UTF-8."""
    return hashlib.sha256(b"\x00" + text).digest()


def parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def complete(hashes: Sequence[bytes]) -> bytes:
    """The root over hashes of one height; their number is a power of two."""
    while len(hashes) > 1:
        hashes = [parent(*pair) for pair in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


def _split(width: int) -> int:
    """The largest power of two that is smaller than ``width``."""
    return 1 << (width - 1).bit_length() - 1


def _over(node: Node, start: int, end: int) -> bytes:
    """MTH(D[start:end]) for a range that the tree itself is made of."""
    width = end - start
    if width & (width - 1) == 0:
        return node(width.bit_length() - 1, start // width)
    middle = start + _split(width)
    return parent(_over(node, start, middle), _over(node, middle, end))


def root(node: Node, size: int) -> bytes:
    return _over(node, 0, size) if size else EMPTY


def inclusion_proof(node: Node, index: int, size: int) -> list[bytes]:
    """PATH(index, D[size]), from the leaf's sibling up; ``0 ≤ index < size``."""
    start, end, proof = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_over(node, middle, end))
            end = middle
        else:
            proof.append(_over(node, start, middle))
            start = middle
    return proof[::-1]


def consistency_proof(node: Node, old: int, new: int) -> list[bytes]:
    """PROOF(old, D[new]): that the tree of ``old`` leaves is how the one of ``new`` begins; ``0 ≤ old ≤ new``."""
    if old in {0, new}:
        return []
    start, end, proof = 0, new, []
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(_over(node, middle, end))
            end = middle
        else:
            proof.append(_over(node, start, middle))
            start = middle
    if start:  # the verifier has the old root, but not this part of it
        proof.append(_over(node, start, end))
    return proof[::-1]


def _climb(at: int, last: int, steps: int) -> list[bool]:
    """For each step of a proof whether its hash stands on the left, from the node ``at`` of a row that ends with ``last``; nothing
    where so many steps do not lead to the root (RFC 9162, sections 2.1.3.2 and 2.1.4.2)."""
    lefts = []
    for _step in range(steps):
        if last == 0:
            return []
        lefts.append(bool(at & 1) or at == last)
        while lefts[-1] and at and not at & 1:
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    return lefts if last == 0 else []


def verify_inclusion(hashed: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> bool:
    """Whether the leaf with that hash stands at ``index`` of the tree with that root."""
    if not 0 <= index < size or bool(proof) != (size > 1):
        return False
    lefts = _climb(index, size - 1, len(proof))
    for left, step in zip(lefts, proof, strict=False):
        hashed = parent(step, hashed) if left else parent(hashed, step)
    return len(lefts) == len(proof) and hashed == expected


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree with ``new_root`` begins with the one with ``old_root``."""
    if old in {0, new}:
        return not proof and old_root == (new_root if old else EMPTY)
    if not 0 < old < new or not proof:
        return False
    first, *steps = proof if old & (old - 1) else [old_root, *proof]
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    lefts, before, after = _climb(at, last, len(steps)), first, first
    for left, step in zip(lefts, steps, strict=False):
        before = parent(step, before) if left else before
        after = parent(step, after) if left else parent(after, step)
    return len(lefts) == len(steps) > 0 and before == old_root and after == new_root


class Growing:
    """The tree while its leaves come by one after the other; holds a hash for each bit of its size."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, hashed: bytes) -> None:
        at = self.size
        while at & 1:
            hashed, at = parent(self._peaks.pop(), hashed), at >> 1
        self._peaks.append(hashed)
        self.size += 1

    def root(self) -> bytes:
        result = self._peaks[-1] if self._peaks else EMPTY
        for peak in reversed(self._peaks[:-1]):
            result = parent(peak, result)
        return result
