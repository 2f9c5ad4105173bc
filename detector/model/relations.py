"""The relations between an account and a patient that may account for an access: each declared once, here.

``sql/night/relations.sql`` recognises them; its names are this module's (type ``relation``, table ``relation_names``:
:func:`detector.detection.night_tables.relation_tables`). Of several relations to a patient the strongest counts, which
is the one that stands first in :data:`RELATIONS`. ``follow_up`` and ``office_task`` are not recognised by themselves:
``sql/night/facts.sql`` puts them in place of a relation that is declared ``after_discharge`` or ``open_to_offices``.

Figures in names, such as the days in ``discharged_7``, are part of the relation: habits are counted under its name for
weeks, and people read the figure in its words. Other figures make another relation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from detector.texts import Texts
from detector.texts.language import Language

Kind = Literal["current", "past", "elsewhere", "unrelated"]
"""Whose patient it is: in the unit's care or task now, earlier, in another unit's care today, or neither."""

Recency = Literal["present", "week", "month", "archive"]
"""How long ago the patient was last in the hospital: there now or expected, within 7 days, within 30, or longer ago."""


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation.

    ``label`` names it on screens and pages, ``explained`` says whom it covers where it speaks for a person (only the
    current ones do). ``recency`` is all that counts of it for an account that is no person. ``after_discharge``:
    follow-up duty accounts for such accesses. ``open_to_offices``: the task of an authorised office accounts for them.
    ``features`` are ids of features that count patients of this relation.
    """

    name: str
    kind: Kind
    recency: Recency
    label: Mapping[Language, str]
    explained: Mapping[Language, str] | None = None
    after_discharge: bool = False
    open_to_offices: bool = False
    features: tuple[str, ...] = ()

    @property
    def without_care(self) -> bool:
        """Whether the relation is no ground for an access by itself; whether it is usual, a unit's habit shows."""
        return self.kind != "current"


