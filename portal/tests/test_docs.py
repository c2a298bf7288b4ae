"""The portal's guide says of roles what the code does."""

import re

from merchants.states import ROLES, Act, Role
from mypay.settings.environment import BASE_DIR


def test_table_of_roles_is_the_codes() -> None:
    guide = (BASE_DIR / "docs" / "portal.md").read_text()
    head = re.search(r"^\| act \|(.+)\|$", guide, re.MULTILINE)
    assert head and [name.strip() for name in head[1].split("|")] == list(Role)
    rows = {}
    for act in Act:
        row = re.search(rf"^\| {re.escape(act.label)} \|(.+)\|$", guide, re.MULTILINE)
        assert row, f"docs/portal.md does not tell of: {act.label}"
        rows[act] = {role for role, cell in zip(Role, row[1].split("|"), strict=True) if cell.strip() == "yes"}
    assert rows == ROLES
