"""The target population: which patients a leaked list is about, mothers of one ward, say, rather than everybody."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from detector.tracing.leak_hypotheses import Floats

PRIOR_COMPLAINTS: Final = 0.5
"""Weight of "any patient", in complaints, beside the departments that the list itself shows."""


def population_weights(departments: pl.DataFrame, complaints: pl.DataFrame) -> Floats:
    """Return for each patient of `departments` how much more often the list takes such patients than chance would.

    A department's weight is its share of the list over its share of all patients, both shrunk by ``PRIOR_COMPLAINTS``;
    a patient has the weight of the heaviest department. Accounts are compared within this population, so that a
    front desk that serves everybody is not cleared by breadth that the leaker did not sell.
    """
    listed = complaints.height
    places = departments.explode("departments", empty_as_null=True).drop_nulls("departments")
    population = places.group_by("departments").agg(patients=pl.col("patient_id").n_unique())
    in_list = (
        places.join(complaints.select("patient_id"), on="patient_id", how="semi")
        .group_by("departments")
        .agg(complaints=pl.col("patient_id").n_unique())
    )
    share = pl.col("patients") / departments.height
    weight = (pl.col("complaints").fill_null(0) + PRIOR_COMPLAINTS * share) / (listed + PRIOR_COMPLAINTS) / share
    weights = population.join(in_list, on="departments", how="left").select("departments", weight=weight)
    heaviest = (
        places.join(weights, on="departments").group_by("patient_id").agg(pl.col("weight").max())
    )  # fmt: skip
    rest = PRIOR_COMPLAINTS / (listed + PRIOR_COMPLAINTS)
    weighted = departments.join(heaviest, on="patient_id", how="left", maintain_order="left")
    return np.asarray(weighted["weight"].fill_null(rest).to_numpy(), dtype=np.float64)
