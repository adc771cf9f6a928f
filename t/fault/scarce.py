"""The allocator that fails (scarce.c), and the test's hand on it.

A test file takes the fixture by name: from scarce import scarce
"""
import pathlib
import struct

import pytest

import means


class Control:
    """Which allocation fails, and how many were asked for."""

    def __init__(self, folder):
        self.path = folder / 'control'
        self.path.write_bytes(bytes(16))
        self.path.chmod(0o666)

    def arm(self, nth, lasting=False):
        with open(self.path, 'r+b') as file:
            file.write(struct.pack('IIII', nth, lasting, 0, 0))

    def counted(self):
        return struct.unpack('IIII', self.path.read_bytes())[2:]


@pytest.fixture(scope='module')
def scarce(tmp_path_factory):
    folder = tmp_path_factory.mktemp('scarce')
    for path in (folder, folder.parent):
        path.chmod(0o755)
    return means.compile_scarce(pathlib.Path(folder)), Control(folder)
