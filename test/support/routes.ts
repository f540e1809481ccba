import { RequestMethod, type INestApplicationContext } from '@nestjs/common';
import { MetadataScanner, ModulesContainer } from '@nestjs/core';
import { REQUIRED_PERMISSION } from '../../src/common/http/access.guard.js';

/** A route as its decorators declare it. */
export interface DeclaredRoute {
  readonly method: string;
  /** With parameters as `:name`. */
  readonly path: string;
  /** `undefined` for an open route. */
  readonly permission: string | undefined;
}

/** Every route below `/admin`, as the running app has them. */
export function adminRoutes(app: INestApplicationContext): DeclaredRoute[] {
  const routes = [...app.get(ModulesContainer).values()]
    .flatMap((module) => [...module.controllers.values()])
    .flatMap(({ metatype }) => (typeof metatype === 'function' ? routesOf(metatype as never) : []))
    .filter(({ path }) => path.startsWith('/admin/'));
  return [...new Map(routes.map((route) => [`${route.method} ${route.path}`, route])).values()];
}

function routesOf(controller: { prototype: Record<string, object> }): DeclaredRoute[] {
  const base = String(Reflect.getMetadata('path', controller));
  return new MetadataScanner()
    .getAllMethodNames(controller.prototype)
    .map((name) => controller.prototype[name]!)
    .filter((handler) => Reflect.hasMetadata('method', handler))
    .map((handler) => ({
      method: RequestMethod[Reflect.getMetadata('method', handler) as number]!,
      path: `/${[base, String(Reflect.getMetadata('path', handler))].join('/')}`
        .replaceAll(/\/+/g, '/')
        .replace(/\/$/, ''),
      permission: Reflect.getMetadata(REQUIRED_PERMISSION, handler) as string | undefined,
    }));
}
