"""Is the OpenAPI document true? Schemathesis asks what it allows, and something more, and compares the answers."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
described = pytest.importorskip("schemathesis.specs.openapi.checks")
HOST = {"Host": "testserver"}
CHECKS = [
    schemathesis.checks.not_a_server_error,
    described.status_code_conformance,
    described.content_type_conformance,
    described.response_headers_conformance,
    described.response_schema_conformance,
]


def test_answers_are_as_described_and_never_a_fault(site):
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", site.app, headers=HOST)
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) > 25
    for operation in operations:

        @settings(
            max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
        )
        @given(case=operation.as_strategy())
        def asked(case):
            case.validate_response(case.call(headers=HOST), checks=CHECKS)

        asked()
