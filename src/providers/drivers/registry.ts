import { anthropic } from './anthropic/anthropic.js';
import type { Driver } from './driver.js';
import { openai, openaiCompatible } from './openai.js';

const DRIVERS: ReadonlyMap<string, Driver> = new Map(
  [openai, openaiCompatible, anthropic].map((driver) => [driver.name, driver]),
);

/** Every driver there is, in the order forms show them. */
export function allDrivers(): readonly Driver[] {
  return [...DRIVERS.values()];
}

/** The driver of that name, if there is one. */
export function findDriver(name: string): Driver | undefined {
  return DRIVERS.get(name);
}
