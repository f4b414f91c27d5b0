"""Who pays whose bill: invitations to transfer it, their months, both sides' views, and how a transfer ends (policies.md 9).

The *source* is the organization whose bill is paid; the *payer*, the model's target, sends the invitation.
"""

import datetime

import pytest

from harness.server import fresh_account
from harness.world import months_on, new_account, new_organization, refused, refuses, resources
from test_cli import Cli

INVALID = "InvalidInputException"
CONSTRAINT = "ConstraintViolationException"
HANDSHAKE_CONSTRAINT = "HandshakeConstraintViolationException"
NOT_FOUND = "ResponsibilityTransferNotFoundException"
TRANSITION = "InvalidResponsibilityTransferTransitionException"
IN_STATUS = "ResponsibilityTransferAlreadyInStatusException"
UTC = datetime.timezone.utc


@pytest.fixture
def server(start):
    return start("--ephemeral", "--clock", "virtual=2031-01-10T08:00:00Z")


@pytest.fixture
def payer(server):
    return new_organization(server)


@pytest.fixture
def source(server):
    return new_organization(server)


def invite(payer, source, months=1, **more):
    to = source if isinstance(source, str) else source.management
    return payer.invite_to_transfer(to, months_on(payer.server.now(), months), **more)


def id_of(handshake):
    [transfer] = resources(handshake, "RESPONSIBILITY_TRANSFER")
    return transfer


def agreed(payer, source, months=1, **more):
    handshake = invite(payer, source, months, **more)
    source.client.accept_handshake(HandshakeId=handshake["Id"])
    return id_of(handshake)


def inbound(organization, **more):
    return organization.client.list_inbound_responsibility_transfers(Type="BILLING", **more)["ResponsibilityTransfers"]


def outbound(organization, **more):
    return organization.client.list_outbound_responsibility_transfers(Type="BILLING", **more)["ResponsibilityTransfers"]


def described(organization, transfer):
    return organization.client.describe_responsibility_transfer(Id=transfer)["ResponsibilityTransfer"]


def statuses(organization, transfer):
    shown = described(organization, transfer)
    assert shown in inbound(organization) + outbound(organization)
    return shown["Status"]


def terminate(organization, transfer, **more):
    return organization.client.terminate_responsibility_transfer(Id=transfer, **more)["ResponsibilityTransfer"]


def end_of_month(at, months=0):
    return months_on(at, months + 1, milliseconds=-1)


def mails(server, organization):
    """What kinds of mail a management account got. Those of one instant of a frozen clock have no order."""
    return {mail["Kind"] for mail in server.settled_mail(f"owner-{organization.management}@example.com")}


