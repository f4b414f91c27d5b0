"""Services that are not here, and what was refused: clients show what is wrong, and the operator can count it."""

import re
import subprocess
import sys
from pathlib import Path

import botocore.exceptions
import pytest

from harness.server import clean_environment
from harness.wire import Signer
from harness.world import new_account
from test_strangers import metrics

AWS = Path(sys.executable).parent / "aws"
SAYS = "AWS_ENDPOINT_URL_<SERVICE>, such as AWS_ENDPOINT_URL_S3"
CALLS = [
    ("s3", "list_buckets", {}),
    ("s3", "get_object", {"Bucket": "some-bucket", "Key": "a/b"}),
    ("s3", "put_object", {"Bucket": "some-bucket", "Key": "a", "Body": b"x" * 3_000_000}),
    ("ec2", "describe_regions", {}),
    ("rds", "describe_db_instances", {}),
    ("sqs", "list_queues", {}),
    ("sns", "list_topics", {}),
    ("lambda", "list_functions", {}),
    ("lambda", "create_event_source_mapping", {"FunctionName": "f"}),
    ("dynamodb", "list_tables", {}),
    ("kms", "list_keys", {}),
    ("route53", "list_hosted_zones", {}),
    ("cloudfront", "list_distributions", {}),
    ("eks", "list_clusters", {}),
    ("cloudformation", "list_stacks", {}),
    ("cloudwatch", "list_metrics", {}),
    ("sso-admin", "list_instances", {}),
]


@pytest.mark.parametrize(("service", "call", "input"), CALLS, ids=[f"{c[0]}-{c[1]}" for c in CALLS])
def test_services_that_are_not_here(shared_server, service, call, input):
    client = shared_server.client("111111111111", service)
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        getattr(client, call)(**input)
    answer = caught.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 501
    message = answer["Error"]["Message"]
    assert (answer["Error"]["Code"], SAYS in message) == ("NotImplemented", True), answer
    assert re.match(rf"Guildhall serves .*AWS Organizations.* and STS, but not [a-z0-9-]+: ", message), answer
    assert answer["ResponseMetadata"].get("RetryAttempts", 0) == 0


def test_presigned_and_without_an_answer(shared_server):
    client = shared_server.client("111111111111", "s3")
    url = client.generate_presigned_url("get_object", Params={"Bucket": "some-bucket", "Key": "key"})
    assert "X-Amz-Signature" in url or "Signature=" in url
    with pytest.raises(botocore.exceptions.ClientError, match="501.*Not Implemented"):
        client.head_bucket(Bucket="some-bucket")
    path = Signer("111111111111", service="s3").query("GET", f"{shared_server.url}/bucket/key", {}, b"")
    answer = shared_server.wire.send("GET", path[len(shared_server.url) :])
    assert answer.status == 501 and b"<Code>NotImplemented</Code>" in answer.body, str(answer)


@pytest.mark.parametrize(
    "arguments",
    [("s3", "ls"), ("ec2", "describe-regions"), ("sns", "list-topics"), ("lambda", "list-functions"), ("dynamodb", "list-tables")],
    ids=lambda arguments: arguments[0],
)  # fmt: skip
def test_the_aws_command_line_shows_it(shared_server, arguments):
    environment = clean_environment(
        AWS_ENDPOINT_URL=shared_server.url,
        AWS_ACCESS_KEY_ID="111111111111",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION="us-east-1",
    )
    done = subprocess.run(
        [AWS, *arguments], capture_output=True, text=True, env=environment, timeout=60
    )
    assert done.returncode != 0
    assert SAYS in done.stderr and "NotImplemented" in done.stderr, done.stderr


def test_our_own_services_are_as_they_were(shared_server):
    account = new_account(shared_server)
    assert shared_server.client(account, "sts").get_caller_identity()["Account"] == account
    answer = shared_server.call(account, "ListHandshakesForAccount", signer=Signer(account, service="s3"))
    assert answer.code == "InvalidSignatureException", str(answer)
    answer = shared_server.call(account, "ListTheUnknown")
    assert answer.code == "UnknownOperationException" and "X-Amz-Target" in answer.text, str(answer)


def test_what_was_refused_is_counted_and_told(server):
    account = new_account(server)
    for _ in range(20):
        server.call(account, "ListHandshakesForAccount", signer=Signer(account, secret="no"))
    for _ in range(3):
        server.call(account, "ListHandshakesForAccount", signer=Signer("AKIAIOSFODNN7EXAMPLE"))
    server.wire.send("POST", "/", {"X-Amz-Target": "AWSOrganizationsV20161128.ListAccounts"}, b"{}")
    server.wire.send("GET", "/metrics", {"Host": "localhost", "Origin": "http://evil.example"})
    seen = metrics(server)
    counted = {kind: seen.get(f'guildhall_refused_total{{kind="{kind}"}}') for kind in
               ("mismatch", "unknown_key", "missing", "foreign", "untimely")}  # fmt: skip
    assert counted == {"mismatch": 20, "unknown_key": 3, "missing": 1, "foreign": 1, "untimely": None}
    lines = [line for line in server.stderr().splitlines() if "a signature was refused" in line]
    assert 1 <= len(lines) <= 3, lines
    assert re.search(r'kind="mismatch" peer="127\.0\.0\.1" times=1', lines[0]), lines[0]
