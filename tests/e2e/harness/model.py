"""Walks the input shapes of botocore's service models and makes, for each constraint, an input that breaks just this one.

What an input breaks is found by reading it along its shape (`Dialect.broken`); how a service says so is its dialect's. `Json` is
Organizations' and Account Management's: an InvalidInputException with a Reason of the first that is broken (observed.md row
1: constraint, colon, path of the member), or a SerializationException. `Query` is IAM's and STS's: a ValidationError that tells
all that is broken (identity.md 1.6), or a MalformedInput. A case of which nothing is expected must be let through.

The base input of an operation comes from a table of good values per shape, so that an operation which is added later is
covered by itself; a shape that the table does not know fails the walk with a clear message.
"""

import copy
import functools
import re
from dataclasses import dataclass

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

    def lower(self):
        if isinstance(self.name, int):
            return f"{self.name + 1}.member"
        return self.name[:1].lower() + self.name[1:]


@dataclass
class Case:
    operation: str
    what: str
    path: str
    body: object
    # As the dialect has it, or None where the input must be let through.
    expect: object


@dataclass
class Broken:
    """A constraint that is broken: where, which, the model's bound, and the value."""

    steps: tuple
    rule: str
    bound: object
    value: object


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


def matches(rules, text):
    return not rules.get("pattern") or bool(shapes.anchored(rules["pattern"]).match(text))


def characters(rules, count):
    """A string of this length that the pattern lets through, if one of these does."""
    texts = [letter * count for letter in "aA0 "]
    texts += [f"/{'a' * (count - 1)}", f"/{'a' * (count - 2)}/", f"v1.{'a' * (count - 3)}"]
    return next((text for text in texts if len(text) == count and matches(rules, text)), None)


def usual(rules):
    """A string of some usual length."""
    count = min(max(8, rules.get("min", 0)), rules.get("max", 8) if rules.get("max", 8) > 0 else 8)
    text = "abcdefgh"[:count]
    return text if len(text) == count and matches(rules, text) else characters(rules, count)


# What a pattern is asked about, character by character.
ALPHABET = "".join(map(chr, range(0x20, 0x80))) + "\t\n\r\x80\x85\xa0\xffā部\ufffd😀"


def string_cases(rules, odd):
    """(what, value) for one string. `odd` are texts that most patterns refuse."""
    if rules.get("enum"):
        yield "unknown value", "NO_SUCH_VALUE"
        if rules["enum"][0].lower() not in rules["enum"]:
            yield "lower case", rules["enum"][0].lower()
        yield "empty", ""
        for word in rules["enum"]:
            yield f"word {word}", word
        return
    if "max" in rules:
        longest = rules["max"]
        yield "too long", characters(rules, longest + 1) or "a" * (longest + 1)
        # Length counts characters, not bytes.
        yield "longest wide", "é" * longest
        if characters(rules, longest) is not None:
            yield "longest", characters(rules, longest)
        yield "too long and odd", "%" * (longest + 1)
    good = usual(rules) or ""
    for text in odd:
        whole = good[: -len(text)] + text if len(good) > len(text) else text
        if not matches(rules, whole):
            yield f"pattern {text!r}", whole
    if good and not matches(rules, odd[0] + good[1:]):
        yield f"pattern {odd[0]!r} first", odd[0] + good[1:]
    if rules.get("pattern") and good:
        yield "every character", every_character(rules, good)
    if not matches(rules, "") or rules.get("min", 0) > 0:
        yield "empty", ""
    if rules.get("min", 0) > 1 and characters(rules, rules["min"] - 1) is not None:
        yield "too short", characters(rules, rules["min"] - 1)
    if rules.get("min", 0) > 0 and characters(rules, rules["min"]) is not None:
        yield "shortest", characters(rules, rules["min"])


