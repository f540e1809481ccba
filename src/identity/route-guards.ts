import type { INestApplicationContext } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { REQUIRED_PERMISSION } from '../common/http/access.guard.js';
import { OPEN_ROUTE } from '../common/http/requires.decorator.js';

const ROUTE = 'path';

/** Stops the start when a route says neither what it requires nor that it is open: forgotten means refused. */
export function assertEveryRouteIsGuarded(app: INestApplicationContext): void {
  const forgotten = unguardedRoutes(app);
  if (forgotten.length > 0) {
    throw new Error(`Routes without @Requires, @Authenticated or @Open: ${forgotten.join(', ')}`);
  }
}

/** The routes of all controllers that carry no decision about who may call them, as `Controller.method`. */
export function unguardedRoutes(app: INestApplicationContext): string[] {
  return routesOf(app)
    .filter(({ controller, handler }) => !isDecided(controller, handler))
    .map(({ controller, handler }) => `${controller.name}.${handler.name}`);
}

interface Route {
  readonly controller: { readonly name: string };
  readonly handler: { readonly name: string };
}

function routesOf(app: INestApplicationContext): Route[] {
  const scanner = new MetadataScanner();
  return [...app.get(ModulesContainer).values()]
    .flatMap((module) => [...module.controllers.values()])
    .flatMap(({ metatype }) => {
      if (typeof metatype !== 'function') return [];
      const { prototype } = metatype as { prototype: Record<string, { name: string }> };
      return scanner
        .getAllMethodNames(prototype)
        .map((method) => ({ controller: metatype, handler: prototype[method]! }))
        .filter(({ handler }) => Reflect.hasMetadata(ROUTE, handler));
    });
}

function isDecided(controller: object, handler: object): boolean {
  return (
    Reflect.hasMetadata(REQUIRED_PERMISSION, handler) ||
    Reflect.hasMetadata(OPEN_ROUTE, handler) ||
    Reflect.hasMetadata(OPEN_ROUTE, controller)
  );
}
