"""The one way to decode a stranger's file.

Whatever comes out is RGB, uint8 in [0, 255], sRGB, upright, on white, one frame. What can't be that is refused with
a reason. Call it in `workers`, which bounds time and memory.
"""

import io
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image, ImageCms

from housegan.errors import UnreadablePictureError

SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "GIF": ".gif"}
"""The formats that are taken, and how their files are named."""

REDUCED_PX = 256
"""What is looked at only to see whether it decodes is decoded to at least this side."""

MAX_MEGAPIXELS = 50.0

_MAGIC = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
)
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture upright, by its EXIF orientation."""
_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What the catalog keeps of a picture. Width and height are those of the upright picture, in px."""

    format: str
    width: int
    height: int
    animated: bool


def sniffed_format(head: bytes) -> str | None:
    """Name the format by its first 12 bytes; None where it isn't one of those that are taken."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    return next((name for magic, name in _MAGIC if head.startswith(magic)), None)


def decode(data: bytes, *, at_least_px: int | None = None, max_megapixels: float = MAX_MEGAPIXELS) -> Image.Image:
    """Decode the bytes of a picture to upright sRGB on white.

    With `at_least_px` a JPEG may come out smaller by 2, 4 or 8, both sides still at least that long: much faster.
    Raises UnreadablePictureError, whatever the decoder's own complaint was.
    """
    return _opened(data, at_least_px=at_least_px, max_megapixels=max_megapixels)[0]


def inspect(data: bytes, *, max_megapixels: float = MAX_MEGAPIXELS) -> PictureFacts:
    """Decode the whole picture once, so that a damaged one is found, and return its facts."""
    _, size, format_name, animated = _opened(data, at_least_px=REDUCED_PX, max_megapixels=max_megapixels)
    return PictureFacts(format_name, *size, animated)


def _opened(
    data: bytes, *, at_least_px: int | None, max_megapixels: float
) -> tuple[Image.Image, tuple[int, int], str, bool]:
    format_name = sniffed_format(data[:12])
    if format_name is None:
        raise UnreadablePictureError(_not_a_picture(data[:512]))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a decoder's doubts are its own; what counts is whether it delivers
            with Image.open(io.BytesIO(data), formats=(format_name,)) as image:
                width, height = image.size
                if width * height > max_megapixels * 1e6:
                    raise UnreadablePictureError(f"{width:,} × {height:,} pixels are too many")
                animated = getattr(image, "n_frames", 1) > 1 and image.format != "MPO"
                image.seek(0)
                if at_least_px is not None and format_name == "JPEG":
                    image.draft(None, (at_least_px, at_least_px))
                image.load()
                turn = _turn(image)
                upright = image if turn is None else image.transpose(turn)
                size = (width, height) if upright.size == image.size else (height, width)
                return _on_white_srgb(upright), size, format_name, animated
    except UnreadablePictureError:
        raise
    except Image.DecompressionBombError:
        raise UnreadablePictureError("too many pixels") from None
    except MemoryError:
        raise UnreadablePictureError("needs too much memory") from None
    except Exception as error:  # Pillow raises a dozen kinds on damaged files
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise UnreadablePictureError(f"damaged {format_name}: {reason}") from None


def _turn(image: Image.Image) -> Image.Transpose | None:
    try:
        return _UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # damaged EXIF costs the orientation, not the picture; ImageOps.exif_transpose raises
        return None


def _on_white_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):
        image = _in_8_bits(image)
    if image.mode in ("P", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
    alpha = None
    if image.mode in ("RGBA", "LA", "La", "RGBa"):
        image = image.convert(image.mode.upper())
        alpha = image.getchannel("A")
        image = image.convert("L" if image.mode == "LA" else "RGB")
    image = _in_srgb(image, profile)
    if alpha is not None:
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=alpha)
        image = white
    return image


def _in_8_bits(image: Image.Image) -> Image.Image:
    """Round 16 bits of grey to 8; the one value that stands for transparent is told apart before."""
    values = np.asarray(image).astype(np.int64)
    grey = Image.fromarray(np.clip((values + 128) // 257, 0, 255).astype(np.uint8))
    if (transparent := image.info.get("transparency")) is not None:
        grey.putalpha(Image.fromarray(np.where(values == transparent, 0, 255).astype(np.uint8)))
    return grey


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile and image.mode in ("RGB", "L", "CMYK"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if not ImageCms.getProfileDescription(source).startswith("sRGB"):
                converted = ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB")
                if converted is not None:
                    return converted
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a broken or foreign profile: the numbers as they are show more than nothing
    return image.convert("RGB")


def _not_a_picture(head: bytes) -> str:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:64].lower()
    if not head:
        return "empty file"
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "a web page, not a picture"
    if start.startswith((b"<svg", b"<?xml")):
        return "SVG or XML, which is not taken"
    return "not a JPEG, PNG, WebP or GIF"
