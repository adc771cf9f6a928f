"""What the machine could suffer and no test does to it, so that the skips of
make fault count it (conftest.py)."""
import pytest

import means


@pytest.mark.parametrize('name,why', [
    pytest.param(name, why, id=name) for name, why in means.undone()])
def test_undone(name, why):
    pytest.skip('%s: %s' % (name, why))
