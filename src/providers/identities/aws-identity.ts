import { readServerVariable } from '../../config/server-variable.js';
import type { ShortLived } from '../drivers/exchange.js';

/**
 * The keys of the role that this machine, container or process has: AWS's own chain of places to look (variables, shared
 * files and profiles, web identity, containers, instance metadata). They are asked for anew each time.
 */
export async function awsIdentity(): Promise<ShortLived> {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = await defaultProvider()();
  const defaultRegion = readServerVariable('AWS_REGION') ?? readServerVariable('AWS_DEFAULT_REGION');
  return {
    value: JSON.stringify({ accessKeyId, secretAccessKey, sessionToken, defaultRegion }),
    expiresAt: expiration?.getTime() ?? Infinity,
  };
}
