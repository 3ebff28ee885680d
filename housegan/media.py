"""Strangers' videos and sounds, opened so that nothing is read but the file itself."""

from typing import BinaryIO

import av
from av.container import InputContainer

DEMUXERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,gif,avi,mpegts,mpeg,ogg,flv,asf,wav,mp3,flac,aac,aiff"
"""Containers that hold what they play themselves: no playlists, which would have us open other files and addresses."""


def opened(file: BinaryIO) -> InputContainer:
    """Open a video or a sound for reading; raises av.FFmpegError where it is none."""
    return av.open(file, mode="r", options={"format_whitelist": DEMUXERS, "protocol_whitelist": "none"})
