"""What the service says of itself, to clients of version 0.2 and to those of the draft of 1.0."""

from importlib.metadata import version

from ontology import terms
from queries.search.textindex import KINDS
from server.context import Service
from server.reconciliation.places import address
from server.reconciliation.questions import MOST
from server.reconciliation.schema import ROOTS, TYPES

WIDTH, HEIGHT = 420, 220
NAME = "Quiver: authors, publications and venues"


def _shared(held: Service) -> dict[str, object]:
    return {
        "name": NAME,
        "defaultTypes": [TYPES[ROOTS[kind]].document() for kind in KINDS],
        "documentation": f"{address(held).removesuffix('reconcile')}about",
        "serviceVersion": version("quiver-kg"),
        "batchSize": MOST,
    }


def of_02(held: Service) -> dict[str, object]:
    """The manifest of version 0.2."""
    here = address(held)
    setting = {
        "name": "limit",
        "label": "Limit",
        "type": "number",
        "default": 0,
        "help_text": "At most so many values a row; 0 for all",
    }
    return {
        "versions": ["0.2"],
        **_shared(held),
        "identifierSpace": f"{held.iris.base}id/",
        "schemaSpace": terms.Q,
        "view": {"url": f"{held.iris.base}id/{{{{id}}}}"},
        "preview": {"url": f"{here}/preview?id={{{{id}}}}", "width": WIDTH, "height": HEIGHT},
        "suggest": {
            kind: {"service_url": here, "service_path": f"/suggest/{kind}"}
            for kind in ("entity", "property", "type")
        },
        "extend": {
            "propose_properties": {"service_url": here, "service_path": "/extend/propose"},
            "property_settings": [setting],
        },
    }


def of_draft(held: Service) -> dict[str, object]:
    """The manifest of the draft of version 1.0, whose routes follow from its own address."""
    setting = {
        "id": "limit",
        "name": "Limit",
        "type": "number",
        "default": 0,
        "helpText": "At most so many values a row; 0 for all",
    }
    return {
        "versions": ["1.0-draft"],
        **_shared(held),
        "view": {"url": f"{held.iris.base}id/{{+id}}"},
        "preview": {"width": WIDTH, "height": HEIGHT},
        "suggest": {"entity": True, "property": True, "type": True},
        "extend": {"proposeProperties": True, "propertySettings": [setting]},
        "standardizedScore": True,
        "lang": "en",
    }
