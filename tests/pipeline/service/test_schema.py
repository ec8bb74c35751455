"""Requests that schemathesis makes from the service's own description."""

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

PATHS = {"/recommend", "/explain", "/similar", "/search", "/health"}
# Which values are allowed together, and which exist, no schema says.
UNDECIDED = [positive_data_acceptance]
QUICK = hypothesis.settings(
    max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), print_blob=False
)


@pytest.fixture
def schema(service):
    return schemathesis.openapi.from_url(f"{service.address}/openapi.json")


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_answer_is_as_described(schema, mode):
    seen = set()
    for result in schema.get_all_operations():
        operation = result.ok()
        seen.add(operation.path)
        if mode == GenerationMode.NEGATIVE and operation.path == "/health":
            continue  # has no parameter that could be wrong

        @QUICK
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case):
            case.call_and_validate(excluded_checks=UNDECIDED, timeout=60)

        ask()
    assert seen == PATHS


def test_the_description_is_complete(service):
    described = service.get("/openapi.json").json()
    assert described["paths"].keys() == PATHS
    for path, methods in described["paths"].items():
        assert methods.keys() == {"get"}
        [get] = methods.values()
        assert get["summary"] and get["description"], path
        assert {"200", "422", "503"} <= get["responses"].keys()
        assert all(each["description"] for each in get.get("parameters", ()))
        answer = get["responses"]["200"]["content"]["application/json"]["schema"]
        assert "$ref" in answer or "$ref" in answer["items"], path
        for status in get["responses"].keys() - {"200"}:
            assert [*get["responses"][status]["content"]] == ["application/problem+json"]
    explained = described["components"]["schemas"]["Explanation"]["properties"]
    assert {"sentences", "paths", "path_score", "path_share", "shown_share"} <= explained.keys()


def test_the_page_of_the_description_needs_no_other_site(service):
    page = requests.get(f"{service.address}/docs", timeout=60)
    assert page.status_code == 200
    assert "http://" not in page.text and "https://" not in page.text
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"):
        [place] = [word for word in page.text.split('"') if word.endswith(name)]
        assert requests.get(f"{service.address}{place}", timeout=60).status_code == 200