def every_character(rules, good):
    """A good text with as many of the characters that the pattern lets through as there is room for."""
    text, room = good, rules.get("max", 1000) - len(good)
    for letter in ALPHABET:
        longer = text[:2] + letter + text[2:]
        if room > 0 and matches(rules, longer):
            text, room = longer, room - 1
    return text


def number_cases(rules):
    if "min" in rules:
        yield "too small", rules["min"] - 1
        yield "negative", -1_000_000
        yield "smallest", rules["min"]
    if "max" in rules:
        yield "too big", rules["max"] + 1
        yield "much too big", 2**31 - 1
        yield "largest", rules["max"]


FREE, UNTOLD, ALONE = "free", "untold", "alone"


class Dialect:
    """What the walk asks a protocol. `given` are good values, by `Operation.path` or by `Shape`, in this order of strength.

    `corrections` are rows (operation, path, changes, source) where the service's constraints are not the public model's. Changes
    are of the model's rules, or FREE, which holds none of them, UNTOLD, of a set of words that the service does not name, or ALONE,
    a sentence that is told if only the pattern is broken.
    """

    def __init__(self, given, service, corrections=()):
        self.given, self.service, self.corrections = given, service, corrections

    def shape(self, operation):
        return shapes.service_model(self.service).operation_model(operation).input_shape

    def rules(self, operation, shape, steps):
        rules = shapes.raw_constraints(shape)
        for row in self.corrections_of(operation, steps):
            rules = rules | row[2]
        return rules

    def corrections_of(self, operation, steps):
        path = self.path(steps)
        return [row for row in self.corrections if re.fullmatch(row[0], operation) and re.fullmatch(row[1], path)]

    def good(self, operation, shape, steps):
        for key in (f"{operation}.{self.path(steps)}", shape.name):
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
        rules = self.rules(operation, shape, steps)
        if rules.get("enum"):
            return rules["enum"][0]
        if shape.type_name in ("integer", "long"):
            return rules.get("min", 1)
        if shape.type_name == "boolean":
            return True
        if shape.type_name == "string" and usual(rules) is not None:
            return usual(rules)
        raise Unknown(
            f"{operation}: no good value for {shape.name} at {self.path(steps)}; add one to the table of values"
        )

    def order(self, shape):
        """The members of a structure in the order in which they are told."""
        return shape.members

    def broken(self, operation, shape, value, steps=()):
        """All constraints that a value breaks."""
        rules = self.rules(operation, shape, steps)

        def told(rule, bound):
            return Broken(steps, rule, bound, value)

        if rules.get(FREE):
            return
        if shape.type_name == "structure":
            for name in self.order(shape):
                here, member = (*steps, Step(name)), value.get(name)
                if member is not None:
                    yield from self.broken(operation, shape.members[name], member, here)
                elif name in shape.required_members and not self.rules(operation, shape.members[name], here).get(FREE):
                    yield Broken(here, "null", None, None)
        elif shape.type_name == "list":
            yield from lengths(rules, value, told)
            for index, member in enumerate(value):
                here = (*steps, Step(index))
                if member is None:
                    yield Broken(here, "null", None, None)
                else:
                    yield from self.broken(operation, shape.member, member, here)
        elif rules.get("enum"):
            if value not in rules["enum"]:
                yield told("enum", None if rules.get(UNTOLD) else rules["enum"])
        elif shape.type_name == "string":
            if not matches(rules, value):
                yield told("alone", rules[ALONE]) if ALONE in rules else told("pattern", rules["pattern"])
            yield from lengths(rules, value, told)
        elif shape.type_name in ("integer", "long"):
            if value > rules.get("max", value):
                yield told("max value", rules["max"])
            if value < rules.get("min", value):
                yield told("min value", rules["min"])


def lengths(rules, value, told):
    if len(value) > rules.get("max", len(value)):
        yield told("max length", rules["max"])
    if len(value) < rules.get("min", 0):
        yield told("min length", rules["min"])


