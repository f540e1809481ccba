import type { Cloud } from '../../config/clouds.js';
import type { ShortLived } from '../drivers/exchange.js';

const IDENTITIES: Readonly<Record<Cloud, () => Promise<ShortLived>>> = {
  aws: async () => (await import('./aws-identity.js')).awsIdentity(),
  azure: async () => (await import('./azure-identity.js')).azureIdentity(),
  google: async () => (await import('./google-identity.js')).googleIdentity(),
};

const REFERENCE = /^identity:(aws|azure|google)$/;

/** The cloud that a reference such as `identity:aws` names; `undefined` for any other reference. */
export function cloudIn(reference: string): Cloud | undefined {
  return REFERENCE.exec(reference)?.[1] as Cloud | undefined;
}

/** Has a credential for the identity of this machine. What its library reads and calls is that library's to say. */
export function borrowIdentity(cloud: Cloud): Promise<ShortLived> {
  return IDENTITIES[cloud]();
}
