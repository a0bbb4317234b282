"""An S3 server on the loopback (moto), in a thread of the test, which can be told to be busy or slow for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import boto3
import werkzeug.serving
from moto.server import DomainDispatcherApplication, create_backend_app

BUCKET = "bucket"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}


class _Quiet(werkzeug.serving.WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Nothing."""


class S3Server:
    """The server, and what it was asked.

    `fault` is asked before each request with its method, path and query, and gives a status to answer, seconds to wait
    before the true answer, or None.
    """

    def __init__(self) -> None:
        self.fault: Callable[[str, str, str], int | float | None] = lambda *_: None
        self.asked: list[tuple[str, str, str]] = []
        self._app = DomainDispatcherApplication(create_backend_app)
        self._server = werkzeug.serving.make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> S3Server:
        self._thread.start()
        self.client.create_bucket(Bucket=BUCKET)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def environment(self) -> dict[str, str]:
        """What a client needs to know, as the store's own tools take it."""
        return {**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._server.port}", "AWS_MAX_ATTEMPTS": "1"}

    @property
    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self._server.port}",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            region_name="us-east-1",
        )

    def objects(self, prefix: str) -> dict[str, bytes]:
        """All objects under a prefix, by what follows it."""
        client = self.client
        found = client.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        read = {}
        for entry in found:
            try:
                body = client.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"]
            except client.exceptions.NoSuchKey:  # a build that goes on has removed it since it was listed
                continue
            read[entry["Key"].removeprefix(prefix)] = body.read()
            body.close()
        return read

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method, path, query = environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("QUERY_STRING", "")
        self.asked.append((method, path, query))
        told = self.fault(method, path, query)
        if isinstance(told, int):
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            code = {500: "InternalError", 503: "SlowDown", 400: "InvalidRequest"}[told]
            body = f"<Error><Code>{code}</Code><Message>told so</Message></Error>".encode()
            start_response(f"{told} told so", [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
            return [body]
        if isinstance(told, float):
            time.sleep(told)
        return self._app(environ, start_response)
