"""Recipes of the demo's films: a picture and a sound from FFmpeg's own sources, and lettering.

Sources are drawn small and scaled up where drawing is slow.
"""

from dataclasses import dataclass
from math import tau

from server.demo.lettering import Line

SEGMENT_S = 1.92
WIDTH, HEIGHT, FPS, RATE = 640, 360, 25, 48_000
_UP = f"scale={WIDTH}:{HEIGHT}:flags=bicubic,format=yuv420p"
_MINOR = (0, 3, 7, 10, 12, 10, 7, 3)
_MAJOR = (0, 4, 7, 11, 12, 11, 7, 4)


@dataclass(frozen=True)
class Film:
    """One film.

    Args:
        key: names it for ever; its asset is ``ast_demo<key>``.
        segments: its length on the grid.
        picture: a filter graph without inputs; empty for sound only.
        sound: likewise.
    """

    key: str
    title: str
    synopsis: str
    segments: int
    picture: str
    sound: str
    lines: tuple[Line, ...] = ()

    @property
    def asset_id(self) -> str:
        """The same on every machine, so that seeding twice is seeding once."""
        return f"ast_demo{self.key}"

    @property
    def seconds(self) -> float:
        """A hair less than its segments, so that no empty one is added."""
        return self.segments * SEGMENT_S - 0.04


def _stereo(left: str, right: str, lap_s: int) -> str:
    """Two expressions of ``t``, computed once for ``lap_s`` and repeated."""
    once = f"aevalsrc=exprs='{left}|{right}':s={RATE}:c=stereo:d={lap_s}"
    return f"{once},aloop=loop=-1:size={lap_s * RATE}"


def _whole(hz: float, lap_s: int) -> float:
    """The nearest pitch that fits a lap without a seam, as an angular frequency."""
    return tau * round(hz * lap_s) / lap_s


def pad(*notes_hz: float) -> str:
    """A soft chord that breathes, a little apart left and right."""
    lap_s = 8

    def side(apart_hz: float) -> str:
        return "+".join(
            f"0.11*sin({_whole(hz + apart_hz, lap_s):.5f}*t)*(0.6+0.4*sin({tau * number / lap_s:.5f}*t))"
            for number, hz in enumerate(notes_hz, 1)
        )

    return _stereo(side(-0.125), side(0.125), lap_s)