def test_the_whole_story(server, payer, source):
    server.freeze()
    start = months_on(server.now(), 1)
    handshake = payer.invite_to_transfer(
        source.management, start, "Daughter", Notes="As agreed", Tags=[{"Key": "k", "Value": "v"}]
    )  # fmt: skip
    assert (handshake["Action"], handshake["State"]) == ("TRANSFER_RESPONSIBILITY", "REQUESTED")
    assert handshake["ExpirationTimestamp"] == start - datetime.timedelta(days=1)
    assert handshake["Arn"].split("/")[-2] == "transfer_responsibility"
    parties = sorted((party["Type"], party["Id"]) for party in handshake["Parties"])
    assert parties == [("ACCOUNT", source.management), ("ORGANIZATION", payer.id.removeprefix("o-"))]
    assert resources(handshake, "NOTES") == ["As agreed"]
    assert resources(handshake, "TRANSFER_TYPE") == ["BILLING"]
    assert resources(handshake, "MANAGEMENT_ACCOUNT") == [payer.management]
    assert resources(handshake, "MANAGEMENT_EMAIL") == [f"owner-{payer.management}@example.com"]
    assert len(resources(handshake, "TRANSFER_START_TIMESTAMP")) == 1
    assert "TransferInvitation" in mails(server, source)
    transfer = id_of(handshake)

    # Each side sees its own ARN and, as long as nobody agreed, only what the invitation says.
    ours, theirs = described(payer, transfer), described(source, transfer)
    for organization, shown, direction in ((payer, ours, "inbound"), (source, theirs, "outbound")):
        path = f"transfer/{organization.id}/billing/{direction}/{transfer}"
        assert shown["Arn"] == f"arn:aws:organizations::{organization.management}:{path}"
        assert (shown["Id"], shown["Name"], shown["Type"]) == (transfer, "Daughter", "BILLING")
        assert (shown["Status"], shown["StartTimestamp"]) == ("REQUESTED", start)
        assert shown["ActiveHandshakeId"] == handshake["Id"]
        assert "EndTimestamp" not in shown
        assert shown["Target"]["ManagementAccountId"] == payer.management
        assert shown["Source"] == {"ManagementAccountId": source.management}
    assert (inbound(payer), outbound(payer), inbound(source), outbound(source)) == ([ours], [], [], [theirs])

    filters = {"Filter": {"ActionType": "TRANSFER_RESPONSIBILITY"}}
    [received] = source.client.list_handshakes_for_account(**filters)["Handshakes"]
    assert received == handshake
    assert source.client.list_handshakes_for_account()["Handshakes"] == [handshake]
    assert source.client.describe_handshake(HandshakeId=handshake["Id"])["Handshake"] == handshake
    assert source.client.accept_handshake(HandshakeId=handshake["Id"])["Handshake"]["State"] == "ACCEPTED"
    assert "TransferAccepted" in mails(server, payer)
    for organization in (payer, source):
        shown = described(organization, transfer)
        assert shown["Status"] == "ACCEPTED"
        assert shown["Source"] == {
            "ManagementAccountId": source.management, "ManagementAccountEmail": f"owner-{source.management}@example.com",
        }  # fmt: skip
    # The tags are on the payer's transfer, and it alone gives it names.
    assert payer.client.list_tags_for_resource(ResourceId=transfer)["Tags"] == [{"Key": "k", "Value": "v"}]
    with refused("TargetNotFoundException"):
        source.client.list_tags_for_resource(ResourceId=transfer)
    payer.client.tag_resource(ResourceId=transfer, Tags=[{"Key": "k", "Value": "w"}])
    renamed = payer.client.update_responsibility_transfer(Id=transfer, Name="Sister")["ResponsibilityTransfer"]
    assert renamed == described(payer, transfer) and renamed["Name"] == "Sister"
    with refused("AccessDeniedException"):
        source.client.update_responsibility_transfer(Id=transfer, Name="Mine")

    server.advance("40d")
    end = end_of_month(server.now())
    withdrawn = terminate(source, transfer)
    assert (withdrawn["Status"], withdrawn["EndTimestamp"]) == ("WITHDRAWN", end)
    with refused(CONSTRAINT, "TRANSFER_RESPONSIBILITY_UPDATE_NOT_ALLOWED"):
        payer.client.update_responsibility_transfer(Id=transfer, Name="Late")
    assert withdrawn == described(source, transfer)
    assert described(payer, transfer)["EndTimestamp"] == end
    assert "TransferWithdrawn" in mails(server, payer) & mails(server, source)
    for organization in (payer, source):
        with refused(IN_STATUS):
            terminate(organization, transfer)
        # Not until it has ended.
        organization_is_busy(organization)
    server.set_clock(end + datetime.timedelta(milliseconds=1))
    for organization in (payer, source):
        assert statuses(organization, transfer) == "WITHDRAWN"
        organization.client.delete_organization()


def organization_is_busy(organization):
    with refused(CONSTRAINT, "ACTIVE_RESPONSIBILITY_TRANSFER_PROCESS"):
        organization.client.delete_organization()


