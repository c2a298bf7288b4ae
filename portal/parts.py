"""Parts of pages that components show: a line of details, a link to a file, a filter form."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms

from portal.links import page_url


@dataclass(frozen=True, slots=True)
class Detail:
    """A label and its value, for `components/details.html`; `at` is shown as a time, `copies` adds a button."""

    label: str
    value: str = ""
    at: datetime | None = None
    url: str = ""
    is_code: bool = False
    copies: bool = False
    note: str = ""


def details(*rows: Detail) -> list[Detail]:
    """The rows that say something."""
    return [row for row in rows if row.value or row.at]


@dataclass(frozen=True, slots=True)
class Export:
    """A list as a file, for `components/exports.html`."""

    label: str
    url: str


def exports(path: str, query: dict[str, str]) -> list[Export]:
    """The list under the same filter, as CSV and as JSON; `path` is the export's, which takes `format`."""
    return [Export(f"Export {format.upper()}", page_url(path, {**query, "format": format})) for format in ("csv", "json")]


class FilterForm(forms.Form):
    """A list's filters, read from the URL; none is needed, and a value that is wrong is told at its field.

    Shown by `components/filters.html`. `query()` are those that are set, to build the list's other links with.
    """

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False

    def query(self) -> dict[str, str]:
        """What is asked for and understood, as the URL has it."""
        self.is_valid()
        return {name: str(value) for name, value in self.cleaned_data.items() if value not in (None, "")}


class DateInput(forms.DateInput):
    """The browser's own date field."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


def choices(every: str, pairs: Any) -> list[tuple[str, str]]:
    """Choices of a filter: all first."""
    return [("", every), *((str(value), str(label)) for value, label in pairs)]
