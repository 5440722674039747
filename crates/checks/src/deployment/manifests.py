"""What the stage `deployment` leaves to Python's libraries. Reads standard input, writes JSON.

    check SCHEMAS VERSION...   the manifests as JSON, if each is valid for every version of Kubernetes, strictly; a kind that Kubernetes
                               does not know must have its schema in the folder SCHEMAS
    yaml                       the same without looking at it
    metrics                    for each PromQL expression of a JSON list, the names of the metrics in it
"""

import json
import pathlib
import sys

import jsonschema
import kubernetes_validate
import promql_parser
import yaml


def documents():
    return [document for document in yaml.safe_load_all(sys.stdin) if document]


def check(schemas, versions):
    own = {}
    for file in pathlib.Path(schemas).glob("*.json"):
        schema = json.loads(file.read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        properties = schema["properties"]
        own[properties["apiVersion"]["const"], properties["kind"]["const"]] = schema
    problems = []
    manifests = documents()
    for manifest in manifests:
        name = f"{manifest['kind']} {manifest['metadata']['name']}"
        schema = own.get((manifest["apiVersion"], manifest["kind"]))
        if schema:
            for error in jsonschema.Draft202012Validator(schema).iter_errors(manifest):
                problems.append(f"{name}: {error.json_path}: {error.message}")
            continue
        for version in versions:
            try:
                kubernetes_validate.validate(manifest, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                problems.append(f"{name}, Kubernetes {version}: {error.json_path}: {error.message}")
            except kubernetes_validate.SchemaNotFoundError:
                problems.append(f"{name}, Kubernetes {version}: no schema for {manifest['apiVersion']}")
    if problems:
        sys.exit("\n".join(problems))
    return manifests


def metrics():
    found = []
    for expression in json.load(sys.stdin):
        names = set()
        try:
            collect(promql_parser.parse(expression), names)
        except ValueError as error:
            sys.exit(f"{expression}: {error}")
        found.append(sorted(names))
    return found


def collect(node, names):
    """The names of all selectors below a node. Its children are attributes, whatever kind of node it is."""
    name = getattr(node, "name", None)
    if isinstance(node, promql_parser.VectorSelector) and name:
        names.add(name)
    for attribute in ("expr", "lhs", "rhs", "param", "vector_selector", "vs"):
        child = getattr(node, attribute, None)
        if child is not None:
            collect(child, names)
    for child in getattr(node, "args", None) or []:
        collect(child, names)


command, *arguments = sys.argv[1:]
if command == "check":
    answer = check(arguments[0], arguments[1:])
elif command == "yaml":
    answer = documents()
else:
    answer = metrics()
json.dump(answer, sys.stdout, ensure_ascii=False)
