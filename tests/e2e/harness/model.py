"""Walks the input shapes of botocore's service model and makes, for each constraint, an input that breaks just this one.

A case says which operation, which input, and what the server must answer: an InvalidInputException with a Reason
(observed.md row 1: constraint, colon, path of the member), a SerializationException, or anything but a refusal of that member.
The base input of an operation comes from a table of good values per shape (`Values`), so that an operation which is added later
is covered by itself; a shape that the table does not know fails the walk with a clear message.
"""

import copy
import functools
import re
from dataclasses import dataclass, field

from . import shapes

SERIALIZATION = "SerializationException"
INVALID = "InvalidInputException"


class Unknown(AssertionError):
    """The walker does not know how to make a good value."""


@dataclass(frozen=True)
class Step:
    """One step down: a member's name, or an index of a list."""

    name: str | int

    def upper(self):
        if isinstance(self.name, int):
            return f"{self.name + 1}_MEMBER"
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", self.name).upper()


def path_of(steps):
    """`Tags[1].Key` -> `TAGS_2_MEMBER_KEY`."""
    return "_".join(step.upper() for step in steps)


@dataclass
class Case:
    operation: str
    what: str
    path: str
    body: object
    # An exact Reason, SERIALIZATION, or None where the member must be let through.
    expect: str | None
    # The reference's row where the answer is an observed exception.
    source: str = field(default="")

    @property
    def id(self):
        return f"{self.operation}-{self.path or 'body'}-{self.what}"


MISSING = object()


def put(body, steps, value):
    """A copy of `body` with the value at `steps` replaced, or taken out."""
    body = copy.deepcopy(body)
    place = body
    for step in steps[:-1]:
        place = place[step.name]
    if value is MISSING:
        del place[steps[-1].name]
    else:
        place[steps[-1].name] = value
    return body


class Values:
    """A good value for each shape. `given` are values by `Operation.path`, by `Shape`, in this order of strength."""

    def __init__(self, given):
        self.given = given

    def good(self, operation, shape, steps):
        for key in (f"{operation}.{path_of(steps)}", shape.name):
            if key in self.given:
                return copy.deepcopy(self.given[key])
        if shape.type_name == "structure":
            return {
                name: self.good(operation, member, [*steps, Step(name)])
                for name, member in shape.members.items()
                if name in shape.required_members
            }
        if shape.type_name == "list":
            return [self.good(operation, shape.member, [*steps, Step(0)])]
        rules = shapes.raw_constraints(shape)
        if rules.get("enum"):
            return rules["enum"][0]
        if shape.type_name in ("integer", "long"):
            return rules.get("min", 1)
        if shape.type_name == "boolean":
            return True
        if shape.type_name == "string" and matches(rules, "abcdefgh"[: rules.get("max", 8)]):
            return "abcdefgh"[: rules.get("max", 8)]
        raise Unknown(
            f"{operation}: no good value for {shape.name} at {path_of(steps)}; add one to the table of values"
        )


def matches(rules, text):
    return "pattern" not in rules or bool(shapes.anchored(rules["pattern"]).match(text))


def characters(rules, count):
    """A string of this length that the pattern lets through, if the pattern says nothing about length."""
    for letter in "aA0 ":
        text = letter * count
        if matches(rules, text):
            return text
    return None


def string_cases(rules):
    """(what, value, constraint or None) for one string. Order of checks: longest, pattern, shortest."""
    if rules.get("enum"):
        yield "unknown value", "NO_SUCH_VALUE", "INVALID_ENUM"
        yield "lower case", rules["enum"][0].lower(), "INVALID_ENUM"
        yield "empty", "", "INVALID_ENUM"
        return
    if "max" in rules:
        longest = rules["max"]
        yield "too long", characters(rules, longest + 1) or "a" * (longest + 1), "MAX_LENGTH_EXCEEDED"
        # Length counts characters, not bytes.
        wide = "é" * longest
        yield "longest", wide, None if matches(rules, wide) else "INVALID_PATTERN"
        # Too long and outside of the pattern: the length is told.
        if not matches(rules, "%" * (longest + 1)):
            yield "too long and odd", "%" * (longest + 1), "MAX_LENGTH_EXCEEDED"
    for odd in ("%", "a\n"):
        if not matches(rules, odd) and len(odd) <= rules.get("max", len(odd)):
            yield f"pattern {odd!r}", odd, "INVALID_PATTERN"
    if not matches(rules, ""):
        yield "empty", "", "INVALID_PATTERN"
    elif rules.get("min", 0) > 0:
        yield "empty", "", "MIN_LENGTH_EXCEEDED"
    if rules.get("min", 0) > 1:
        short = characters(rules, rules["min"] - 1)
        if short is not None:
            yield "too short", short, "MIN_LENGTH_EXCEEDED"


