#!/usr/bin/env python3
"""Writes src/sandbox/models/*.json: a compact extract of botocore's service models, without documentation text.

Run by hand, with a botocore installation or an unpacked wheel:

    python3 scripts/extract-models.py [FOLDER THAT HOLDS botocore/]

The keys are botocore's own (type, members, shape, required, enum, min, max, pattern, location, locationName, queryName,
flattened, ...), so its documentation explains them. Only operations named here and the shapes they reach are kept.
"""
import gzip
import json
import pathlib
import sys

OPERATIONS = {
    "ec2": """
        AuthorizeSecurityGroupIngress CopyImage CreateImage CreateKeyPair CreateLaunchTemplate
        CreateLaunchTemplateVersion CreateSecurityGroup CreateTags DeleteKeyPair DeleteSecurityGroup
        DeleteSnapshot DeleteTags DeleteVolume DeregisterImage DescribeImageAttribute DescribeImageReferences
        DescribeImages DescribeInstanceTypeOfferings DescribeInstanceTypes DescribeInstances DescribeKeyPairs
        DescribeLaunchTemplateVersions DescribeLaunchTemplates DescribeNetworkAcls DescribeRegions
        DescribeRouteTables DescribeSecurityGroups DescribeSnapshotAttribute DescribeSnapshots DescribeSubnets
        DescribeVolumes DescribeVpcAttribute DescribeVpcEndpoints DescribeVpcs DisableImage
        DisableImageDeprecation DisableImageDeregistrationProtection EnableImage EnableImageDeprecation
        EnableImageDeregistrationProtection GetManagedPrefixListEntries ModifyImageAttribute
        ModifyInstanceAttribute ModifySnapshotAttribute RunInstances StartInstances StopInstances
        TerminateInstances
    """.split(),
    "ssm": """
        DeleteParameter GetParameter GetParameterHistory GetParameters GetParametersByPath LabelParameterVersion
        PutParameter UnlabelParameterVersion
    """.split(),
    "sts": """
        AssumeRole GetCallerIdentity
    """.split(),
    "imagebuilder": """
        CancelImageCreation CreateComponent CreateDistributionConfiguration CreateImage CreateImagePipeline
        CreateImageRecipe CreateInfrastructureConfiguration CreateWorkflow DeleteComponent
        DeleteDistributionConfiguration DeleteImage DeleteImagePipeline DeleteImageRecipe
        DeleteInfrastructureConfiguration GetComponent GetDistributionConfiguration GetImage GetImagePipeline
        GetImageRecipe GetInfrastructureConfiguration ListComponentBuildVersions ListComponents
        ListDistributionConfigurations ListImageBuildVersions ListImagePipelineImages ListImagePipelines
        ListImageRecipes ListImages ListInfrastructureConfigurations ListWorkflowExecutions
        ListWorkflowStepExecutions RetryImage StartImagePipelineExecution UpdateDistributionConfiguration
        UpdateImagePipeline
    """.split(),
    "s3": """
        AbortMultipartUpload CompleteMultipartUpload CopyObject CreateBucket CreateMultipartUpload DeleteBucket
        DeleteObject GetObject HeadBucket HeadObject ListBuckets ListObjectsV2 PutObject UploadPart
    """.split(),
    "kms": """
        CreateGrant CreateKey DescribeKey GetPublicKey ListAliases Sign Verify
    """.split(),
    "sns": """
        CreateTopic GetTopicAttributes Publish
    """.split(),
    "iam": """
        GetInstanceProfile ListAttachedRolePolicies SimulatePrincipalPolicy
    """.split(),
    "service-quotas": """
        GetServiceQuota ListServiceQuotas
    """.split(),
    "logs": """
        DescribeLogGroups GetLogEvents
    """.split(),
}
SHAPE_KEYS = ("type", "required", "enum", "min", "max", "pattern", "flattened", "payload", "locationName", "union")
MEMBER_KEYS = ("shape", "location", "locationName", "queryName", "flattened", "idempotencyToken", "timestampFormat")
METADATA_KEYS = ("apiVersion", "protocol", "jsonVersion", "targetPrefix", "xmlNamespace", "serviceId")


def keep(source, keys):
    return {key: source[key] for key in keys if key in source}


def compact(shape):
    out = keep(shape, SHAPE_KEYS)
    if "members" in shape:
        out["members"] = {name: keep(member, MEMBER_KEYS) for name, member in shape["members"].items()}
    for part in ("member", "key", "value"):
        if part in shape:
            out[part] = keep(shape[part], MEMBER_KEYS)
    return out


def reach(name, shapes, found):
    if name in found:
        return
    found.add(name)
    shape = shapes[name]
    parts = list(shape.get("members", {}).values()) + [shape[p] for p in ("member", "key", "value") if p in shape]
    for part in parts:
        reach(part["shape"], shapes, found)


def extract(model, names, version):
    operations, errors, found = {}, {}, set()
    for name in names:
        operation = model["operations"][name]
        row = keep(operation["http"], ("method", "requestUri", "responseCode"))
        for side in ("input", "output"):
            if side in operation:
                row[side] = operation[side]["shape"]
                reach(row[side], model["shapes"], found)
        if "resultWrapper" in operation.get("output", {}):
            row["resultWrapper"] = operation["output"]["resultWrapper"]
        operations[name] = row
        for error in operation.get("errors", []):
            shape = model["shapes"][error["shape"]]
            errors[error["shape"]] = keep(shape.get("error", {}), ("code", "httpStatusCode"))
    return {
        "source": f"botocore {version}",
        "metadata": keep(model["metadata"], METADATA_KEYS),
        "operations": operations,
        "errors": dict(sorted(errors.items())),
        "shapes": {name: compact(model["shapes"][name]) for name in sorted(found)},
    }


def lines(extract_):
    """One line for each operation, error and shape: a new botocore then reads well in a diff."""

    def dump(value):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    def section(rows):
        return "{" + ",".join(f"\n{dump(key)}:{dump(row)}" for key, row in rows.items()) + "\n}"

    parts = [
        f"{dump(key)}:{section(value) if key in ('operations', 'errors', 'shapes') else dump(value)}"
        for key, value in extract_.items()
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main():
    if len(sys.argv) > 1:
        root = pathlib.Path(sys.argv[1]) / "botocore"
        version = next(root.parent.glob("botocore-*.dist-info")).name.split("-")[1].removesuffix(".dist")
    else:
        import botocore

        root, version = pathlib.Path(botocore.__file__).parent, botocore.__version__
    target = pathlib.Path(__file__).parent.parent / "src" / "sandbox" / "models"
    for service, names in OPERATIONS.items():
        path = sorted((root / "data" / service).glob("*/service-2.json.gz"))[-1]
        model = json.loads(gzip.decompress(path.read_bytes()))
        text = lines(extract(model, names, version))
        (target / f"{service}.json").write_text(text)
        print(f"{service}: {len(text)} bytes")


main()
