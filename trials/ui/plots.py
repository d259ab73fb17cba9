"""Plots drawn on the server: SVG of attributes and classes only, so that a strict content policy shows it. Every axis begins at its least.

A bar is never cut: bars begin at 0. Numbers are plain values; words are escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from xml.sax.saxutils import escape, quoteattr

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 240, 56, 40, 30, 16
Number = Decimal | float | int


class Plane:
    """The drawing's inside, from data to pixels; `ends` are least and most of x and y, most above least."""

    def __init__(self, x_ends: tuple[Number, Number], y_ends: tuple[Number, Number]) -> None:
        self.x0, self.x1, self.y0, self.y1 = (float(end) for end in (*x_ends, *y_ends))
        self.x1 = self.x1 if self.x1 > self.x0 else self.x0 + 1
        self.y1 = self.y1 if self.y1 > self.y0 else self.y0 + 1

    def x(self, value: Number) -> float:
        return round(LEFT + (float(value) - self.x0) / (self.x1 - self.x0) * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: Number) -> float:
        return round(HEIGHT - BOTTOM - (float(value) - self.y0) / (self.y1 - self.y0) * (HEIGHT - BOTTOM - TOP), 1)


def planned_and_done(points: Sequence[tuple[int, Number | None, Number | None]], *, title: str, unit: str, described: str) -> str:
    """An outlined bar of what was planned and a filled one of what was done, at each whole number on the x axis."""
    most = max((float(v) for _, *pair in points for v in pair if v is not None), default=1.0)
    plane = Plane((points[0][0] - 1, points[-1][0] + 1), (0, most)) if points else Plane((0, 1), (0, 1))
    wide = (plane.x(1) - plane.x(0)) * 0.7
    drawn = []
    for at, planned, done in points:
        for value, name, share in ((planned, "bar", 1.0), (done, "solid", 0.6)):
            if value is not None:
                left, top = plane.x(at) - wide * share / 2, plane.y(value)
                drawn.append(
                    f'<rect class="{name}" x="{left:.1f}" y="{top}" width="{wide * share:.1f}" height="{plane.y(0) - top:.1f}"><title>'
                    f"{escape(f'{at}: {value} {unit}')}</title></rect>"
                )
    return _framed(plane, drawn, title=title, unit=unit, described=described, ticks=[at for at, *_ in points])


def step_line(points: Sequence[tuple[int, Number]], *, title: str, unit: str, described: str) -> str:
    """A line that stays until the next point and then steps; on a full scale from 0."""
    most = max((float(v) for _, v in points), default=1.0)
    plane = Plane((points[0][0], points[-1][0]), (0, most)) if points else Plane((0, 1), (0, 1))
    path = "".join(
        f"{'M' if n == 0 else 'H'}{plane.x(at)}{f' {plane.y(v)}' if n == 0 else f'V{plane.y(v)}'}" for n, (at, v) in enumerate(points)
    )
    drawn = [f'<path class="trace" d="{path}"/>'] if points else []
    drawn += [f'<circle class="solid" cx="{plane.x(at)}" cy="{plane.y(v)}" r="3"/>' for at, v in points]
    return _framed(plane, drawn, title=title, unit=unit, described=described, ticks=[at for at, _ in points])


def dots(
    points: Sequence[tuple[Number, Number]],
    *,
    x_ends: tuple[Number, Number],
    y_ends: tuple[Number, Number],
    title: str,
    unit: str,
    described: str,
    line: tuple[float, float] | None = None,
    x_name: str = "",
) -> str:
    """Dots on a full scale; `line` is intercept and slope of a straight line through them."""
    plane = Plane(x_ends, y_ends)
    drawn = [f'<circle class="solid" cx="{plane.x(x)}" cy="{plane.y(y)}" r="4"/>' for x, y in points]
    if line is not None:
        ends = [(at, line[0] + line[1] * at) for at in (plane.x0, plane.x1)]
        (ax, ay), (bx, by) = ((plane.x(x), plane.y(min(max(y, plane.y0), plane.y1))) for x, y in ends)
        drawn.append(f'<line class="trace" x1="{ax}" y1="{ay}" x2="{bx}" y2="{by}"/>')
    whole = [round(float(x), 2) for x in x_ends]
    return _framed(plane, drawn, title=title, unit=unit, described=described, ticks=whole, x_name=x_name)


