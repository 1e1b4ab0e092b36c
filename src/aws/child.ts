/** Makes the environment of a child process that makes AWS calls: only what it needs to reach the same account. */
import type { Env } from '../util/env.ts';

/**
 * Variables of the AWS SDKs for credentials and endpoints. Source: AWS SDKs and Tools reference guide, "Environment
 * variables supported". AWS_CA_BUNDLE is not in the list, because the caller writes a bundle that includes `trust`.
 */
const AWS = [
  'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE', 'AWS_DEFAULT_PROFILE',
  'AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_SDK_LOAD_CONFIG', 'AWS_REGION', 'AWS_DEFAULT_REGION',
  'AWS_ROLE_ARN', 'AWS_ROLE_SESSION_NAME', 'AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_STS_REGIONAL_ENDPOINTS',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'AWS_CONTAINER_CREDENTIALS_FULL_URI', 'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', 'AWS_EC2_METADATA_DISABLED', 'AWS_EC2_METADATA_SERVICE_ENDPOINT',
  'AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE', 'AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_EC2', 'AWS_ENDPOINT_URL_IAM',
  'AWS_ENDPOINT_URL_SSM', 'AWS_ENDPOINT_URL_STS', 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS', 'AWS_USE_FIPS_ENDPOINT',
  'AWS_USE_DUALSTACK_ENDPOINT', 'AWS_RETRY_MODE', 'AWS_MAX_ATTEMPTS',
]; // prettier-ignore
const WAY_OUT = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];
const PLAIN = [
  'PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'TMPDIR',
  // The folders of the plug-ins of Packer.
  'PACKER_PLUGIN_PATH', 'PACKER_CONFIG_DIR', 'PACKER_CONFIG',
]; // prettier-ignore

/** The variables that any program needs to start. */
export function plainEnvironment(env: Env): Record<string, string> {
  return pick(env, PLAIN);
}

/**
 * The environment of the child process. With an explicit endpoint (that of the sandbox) it contains no AWS setting of the
 * user, because one of them could direct the program to a real account: AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true, for
 * example, makes an SDK ignore AWS_ENDPOINT_URL.
 */
export function childEnvironment(of: {
  env: Env;
  endpoint?: string | undefined;
  credentials?: { accessKeyId: string; secretAccessKey: string } | undefined;
}): Record<string, string> {
  const { env, endpoint, credentials } = of;
  if (endpoint === undefined) {
    return {
      ...pick(env, [...PLAIN, ...AWS]),
      ...pick(
        env,
        WAY_OUT.flatMap((name) => [name, name.toLowerCase()]),
      ),
    };
  }
  const { accessKeyId = 'sandbox', secretAccessKey = 'sandbox' } = credentials ?? {};
  return {
    ...plainEnvironment(env),
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_EC2: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    NO_PROXY: '*',
  };
}

function pick(env: Env, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}