@pytest.mark.parametrize(
    ("ending", "status"), [("decline", "DECLINED"), ("cancel", "CANCELED"), ("expire", "EXPIRED")]
)
def test_invitations_that_come_to_nothing(server, payer, source, ending, status):
    server.freeze()
    handshake = invite(payer, source)
    transfer = id_of(handshake)
    for organization in (payer, source):
        with refused(TRANSITION):
            terminate(organization, transfer)
    organization_is_busy(payer)
    if ending == "decline":
        with refused("AccessDeniedException"):
            payer.client.decline_handshake(HandshakeId=handshake["Id"])
        source.client.decline_handshake(HandshakeId=handshake["Id"])
        assert "TransferDeclined" in mails(server, payer)
    elif ending == "cancel":
        with refused("AccessDeniedException"):
            source.client.cancel_handshake(HandshakeId=handshake["Id"])
        payer.client.cancel_handshake(HandshakeId=handshake["Id"])
        assert "TransferCanceled" in mails(server, source)
    else:
        server.set_clock(months_on(server.now(), 1, days=-1, milliseconds=-1))
        assert statuses(source, transfer) == "REQUESTED"
        server.advance("1ms")
    for organization in (payer, source):
        assert statuses(organization, transfer) == status
        shown = organization.client.describe_handshake(HandshakeId=handshake["Id"])["Handshake"]
        assert shown["State"] == status
        with refused(TRANSITION):
            terminate(organization, transfer)
    with refused("InvalidHandshakeTransitionException"):
        source.client.accept_handshake(HandshakeId=handshake["Id"])
    # Nothing is in the way of another one, and 30 days later nothing is left of this one.
    server.advance("1d")
    again = id_of(invite(payer, source))
    server.advance("30d")
    for organization in (payer, source):
        with refused(NOT_FOUND):
            described(organization, transfer)
    assert transfer != again
    source.client.delete_organization()


def test_by_address(server, payer, source):
    address = f"owner-{source.management}@example.com"
    handshake = invite(payer, address)
    shown = described(source, id_of(handshake))
    assert shown["Source"] == {"ManagementAccountEmail": address}
    source.client.accept_handshake(HandshakeId=handshake["Id"])
    assert described(payer, id_of(handshake))["Source"]["ManagementAccountId"] == source.management
    # One whose holder manages nothing is refused when it is accepted.
    nobody = new_account(server)
    other = invite(new_organization(server), f"owner-{nobody}@example.com")["Id"]
    with refused(HANDSHAKE_CONSTRAINT, "TARGET_ACCOUNT_VALIDATION_FAILURE"):
        server.client(nobody).accept_handshake(HandshakeId=other)


# The present, an instant asked for -> a Reason, or None where it may start.
STARTS = [
    ("2031-01-10T08:00:00Z", "2031-02-01T00:00:00Z", None),
    ("2031-01-10T08:00:00Z", "2031-03-01T00:00:00Z", None),
    ("2031-01-10T08:00:00Z", "2031-01-01T00:00:00Z", "START_DATE_TOO_EARLY"),
    ("2031-01-10T08:00:00Z", "2030-02-01T00:00:00Z", "START_DATE_TOO_EARLY"),
    ("2031-01-10T08:00:00Z", "2031-04-01T00:00:00Z", "START_DATE_TOO_LATE"),
    ("2031-01-10T08:00:00Z", "9999-12-01T00:00:00Z", "START_DATE_TOO_LATE"),
    ("2031-01-10T08:00:00Z", "2031-02-02T00:00:00Z", "START_DATE_NOT_BEGINNING_OF_MONTH"),
    ("2031-01-10T08:00:00Z", "2031-02-01T00:00:01Z", "START_DATE_NOT_BEGINNING_OF_DAY"),
    ("2031-01-10T08:00:00Z", "2031-02-01T00:00:00.001Z", "START_DATE_NOT_BEGINNING_OF_DAY"),
    # Midnight elsewhere is none here.
    ("2031-01-10T08:00:00Z", "2031-02-01T00:00:00+01:00", "START_DATE_NOT_BEGINNING_OF_DAY"),
    # Over the end of a year, and from the last of a long month.
    ("2030-12-31T23:59:59Z", "2031-02-01T00:00:00Z", None),
    ("2031-01-31T12:00:00Z", "2031-03-01T00:00:00Z", None),
    ("2032-01-31T12:00:00Z", "2032-03-01T00:00:00Z", None),
    ("2031-11-30T00:00:00Z", "2032-01-01T00:00:00Z", None),
    # It could not be accepted 24 hours before any more.
    ("2031-01-30T23:59:59Z", "2031-02-01T00:00:00Z", None),
    ("2031-01-31T00:00:00Z", "2031-02-01T00:00:00Z", "START_DATE_TOO_EARLY"),
]


