import pathlib
import tempfile

import pytest


@pytest.fixture
def scratch():
    """A folder that is removed at once: parts can be large."""
    with tempfile.TemporaryDirectory() as folder:
        yield pathlib.Path(folder)
