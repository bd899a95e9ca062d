"""Devices that arrays lie on: there is one."""

from __future__ import annotations

from typing import Any

#: The device of every array, by NumPy's name.
CPU = "cpu"


def check(device: Any) -> None:
    """Refuse devices that there are not.

    Raises
    ------
    ValueError
        For a device other than `CPU` and `None`.
    """
    if device is not None and device != CPU:
        raise ValueError(f'Device not understood. Only "cpu" is allowed, but received: {device}')
