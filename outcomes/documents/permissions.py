"""docs/permissions.md: the role x permission table."""

from __future__ import annotations

from outcomes.documents.markdown import WRITTEN_BY, table
from trials.domain.roles import BETRAYS_ARM, NAMED_PERSON, ONCE_UNBLINDED, Permission, Role, blindable, may
from trials.permissions import WORDS

INTRODUCTION = """\
# Permissions

Who may do what, from `trials/domain/roles.py`. A role is held at one site or at all of them, and reaches the people of that
site; somebody who is only a trainer reaches the people they train. A person may hold several roles.

"""
TITLES = {
    Role.BLINDED_STATISTICIAN: "blinded statistician",
    Role.UNBLINDED_STATISTICIAN: "unblinded statistician",
    Role.SAFETY_CLINICIAN: "safety clinician",
    Role.PI: "PI",
}


def page() -> str:
    rows = [(WORDS[p], f"`{p}`", *("yes" if may(role, p) else "" for role in Role)) for p in Permission]
    matrix = table(("may", "permission", *(title(role) for role in Role)), rows)
    return f"{INTRODUCTION}{WRITTEN_BY}\n{matrix}\n{_notes()}"


def title(role: Role) -> str:
    return TITLES.get(role, role.value)


def _notes() -> str:
    blind = ", ".join(title(role) for role in Role if blindable(role))
    return (
        "A protocol names the roles it blinds. It may blind only a role without any permission that betrays an arm: "
        f"{_listed(BETRAYS_ARM)}. These roles can be blinded: {blind}. Somebody who holds a blinded role at a site is blind there "
        "whatever else they hold, until the trial is unblinded under the hard lock of its data. From then on nobody is blind, and some "
        f"roles may do more: {_opened()}.\n\n"
        f"Shell commands may do whatever needs no named person; these need one: {_listed(NAMED_PERSON)}.\n"
    )


def _opened() -> str:
    return "; ".join(f"{title(role)} {_listed(more)}" for role, more in ONCE_UNBLINDED.items())


def _listed(permissions: frozenset[Permission]) -> str:
    return ", ".join(f"`{p}`" for p in Permission if p in permissions)
