"""Credentials of profiles that only botocore can use, with a real botocore."""

from __future__ import annotations

import json
import sys
import textwrap

import pytest

from logbraid import KinesisHandler

GIVEN = {"Version": 1, "AccessKeyId": "AKIDOFPROCESS", "SecretAccessKey": "s", "SessionToken": "t"}
ENDS = "2999-01-01T00:00:00Z"


@pytest.fixture
def profile(tmp_path, monkeypatch):
    """Make `~/.aws/config` have a profile, and the environment name it."""

    def make(settings: str) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_WEB_IDENTITY_TOKEN_FILE"):
            monkeypatch.delenv(name, raising=False)
        config = tmp_path / "config"
        config.write_text(f"[profile work]\nregion = eu-west-1\n{textwrap.dedent(settings)}")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
        monkeypatch.setenv("AWS_PROFILE", "work")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    return make


def process(tmp_path, document: dict) -> str:
    """Return a program that gives credentials, and counts its calls."""
    program = tmp_path / "credentials.py"
    calls = tmp_path / "calls"
    program.write_text(f"open({str(calls)!r}, 'a').write('x')\nprint({json.dumps(document)!r})\n")
    return f"{sys.executable} {program}"


def key(kinesis) -> str:
    return kinesis.authorizations[-1].split("Credential=")[1].split("/")[0]


def test_a_process_gives_credentials(kinesis, new_handler, profile, tmp_path):
    profile(f"credential_process = {process(tmp_path, {**GIVEN, 'Expiration': ENDS})}")
    handler, log = new_handler(credentials=None)
    for message in ("one", "two"):
        log.warning(message)
        assert handler.flush(30.0)
    assert kinesis.once() == ["one", "two"]
    assert key(kinesis) == "AKIDOFPROCESS"
    assert (tmp_path / "calls").read_text() == "x"


def test_credentials_that_are_refused_are_asked_for_again(kinesis, new_handler, profile, tmp_path):
    from kinesis import after, refusing

    profile(f"credential_process = {process(tmp_path, GIVEN)}")
    kinesis.answer = after(1, refusing(400, "ExpiredTokenException"))
    handler, log = new_handler(credentials=None)
    log.warning("one")
    assert handler.flush(30.0)
    assert kinesis.once() == ["one"]
    assert (tmp_path / "calls").read_text() == "xx"


def test_a_failure_is_told_and_tried_again(kinesis, new_handler, profile, tmp_path):
    from kinesis import until

    profile(f"credential_process = {sys.executable} -c 'raise SystemExit(7)'")
    handler, log = new_handler(credentials=None)
    log.warning("one")
    until(lambda: handler.last_error)
    assert handler.last_error.startswith("there are no credentials: CredentialRetrievalError: ")
    profile(f"credential_process = {process(tmp_path, GIVEN)}")
    assert handler.flush(30.0)
    assert kinesis.once() == ["one"]


def test_a_role_is_taken_with_the_keys_of_another_profile(kinesis, new_handler, profile, monkeypatch):
    """STS is asked, which is not there."""
    from kinesis import until

    profile(
        """
        role_arn = arn:aws:iam::123456789012:role/writer
        source_profile = keys
        [profile keys]
        aws_access_key_id = a
        aws_secret_access_key = b
        """
    )
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    handler, log = new_handler(credentials=None)
    log.warning("one")
    until(lambda: handler.last_error)
    assert "http://127.0.0.1:9" in handler.last_error
    handler.drain()


def test_keys_come_first_and_need_no_botocore(kinesis, new_handler, profile, monkeypatch):
    profile("aws_access_key_id = AKIDOFPROFILE\naws_secret_access_key = s")
    monkeypatch.setitem(sys.modules, "botocore", None)
    handler, log = new_handler(credentials=None)
    log.warning("one")
    assert handler.flush(30.0)
    assert key(kinesis) == "AKIDOFPROFILE"
    profile("credential_process = false")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDOFENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    handler, log = new_handler(credentials=None)
    log.warning("two")
    assert handler.flush(30.0)
    assert key(kinesis) == "AKIDOFENVIRONMENT"


def test_the_thread_ends_with_the_handler(profile):
    import gc
    import threading

    from kinesis import until

    profile("credential_process = false")
    handler = KinesisHandler("logs")
    names = lambda: [thread.name for thread in threading.enumerate()]  # noqa: E731 - what is waited for
    assert "logbraid-credentials" in names()
    handler.close()
    del handler
    gc.collect()
    until(lambda: "logbraid-credentials" not in names())


def test_botocore_s_own_records_are_not_sent(run, kinesis, tmp_path):
    config = tmp_path / "config"
    config.write_text(f"[default]\ncredential_process = {process(tmp_path, GIVEN)}\n")
    code = """
        logging.root.setLevel(logging.DEBUG)
        logging.root.addHandler(handler(credentials=None))
        log.propagate = False
        logging.getLogger("other").info("hello")
        logging.root.handlers[0].flush(30.0)
        """
    env = {"AWS_CONFIG_FILE": str(config), "AWS_EC2_METADATA_DISABLED": "true", "AWS_ACCESS_KEY_ID": ""}
    status, errors = run(code, AWS_SECRET_ACCESS_KEY="", AWS_SHARED_CREDENTIALS_FILE="/none", **env)
    assert (status, errors) == (0, "")
    assert kinesis.once() == ["hello"]


def test_every_forked_child_asks_by_itself(run, kinesis, tmp_path):
    config = tmp_path / "config"
    config.write_text(f"[default]\ncredential_process = {process(tmp_path, GIVEN)}\n")
    code = """
        h = handler(credentials=None)
        log.handlers[:] = [h]
        log.info("parent")
        assert h.flush(30.0)
        if os.fork() == 0:
            log.info("child")
            assert h.flush(30.0)
            os._exit(0)
        os.wait()
        """
    env = {"AWS_CONFIG_FILE": str(config), "AWS_EC2_METADATA_DISABLED": "true", "AWS_ACCESS_KEY_ID": ""}
    # Since 3.12, Python warns of a fork beside any thread.
    quiet = {"PYTHONWARNINGS": "ignore::DeprecationWarning"}
    status, errors = run(code, AWS_SECRET_ACCESS_KEY="", AWS_SHARED_CREDENTIALS_FILE="/none", **env, **quiet)
    assert (status, errors) == (0, "")
    assert sorted(kinesis.once()) == ["child", "parent"]