def steps_to_target(points: Sequence[tuple[str, int]], target: int | None, *, title: str, unit: str, described: str) -> str:
    """A count that has grown to so much by the end of each named span, in steps from 0, and a dashed line at its target."""
    most = max([n for _, n in points] + [target or 0, 1])
    plane = Plane((0, max(len(points), 1)), (0, most))
    path, drawn = f"M{plane.x(0)} {plane.y(0)}", []
    for n, (_, total) in enumerate(points):
        path += f"V{plane.y(total)}H{plane.x(n + 1)}"
    if points:
        drawn.append(f'<path class="trace" d="{path}"/>')
    if target is not None:
        drawn.append(f'<line class="now" x1="{LEFT}" y1="{plane.y(target)}" x2="{WIDTH - RIGHT}" y2="{plane.y(target)}"/>')
        drawn.append(f'<text class="now-word" x="{LEFT + 6}" y="{plane.y(target) - 6}">Target {target}</text>')
    every = max(1, (len(points) + 7) // 8)
    drawn += [
        f'<text class="muted" x="{plane.x(n + 0.5)}" y="{HEIGHT - 22}" text-anchor="middle">{escape(name)}</text>'
        for n, (name, _) in enumerate(points)
        if n % every == 0
    ]
    return _framed(plane, drawn, title=title, unit=unit, described=described, ticks=())


def shares(rows: Sequence[tuple[str, int, int]], *, title: str, described: str) -> str:
    """A bar a row on a scale from 0 to 100 %, or further where some are more than wanted: so many of so many; of nobody there is no bar."""
    left, line = 260, 26
    wide, high = WIDTH - left - RIGHT, line * len(rows) + 34
    most = max([some / of for _, some, of in rows if of] + [1.0])
    whole = wide / most
    words = [
        f'<text class="muted" x="{left + whole * n / 2:.1f}" y="14" text-anchor="{anchor}">{50 * n} %</text>'
        for n, anchor in enumerate(("start", "middle", "end" if most == 1 else "middle"))
    ]
    for n, (name, some, of) in enumerate(rows):
        top = 24 + n * line
        words.append(f'<text x="{left - 8}" y="{top + 15}" text-anchor="end">{escape(name)}: {some} of {of}</text>')
        words.append(f'<rect class="bar" x="{left}" y="{top}" width="{whole:.1f}" height="{line - 6}"/>')
        if some and of:
            words.append(f'<rect class="solid" x="{left}" y="{top + 4}" width="{whole * some / of:.1f}" height="{line - 14}"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{high}" viewBox="0 0 {WIDTH} {high}" role="img" '
        f"aria-label={quoteattr(f'{title}. {described}')}>"
        f"<title>{escape(title)}</title><desc>{escape(described)}</desc>{''.join(words)}</svg>"
    )


def _framed(
    plane: Plane, drawn: Iterable[str], *, title: str, unit: str, described: str, ticks: Sequence[Number], x_name: str = ""
) -> str:  # fmt: skip
    every = max(1, (len(ticks) + 15) // 16)
    words = [
        f'<line class="axis" x1="{LEFT}" y1="{HEIGHT - BOTTOM}" x2="{WIDTH - RIGHT}" y2="{HEIGHT - BOTTOM}"/>',
        *(f'<text class="muted" x="{plane.x(at)}" y="{HEIGHT - 22}" text-anchor="middle">{at:g}</text>' for at in ticks[::every]),
    ]
    for share in (0.0, 0.5, 1.0):
        value = plane.y0 + share * (plane.y1 - plane.y0)
        words.append(f'<line class="grid" x1="{LEFT}" y1="{plane.y(value)}" x2="{WIDTH - RIGHT}" y2="{plane.y(value)}"/>')
        words.append(f'<text class="muted" x="{LEFT - 6}" y="{plane.y(value) + 4}" text-anchor="end">{value:.4g}</text>')
    words.append(f'<text class="muted" x="0" y="14">{escape(unit)}</text>')
    if x_name:
        words.append(f'<text class="muted" x="{WIDTH - RIGHT}" y="{HEIGHT - 2}" text-anchor="end">{escape(x_name)}</text>')
    label = quoteattr(f"{title}. {described}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f"aria-label={label}>"
        f"<title>{escape(title)}</title><desc>{escape(described)}</desc>{''.join(words)}{''.join(drawn)}</svg>"
    )
