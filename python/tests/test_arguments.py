"""What transactions, traces and tasks are given, and what they refuse at once."""

from __future__ import annotations

import enum
import uuid

import pytest

import logbraid


class Channel(str, enum.Enum):
    SHOP = "shop-1"


@pytest.mark.parametrize(
    ("given", "uid"),
    [
        ("order-42", "order-42"),
        (" order-42 ", "order-42"),
        (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (4711, "4711"),
        (Channel.SHOP, "shop-1"),
        ("", None),
        ("-", None),
        ("None", None),
        (None, None),
    ],
)
def test_a_given_uid_is_taken_unless_it_says_that_there_is_none(given, uid):
    with logbraid.transaction(uid=given) as t:
        assert t.uid == uid or (uid is None and len(t.uid) == 32)


@pytest.mark.parametrize("given", ["order 4711", "a\nb", "ä", "x" * 129, "a,b", 0, "NoRequestId", "true", "${id}"])
def test_a_given_uid_that_can_be_none_is_refused(given):
    with pytest.raises(ValueError, match="uid is "):
        logbraid.transaction(uid=given)


@pytest.mark.parametrize("given", [b"x", 1.5, True, object()])
def test_a_given_uid_of_another_type_is_refused(given):
    with pytest.raises(TypeError, match="it must be text, an integer or a UUID"):
        logbraid.transaction(uid=given)


@pytest.mark.parametrize("kind", [logbraid.transaction, logbraid.trace, logbraid.task])
def test_a_decorator_without_brackets_is_refused_at_once(kind):
    with pytest.raises(TypeError, match="with brackets"):

        @kind
        def work():
            pass


def test_what_cannot_be_decorated_is_refused_at_once():
    with pytest.raises(TypeError, match="is a class: decorate its methods"):

        @logbraid.transaction("x")
        class Work:
            pass

    with pytest.raises(TypeError, match="is no function"):
        logbraid.transaction("x")(5)


def test_methods_of_all_kinds_are_decorated():
    class Work:
        @logbraid.transaction("m")
        def method(self):
            return logbraid.current().fields

        @logbraid.transaction("c")
        @classmethod
        def of_class(cls):
            return {**logbraid.current().fields, "class": cls.__name__}

        @logbraid.transaction("s")
        @staticmethod
        def static():
            return logbraid.current().fields

    assert Work().method() == {"transaction": "m"}
    assert Work.of_class() == {"transaction": "c", "class": "Work"}
    assert Work.static() == Work().static() == {"transaction": "s"}


@pytest.mark.parametrize("kind", [logbraid.trace, logbraid.task, logbraid.to])
def test_a_level_and_a_logger_may_be_names(collect, kind):
    with kind("work", level="WARNING", logger="shop"):
        pass
    assert {(record["name"], record["levelname"]) for record in collect.records} == {("shop", "WARNING")}


@pytest.mark.parametrize("kind", [logbraid.trace, logbraid.task, logbraid.to])
def test_a_level_or_a_logger_that_is_none_is_refused_at_once(kind):
    with pytest.raises(ValueError, match="level is 'LOUD', which is no level"):
        kind("work", level="LOUD")
    with pytest.raises(TypeError, match="it must be a level"):
        kind("work", level=None)
    with pytest.raises(TypeError, match="it must be a logger"):
        kind("work", logger=5)
