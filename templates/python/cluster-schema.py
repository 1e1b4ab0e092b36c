# Loads cluster configs in the schema of the pcluster that is installed in this Python, and makes no call anywhere.
# Usage: python - RELEASE FILE...   RELEASE: the one that is expected, or - for any. One JSON object a line on stdout.
import json
import sys


def say(**what):
    print(json.dumps(what), flush=True)


def found(messages, path=""):
    """marshmallow's nested messages, one by one, each with its path."""
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
        except Exception as error:  # what YAML, or a schema that trips over its input, says
            messages = [{"path": "", "message": f"{type(error).__name__}: {error}"}]
        say(file=file, messages=messages)


main(sys.argv[1], sys.argv[2:])
