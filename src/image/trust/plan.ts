/** Plans the trust part: the values that its steps and rows share. */
import { sha256 } from '../../util/sha256.ts';
import type { ImageInputs } from '../inputs.ts';
import { slug } from '../script.ts';
import { settingsFiles, type SettingsFile } from './environment.ts';
import { OS_JAVA_STORES } from './stores.ts';

/** cfn-bootstrap reads its CAs from this file if it exists (CHANGELOG of 2.0-38). */
const CFN_BUNDLE = '/etc/cfn/ca-override.pem';
/** Docker's daemon, and the containers tools, read a registry's CAs below these folders (containers-certs.d(5)). */
const REGISTRY_FOLDERS = ['/etc/docker/certs.d', '/etc/containers/certs.d'];

export interface TrustPlan {
  anchors: string;
  bundle: string;
  program: string;
  /** The OS's Java key store. */
  java: string;
  files: { file: string; subject: string; pem: string; sha256: string }[];
  /** Paths that the step makes links to the bundle. */
  cfn: string;
  registries: string[];
  settings: SettingsFile[];
  handshake: string | undefined;
}

export function trustPlan({ os, certificates, indexes, handshake }: ImageInputs): TrustPlan {
  const { anchors, extension, program, bundle } = os.trust;
  const registries = Object.values(indexes?.containers ?? {}).map((place) => place.split('/')[0] ?? '');
  return {
    anchors,
    bundle,
    program,
    java: OS_JAVA_STORES[os.family],
    files: certificates.map(({ name, subject, pem }) => ({
      file: `${slug(name)}${extension}`,
      subject: subject.replace(/\s+/g, ' '),
      pem,
      sha256: sha256(pem),
    })),
    cfn: CFN_BUNDLE,
    registries: [...new Set(registries)].flatMap((host) =>
      REGISTRY_FOLDERS.map((folder) => `${folder}/${host}/ca.crt`),
    ),
    settings: settingsFiles(bundle),
    handshake,
  };
}