@pytest.mark.parametrize(("now", "asked", "reason"), STARTS)
def test_starts(start, now, asked, reason):
    server = start("--ephemeral", "--clock", f"virtual={now}")
    server.freeze()
    payer, source = new_organization(server), new_organization(server)
    at = datetime.datetime.fromisoformat(asked)
    if reason is None:
        assert described(payer, id_of(payer.invite_to_transfer(source.management, at)))["StartTimestamp"] == at
    else:
        with refused(INVALID, reason):
            payer.invite_to_transfer(source.management, at)
        assert inbound(payer) == []


def test_ends(server, payer, source):
    """The end of this month or of the next, to the millisecond; a transfer runs for a month at least."""
    server.freeze()
    transfer = agreed(payer, source)
    last = {month: end_of_month(datetime.datetime(2031, month, 1, tzinfo=UTC)) for month in range(1, 8)}
    for asked, reason in [
        (last[1], "END_DATE_TOO_EARLY"),  # before it starts
        (last[2] - datetime.timedelta(milliseconds=1), "END_DATE_NOT_END_OF_MONTH"),
        (last[2] - datetime.timedelta(milliseconds=1_999), "END_DATE_NOT_END_OF_MONTH"),
        (last[2] + datetime.timedelta(milliseconds=1), "END_DATE_NOT_END_OF_MONTH"),
        (last[2] - datetime.timedelta(days=1), "END_DATE_NOT_END_OF_MONTH"),
        (last[6], "END_DATE_TOO_LATE"),
    ]:
        with refused(INVALID, reason):
            terminate(payer, transfer, EndTimestamp=asked)
    assert described(payer, transfer)["Status"] == "ACCEPTED"
    server.set_clock(datetime.datetime(2031, 5, 31, 23, 0, 0, 0, UTC))
    with refused(INVALID, "END_DATE_TOO_EARLY"):
        terminate(payer, transfer, EndTimestamp=last[4])
    with refused(INVALID, "END_DATE_TOO_LATE"):
        terminate(payer, transfer, EndTimestamp=last[7])
    assert terminate(payer, transfer, EndTimestamp=last[6])["EndTimestamp"] == last[6]


@pytest.mark.parametrize("side", ["payer", "source"])
def test_the_end_without_a_date_is_this_months(server, payer, source, side):
    transfer = agreed(payer, source)
    server.advance("60d")
    ended = terminate(payer if side == "payer" else source, transfer)
    assert ended["EndTimestamp"] == end_of_month(server.now())


def test_targets_that_are_refused(server, payer, source):
    [member] = source.add_members(1)
    alone, elsewhere = new_account(server), new_account(server, Partition="aws-us-gov")
    new_organization(server, elsewhere)
    validation = "TARGET_ACCOUNT_VALIDATION_FAILURE"
    for account, reason in [
        (payer.management, "SOURCE_AND_TARGET_CANNOT_MATCH"),
        (member, validation),
        (alone, validation),
        (fresh_account(), validation),
        (elsewhere, validation),
    ]:
        with refused(HANDSHAKE_CONSTRAINT, reason):
            invite(payer, account)
    handshake = invite(payer, source)["Id"]
    with refused("DuplicateHandshakeException"):
        invite(payer, source, months=2)
    source.client.accept_handshake(HandshakeId=handshake)
    with refused(HANDSHAKE_CONSTRAINT, "RESPONSIBILITY_TRANSFER_ALREADY_EXISTS"):
        invite(payer, source)
    # The other way round it would be a chain.
    with refused(CONSTRAINT, "RESPONSIBILITY_TRANSFER_MAX_LEVEL_VIOLATION"):
        invite(source, payer)


