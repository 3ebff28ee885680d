"""Palettes of the dreamt pictures: each a sky, the land and a house that go together."""

from dataclasses import dataclass, fields
from random import Random

from housegan.demo.painter.colour import Colour, hex_colour, jittered


@dataclass(frozen=True, slots=True)
class Palette:
    zenith: Colour
    sky: Colour
    haze: Colour
    far: Colour
    near: Colour
    ground: Colour
    wall: Colour
    roof: Colour
    accent: Colour
    glow: Colour
    moon: Colour


_PALETTES = (
    "1b1b4a 5a3f8c e58fa8 5b4a8a 3c3568 2f4a52 d9b59a 7a2f5d 3fa7a0 ffd27a fff1cf",  # violet dusk
    "0c3b4c 1f7f83 f2d58b 2d7d80 155057 24584a e6c98d b4502f 7a3f8f ffe08a fdf3c8",  # teal and gold
    "2a1338 7b2a5e f58f5b 63305f 3d1c47 3b2a4c 9e6f8c 2c2350 e0b04a ffc76b ffe3b0",  # plum and ember
    "f3b66b f7d79b fbeecb c99a6a 8f7a55 8a8f4f f4e3c4 b5482f 2e7f86 fff2b0 fffbe8",  # honey morning
    "79c7c5 b8e3d5 fdf0d5 7fb3a6 4f8f83 6aa05a f6d7b8 d1495b 3d5a80 fff1a8 fffdf2",  # mint day
    "10143a 27306e 4e66a8 2b3c78 1b2450 1f3d4f 8b93b8 3b2a66 49b6a8 ffd86e e8f0ff",  # blue night
    "4b2a6b 9a5fb0 f4b6c8 8a6cab 5f4587 4c6a7a efd3e0 5a3fa0 f08a5d fff0a0 fff6e6",  # lilac
    "5d1f2e b34a3c f6b75a 8e3b3a 5c2a30 4d3b2d e2a878 3a2738 d9c45a ffe9a0 fff0c4",  # red planet
    "a8d0e6 d6e6f2 f9e7e7 9fb4c7 6f8fa5 7d9e72 e9e4d4 38678f e27d60 fff0b3 ffffff",  # pale blue
    "123524 2f6b4f b9d48b 3b7a57 1f4d38 2e5a2e c9b187 8a3a25 c65b7c ffe58a f4ffd6",  # deep forest
    "d98cb3 f3b8c6 ffe8d2 b783a7 8a5f8f 6f8f7a fff0e1 7d4e9e 2fa0a0 fff3b0 fffaf0",  # rose
    "26263a 4d5566 b8a98f 555c6b 343a48 3c4438 a59a86 2f3238 b5653a ffcf70 efe6cf",  # storm
)


def dreamt_palette(rng: Random) -> Palette:
    codes = rng.choice(_PALETTES).split()
    return Palette(*(jittered(rng, hex_colour(code), 9) for code, _ in zip(codes, fields(Palette), strict=True)))
