"""Lists of IAM by their pages, and names in another case, over all operations of botocore's models that the server knows.

An operation that comes later is covered by itself; one whose input the table below does not know fails with a clear message.
"""

import json

import botocore.exceptions
import botocore.session
import pytest

from harness.wire import Keep
from harness.world import new_account, snake
from test_iam_mfa import Phone

SERVICE = botocore.session.Session().get_service_model("iam")
PAGINATED = botocore.session.Session().get_paginator_model("iam")
LISTS = [name for name in sorted(SERVICE.operation_names) if name in PAGINATED._paginator_config]
TRUST = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
}
ALLOWED = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}})
OTHERS = ["Anna", "berta", "Cora"]
TAGS = [{"Key": name, "Value": ""} for name in OTHERS]
# Names of things; all are found in any case (identity.md 2.3).
NAMES = ["UserName", "GroupName", "RoleName", "InstanceProfileName"]
# Lists that have less than two entries here: there can be no more, or nothing makes them.
SHORT = {
    "ListAccountAliases",
    "ListSSHPublicKeys",
    "ListSigningCertificates",
}


@pytest.fixture(scope="module")
def account(shared_server):
    """An account in which one of everything, called Hub, has three of everything else; and what inputs are made of."""
    account = new_account(shared_server)
    iam = shared_server.client(account, "iam")
    policies = [iam.create_policy(PolicyName=name, PolicyDocument=ALLOWED)["Policy"]["Arn"] for name in OTHERS]
    policy = iam.create_policy(PolicyName="Hub", PolicyDocument=ALLOWED, Tags=TAGS)["Policy"]["Arn"]
    for _ in OTHERS:
        iam.create_policy_version(PolicyArn=policy, PolicyDocument=ALLOWED)
    for name in ["Hub", *OTHERS]:
        iam.create_user(UserName=name, Tags=TAGS)
        iam.create_group(GroupName=name)
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST), Tags=TAGS)
        iam.create_instance_profile(InstanceProfileName=name, Tags=TAGS)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName="Hub")
        for kind in ("user", "group", "role"):
            getattr(iam, f"attach_{kind}_policy")(**{f"{kind.title()}Name": name, "PolicyArn": policy})
    for name, arn in zip(OTHERS, policies, strict=True):
        iam.add_user_to_group(GroupName="Hub", UserName=name)
        iam.add_user_to_group(GroupName=name, UserName="Hub")
        for kind in ("user", "group", "role"):
            hub = {f"{kind.title()}Name": "Hub"}
            getattr(iam, f"attach_{kind}_policy")(PolicyArn=arn, **hub)
            getattr(iam, f"put_{kind}_policy")(PolicyName=name, PolicyDocument=ALLOWED, **hub)
    phones = [Phone(shared_server, iam, name, Tags=TAGS) for name in OTHERS]
    for phone in phones:
        phone.enable(UserName="Hub")
    iam.create_login_profile(UserName="Hub", Password="Long-enough-7")
    keys = [iam.create_access_key(UserName="Hub")["AccessKey"]["AccessKeyId"] for _ in range(2)]
    return account, {
        **dict.fromkeys(NAMES, "Hub"),
        "PolicyArn": policy,
        "PolicyName": OTHERS[0],
        "VersionId": "v1",
        "AccessKeyId": keys[0],
        "SerialNumber": phones[0].serial,
        "Scope": "Local",
        "PolicyInputList": [ALLOWED],
        "PolicySourceArn": f"arn:aws:iam::{account}:user/Hub",
        "ActionNames": ["iam:GetUser", "iam:GetRole", "iam:GetGroup"],
    }


@pytest.fixture
def iam(shared_server, account):
    return shared_server.client(account[0], "iam")


@pytest.fixture(scope="module")
def known(shared_server, account):
    """The operations that the server knows."""
    keep = Keep(shared_server.url, account[0], service="iam")
    found = {operation for operation in SERVICE.operation_names if keep.knows(operation, SERVICE.api_version)}
    keep.close()
    return found