@pytest.mark.parametrize("who", ["payer", "source"])
def test_without_payment_instrument(server, payer, source, who):
    if who == "payer":
        server.facts(payer.management, PaymentInstrument=False)
        with refused(HANDSHAKE_CONSTRAINT, "PAYMENT_INSTRUMENT_REQUIRED"):
            invite(payer, source)
    else:
        handshake = invite(payer, source)["Id"]
        server.facts(source.management, PaymentInstrument=False)
        with refused(HANDSHAKE_CONSTRAINT, "PAYMENT_INSTRUMENT_REQUIRED"):
            source.client.accept_handshake(HandshakeId=handshake)
        server.facts(source.management, PaymentInstrument=True)
        source.client.accept_handshake(HandshakeId=handshake)


def test_a_source_whose_sign_up_is_not_finished(server, payer, source):
    handshake = invite(payer, source)["Id"]
    server.facts(source.management, PendingActivation=True)
    with refused(CONSTRAINT, "ACCOUNT_NOT_ACTIVE_FOR_TRANSFER_RESPONSIBILITY"):
        source.client.accept_handshake(HandshakeId=handshake)


# Numbers.


def test_how_many_come_in(server, payer):
    server.limits(payer.id, InboundTransfers=2)
    sources = [new_organization(server) for _ in range(3)]
    over = (CONSTRAINT, "RESPONSIBILITY_TRANSFER_MAX_INBOUND_QUOTA_VIOLATION")
    agreed(payer, sources[0])
    handshake = invite(payer, sources[1])["Id"]  # a sent invitation counts
    with refused(*over):
        invite(payer, sources[2])
    payer.client.cancel_handshake(HandshakeId=handshake)  # and is given back
    invite(payer, sources[2])
    with refused(*over):
        invite(payer, sources[1])
    server.limits(payer.id, InboundTransfers=3)
    invite(payer, sources[1])


def test_one_payer_only(server, source):
    first, second = new_organization(server), new_organization(server)
    one, other = invite(first, source)["Id"], invite(second, source, months=2)["Id"]
    source.client.accept_handshake(HandshakeId=one)
    with refused(CONSTRAINT, "RESPONSIBILITY_TRANSFER_MAX_OUTBOUND_QUOTA_VIOLATION"):
        source.client.accept_handshake(HandshakeId=other)
    server.limits(source.id, OutboundTransfers=2)
    source.client.accept_handshake(HandshakeId=other)
    assert [transfer["Status"] for transfer in outbound(source)] == ["ACCEPTED", "ACCEPTED"]


def test_how_long_a_chain_may_be(server):
    """B pays for A; C may pay for B only if two levels are allowed."""
    a, b, c = (new_organization(server) for _ in range(3))
    agreed(b, a)
    handshake = invite(c, b)["Id"]
    with refused(CONSTRAINT, "RESPONSIBILITY_TRANSFER_MAX_LEVEL_VIOLATION"):
        b.client.accept_handshake(HandshakeId=handshake)
    server.limits(c.id, TransferLevels=2)
    b.client.accept_handshake(HandshakeId=handshake)
    # C sees only B.
    assert [transfer["Source"]["ManagementAccountId"] for transfer in inbound(c)] == [b.management]
    with refused(CONSTRAINT, "RESPONSIBILITY_TRANSFER_MAX_LEVEL_VIOLATION"):
        invite(a, new_organization(server))


# What is not one's own.


def test_strangers(server, payer, source):
    handshake = invite(payer, source)
    transfer, stranger = id_of(handshake), new_organization(server)
    [member] = source.add_members(1)
    for call in (
        lambda: described(stranger, transfer),
        lambda: stranger.client.update_responsibility_transfer(Id=transfer, Name="x"),
        lambda: terminate(stranger, transfer),
        lambda: inbound(stranger, Id=transfer),
        lambda: inbound(source, Id=transfer),  # it is outbound there
        lambda: described(payer, "rt-00000000"),
    ):
        with refused(NOT_FOUND):
            call()
    for account in (stranger.management, member):
        with refused("HandshakeNotFoundException"):
            server.client(account).accept_handshake(HandshakeId=handshake["Id"])
    assert [shown["Id"] for shown in inbound(payer, Id=transfer)] == [transfer]
    for operation in ("ListInboundResponsibilityTransfers", "ListOutboundResponsibilityTransfers"):
        refuses(server.call(payer.management, operation, {"Type": "ELECTRICITY"}), INVALID, "INVALID_ENUM:TYPE")