def arpeggio(root_hz: float, steps: tuple[int, ...], per_s: int) -> str:
    """Plucked notes over a bass, stepping through ``steps`` (semitones above the root)."""
    lap_s = max(1, len(steps) // per_s)
    index = f"mod(floor(t*{per_s}),{len(steps)})"
    pitch = "+".join(
        f"eq({index},{number})*{_whole(root_hz * 2 ** (step / 12), lap_s):.5f}"
        for number, step in enumerate(steps)
    )
    pluck = f"0.22*exp(-5*mod(t*{per_s},1))*sin(({pitch})*t)"
    bass = f"0.12*sin({_whole(root_hz / 4, lap_s):.5f}*t)"
    return _stereo(f"{pluck}+{bass}", f"0.8*{pluck}+{bass}", lap_s)


def murmur(pitch_hz: float) -> str:
    """Somebody telling something in the next room: syllables of three vowels, a breath every four seconds."""
    lap_s = 12
    syllable = f"abs(sin({4 * tau / 2:.5f}*t))*lt(mod(t,4),3.3)"
    # The harmonics that a vowel's formants let through.
    vowels = ((2, 5, 9), (3, 7, 10), (2, 4, 14))
    voiced = "+".join(
        f"eq(mod(floor(t*4),{len(vowels)}),{number})*("
        + "+".join(f"sin({_whole(harmonic * pitch_hz, lap_s):.5f}*t)" for harmonic in (1, *formants))
        + ")"
        for number, formants in enumerate(vowels)
    )
    return _stereo(f"0.08*{syllable}*({voiced})", f"0.07*{syllable}*({voiced})", lap_s)


def _titled(title: str, subtitle: str) -> tuple[Line, ...]:
    return (
        Line(title, 5, down=0.46, until_s=5),
        Line(subtitle, 2, down=0.6, until_s=5),
        Line("ROADCAST TV", 2, across=0.87, down=0.07),
    )


def _spot(name: str, offer: str, sign: str) -> tuple[Line, ...]:
    return (Line(name, 5, down=0.38), Line(offer, 3, down=0.56), Line(sign, 2, down=0.9))


def _noise(octaves: int, scale: float, colours: str) -> str:
    source = f"perlin=s=320x180:r={FPS}:octaves={octaves}:xscale={scale}:yscale={scale}:tscale=0.35"
    return (
        f"{source},format=yuv444p,lutyuv=y='clip((val-128)*1.7+128,0,255)',pseudocolor=preset={colours},{_UP}"
    )


def _gradient(kind: str, speed: float, *colours: str) -> str:
    named = ":".join(f"c{number}=0x{colour}" for number, colour in enumerate(colours))
    size = f"s=320x180:r={FPS}:speed={speed}:type={kind}:n={len(colours)}:seed=7"
    return f"gradients={size}:{named},{_UP}"


PROGRAMMES = (
    Film(
        "lagoon",
        "Lagoon",
        "An hour of shallow water, told in half a minute.",
        16,
        _noise(3, 2, "viridis"),
        pad(146.83, 220.0, 277.18, 329.63),
        _titled("Lagoon", "Slow water"),
    ),
    Film(
        "lives",
        "Small Lives",
        "Cells are born, meet, wander and vanish: Conway's game as a nature film.",
        16,
        f"life=s=160x90:r=12.5:mold=40:ratio=0.14:seed=11:life_color=0xffd166:death_color=0xb23a78:"
        f"mold_color=0x140a2e,fps={FPS},{_UP}",
        arpeggio(220.0, _MINOR, 4),
        _titled("Small Lives", "A nature film"),
    ),
    Film(
        "coast",
        "The Endless Coast",
        "A flight towards a shore that grows longer the closer one looks.",
        16,
        f"mandelbrot=s=320x180:r={FPS}:maxiter=500:start_scale=2.4:end_scale=0.004:end_pts=900,"
        f"hue=h=200:s=0.7,{_UP}",
        pad(110.0, 164.81, 196.0, 246.94),
        _titled("The Endless Coast", "A flight"),
    ),
    Film(
        "embers",
        "Embers",
        "An evening by the fire, without the smoke.",
        16,
        _noise(2, 3, "inferno"),
        arpeggio(164.81, _MAJOR, 2),
        _titled("Embers", "An evening by the fire"),
    ),
)
ITEMS = (
    Film(
        "dawn",
        "Dawn Patrol",
        "",
        6,
        _gradient("spiral", 0.012, "0b132b", "3a506b", "f4d35e", "ee964b"),
        pad(130.81, 196.0, 261.63),
        (Line("Dawn Patrol", 5, until_s=4), Line("Slow Cinema", 2, down=0.62, until_s=4)),
    ),
    Film("night", "Night Drive", "", 16, "", arpeggio(110.0, (0, 7, 10, 12, 15, 12, 10, 7), 3)),
    # Long enough to be left in the middle, and gone on with.
    Film("lighthouse", "Letters from the Lighthouse", "", 39, "", murmur(98.0)),
)
SPOTS = (
    Film(
        "garage",
        "Garage Bellerive",
        "",
        8,
        _gradient("linear", 0.02, "12355b", "420039", "d72638", "f46036"),
        arpeggio(261.63, _MAJOR, 6),
        _spot("Garage Bellerive", "The new Alezan, to try today", "Rennes - follow the card"),
    ),
    Film(
        "voltaneo",
        "Voltaneo",
        "",
        8,
        _gradient("radial", 0.03, "04724d", "14746f", "36b37e", "0b3d2e"),
        arpeggio(329.63, _MINOR, 6),
        _spot("Voltaneo", "Full in 18 minutes", "Charge where you are"),
    ),
    Film(
        "fournil",
        "Fournil du Canal",
        "",
        8,
        _gradient("circular", 0.02, "582f0e", "b08968", "ffe8d6", "dda15e"),
        pad(196.0, 246.94, 293.66, 392.0),
        _spot("Fournil du Canal", "Warm bread until 8 pm", "Five minutes from here"),
    ),
)
