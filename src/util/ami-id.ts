/** The form of an AMI id: 8 or 17 hexadecimal digits (aws-parallelcluster:cli/src/pcluster/schemas/common_schema.py). */
export const amiId = /^ami-([0-9a-f]{8}|[0-9a-f]{17})$/;
