"""What answers of the W3C Entity Reconciliation API must look like, as JSON Schemas of our own.

Written from the text of the specification, version 0.2 and the draft of 1.0. Where
QUIVER_RECONCILIATION_SPECS is a checkout of github.com/reconciliation-api/specs, the official
schemas are used in their place.
"""

import json
import os
from pathlib import Path

from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

TEXT, NUMBER, TRUTH = {"type": "string"}, {"type": "number"}, {"type": "boolean"}


def record(required, **properties):
    """An object with these members, of which some must be there."""
    return {"type": "object", "required": required.split(), "properties": properties}


def listed(items):
    return {"type": "array", "items": items}


TYPE = record("id name", id=TEXT, name=TEXT, broader=listed(record("id name", id=TEXT, name=TEXT)))
REFERENCE = record("id", id=TEXT, name=TEXT)
TEMPLATE = {"type": "string", "pattern": r"\{\{id\}\}"}
SERVICE = record("service_url service_path", service_url=TEXT, service_path=TEXT)
SHARED = {"versions": listed(TEXT), "name": TEXT, "defaultTypes": listed(TYPE), "batchSize": NUMBER}
CANDIDATE = {
    "id": {"type": "string", "minLength": 1},
    "name": {"type": "string", "minLength": 1},
    "description": TEXT,
    "score": {"type": "number", "minimum": 0, "maximum": 100},
    "match": TRUTH,
    "type": listed(REFERENCE),
}
FEATURE = {"id": TEXT, "value": {"type": ["boolean", "number"]}}
NAMED = record("id name", id=TEXT, name=TEXT, description=TEXT)
CELL = {
    "type": "object",
    "maxProperties": 3,
    "additionalProperties": False,
    "properties": {"id": TEXT, "name": TEXT, "str": TEXT, "int": {"type": "integer"}},
}
META = listed(record("id name", id=TEXT, name=TEXT, type=REFERENCE))
SETTING = {"type": {"enum": ["number", "text", "checkbox", "select"]}}
SUGGESTED = record("result", result=listed(record("id name", id=TEXT, name=TEXT)))
PROPOSED = record("properties", properties=listed(NAMED), type=TEXT, limit=NUMBER)
OURS = {
    "0.2": {
        "manifest": record(
            "versions name identifierSpace schemaSpace",
            **SHARED,
            identifierSpace=TEXT,
            schemaSpace=TEXT,
            view=record("url", url=TEMPLATE),
            preview=record("url width height", url=TEMPLATE, width=NUMBER, height=NUMBER),
            suggest=record("", entity=SERVICE, property=SERVICE, type=SERVICE),
            extend=record(
                "",
                propose_properties=SERVICE,
                property_settings=listed(record("type label name", **SETTING)),
            ),
        ),
        "reconciliation-result-batch": {
            "type": "object",
            "additionalProperties": record(
                "result",
                result=listed(
                    record("id name score", **CANDIDATE, features=listed(record("", **FEATURE)))
                ),
            ),
        },
        "data-extension-response": record(
            "rows meta",
            meta=META,
            rows={
                "type": "object",
                "additionalProperties": {"type": "object", "additionalProperties": listed(CELL)},
            },
        ),
    },
    "1.0-draft": {
        "manifest": record(
            "versions name view",
            **SHARED,
            view=record("url", url={"type": "string", "pattern": r"\{\+?id\}"}),
            preview=record("width height", width=NUMBER, height=NUMBER),
            suggest=record("entity property type", entity=TRUTH, property=TRUTH, type=TRUTH),
            extend=record("", propertySettings=listed(record("type id name", **SETTING))),
            standardizedScore=TRUTH,
        ),
        "reconciliation-result-batch": record(
            "results",
            results=listed(
                record(
                    "candidates",
                    candidates=listed(
                        record(
                            "id name type match",
                            **CANDIDATE,
                            features=listed(record("id name value", **FEATURE, name=TEXT)),
                        )
                    ),
                )
            ),
        ),
        "data-extension-response": record(
            "rows meta",
            meta=META,
            rows=listed(
                record(
                    "id properties",
                    id=TEXT,
                    properties=listed(record("id values", id=TEXT, values=listed(CELL))),
                )
            ),
        ),
    },
}
for _version in OURS.values():
    _version |= dict.fromkeys(
        [f"suggest-{kind}-response" for kind in ("entities", "properties", "types")], SUGGESTED
    )
    _version["data-extension-property-proposal"] = PROPOSED


def check(name, told, version="0.2"):
    """Fail where an answer is not as its schema says."""
    validator = _official(name, version) or Draft7Validator(OURS[version][name])
    errors = [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(told)]
    assert not errors, errors[:5]


def _official(name, version):
    specs = os.environ.get("QUIVER_RECONCILIATION_SPECS")
    if not specs:
        return None
    folder = Path(specs) / version / "schemas"
    schemas = {file.name: json.loads(file.read_text()) for file in folder.glob("*.json")}
    resources = []
    for file, schema in schemas.items():
        schema.get("properties", {}).pop("authentication", None)  # refers to swagger.io
        place = schema.get("$id", "").rpartition("/")[0]
        for iri in (schema.get("$id"), f"{place}/{file}", file):
            resources.append((iri, Resource.from_contents(schema, DRAFT7)))
    return Draft7Validator(schemas[f"{name}.json"], registry=Registry().with_resources(resources))
