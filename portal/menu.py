"""The portal's menu: its rooms in groups."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from merchants.states import Act, may


@dataclass(frozen=True, slots=True)
class Room:
    """A link; only roles that may `act` see it."""

    label: str
    route: str
    act: Act = Act.LOOK


MENU: tuple[tuple[str, tuple[Room, ...]], ...] = (
    ("", (Room("Home", "home"),)),
    (
        "Money",
        (
            Room("Payments", "payments"),
            Room("Refunds", "refunds"),
            Room("Disputes", "disputes"),
            Room("Payouts", "payouts"),
            Room("Beneficiaries", "beneficiaries"),
            Room("Settlements", "settlements"),
            Room("Balance", "history"),
        ),
    ),
    (
        "Developers",
        (
            Room("API keys", "keys"),
            Room("Webhooks", "endpoints"),
            Room("Events", "events"),
            Room("Requests", "requests"),
            Room("Debugger", "debugger", Act.MANAGE_WEBHOOKS),
        ),
    ),
    (
        "Sandbox",
        (
            Room("Scenarios", "scenarios"),
            Room("Faults", "faults"),
            Room("Clock", "clock"),
            Room("Snapshots", "snapshots"),
            Room("Child sandboxes", "children"),
        ),
    ),
    (
        "Settings",
        (
            Room("Company", "profile"),
            Room("Team", "team"),
            Room("Sign-in and security", "security"),
            Room("Inbox", "inbox"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str
    is_current: bool


def menu(path: str, role: str) -> list[tuple[str, list[Link]]]:
    """The groups with their links, the one that leads to `path` or above it marked."""
    home = reverse("portal:home")
    groups = []
    for title, rooms in MENU:
        links = []
        for room in rooms:
            try:
                url = reverse(f"portal:{room.route}")
            except NoReverseMatch:
                continue
            is_current = path == url or (url != home and path.startswith(f"{url}/"))
            if may(role, room.act):
                links.append(Link(room.label, url, is_current))
        if links:
            groups.append((title, links))
    return groups
