"""The tree, held to vectors that are not ours, to pymerkle, and to the definition of RFC 6962 written out once more."""

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency, verify_inclusion

from record.log import tree

# The leaves and roots that the tests of certificate-transparency-go, Trillian and Rekor use.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PROOF_OF_6_IN_8 = [
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]
PROOF_OF_2_IN_5 = [
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
]
SIZES = st.integers(1, 70)


def hashed(data):
    return sha256(b"\x00" + data).digest()


def node_of(hashes):
    return lambda height, index: tree.complete(hashes[index << height : (index + 1) << height])


def made(number):
    """The hashes of that many leaves, and pymerkle's tree of the same."""
    theirs = InmemoryTree(algorithm="sha256")
    theirs.append_entries([b"%d" % place for place in range(number)])
    return [hashed(b"%d" % place) for place in range(number)], theirs


def mth(hashes):
    """RFC 6962, section 2.1, word by word; so is what follows."""
    if len(hashes) == 1:
        return hashes[0]
    k = max(power for power in (1 << bit for bit in range(20)) if power < len(hashes))
    return sha256(b"\x01" + mth(hashes[:k]) + mth(hashes[k:])).digest()


def subproof(m, hashes, *, whole):
    if m == len(hashes):
        return [] if whole else [mth(hashes)]
    k = max(power for power in (1 << bit for bit in range(20)) if power < len(hashes))
    if m <= k:
        return [*subproof(m, hashes[:k], whole=whole), mth(hashes[k:])]
    return [*subproof(m - k, hashes[k:], whole=False), mth(hashes[:k])]


def test_the_roots_are_those_that_other_logs_test_with():
    hashes = [hashed(bytes.fromhex(one)) for one in LEAVES]
    assert [tree.root(node_of(hashes), size).hex() for size in range(9)] == ROOTS


def test_a_leaf_is_the_text_in_utf_8_behind_a_zero():
    assert tree.leaf("Шаг".encode()) == hashed("Шаг".encode())


def test_the_consistency_proofs_are_those_that_other_logs_test_with():
    node = node_of([hashed(bytes.fromhex(one)) for one in LEAVES])
    assert [step.hex() for step in tree.consistency_proof(node, 6, 8)] == PROOF_OF_6_IN_8
    assert [step.hex() for step in tree.consistency_proof(node, 2, 5)] == PROOF_OF_2_IN_5


@given(SIZES, st.data())
def test_an_inclusion_proof_is_that_of_pymerkle_and_holds(size, data):
    index = data.draw(st.integers(0, size - 1))
    hashes, theirs = made(size)
    root, proof = tree.root(node_of(hashes), size), tree.inclusion_proof(node_of(hashes), index, size)
    expected = theirs.prove_inclusion(index + 1, size)
    assert [hashes[index], *proof] == expected.path
    verify_inclusion(hashes[index], root, expected)
    assert tree.verify_inclusion(hashes[index], index, size, proof, root)


@given(SIZES, st.data())
def test_a_consistency_proof_is_that_of_the_definition_over_the_roots_of_pymerkle(new, data):
    old = data.draw(st.integers(1, new))
    hashes, theirs = made(new)
    node = node_of(hashes)
    roots, proof = (tree.root(node, old), tree.root(node, new)), tree.consistency_proof(node, old, new)
    expected = theirs.prove_consistency(old, new)
    verify_consistency(*roots, expected)  # theirs has more steps than the RFC's, and holds against our roots
    assert proof == subproof(old, hashes, whole=True)
    assert tree.verify_consistency(old, new, *roots, proof)


@given(SIZES, st.data())
def test_no_other_leaf_place_size_root_or_step_passes(size, data):
    index = data.draw(st.integers(0, size - 1))
    hashes, _theirs = made(size)
    node = node_of(hashes)
    root, proof = tree.root(node, size), tree.inclusion_proof(node, index, size)
    other = hashed(b"other")
    assert not tree.verify_inclusion(other, index, size, proof, root)
    assert not tree.verify_inclusion(hashes[index], index, size, proof, other)
    assert not tree.verify_inclusion(hashes[index], index, size, [*proof, other], root)
    assert not any(tree.verify_inclusion(hashes[index], place, size, proof, root) for place in range(-1, size + 1) if place != index)
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        assert not tree.verify_inclusion(hashes[index], index, size, [*proof[:place], other, *proof[place + 1 :]], root)
        assert not tree.verify_inclusion(hashes[index], index, size, proof[:-1], root)


@given(SIZES, st.data())
def test_a_tree_that_was_written_anew_passes_by_no_proof(new, data):
    old = data.draw(st.integers(1, new))
    changed = data.draw(st.integers(0, old - 1))
    hashes, _theirs = made(new)
    forged = [*hashes[:changed], hashed(b"forged"), *hashes[changed + 1 :]]
    before, node = tree.root(node_of(hashes), old), node_of(forged)
    root = tree.root(node, new)
    for proof in (tree.consistency_proof(node, old, new), tree.consistency_proof(node_of(hashes), old, new), []):
        assert not tree.verify_consistency(old, new, before, root, proof)
        assert not tree.verify_consistency(new, old, before, root, proof) or old == new
    sound = tree.consistency_proof(node_of(hashes), old, new)
    after = tree.root(node_of(hashes), new)
    assert not tree.verify_consistency(old, new, before, after, [*sound, before])
    if sound:
        assert not tree.verify_consistency(old, new, before, after, sound[:-1])
        assert not tree.verify_consistency(old, new, before, after, [])


def test_every_tree_begins_with_the_empty_one():
    hashes, _theirs = made(5)
    assert tree.consistency_proof(node_of(hashes), 0, 5) == []
    assert tree.verify_consistency(0, 5, tree.EMPTY, tree.root(node_of(hashes), 5), [])
    assert not tree.verify_consistency(0, 5, hashes[0], tree.root(node_of(hashes), 5), [])


@given(st.integers(0, 300))
def test_a_growing_tree_has_the_same_roots(size):
    hashes = [hashed(b"%d" % place) for place in range(size)]
    growing = tree.Growing()
    for one in hashes:
        growing.add(one)
    assert (growing.size, growing.root()) == (size, tree.root(node_of(hashes), size))