@pytest.fixture
def operation(request, known):
    """An operation that the server knows."""
    if request.param not in known:
        pytest.skip("the server does not have it")
    return request.param


def body_of(account, operation):
    shape = SERVICE.operation_model(operation).input_shape
    unknown = set(shape.required_members) - set(account[1])
    assert not unknown, f"{operation}: what are good values of {sorted(unknown)}?"
    return {name: value for name, value in account[1].items() if name in shape.members}


def call(iam, operation, **body):
    """The answer, without what only this one has."""
    answer = getattr(iam, snake(operation))(**body)
    del answer["ResponseMetadata"]
    return answer


def entries(operation, answer):
    """What a page has, list by list."""
    return {name: answer.get(name, []) for name in results(operation)}


def results(operation):
    found = PAGINATED.get_paginator(operation)["result_key"]
    return found if isinstance(found, list) else [found]


def count(found):
    return sum(map(len, found.values()))


@pytest.mark.parametrize("operation", LISTS, indirect=True)
def test_pages_of_one_are_the_whole_page(iam, account, operation):
    body = body_of(account, operation)
    answer = call(iam, operation, **body, MaxItems=1000)
    whole = entries(operation, answer)
    assert answer["IsTruncated"] is False and "Marker" not in answer
    assert count(whole) >= (0 if operation in SHORT else 2), f"{operation} lists too little to be tested: {whole}"
    assert call(iam, operation, **body) == answer, "100 entries are a page"
    found, marker = {name: [] for name in whole}, {}
    for _ in range(max(count(whole), 1)):
        page = call(iam, operation, **body, MaxItems=1, **marker)
        assert count(entries(operation, page)) == min(count(whole), 1)
        for name, more in entries(operation, page).items():
            found[name] += more
        assert page["IsTruncated"] is (count(found) < count(whole)) is ("Marker" in page)
        marker = {"Marker": page.get("Marker")}
    assert found == whole


def refusal(iam, operation, **body):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(iam, operation, **body)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize("operation", [name for name in LISTS if name not in SHORT], indirect=True)
def test_markers_are_of_one_list(iam, account, operation):
    wanted = ("ValidationError", "Invalid Marker.")
    if operation.startswith("Simulate"):
        # identity.md 13, row 10
        wanted = ("InvalidInput", "Invalid marker for pagination.")
    body = body_of(account, operation)
    marker = call(iam, operation, **body, MaxItems=1)["Marker"]
    call(iam, operation, **body, MaxItems=1, Marker=marker)
    other = "ListUsers" if operation != "ListUsers" else "ListRoles"
    others = call(iam, other, MaxItems=1)["Marker"]
    bent = marker[:-1] + ("A" if marker[-1] != "A" else "B")
    for forged in ("x", bent, marker * 2, others):
        assert refusal(iam, operation, **body, Marker=forged) == wanted, forged


def test_a_marker_is_of_one_account(shared_server, iam):
    stranger = shared_server.client(new_account(shared_server), "iam")
    marker = call(iam, "ListUsers", MaxItems=1)["Marker"]
    assert refusal(stranger, "ListUsers", Marker=marker) == ("ValidationError", "Invalid Marker.")


# GetMFADevice is of security keys only, of which there are none.
READS = [
    name
    for name in SERVICE.operation_names
    if name != "GetMFADevice" and name.startswith(("Get", "List")) and set(NAMES) & set(getattr(SERVICE.operation_model(name).input_shape, "members", ()))
]


@pytest.mark.parametrize("operation", READS, indirect=True)
def test_names_are_found_in_any_case_and_told_as_stored(iam, account, operation):
    body = body_of(account, operation)
    answer = call(iam, operation, **body)
    for case in (str.upper, str.lower):
        other = {name: case(value) if name in NAMES else value for name, value in body.items()}
        assert call(iam, operation, **other) == answer
