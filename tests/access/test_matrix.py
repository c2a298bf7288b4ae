"""The access matrix: who is let in by every route and method, and that nobody else learns or changes anything.

The rows are in `rows`, which says how to add one.
"""

from collections.abc import Iterable, Iterator

import pytest

from merchants.states import Role
from sandbox.belongings import erase, state
from tests.access import routes
from tests.access.doors import ANY_STRANGER, IMPOSTORS, KIN, LOGIN_PAGE, RIGHTFUL, STRANGERS, Impostor, close_the_victim, of_role
from tests.access.grammar import METHODS, Case, Door, cases, parameters
from tests.access.rows import ROWS
from tests.access.wire import Wire, undone
from tests.access.world import IDEMPOTENCY_KEY, World

CASES = cases(ROWS)
ROW_OF = {route: known for known in ROWS for route in known.routes}
OBJECTS = [case for case in CASES if case.is_about_an_object]
PUBLIC = (Door.ANYBODY, Door.HOLDER)
COUNTED = (Door.PAYOUT_KEY, Door.PAYMENT_KEY, Door.ANY_KEY, Door.SANDBOX_KEY, Door.MEMBER)
PEOPLE = (Door.MEMBER, Door.SESSION)
every_route = pytest.mark.parametrize("route", sorted(set(ROW_OF) & set(routes.served())), ids=lambda route: f"/{route}")


