import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { UnsignedCall } from '../driver.js';

const SERVICE = 'bedrock';
const DEFAULT_REGION = 'us-east-1';
const HOST_REGION = /\.([a-z]{2}(?:-[a-z]+)+-\d)\.(?:vpce\.)?(?:amazonaws|api\.aws)/;
const MAX_REMEMBERED = 100;

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly region?: string;
  /** For hosts that name none. */
  readonly defaultRegion?: string;
}

/** The headers of an API key of Bedrock's own, which is a Bearer token; none for AWS keys, with which each call is signed. */
export function authorizeBedrock(credential: string): Readonly<Record<string, string>> {
  return keysIn(credential) ? {} : { authorization: `Bearer ${credential}` };
}

/** Signs a call with AWS keys (Signature Version 4); gives no headers for an API key. */
export async function signBedrock(call: UnsignedCall, credential: string): Promise<Readonly<Record<string, string>>> {
  const keys = keysIn(credential);
  if (!keys) return {};
  const { protocol, host, hostname } = new URL(call.origin);
  const region = keys.region ?? HOST_REGION.exec(hostname)?.[1] ?? keys.defaultRegion ?? DEFAULT_REGION;
  const signer = new SignatureV4({ service: SERVICE, region, credentials: keys, sha256: Sha256 });
  const given = { host, 'content-type': call.headers['content-type'] ?? 'application/json' };
  const { method, body } = call;
  const [path = '', search] = call.path.split('?', 2);
  const query = Object.fromEntries(new URLSearchParams(search));
  const signed = await signer.sign({ method, protocol, hostname, path, query, headers: given, body });
  const added = Object.entries(signed.headers).filter(([name]) => name !== 'host' && name !== 'content-type');
  return Object.fromEntries(added.map(([name, value]) => [name.toLowerCase(), value]));
}

/** Keys are read with every call, and are seldom new. */
const remembered = new Map<string, Keys>();

function keysIn(credential: string): Keys | undefined {
  if (!credential.trimStart().startsWith('{')) return undefined;
  const known = remembered.get(credential);
  if (known) return known;
  const keys = readKeys(credential);
  if (remembered.size >= MAX_REMEMBERED) remembered.delete(remembered.keys().next().value!);
  remembered.set(credential, keys);
  return keys;
}

/** Reads keys as forms give them, or as `aws configure export-credentials` prints them. */
function readKeys(credential: string): Keys {
  const fields = fieldsOf(credential);
  const text = (...names: string[]): string | undefined =>
    names.map((name) => fields[name]).find((value): value is string => typeof value === 'string' && value !== '');
  const sessionToken = text('sessionToken', 'SessionToken');
  const region = text('region', 'Region');
  const defaultRegion = text('defaultRegion');
  return {
    accessKeyId: text('accessKeyId', 'AccessKeyId') ?? '',
    secretAccessKey: text('secretAccessKey', 'SecretAccessKey') ?? '',
    ...(sessionToken !== undefined && { sessionToken }),
    ...(region !== undefined && { region }),
    ...(defaultRegion !== undefined && { defaultRegion }),
  };
}

function fieldsOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {}; // AWS refuses what is signed with nothing; the text must not get into a log
  }
}