RELATIONS: Final[tuple[Relation, ...]] = (
    # in care, or within a task
    Relation(
        "care_team",
        "current",
        "present",
        label={"en": "on the care team", "zh": "属于该患者的诊疗团队"},
        explained={"en": "patients in whose care team the account is", "zh": "本人所在诊疗团队负责的患者"},
        features=("contact_in_care",),
    ),
    Relation(
        "inpatient",
        "current",
        "present",
        label={"en": "patient on own ward", "zh": "患者在本科室住院"},
        explained={"en": "patients lying in the account's own unit at the time", "zh": "当时正在本科室住院的患者"},
        features=("contact_in_care",),
    ),
    Relation(
        "visit_today",
        "current",
        "present",
        label={"en": "visit to own department", "zh": "当日在本科室就诊"},
        explained={"en": "patients with a visit to the own unit around that day", "zh": "当日前后在本科室就诊的患者"},
        features=("contact_in_care",),
    ),
    Relation(
        "admission_soon",
        "current",
        "present",
        label={"en": "admitted to own ward soon after", "zh": "随后入住本科室"},
        explained={"en": "patients admitted to the own unit within a day or two", "zh": "一两日内入住本科室的患者"},
        features=("contact_in_care",),
    ),
    Relation(
        "family_inpatient",
        "current",
        "present",
        label={"en": "family member on own ward", "zh": "家属在本科室住院"},
        explained={
            "en": "patients whose family member lies in the own unit (mother and child)",
            "zh": "其家庭成员正在本科室住院（如母婴）的患者",
        },
        features=("contact_in_care",),
    ),
    Relation(
        "discharged_3",
        "current",
        "week",
        label={"en": "left own ward within 3 days", "zh": "3 日内从本科室出院"},
        explained={"en": "patients discharged from the own unit within three days", "zh": "3 日内从本科室出院的患者"},
        after_discharge=True,
        features=("contact_in_care",),
    ),
    Relation(
        "discharged_7",
        "current",
        "week",
        label={"en": "left own ward 4 to 7 days ago", "zh": "4 至 7 日前从本科室出院"},
        explained={
            "en": "patients discharged from the own unit 4 to 7 days ago",
            "zh": "4 至 7 日前从本科室出院的患者",
        },
        after_discharge=True,
        features=("contact_in_care",),
    ),
    Relation(
        "follow_up",
        "current",
        "present",
        label={"en": "follow-up duty, with notes", "zh": "出院随访（有随访记录）"},
        explained={
            "en": "discharged patients while the account left follow-up notes",
            "zh": "出院患者，且本人同期留有随访记录",
        },
    ),
    Relation(
        "office_task",
        "current",
        "present",
        label={"en": "within the office's task", "zh": "属于职能部门工作范围"},
        explained={"en": "records that the office handles by its task", "zh": "属于本职能部门工作范围的病历"},
    ),
    # own patients of the last weeks
    Relation(
        "visited_7",
        "past",
        "week",
        label={"en": "visited own department within 7 days", "zh": "7 日内在本科室就诊"},
        features=("clinic_only",),
    ),
    Relation(
        "discharged_14",
        "past",
        "month",
        label={"en": "left own ward 8 to 14 days ago", "zh": "8 至 14 日前从本科室出院"},
        after_discharge=True,
        features=("after_discharge",),
    ),
    Relation(
        "discharged_30",
        "past",
        "month",
        label={"en": "left own ward 15 to 30 days ago", "zh": "15 至 30 日前从本科室出院"},
        after_discharge=True,
        features=("after_discharge",),
    ),
    Relation(
        "visited_30",
        "past",
        "month",
        label={"en": "visited own department within 30 days", "zh": "30 日内在本科室就诊"},
        features=("clinic_only",),
    ),
    # patients of others
    Relation(
        "inpatient_elsewhere",
        "elsewhere",
        "present",
        label={"en": "on another ward", "zh": "当时在其他科室住院"},
        open_to_offices=True,
    ),
    Relation(
        "visit_elsewhere",
        "elsewhere",
        "present",
        label={"en": "visit elsewhere that day", "zh": "当日在其他科室就诊"},
        open_to_offices=True,
    ),
    Relation(
        "elsewhere_7",
        "unrelated",
        "week",
        label={"en": "elsewhere within 7 days", "zh": "7 日内在其他科室"},
        open_to_offices=True,
    ),
    Relation(
        "elsewhere_30",
        "unrelated",
        "month",
        label={"en": "elsewhere within 30 days", "zh": "30 日内在其他科室"},
        open_to_offices=True,
        features=("strangers",),
    ),
    # own patients of long ago
    Relation(
        "former",
        "past",
        "archive",
        label={"en": "former patient of own department", "zh": "本科室以往的患者"},
        open_to_offices=True,
        features=("strangers", "after_discharge"),
    ),
    # those of others, and nobody's
    Relation(
        "former_elsewhere",
        "unrelated",
        "archive",
        label={"en": "former patient of others", "zh": "其他科室以往的患者"},
        open_to_offices=True,
        features=("strangers",),
    ),
    Relation(
        "stranger",
        "unrelated",
        "archive",
        label={"en": "no visit known", "zh": "查不到就诊记录"},
        open_to_offices=True,
        features=("strangers",),
    ),
)
"""Every relation, strongest first; the last is what remains where there is no other."""

BY_NAME: Final[Mapping[str, Relation]] = {relation.name: relation for relation in RELATIONS}

WITH_CARE: Final = tuple(relation.name for relation in RELATIONS if not relation.without_care)
"""Relations in which care or an approved task accounts for an access."""

WITHOUT_CARE: Final = tuple(relation.name for relation in RELATIONS if relation.without_care)
"""Relations that are no ground for an access by themselves."""

AFTER_DISCHARGE: Final = tuple(relation.name for relation in RELATIONS if relation.after_discharge)
"""Relations for which follow-up duty accounts."""


def of_kind(*kinds: Kind) -> tuple[str, ...]:
    """Return the names of the relations of some kinds, strongest first."""
    return tuple(relation.name for relation in RELATIONS if relation.kind in kinds)


def seen(*recencies: Recency) -> tuple[str, ...]:
    """Return the names of the relations of patients who were in the hospital so long ago, strongest first."""
    return tuple(relation.name for relation in RELATIONS if relation.recency in recencies)


def counted_by(feature: str) -> tuple[str, ...]:
    """Return the names of the relations whose patients a feature counts."""
    return tuple(relation.name for relation in RELATIONS if feature in relation.features)


def explanation_text(explanation: str | None, texts: Texts) -> str:
    """Return the words for what explains an access: a relation, another explanation of the catalogue, or nothing."""
    relation = BY_NAME.get(explanation or "none")
    return relation.label[texts.language] if relation else texts.name("explanation", explanation or "none")
