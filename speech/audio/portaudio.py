"""The sound system: its streams, and its list of devices as it is now."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from resources.errors import UserError

_changing = threading.RLock()
_streams: set[Any] = set()


def portaudio() -> ModuleType:
    """The sounddevice module. Raises ``UserError`` where the PortAudio library is missing."""
    try:
        import sounddevice
    except OSError as error:
        raise UserError("AUDIO_NO_PORTAUDIO", detail=error) from error
    module: ModuleType = sounddevice
    return module


def recorder() -> ModuleType:
    """The rtmixer module: streams whose callback is C. Raises ``UserError`` as ``portaudio`` does."""
    portaudio()
    import rtmixer

    module: ModuleType = rtmixer
    return module


@contextmanager
def steady_devices() -> Iterator[ModuleType]:
    """Within it no other thread makes the list of devices anew; a device found is there to be opened.

    Raises ``UserError`` where the PortAudio library is missing.
    """
    audio = portaudio()
    with _changing:
        yield audio


def open_stream(kind: type, **options: Any) -> Any:
    """An open and started stream of a kind (``InputStream``, ``OutputStream``); raises as it does."""
    with _changing:
        stream = kind(**options)
        _streams.add(stream)
        try:
            stream.start()
        except BaseException:
            close_stream(stream)
            raise
        return stream


def close_stream(stream: Any) -> None:
    """Close a stream of ``open_stream``; a second time does nothing."""
    with _changing:
        if stream in _streams:
            _streams.discard(stream)
            stream.close(ignore_errors=True)


def refresh_devices() -> bool:
    """Look anew which devices there are; whether it looked.

    The library makes its list once, so a headset plugged in later would never be found. Making it
    anew ends every stream, so it is left alone while one is running. Raises ``UserError`` when the
    sound system is gone.
    """
    audio = portaudio()
    with _changing:
        if any(stream.active for stream in _streams):
            return False
        for stream in list(_streams):
            close_stream(stream)
        audio._terminate()
        try:
            audio._initialize()
        except audio.PortAudioError as error:
            raise UserError("AUDIO_NO_INPUT") from error
        return True
