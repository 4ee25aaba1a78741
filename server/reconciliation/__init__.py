"""The W3C Entity Reconciliation API over authors, publications and venues.

Version 0.2 at `/reconcile`, the draft of 1.0 at `/reconcile/1.0`: one manifest cannot be both.
"""

from server.reconciliation import draft
from server.reconciliation.routes import blueprint

blueprint.register_blueprint(draft.blueprint)

__all__ = ["blueprint"]
