"""The record as a transparency log: a Merkle tree over the events, checkpoints that are signed, and proofs that anybody checks."""
