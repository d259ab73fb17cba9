"""Numbers, moments and components say what they mean."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django import forms
from django.template import engines
from django.test import RequestFactory

from trials.ui import fields, words
from trials.ui.timeline import Bar, Lane, Mark, Timeline, draw, spark

INSTANT = datetime(2026, 5, 12, 17, 0, tzinfo=UTC)


def drawn(source: str, **context: object) -> str:
    request = context.pop("request", None)
    return engines["django"].from_string("{% load ui %}" + source).render(context, request)


@pytest.mark.parametrize(
    ("value", "places", "said"),
    [
        (0, None, "0"),
        (None, None, "not recorded"),
        ("", None, "not recorded"),
        (Decimal("62.50"), None, "62.5"),
        (Decimal("100"), None, "100"),
        (Decimal("2.5"), 0, "3"),
        (Decimal("-0.25"), 1, "\u22120.3"),
        (1234, None, "1234"),
        (12345, None, "12\u202f345"),
        ("not due", None, "not due"),
        (float("nan"), None, "not recorded"),
    ],
)
def test_a_number_is_rounded_half_up_and_an_absent_one_says_so(value, places, said):
    assert words.number(value, places) == said


@pytest.mark.parametrize(
    ("share", "places", "said"), [("0.8125", 0, "81\u00a0%"), ("0.125", 0, "13\u00a0%"), (1, 1, "100.0\u00a0%"), (None, 0, "not recorded")]
)
def test_a_share_is_a_percentage(share, places, said):
    assert words.percent(share, places) == said


@pytest.mark.parametrize(
    ("site", "options", "said"),
    [
        ("Europe/Dublin", {}, "Tue 12 May, 18:00"), ("Europe/Copenhagen", {"year": True}, "Tue 12 May 2026, 19:00"),
        ("Europe/Dublin", {"zone_named": True}, "Tue 12 May, 18:00 (Dublin time)"), (None, {}, "Tue 12 May, 17:00 (UTC)"),
    ],
)  # fmt: skip
def test_a_moment_is_told_in_site_time(site, options, said):
    assert words.moment(INSTANT, site, **options) == said


class Lift(forms.Form):
    load = fields.DecimalField(label="Load", help_text="In kg, like 62.5")
    why = forms.ChoiceField(label="Why", choices=[("ill", "Unwell"), ("work", "Work")], widget=forms.RadioSelect)
    heard = forms.BooleanField(label="The person heard this")
    note = forms.CharField(label="Note", required=False)


def test_decimal_comma_and_point_both_count():
    assert [Lift({"load": typed}).fields["load"].clean(typed) for typed in ("62,5", " 62.5 ")] == [Decimal("62.5"), Decimal("62.5")]


def test_an_error_names_field_and_cure():
    form = Lift({"load": "heavy"})
    assert {bound.name: fields.sentences(bound) for bound in form} == {
        "load": ("Enter load as a number, like 62.5",),
        "why": ("Choose an answer: why",),
        "heard": ("Tick: the person heard this",),
        "note": (),
    }


def test_the_summary_links_to_each_field():
    page = drawn("{% error_summary form %}", form=Lift({"load": "1"}))
    assert [part.split('"')[0] for part in page.split('href="')[1:]] == ["#id_why_0", "#id_heard"]
    assert drawn("{% error_summary form %}", form=Lift()).strip() == ""


def test_a_faulty_field_is_tied_to_its_words_and_keeps_what_was_typed():
    page = drawn('{% field form.load step="2.5" unit="kg" %}', form=Lift({"load": "heavy"}))
    for part in (
        'type="text"',
        'inputmode="decimal"',
        'value="heavy"',
        'aria-invalid="true"',
        'aria-describedby="id_load_hint id_load_error"',
    ):
        assert part in page
    assert ("required" in page, 'type="number"' in page) == (False, False)


def test_radios_are_a_fieldset_with_their_answer_marked():
    page = drawn("{% field form.why %}", form=Lift({"why": "work"}))
    assert page.count("<legend>") == 1
    assert 'id="id_why_1" value="work" checked' in page


def test_an_optional_field_says_so():
    assert "(optional)" in drawn("{% field form.note %}", form=Lift())


def test_a_refused_button_can_be_focused_and_says_why():
    class Refusal(Exception):
        way_out = ("Record consent", "/consent/")

    page = drawn('{% button "Randomise P-014" refused=why %}', why=Refusal("P-014 has no signed consent."))
    for part in (
        'aria-disabled="true"',
        'aria-describedby="why-randomise-p-014"',
        'id="why-randomise-p-014"',
        "P-014 has no signed consent.",
        'href="/consent/"',
    ):
        assert part in page
    assert " disabled" not in page


def test_a_title_says_error_only_when_a_form_was_refused():
    assert [drawn("{% title_prefix %}", form=form) for form in (Lift(), Lift({}), None)] == ["", "Error: ", ""]


def test_a_sorted_column_says_its_order_and_turns_round():
    request = RequestFactory().get("/people/?sort=id&site=A&page=3")
    context = engines["django"].from_string('{% load ui %}{% sort_th "Trial id" "id" %}{% sort_th "Status" "status" %}')
    page = context.render({}, request)
    assert page.count('aria-sort="ascending"') == 1
    assert 'href="?sort=-id&amp;site=A"' in page
    assert 'href="?sort=status&amp;site=A"' in page


def test_what_people_typed_is_never_markup():
    nasty = "<b onclick=x>"
    page = drawn(
        '{% pill "due" t %}{% locked t %}{% worklist rows %}{% strip "stop" %}{{ t }}{% endstrip %}{% table t %}{% endtable %}',
        t=nasty,
        rows=[{"what": nasty}],
    )
    assert nasty not in page


def test_a_timeline_cuts_to_its_axis_and_keeps_every_row():
    course = Timeline(
        title="P-014",
        first=date(2026, 1, 1),
        last=date(2026, 12, 31),
        today=date(2027, 1, 5),
        lanes=[
            Lane(
                name="Visits",
                bars=[Bar(first=date(2025, 12, 1), last=date(2027, 2, 1), label="Long")],
                marks=[Mark(on=date(2026, 7, 1), label="Seen", state="done")],
            )
        ],
    )
    drawing = draw(course)
    assert (drawing.bars[0].x, drawing.bars[0].x + drawing.bars[0].width) == (120, 936)
    assert drawing.today is None
    assert drawing.marks[0].shape == "state-done"
    assert [row[1] for row in drawing.rows] == ["Long", "Seen"]


def test_a_flat_series_lies_in_the_middle():
    assert spark([5, 5]) == ("4.0,12.0 92.0,12.0", 92.0, 12.0)
