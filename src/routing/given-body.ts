import type { BodyParts } from './body-facts.js';

/** A body that was parsed already, as something to read facts from. */
export function givenBody(body: object): BodyParts {
  const textOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  const valueOf = (name: string): unknown => (Object.hasOwn(body, name) ? Reflect.get(body, name) : undefined);
  return {
    bytes: (name) => {
      const value = valueOf(name);
      return value === undefined ? undefined : textOf(value);
    },
    elements: (name) => {
      const value = valueOf(name);
      return Array.isArray(value) ? value.map(textOf) : [];
    },
  };
}
