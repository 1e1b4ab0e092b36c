/** Loads the service models in models/ on first use. scripts/extract-models.py extracts them from botocore. */

export type ServiceId =
  | 'ec2'
  | 'ssm'
  | 'sts'
  | 'imagebuilder'
  | 'logs'
  | 's3'
  | 'kms'
  | 'sns'
  | 'iam'
  | 'servicequotas';
export type Protocol = 'ec2' | 'query' | 'json' | 'rest-json' | 'rest-xml';

/** A reference to a shape, with the wire traits of this use of it. The keys are those of botocore. */
export interface Member {
  shape: string;
  location?: 'uri' | 'querystring' | 'header' | 'headers' | undefined;
  locationName?: string | undefined;
  queryName?: string | undefined;
  flattened?: boolean | undefined;
}

export interface Shape {
  type:
    | 'structure'
    | 'list'
    | 'map'
    | 'string'
    | 'boolean'
    | 'integer'
    | 'long'
    | 'float'
    | 'double'
    | 'timestamp'
    | 'blob';
  required?: string[];
  members?: Record<string, Member>;
  member?: Member;
  key?: Member;
  value?: Member;
  enum?: string[];
  min?: number;
  max?: number;
  pattern?: string;
  flattened?: boolean;
  /** In the REST protocols, the member that is the whole body. */
  payload?: string;
}

export interface Operation {
  method: string;
  requestUri: string;
  responseCode?: number;
  input?: string;
  output?: string;
  resultWrapper?: string;
}

export interface Model {
  source: string;
  metadata: {
    protocol: Protocol;
    apiVersion: string;
    xmlNamespace?: string;
    targetPrefix?: string;
    jsonVersion?: string;
  };
  operations: Record<string, Operation>;
  errors: Record<string, { code?: string; httpStatusCode?: number }>;
  shapes: Record<string, Shape>;
}

const loaders: Record<ServiceId, () => Promise<{ default: unknown }>> = {
  ec2: () => import('../models/ec2.json', { with: { type: 'json' } }),
  ssm: () => import('../models/ssm.json', { with: { type: 'json' } }),
  sts: () => import('../models/sts.json', { with: { type: 'json' } }),
  imagebuilder: () => import('../models/imagebuilder.json', { with: { type: 'json' } }),
  logs: () => import('../models/logs.json', { with: { type: 'json' } }),
  s3: () => import('../models/s3.json', { with: { type: 'json' } }),
  kms: () => import('../models/kms.json', { with: { type: 'json' } }),
  sns: () => import('../models/sns.json', { with: { type: 'json' } }),
  iam: () => import('../models/iam.json', { with: { type: 'json' } }),
  servicequotas: () => import('../models/service-quotas.json', { with: { type: 'json' } }),
};
const loaded = new Map<ServiceId, Promise<Model>>();

export const services = Object.keys(loaders) as readonly ServiceId[];

export function isService(name: string): name is ServiceId {
  return Object.hasOwn(loaders, name);
}

export function loadModel(service: ServiceId): Promise<Model> {
  const known = loaded.get(service);
  if (known) return known;
  const model = loaders[service]().then((module) => module.default as Model);
  loaded.set(service, model);
  return model;
}

/** @throws Error on an unknown name: a bug in the sandbox, because every shape name comes from the model itself */
export function shapeOf(model: Model, name: string): Shape {
  const shape = model.shapes[name];
  if (!shape) throw new Error(`the service model has no shape ${name}`);
  return shape;
}

/** Finds an operation by name. `hasOwn` keeps names from the wire, such as `constructor`, off the prototype. */
export function operationOf(model: Model, name: string): Operation | undefined {
  return Object.hasOwn(model.operations, name) ? model.operations[name] : undefined;
}
