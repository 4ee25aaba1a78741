"""The outermost room: HTTP and the command line."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from server.config import Config

# Each module here has one Flask blueprint, named `blueprint`.
CONCERNS = (
    "sparql",
    "graphs",
    "resources",
    "decisions",
    "suggestions",
    "description",
    "downloads",
    "discovery",
    "operations",
    "reconciliation",
    "linksets",
    "fragments",
    "pages",
)


def create_app(settings: "Config | None" = None) -> "Flask":
    """The WSGI application of one data folder; it starts the query workers."""
    # Imported here, for every `quiver` command imports this package and few need Flask.
    from importlib import import_module

    from flask import Flask

    from server import compiled, config, context, front, headers, operations, problems

    settings = settings or config.read()
    app = Flask("server", static_folder=None)  # files of pages go out by `server.pages`
    app.jinja_options = {"bytecode_cache": compiled.Compiled()}
    app.url_map.strict_slashes = False
    app.config["MAX_CONTENT_LENGTH"] = settings.max_upload
    context.attach(app, context.start(settings))
    operations.register(app)
    headers.register(app)
    problems.register(app)
    for concern in CONCERNS:
        app.register_blueprint(import_module(f"server.{concern}").blueprint)
    app.wsgi_app = front.Front(app)  # type: ignore[assignment, method-assign]
    return app