def each(chosen: Iterable[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", list(chosen), ids=str)


# The rows and the URLconf say the same.


def test_every_route_has_a_row() -> None:
    assert sorted(set(routes.served()) - set(ROW_OF)) == [], "these routes have no row in tests/access/rows.py, which says how to write one"


def test_every_row_has_a_route() -> None:
    assert sorted(set(ROW_OF) - set(routes.served())) == [], "these rows of tests/access/rows.py have no route"
    assert len(ROW_OF) == sum(len(known.routes) for known in ROWS), "a route has two rows"


def test_services_have_no_route_of_their_own() -> None:
    """Else the matrix, which walks the one-port service, would miss it; their roots are signposts."""
    assert [(name, route) for name, route in routes.elsewhere() if route and route not in routes.served()] == []


@every_route
def test_row_lists_every_method_and_fills_the_path(route: str) -> None:
    known = ROW_OF[route]
    assert {call.method for call in known.calls} == routes.methods(route), f"/{route}: the methods of the row and of the view differ"
    assert set(known.path) == parameters(route), f"/{route}: the row fills other names than the path has"


# Who may, can: else a refusal below would prove nothing.


@each(CASES)
def test_rightful_caller_is_let_in(world: World, wire: Wire, case: Case) -> None:
    for badge in RIGHTFUL[case.row.door]:
        with undone():
            answer = wire.send(case, world.badges[badge], world.own.things)
        assert answer.status == case.call.status, f"{case} as {badge}: {answer.status} {answer.content[:300]!r}"
        missing = {name for name in case.call.shows if world.own.secrets[name] not in answer.shown}
        assert not missing, f"{case} as {badge}: the answer does not show {missing}"


# Who may not, is turned away.


@each(case for case in CASES if IMPOSTORS[case.row.door])
def test_impostors_are_turned_away(world: World, wire: Wire, case: Case) -> None:
    problems = [problem for impostor in IMPOSTORS[case.row.door] for problem in _let_in(world, wire, case, impostor)]
    assert not problems, "\n".join(problems)
    assert not world.changes(), f"{case}: somebody who was turned away has changed {world.changes()}"


def _let_in(world: World, wire: Wire, case: Case, impostor: Impostor) -> Iterator[str]:
    """What is wrong with the answers to the impostor."""
    for method in case.call.methods if impostor.badge == "nobody" else (case.call.method,):
        if impostor.after is None:
            answer = wire.send(case, world.badges[impostor.badge], world.own.things, method=method)
        else:
            with undone():
                impostor.after(world)
                answer = wire.send(case, world.badges[impostor.badge], world.own.things, method=method)
        said = f"{case} sent as {method} as {impostor}"
        if answer.status != impostor.status:
            yield f"{said}: {answer.status}, not {impostor.status}"
        if answer.status == 302 and not answer.headers["Location"].startswith(LOGIN_PAGE):
            yield f"{said}: leads to {answer.headers['Location']}, not to the sign-in page"
        if given_away := answer.holds(world.own.secrets) - impostor.knows:
            yield f"{said}: the answer holds {given_away}"


# Another merchant in good standing learns nothing and changes nothing.


@each(case for case in OBJECTS if STRANGERS[case.row.door])
def test_stranger_with_the_victims_id_hears_what_an_unknown_id_gets(world: World, wire: Wire, case: Case) -> None:
    for badge in (*STRANGERS[case.row.door], *KIN.get(case.row.door, ())):
        for method in (*case.call.methods, "OPTIONS"):
            answer = wire.send(case, world.badges[badge], world.own.things, method=method)
            unknown = wire.send(case, world.badges[badge], world.unknown, method=method)
            said = f"{case} sent as {method} as {badge}"
            assert answer.status == case.row.unknown or method == "OPTIONS", f"{said}: {answer.status}, not {case.row.unknown}"
            assert answer.told == unknown.told, f"{said}: {answer.told}, but {unknown.told} for an unknown id"
    assert not world.changes(), f"{case}: a stranger has changed {world.changes()}"


@each(case for case in CASES if case not in OBJECTS and STRANGERS[case.row.door])
def test_stranger_finds_nothing_of_the_victims(world: World, wire: Wire, case: Case) -> None:
    for badge in STRANGERS[case.row.door]:
        for method in case.call.methods:
            answer = wire.send(case, world.badges[badge], world.own.things, method=method, idempotency_key=IDEMPOTENCY_KEY)
            said = f"{case} sent as {method} as {badge}"
            assert answer.status == case.call.status, f"{said}: {answer.status}, not {case.call.status}"
            assert not answer.holds(world.own.secrets), f"{said}: the answer holds {answer.holds(world.own.secrets)}"
    assert not world.changes(), f"{case}: a stranger has changed {world.changes()}"


@each(case for case in CASES if case.call.method == "GET" and case not in OBJECTS and case.row.door in COUNTED)
def test_strangers_figures_are_the_same_without_the_victim(world: World, wire: Wire, case: Case) -> None:
    """Sums and counts hold no text to look for. Pages have forms, which never look the same twice."""
    badge = STRANGERS[case.row.door][0]
    beside = wire.send(case, world.badges[badge], world.own.things)
    erase(state(), world.victim.pk)
    alone = wire.send(case, world.badges[badge], world.own.things)
    assert beside.told == alone.told, f"{case} as {badge}: {beside.content!r}, but {alone.content!r} without the victim"


# Routes for everybody, and ids that nobody has.


@each(case for case in CASES if case.row.door in PUBLIC)
def test_public_answer_shows_no_more_than_it_says(world: World, wire: Wire, case: Case) -> None:
    kept = {name: text for name, text in world.own.secrets.items() if name not in case.call.shows}
    for badge in ("nobody", "nonsense", ANY_STRANGER):
        with undone():
            answer = wire.send(case, world.badges[badge], world.own.things)
            assert case.row.door == Door.HOLDER or not world.changes(), f"{case} as {badge} has changed {world.changes()}"
        assert badge == ANY_STRANGER or answer.status == case.call.status, f"{case} as {badge}: {answer.status}, not {case.call.status}"
        assert not answer.holds(kept), f"{case} as {badge}: the answer holds {answer.holds(kept)}"


@each(OBJECTS)
def test_unknown_id_is_refused_whoever_asks(world: World, wire: Wire, case: Case) -> None:
    for badge in RIGHTFUL[case.row.door]:
        answer = wire.send(case, world.badges[badge], world.unknown)
        assert answer.status == case.row.unknown, f"{case} as {badge}: {answer.status}, not {case.row.unknown}"


@each(case for case in CASES if case.row.door == Door.HOLDER)
def test_id_of_a_merchant_switched_off_is_as_good_as_unknown(world: World, wire: Wire, case: Case) -> None:
    close_the_victim(world)
    for method in case.call.methods:
        answer, unknown = (wire.send(case, world.badges["nobody"], things, method=method) for things in (world.own.things, world.unknown))
        assert answer.told == unknown.told, f"{case} sent as {method}: {answer.told}, but {unknown.told} for an unknown id"


# Among the merchant's own people, roles.


@each(case for case in CASES if case.row.door in PEOPLE)
def test_role_decides(world: World, wire: Wire, case: Case) -> None:
    for role in Role:
        expected = case.call.status if role in case.call.roles else 403
        with undone():
            answer = wire.send(case, world.badges[of_role(case.row.door, role)], world.own.things)
            assert expected != 403 or not world.changes(), f"{case} as {role} has changed {world.changes()}"
        assert answer.status == expected, f"{case} as {role}: {answer.status}, not {expected}"


# What the rows do not list.


@every_route
def test_other_methods_open_nothing(world: World, wire: Wire, route: str) -> None:
    case = next(case for case in CASES if case.route == route)
    listed = routes.methods(route) | ({"HEAD"} if "GET" in routes.methods(route) else set())
    for method in sorted(set(METHODS) - listed):
        for badge in sorted({"nobody", RIGHTFUL[case.row.door][0]}):
            answer = wire.send(case, world.badges[badge], world.own.things, method=method)
            expected = (401, 405, 200) if method == "OPTIONS" else (401, 405)
            assert answer.status in expected, f"{method} /{route} as {badge}: {answer.status}, not one of {expected}"
            assert not answer.holds(world.own.secrets), f"{method} /{route} as {badge}: holds {answer.holds(world.own.secrets)}"
    assert not world.changes(), f"/{route}: a method that the row does not list has changed {world.changes()}"


@each(case for case in CASES if case.call.is_form and case.route.startswith("portal/"))
def test_form_of_another_site_is_turned_away(world: World, wire: Wire, case: Case) -> None:
    badge = world.badges["the victim's owner by session"]
    assert wire.refuses_foreign_form(case, badge, world.own.things), f"{case}: let in without a CSRF token"
    assert not world.changes()
