"""The menu, for the layout."""

from typing import Any

from django import template

from merchants import states
from portal.menu import Link, menu

register = template.Library()


@register.filter
def may(role: str, act: str) -> bool:
    """Whether that role may do that: `{% if member.role|may:"run_sandbox" %}`."""
    return states.may(role, states.Act(act))


@register.simple_tag(takes_context=True)
def portal_menu(context: dict[str, Any]) -> list[tuple[str, list[Link]]]:
    """The signed-in member's menu; nothing on a page without one."""
    member = context.get("member")
    return menu(context["request"].path, member.role) if member else []