def number_cases(rules):
    if "min" in rules:
        yield "too small", rules["min"] - 1, "MIN_VALUE_EXCEEDED"
        yield "negative", -1_000_000, "MIN_VALUE_EXCEEDED"
        yield "smallest", rules["min"], None
    if "max" in rules:
        yield "too big", rules["max"] + 1, "MAX_VALUE_EXCEEDED"
        yield "much too big", 2**31 - 1, "MAX_VALUE_EXCEEDED"
        yield "largest", rules["max"], None


WRONG_TYPES = {
    "string": [7, True, {}, []],
    "integer": ["7", True, {}, [], 1.5],
    "long": ["7", True, {}, [], 1.5],
    "boolean": ["true", 1, {}, []],
    "structure": ["text", 7, True, []],
    "list": ["text", 7, True, {}],
    "timestamp": [True, {}, []],
}


class Walk:
    """All cases of one operation."""

    def __init__(self, operation, values, service="organizations"):
        self.model = shapes.service_model(service).operation_model(operation)
        self.operation, self.values = operation, values
        self.shape = self.model.input_shape
        self.base = self.values.good(operation, self.shape, []) if self.shape else {}
        self.cases = []

    def add(self, what, steps, body, expect):
        reason = f"{expect}:{path_of(steps)}" if expect not in (None, SERIALIZATION) else expect
        self.cases.append(Case(self.operation, what, path_of(steps), body, reason))

    def all(self):
        for wrong in ([], "text", 7, True):
            self.add(f"body is {type(wrong).__name__}", [], wrong, SERIALIZATION)
        self.add("unknown member", [], {**self.base, "NoSuchMember": {"a": [1, None]}}, None)
        self.add("null unknown member", [], {**self.base, "NoSuchMember": None}, None)
        if self.shape:
            self._structure(self.shape, [], self.base, ())
        return self.cases

    def _structure(self, shape, steps, base, seen):
        for name, member in shape.members.items():
            here = [*steps, Step(name)]
            required = name in shape.required_members
            # Optional members get a good value first, so that there is something to break.
            full = base if required else put(base, here, self.values.good(self.operation, member, here))
            self.add("missing", here, put(full, here, MISSING), "INPUT_REQUIRED" if required else None)
            self.add("null", here, put(full, here, None), "INPUT_REQUIRED" if required else None)
            self._member(member, here, full, seen)

    def _member(self, shape, here, base, seen):
        for wrong in WRONG_TYPES[shape.type_name]:
            self.add(f"wrong type {wrong!r}", here, put(base, here, wrong), SERIALIZATION)
        rules = shapes.raw_constraints(shape)
        if shape.type_name == "string":
            for what, value, expect in string_cases(rules):
                self.add(what, here, put(base, here, value), expect)
        elif shape.type_name in ("integer", "long"):
            for what, value, expect in number_cases(rules):
                self.add(what, here, put(base, here, value), expect)
        elif shape.type_name == "structure" and shape.name not in seen:
            # The second element of a list is there already, and not the same as the first.
            if not isinstance(here[-1].name, int):
                base = put(base, here, self.values.good(self.operation, shape, here))
            self._structure(shape, here, base, (*seen, shape.name))
        elif shape.type_name == "list":
            self._list(shape, here, base, rules, seen)

    def _list(self, shape, here, base, rules, seen):
        if "max" in rules:
            many = [self.values.good(self.operation, shape.member, [*here, Step(0)])] * (rules["max"] + 1)
            self.add("too many", here, put(base, here, many), "MAX_LENGTH_EXCEEDED")
        if rules.get("min", 0) > 0:
            self.add("empty list", here, put(base, here, []), "MIN_LENGTH_EXCEEDED")
        # The second element is broken, so that the index in the path is seen to count.
        good = self.values.good(self.operation, shape.member, [*here, Step(0)])
        second = self.values.given.get(f"second {shape.member.name}", good)
        two = put(base, here, [good, copy.deepcopy(second)])
        at = [*here, Step(1)]
        self._member(shape.member, at, two, seen)


@functools.cache
def operations():
    return tuple(sorted(shapes.service_model().operation_names))