def test_pages(server, payer, source):
    """botocore has no paginators for these two."""
    sources = [new_organization(server) for _ in range(23)]
    came = {id_of(invite(payer, other)) for other in sources}
    went = {id_of(invite(other, source)) for other in sources}
    for operation, organization, made in (
        ("list_inbound_responsibility_transfers", payer, came),
        ("list_outbound_responsibility_transfers", source, went),
    ):
        for size in (None, 1, 9):
            found, body = [], {"Type": "BILLING", **({} if size is None else {"MaxResults": size})}
            while True:
                answer = getattr(organization.client, operation)(**body)
                found.append([transfer["Id"] for transfer in answer["ResponsibilityTransfers"]])
                if "NextToken" not in answer:
                    break
                body["NextToken"] = answer["NextToken"]
            assert [len(page) for page in found[:-1]] == [size or 20] * (len(found) - 1)
            assert sorted(transfer for page in found for transfer in page) == sorted(made)
    token = payer.client.list_inbound_responsibility_transfers(Type="BILLING", MaxResults=1)["NextToken"]
    with refused(INVALID, "INVALID_NEXT_TOKEN"):
        outbound(payer, NextToken=token)


def test_everything_is_durable(start, tmp_path):
    server = start("--data", tmp_path / "data", "--clock", "virtual=2031-01-10T08:00:00Z")
    payer, source = new_organization(server), new_organization(server)
    transfer = agreed(payer, source)
    open_one = invite(payer, new_organization(server))
    before = described(payer, transfer), described(source, transfer)
    assert server.stop() == 0
    again = payer.server = source.server = start("--data", tmp_path / "data", "--clock", "virtual")
    assert (described(payer, transfer), described(source, transfer)) == before
    again.set_clock(open_one["ExpirationTimestamp"])
    assert statuses(payer, id_of(open_one)) == "EXPIRED"
    assert terminate(source, transfer)["Status"] == "WITHDRAWN"


def test_the_aws_cli(server, tmp_path, payer, source):
    ours, theirs = Cli(server, tmp_path, payer.management), Cli(server, tmp_path, source.management)
    handshake = ours(
        "invite-organization-to-transfer-responsibility", "--type", "BILLING",
        "--target", f"Id={source.management},Type=ACCOUNT", "--start-timestamp", "2031-02-01T00:00:00Z",
        "--source-name", "Typed", "--notes", "By hand", "--tags", "Key=a,Value=b",
    )["Handshake"]  # fmt: skip
    assert theirs("accept-handshake", "--handshake-id", handshake["Id"])["Handshake"]["State"] == "ACCEPTED"
    [transfer] = theirs("list-outbound-responsibility-transfers", "--type", "BILLING")["ResponsibilityTransfers"]
    assert ours("update-responsibility-transfer", "--id", transfer["Id"], "--name", "Retyped")
    shown = ours("describe-responsibility-transfer", "--id", transfer["Id"])["ResponsibilityTransfer"]
    assert ours("list-inbound-responsibility-transfers", "--type", "BILLING")["ResponsibilityTransfers"] == [shown]
    assert (shown["Name"], shown["Status"]) == ("Retyped", "ACCEPTED")
    ended = theirs("terminate-responsibility-transfer", "--id", transfer["Id"], "--end-timestamp", "2031-02-28T23:59:59Z")
    assert ended["ResponsibilityTransfer"]["Status"] == "WITHDRAWN"
    ours.refused("ResponsibilityTransferAlreadyInStatusException", "terminate-responsibility-transfer", "--id", transfer["Id"])
