"""Backups in a store that speaks S3: a real server of it, on loopback."""

from __future__ import annotations

import warnings

import pytest
from django.core.management.base import CommandError

from operations.backup.stores import MANIFEST, NAME, Bucket

BUCKET = "backups"


@pytest.fixture(scope="module")
def server():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from moto.server import ThreadedMotoServer

        running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        running.start()
    yield "http://{}:{}".format(*running.get_host_and_port())
    running.stop()


@pytest.fixture
def bucket(server, settings):
    """An empty one, and a look at what lies in it."""
    settings.AWS_ENDPOINT_URL, settings.AWS_REGION = server, "us-east-1"
    settings.AWS_ACCESS_KEY_ID, settings.AWS_SECRET_ACCESS_KEY = "key", "secret"
    import requests

    requests.post(f"{server}/moto-api/reset", timeout=10)
    requests.put(f"{server}/{BUCKET}", timeout=10)
    return Bucket(BUCKET, "")


def paths(bucket: Bucket) -> dict[str, int]:
    return {one["path"]: one["size"] for batch in bucket.lib.list(bucket.store) for one in batch}


@pytest.mark.long
def test_a_backup_goes_there_and_comes_back(site, elsewhere, bucket, settings):
    (site.var / "files" / "large.bin").write_bytes(bytes(25 * 1024 * 1024))  # more than one piece of an upload
    settings.BACKUP_TO = f"s3://{BUCKET}/of/the site"
    site.call("backup")
    found = paths(bucket)
    assert {path.rpartition("/")[2] for path in found} == {"database.dump", "files.tar", MANIFEST}
    assert all(path.startswith("of/the site/") and NAME.fullmatch(path.split("/")[2]) for path in found)

    elsewhere.call("restore", settings.BACKUP_TO)
    assert (elsewhere.head(), elsewhere.files()) == (site.head(), site.files())
    name = next(iter(found)).rpartition("/")[0].split("/")[-1]
    elsewhere.call("restore", f"{settings.BACKUP_TO}/{name}", "--replace")


def test_what_has_no_manifest_is_no_backup_and_goes_after_a_day(site, elsewhere, bucket):
    for name in ("2020-01-01T00-00-00Z", "2020-01-02T00-00-00Z"):
        bucket.lib.put(bucket.store, f"{name}/database.dump", b"half of it")
    bucket.lib.put(bucket.store, "2020-01-02T00-00-00Z/another/below", b"x")
    bucket.lib.put(bucket.store, "somebody/else", b"x")
    with pytest.raises(CommandError, match=r"There is no finished backup in"):
        elsewhere.call("restore", f"s3://{BUCKET}")
    site.call("backup", f"s3://{BUCKET}")
    assert {path.split("/")[0] for path in paths(bucket)} == {"somebody", *bucket.names()}
    assert len(bucket.names()) == 1


def test_older_ones_had_their_time_there_too(site, bucket):
    for day in (1, 2, 3):
        for part in ("database.dump", MANIFEST):
            bucket.lib.put(bucket.store, f"2020-01-0{day}T00-00-00Z/{part}", b"{}")
    site.call("backup", f"s3://{BUCKET}", "--keep-daily", "2", "--keep-weekly", "0")
    assert bucket.names()[0] == "2020-01-03T00-00-00Z"
    assert len(bucket.names()) == 2


def test_a_flipped_bit_is_found_there_too(site, elsewhere, bucket):
    site.call("backup", f"s3://{BUCKET}")
    path = next(path for path in paths(bucket) if path.endswith("database.dump"))
    data = bytearray(bytes(bucket.lib.get(bucket.store, path).bytes()))
    data[len(data) // 2] ^= 1
    bucket.lib.put(bucket.store, path, bytes(data))
    with pytest.raises(CommandError, match=r"Nothing was restored: database.dump of the backup .* is damaged"):
        elsewhere.call("restore", f"s3://{BUCKET}")
    bucket.lib.delete(bucket.store, path)
    with pytest.raises(CommandError, match=r"database.dump of the backup .* is missing"):
        elsewhere.call("restore", f"s3://{BUCKET}")


def test_a_part_that_breaks_off_leaves_nothing_there(site, bucket, tmp_path, monkeypatch):
    (tmp_path / "pg_dump").write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo "pg_dump (PostgreSQL) 15.0" && exit\nhead -c 30000000 /dev/zero\necho "pg_dump: error: no" >&2\nexit 1\n'
    )
    (tmp_path / "pg_dump").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(CommandError, match=r"The backup was not finished, and what was begun of it is gone: pg_dump failed"):
        site.call("backup", f"s3://{BUCKET}")
    assert paths(bucket) == {}


def test_a_bucket_that_is_not_there_is_said(site, bucket):
    with pytest.raises(CommandError, match=r"The backup was not made: The store of backups does not do what it is asked"):
        site.call("backup", "s3://another-bucket")


@pytest.mark.long
def test_a_store_that_does_not_answer_is_said(site, bucket, settings, monkeypatch):
    monkeypatch.setattr("operations.backup.stores.RETRIES", 1)
    settings.AWS_ENDPOINT_URL = "http://127.0.0.1:1"
    with pytest.raises(CommandError, match=r"The backup was not made: The store of backups does not do what it is asked"):
        site.call("backup", f"s3://{BUCKET}")