class Json(Dialect):
    """Of all that is broken, one is told, by its Reason."""

    ODD = ("%", "\n")
    NULLS = True
    # The first of these that is broken.
    REASONS = {
        "null": "INPUT_REQUIRED",
        "enum": "INVALID_ENUM",
        "max length": "MAX_LENGTH_EXCEEDED",
        "max value": "MAX_VALUE_EXCEEDED",
        "pattern": "INVALID_PATTERN",
        "min length": "MIN_LENGTH_EXCEEDED",
        "min value": "MIN_VALUE_EXCEEDED",
    }
    WRONG = {
        "string": [7, True, {}, []],
        "integer": ["7", True, {}, [], 1.5],
        "long": ["7", True, {}, [], 1.5],
        "boolean": ["true", 1, {}, []],
        "structure": ["text", 7, True, []],
        "list": ["text", 7, True, {}],
        "timestamp": [True, {}, []],
    }

    def __init__(self, given, service="organizations"):
        super().__init__(given, service)

    def path(self, steps):
        """`Tags[1].Key` -> `TAGS_2_MEMBER_KEY`."""
        return "_".join(step.upper() for step in steps)

    def expect(self, operation, shape, body):
        order = list(self.REASONS)
        found = sorted(self.broken(operation, shape, body), key=lambda broken: order.index(broken.rule))
        return f"{self.REASONS[found[0].rule]}:{self.path(found[0].steps)}" if found else None

    def bodies(self, _operation, _shape):
        """(what, body, answer) of inputs that are none."""
        for wrong in ([], "text", 7, True):
            yield f"body is {type(wrong).__name__}", wrong, SERIALIZATION

    def wrong(self, shape, _good):
        """(what, value, answer) of values that are not of their type."""
        for value in self.WRONG[shape.type_name]:
            yield f"wrong type {value!r}", value, SERIALIZATION

    def spelled(self, _shape, _good):
        """(what, value, the same value) of other spellings of good values."""
        return ()

    def holes(self, _good):
        """(what, list) of lists that lack an element."""
        return ()


MALFORMED, VALIDATION = "MalformedInput", "ValidationError"
NO_LIST = "Start of list found where not expected"


