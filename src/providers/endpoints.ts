import { findDriver } from './drivers/registry.js';
import { splitBaseUrl } from './egress/base-url.js';
import type { Provider } from './provider.entity.js';
import { providerErrors } from './providers.errors.js';

/** Refuses endpoints that can't stand in for the base URL. Throws `provider.invalid_field`. */
export function assertEndpointsFit({ driver, baseUrl, endpoints }: Provider): void {
  if (endpoints.length === 0) return;
  const message = problemWith(driver, baseUrl, endpoints);
  if (message) throw providerErrors.invalid_field({ issues: [{ path: 'endpoints', message }] });
}

function problemWith(driver: string, baseUrl: string, endpoints: readonly string[]): string | undefined {
  if (!findDriver(driver)?.takesEndpoints) return `are for servers of one's own, and not for the driver ${driver}`;
  const { basePath } = splitBaseUrl(baseUrl);
  const other = endpoints.find((href) => splitBaseUrl(href).basePath !== basePath);
  if (other !== undefined) return `must have the path of baseUrl, "${basePath}", which ${other} has not`;
  const isRepeated = new Set([baseUrl, ...endpoints]).size <= endpoints.length;
  return isRepeated ? 'must differ from baseUrl and from one another' : undefined;
}

/** Scheme, host and port of each, the base URL's first. */
export function originsOf({ baseUrl, endpoints }: Pick<Provider, 'baseUrl' | 'endpoints'>): string[] {
  return [baseUrl, ...endpoints].map((href) => splitBaseUrl(href).origin);
}
