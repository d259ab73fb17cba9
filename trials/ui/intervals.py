"""Means and differences with their 95 % intervals, drawn as `trials.ui.plots` draws: SVG of attributes and classes only.

Scales are whole: means stand on the questionnaire's full range, differences about 0. Numbers are plain values; words are escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape, quoteattr

WIDTH, LEFT, RIGHT, BOTTOM, LINE = 640, 56, 24, 28, 18
PLANE = 200  # height of the plane of means
NAMES, NUMBERS = 230, 170  # width of the words beside a difference
Mean = tuple[int, float, float, float]  # number of the visit from 0, mean, low, high
Difference = tuple[str, float, float, float]  # words, estimate, low, high


def means(
    series: Sequence[tuple[str, Sequence[Mean]]], *, at: Sequence[str], ends: tuple[float, float], title: str, unit: str, described: str
) -> str:
    """A line a group over the visits named in `at`, with a whisker a mean; groups stand side by side, named above."""
    top = LINE * (len(series) + 2)
    bottom, least = top + PLANE, ends[0]
    most = max(ends[1], least + 1)
    step = (WIDTH - LEFT - RIGHT) / max(1, len(at))

    def x(visit: int, group: int) -> float:
        return round(LEFT + step * (visit + 0.5) + 8 * (group - (len(series) - 1) / 2), 1)

    def y(value: float) -> float:
        return round(bottom - (min(max(value, least), most) - least) / (most - least) * PLANE, 1)

    drawn = [f'<text class="muted" x="0" y="{top - LINE / 2}">{escape(unit)}</text>']
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        value = least + share * (most - least)
        drawn.append(f'<line class="grid" x1="{LEFT}" y1="{y(value)}" x2="{WIDTH - RIGHT}" y2="{y(value)}"/>')
        drawn.append(f'<text class="muted" x="{LEFT - 6}" y="{y(value) + 4}" text-anchor="end">{value:.4g}</text>')
    for number, word in enumerate(at):
        middle = round(LEFT + step * (number + 0.5), 1)
        drawn.append(f'<text class="muted" x="{middle}" y="{bottom + LINE}" text-anchor="middle">{escape(word)}</text>')
    for group, (name, found) in enumerate(series):
        mark, line = f"arm-{group % 4 + 1}", LINE * (group + 1)
        drawn.append(f'<line class="{mark}" stroke-width="2" x1="{LEFT}" y1="{line - 4}" x2="{LEFT + 28}" y2="{line - 4}"/>')
        drawn.append(f'<text x="{LEFT + 36}" y="{line}">{escape(name)}</text>')
        points = " ".join(f"{x(visit, group)},{y(mean)}" for visit, mean, _, _ in found)
        drawn.append(f'<polyline class="{mark}" fill="none" stroke-width="2" points="{points}"/>')
        for visit, mean, low, high in found:
            here = x(visit, group)
            drawn.append(f'<line class="{mark}" stroke-width="1.5" x1="{here}" y1="{y(low)}" x2="{here}" y2="{y(high)}"/>')
            drawn.append(f'<circle class="{mark}" fill="currentColor" cx="{here}" cy="{y(mean)}" r="4"/>')
    return _svg(drawn, height=bottom + BOTTOM, title=title, described=described)


def forest(rows: Sequence[Difference], *, title: str, unit: str, described: str) -> str:
    """A row a difference: its words, the estimate with its interval on one scale about 0, and the same in figures."""
    most = max((abs(value) for _, *values in rows for value in values), default=1.0) or 1.0
    left, right = NAMES, WIDTH - NUMBERS
    bottom = 28 + 26 * len(rows)

    def x(value: float) -> float:
        return round((left + right) / 2 + value / most * (right - left) / 2, 1)

    drawn = [
        f'<text class="muted" x="{left}" y="14">{escape(unit)}</text>',
        f'<line class="axis" x1="{x(0)}" y1="20" x2="{x(0)}" y2="{bottom}"/>',
        *(
            f'<text class="muted" x="{x(v)}" y="{bottom + LINE}" text-anchor="middle">{v:.3g}</text>' for v in (-most, 0.0, most)
        ),
    ]  # fmt: skip
    for number, (words, estimate, low, high) in enumerate(rows):
        line = 40 + 26 * number
        drawn.append(f'<text x="0" y="{line + 4}">{escape(words)}</text>')
        drawn.append(f'<line class="trace" x1="{x(low)}" y1="{line}" x2="{x(high)}" y2="{line}"/>')
        drawn.append(f'<rect class="solid" x="{x(estimate) - 4:.1f}" y="{line - 4}" width="8" height="8"/>')
        told = f"{estimate:.2f} ({low:.2f} to {high:.2f})"
        drawn.append(f'<text class="muted" x="{WIDTH}" y="{line + 4}" text-anchor="end">{told}</text>')
    return _svg(drawn, height=bottom + BOTTOM, title=title, described=described)


def _svg(drawn: Iterable[str], *, height: float, title: str, described: str) -> str:
    label = quoteattr(f"{title}. {described}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:g}" viewBox="0 0 {WIDTH} {height:g}" role="img" '
        f"aria-label={label}><title>{escape(title)}</title><desc>{escape(described)}</desc>{''.join(drawn)}</svg>"
    )
