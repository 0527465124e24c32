"""A source is known by an address that is the same from every folder."""

from __future__ import annotations

import pytest

from transfertune.datasets import NAMED, identify


@pytest.mark.parametrize(
    "source",
    [
        "pets",
        "./pets",
        "pets.zip",
        "pets.tar.gz",
        "zip://pets/train::pets.zip",
        "zip://download",
        "tar.gz://inside::download",
        "tfds:beans",
        "s3://bucket/pets.zip",
        "zip://::https://host/download?id=1",
        "zip://train::https://host/pets.zip",
        *NAMED,
    ],
)
def test_an_address_is_the_source_from_any_folder(tmp_path, monkeypatch, source):
    """Also where its kind is stated, or a folder in it is meant."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pets").mkdir()
    for name in ("pets.zip", "pets.tar.gz", "download"):
        (tmp_path / name).write_bytes(b"")
    found = identify(source)
    monkeypatch.chdir("/")
    assert identify(found.address) == found
    if found.is_local:
        assert str(tmp_path) in found.address