class Query(Dialect):
    """All that is broken is told at once. STS tells the values, IAM does not (identity.md 1.6)."""

    NULLS = False
    ODD = tuple("% /:*\t\n\x7f\xa0éā😀")
    # How many are told, and how much of a value. The second limit is Guildhall's.
    TOLD, REPEATED = 10, 256
    # Observed; of everything else the order is the model's.
    ORDER = {"Tag": ["Value", "Key"]}
    # Sent as they are: identity.md 1.2.
    WRONG = {
        "integer": [("", "missing value for decimal type"), *((text, "") for text in (" 1", "1.0", "9e2", "x", "1_0"))],
        "boolean": [("", "missing value for boolean type")],
        "structure": [("text", "Unexpected complex element termination")],
        "list": [("text", "Unexpected list element termination")],
        "string": [],
    }
    WRONG["integer"] += [("2147483648", ""), ("-2147483649", "")]
    WRONG["boolean"] += [(text, "boolean must follow xsd1.1 definition") for text in ("True", "TRUE", " true", "yes", "2")]

    def path(self, steps):
        """`Tags[1].Key` -> `tags.2.member.key`."""
        return ".".join(step.lower() for step in steps)

    def order(self, shape):
        return self.ORDER.get(shape.name, shape.members)

    def expect(self, operation, shape, body):
        told, alone = [], None
        for broken in self.broken(operation, shape, body):
            if broken.rule == "alone":
                alone = (VALIDATION, broken.bound)
                continue
            sentence = self.sentence(operation, shape, body, broken)
            # What is wrong with texts of a list is told once of the list.
            if sentence not in told:
                told.append(sentence)
        errors = "error" if len(told) == 1 else "errors"
        text = f"{len(told)} validation {errors} detected: {'; '.join(told[: self.TOLD])}"
        return (VALIDATION, text) if told else alone

    def sentence(self, operation, shape, body, broken):
        steps, clause, value = broken.steps, self.clause(broken.rule, broken.bound), broken.value
        if isinstance(steps[-1].name, int):
            element, elements = self.element(shape, body, steps)
            if element.type_name != "structure":
                clause = f"Member must satisfy constraint: [{', '.join(self.clauses(operation, element, steps))}]"
                steps, value = steps[:-1], elements
        told = f" {self.repeated(value)}" if self.tells_values else ""
        return f"Value{told} at '{self.path(steps)}' failed to satisfy constraint: {clause}"

    @property
    def tells_values(self):
        return self.service == "sts"

    def repeated(self, value):
        if value is None:
            return "null"
        if isinstance(value, list):
            # AWS writes structures as Java does, with the names of classes.
            plain = not any(isinstance(element, dict) for element in value)
            value = f"[{', '.join('null' if element is None else element for element in value)}]" if plain else "[...]"
        return f"'{str(value)[: self.REPEATED]}'"

    def element(self, shape, body, steps):
        """The shape of a list's elements, and the list."""
        for step in steps[:-1]:
            shape = shape.member if isinstance(step.name, int) else shape.members[step.name]
            body = body[step.name]
        return shape.member, body

    def clauses(self, operation, shape, steps):
        """All that holds for the elements of a list."""
        rules = self.rules(operation, shape, steps)
        if rules.get("enum"):
            yield self.clause("enum", rules["enum"])
            return
        for rule, name in (("max length", "max"), ("min length", "min"), ("pattern", "pattern")):
            if name in rules:
                yield self.clause(rule, rules[name])
        yield self.clause("null", None)

    def clause(self, rule, bound):
        if rule == "enum":
            return "Member must satisfy enum value set" + (f": [{', '.join(bound)}]" if bound else "")
        return {
            "null": "Member must not be null",
            "pattern": f"Member must satisfy regular expression pattern: {bound}",
            "max length": f"Member must have length less than or equal to {bound}",
            "min length": f"Member must have length greater than or equal to {bound}",
            "max value": f"Member must have value less than or equal to {bound}",
            "min value": f"Member must have value greater than or equal to {bound}",
        }[rule]

    def bodies(self, operation, shape):
        for what, body in (("nothing", {}), ("all empty", self.empty(shape))) if shape else ():
            yield what, body, self.expect(operation, shape, body)

    def empty(self, shape):
        """Every text and every list, as short as can be."""
        kinds = {"string": "", "list": []}
        return {name: kinds[member.type_name] for name, member in shape.members.items() if member.type_name in kinds}

    def wrong(self, shape, good):
        for text, message in self.WRONG[shape.type_name]:
            yield f"wrong type {text!r}", text, (MALFORMED, message)
        if shape.type_name in ("string", "integer", "boolean"):
            for value in ([good], {"Name": "x"}):
                yield f"wrong type {type(value).__name__}", value, (MALFORMED, NO_LIST)
        if shape.type_name == "list":
            yield from self.wrong_indices(shape.member, good[0])

    def wrong_indices(self, shape, good):
        for index, message in [
            ("0", "0 is not a valid index"),
            ("-1", "Key -1 may not have a leading '-'"),
            ("12", "Excessively sparse input would skip 11 list elements"),
        ]:
            yield f"index {index}", {"member": {index: good}}, (MALFORMED, message)
        twice = {"member": {"1": {"0": good}}}
        yield "index 1.0", twice, (MALFORMED, "Two index elements may not occur back to back")
        if shape.type_name == "string":
            yield "index one", {"member": {"one": good}}, (MALFORMED, NO_LIST)

    def spelled(self, shape, good):
        if shape.type_name == "integer":
            yield "leading zero", f"0{good}", good
            yield "leading plus", f"+{good}", good
        if shape.type_name == "boolean":
            for text, value in (("1", True), ("0", False), ("false", False)):
                yield text, text, value
        if shape.type_name == "list":
            yield "index 01", {"member": {"01": good[0]}}, good
            if shape.member.type_name == "structure":
                yield "index one", {"member": {"one": good[0]}}, [{}]

    def holes(self, good):
        yield "hole", [None, good]


