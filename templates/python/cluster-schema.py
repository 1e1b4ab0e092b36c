# Validates cluster configs with the schema of the pcluster package in this Python. It makes no network calls.
# Usage: python - RELEASE FILE...   RELEASE: the expected release, or - for any. Prints one JSON object per line.
import json
import sys


def say(**what):
    print(json.dumps(what), flush=True)


def found(messages, path=""):
    """Flattens marshmallow's nested messages into single messages with their paths."""
    if isinstance(messages, dict):
        for key, value in messages.items():
            step = f"[{key}]" if isinstance(key, int) else str(key) if path == "" else f".{key}"
            yield from found(value, path + ("" if key == "_schema" else step))
    elif isinstance(messages, (list, tuple)):
        for one in messages:
            yield from found(one, path)
    else:
        yield {"path": path, "message": str(messages)}


def main(release, files):
    try:
        from importlib.metadata import version
    except ImportError:
        from importlib_metadata import version
    installed = version("aws-parallelcluster")
    say(version=installed)
    if release not in ("-", installed):
        return
    try:
        import yaml
        from marshmallow import ValidationError
        from pcluster.schemas.cluster_schema import ClusterSchema
    except ImportError as error:
        say(unfit=str(error))
        return
    try:
        from pcluster.utils import yaml_load as load
    except ImportError:
        load = yaml.safe_load
    for file in files:
        messages = []
        try:
            with open(file, encoding="utf-8") as stream:
                config = load(stream)
            ClusterSchema(cluster_name="validated").load(config)
        except ValidationError as error:
            messages = list(found(error.messages))
        except Exception as error:  # a YAML error, or a crash of the schema on its input
            messages = [{"path": "", "message": f"{type(error).__name__}: {error}"}]
        say(file=file, messages=messages)


main(sys.argv[1], sys.argv[2:])
