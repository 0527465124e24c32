"""What holds for all tests: property-based ones judge laws, and not how fast the machine is."""

import os

from hypothesis import HealthCheck, settings

# The files that take longest start first, so that no worker is left with one of them at the end.
FIRST = (
    "test_documents.py",
    "test_faults.py",
    "test_resume.py",
    "test_search.py",
    "test_hyper_model.py",
    "test_commands.py",
    "test_backbones.py",
)

# Tests run in as many processes as there are cores, where more threads only stand in each other's way.
for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

settings.register_profile("laws", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("laws")


def pytest_collection_modifyitems(items):
    """Order the files by how long they take, and leave the order within each as it is."""
    places = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: places.get(item.path.name, len(FIRST)))