class Walk:
    """All cases of one operation."""

    def __init__(self, dialect, operation):
        self.dialect, self.operation = dialect, operation
        self.shape = dialect.shape(operation)
        self.base = self.good(self.shape, []) if self.shape else {}
        self.cases = []

    def good(self, shape, steps):
        return self.dialect.good(self.operation, shape, steps)

    def refuse(self, what, steps, body, answer):
        self.cases.append(Case(self.operation, what, self.dialect.path(steps), body, answer))

    def add(self, what, steps, body, same=None):
        """`same` is what the body means, if it is spelled unusually."""
        meant = body if same is None else same
        expect = self.dialect.expect(self.operation, self.shape, meant) if self.shape else None
        self.refuse(what, steps, body, expect)

    def all(self):
        for what, body, answer in self.dialect.bodies(self.operation, self.shape):
            self.refuse(what, [], body, answer)
        self.add("unknown member", [], {**self.base, "NoSuchMember": {"a": [1, None]}})
        if self.dialect.NULLS:
            self.add("null unknown member", [], {**self.base, "NoSuchMember": None})
        if self.shape:
            self._structure(self.shape, [], self.base, ())
        return self.cases

    def _structure(self, shape, steps, base, seen):
        for name, member in shape.members.items():
            here = [*steps, Step(name)]
            # Optional members get a good value first, so that there is something to break.
            full = base if name in shape.required_members else put(base, here, self.good(member, here))
            self.add("missing", here, put(full, here, MISSING))
            if self.dialect.NULLS:
                self.add("null", here, put(full, here, None))
            self._member(member, here, full, seen)

    def _member(self, shape, here, base, seen):
        good = self.good(shape, here)
        for what, value, answer in self.dialect.wrong(shape, good):
            self.refuse(what, here, put(base, here, value), answer)
        for what, value, same in self.dialect.spelled(shape, good):
            self.add(what, here, put(base, here, value), put(base, here, same))
        rules = self.dialect.rules(self.operation, shape, here)
        if shape.type_name == "string":
            for what, value in string_cases(rules, self.dialect.ODD):
                self.add(what, here, put(base, here, value))
        elif shape.type_name in ("integer", "long"):
            for what, value in number_cases(rules):
                self.add(what, here, put(base, here, value))
        elif shape.type_name == "structure" and shape.name not in seen:
            # The second element of a list is there already, and not the same as the first.
            if not isinstance(here[-1].name, int):
                base = put(base, here, good)
            self._structure(shape, here, base, (*seen, shape.name))
        elif shape.type_name == "list":
            self._list(shape, here, base, rules, seen)

    def _list(self, shape, here, base, rules, seen):
        good = self.good(shape.member, [*here, Step(0)])
        if "max" in rules:
            self.add("too many", here, put(base, here, [good] * (rules["max"] + 1)))
            self.add("most", here, put(base, here, [good] * rules["max"]))
        if rules.get("min", 0) > 0:
            self.add("empty list", here, put(base, here, []))
        for what, value in self.dialect.holes(good):
            self.add(what, here, put(base, here, value))
        # The second element is broken, so that the index in the path is seen to count.
        second = self.dialect.given.get(f"second {shape.member.name}", good)
        two = put(base, here, [good, copy.deepcopy(second)])
        at = [*here, Step(1)]
        self._member(shape.member, at, two, seen)


@functools.cache
def operations(service="organizations"):
    return tuple(sorted(shapes.service_model(service).operation_names))
