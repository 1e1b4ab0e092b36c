/** Loads a service's handlers with its first request. */
import type { Handlers } from './call.ts';
import type { ServiceId } from './wire/model.ts';

const loaders: Record<ServiceId, () => Promise<Handlers>> = {
  ec2: async () => (await import('./ec2/index.ts')).handlers,
  ssm: async () => (await import('./ssm/index.ts')).handlers,
  sts: async () => (await import('./sts/index.ts')).handlers,
  imagebuilder: async () => (await import('./imagebuilder/index.ts')).handlers,
  logs: async () => (await import('./logs/index.ts')).handlers,
  s3: async () => (await import('./s3/index.ts')).handlers,
  kms: async () => (await import('./kms/index.ts')).handlers,
  sns: async () => (await import('./sns/index.ts')).handlers,
  iam: async () => (await import('./iam/index.ts')).handlers,
  servicequotas: async () => (await import('./servicequotas/index.ts')).handlers,
};

export function loadHandlers(service: ServiceId): Promise<Handlers> {
  return loaders[service]();
}
