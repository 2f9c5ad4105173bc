"""The patterns: one file ``<id>.toml`` each in this folder, found by its name; order is by id.

They stand in this room because an approval for a pattern lowers the evidence that is weighed here, and because a file
is checked against the streams, features and types of access that are declared here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from detector.deployment.checked_table import CheckedTable
from detector.deployment.key_lines import key_lines, syntax_error
from detector.detection.features import BY_ID as FEATURES
from detector.detection.hypotheses import ACCESS_TYPES
from detector.detection.patterns.pattern import INQUIRIES, LEAST, TECHNIQUES, Pattern, Text, Texts
