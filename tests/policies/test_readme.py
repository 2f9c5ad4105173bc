"""What the README says of policies is so; ``python -m tests.policies.test_readme`` writes the table of them anew."""

import re
from pathlib import Path

from detector.policies.catalogue import built_in_policies
from detector.policies.examples import check_policies
from detector.policies.header import read_policy
from detector.policies.policy import COUNTED

README = Path(__file__).parents[2] / "README.md"
TABLE = re.compile(r"(?<=\n## Policies\n\n)(\|[^\n]*\n)*")


def table() -> str:
    """Return the table of the built-in policies."""
    rows = ["| policy | alerts | parameters |", "| --- | --- | --- |"]
    for policy in built_in_policies():
        parameters = ", ".join(f"`{name}`" for name in policy.defaults)
        rows.append(f"| `{policy.id}` | {'yes' if policy.alert else 'no'} | {parameters}".rstrip() + " |")
    return "\n".join(rows) + "\n"


def section() -> str:
    return README.read_text(encoding="utf-8").split("\n## Policies\n", 1)[1].split("\n## ", 1)[0]


def test_every_policy_is_listed_with_its_parameters():
    found = TABLE.search(README.read_text(encoding="utf-8"))
    assert found is not None
    assert found.group() == table(), "`python -m tests.policies.test_readme` writes it anew"


def test_every_figure_that_is_counted_is_explained():
    assert {name for name in COUNTED if f"`{name}`" in section()} == set(COUNTED)


def test_the_policy_in_the_readme_judges_its_examples(tmp_path):
    (text,) = re.findall(r"^```sql\n(.*?)^```$", section(), re.MULTILINE | re.DOTALL)
    path = tmp_path / "many-prints.sql"
    path.write_text(text, encoding="utf-8")
    assert check_policies([read_policy(path, built_in=False)]) == []


if __name__ == "__main__":
    README.write_text(TABLE.sub(lambda _: table(), README.read_text(encoding="utf-8"), count=1), encoding="utf-8")
