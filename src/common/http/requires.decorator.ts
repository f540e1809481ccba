import { applyDecorators, SetMetadata, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiCookieAuth, ApiExtension } from '@nestjs/swagger';
import { AccessGuard, REQUIRED_PERMISSION } from './access.guard.js';
import type { Permission } from './permissions.js';

export const OPEN_ROUTE = 'waggle:open-route';

/** Names the one permission a route needs. A route with neither this, `@Authenticated` nor `@Open` stops the start. */
export const Requires = (permission: Permission): MethodDecorator => guarded(permission);

/** Marks a route that guards itself (the relay) or that anyone may call (sign-in, health). `reason` is for readers. */
export const Open = (reason: string): MethodDecorator & ClassDecorator => SetMetadata(OPEN_ROUTE, reason);

/** Marks a route that any signed-in caller may use, whatever the role (who am I, sign out). */
export const Authenticated = (): MethodDecorator => guarded('authenticated');

function guarded(permission: Permission | 'authenticated'): MethodDecorator {
  return applyDecorators(
    SetMetadata(REQUIRED_PERMISSION, permission),
    UseGuards(AccessGuard),
    ApiBearerAuth('admin-key'),
    ApiCookieAuth('session'),
    ApiExtension('x-permission', permission),
  );
}
