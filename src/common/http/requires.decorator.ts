import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiCookieAuth } from '@nestjs/swagger';
import type { Permission } from './permissions.js';

export const REQUIRED_PERMISSION = 'waggle:required-permission';
export const OPEN_ROUTE = 'waggle:open-route';

/** Names the one permission a route needs. A route with neither this nor `@Open` stops the start. */
export const Requires = (permission: Permission): MethodDecorator =>
  applyDecorators(SetMetadata(REQUIRED_PERMISSION, permission), ApiBearerAuth(), ApiCookieAuth());

/** Marks a route that guards itself (the relay) or that anyone may call (sign-in, health). `reason` is for readers. */
export const Open = (reason: string): MethodDecorator & ClassDecorator => SetMetadata(OPEN_ROUTE, reason);

/** Marks a route that any signed-in caller may use, whatever the role (who am I, sign out). */
export const Authenticated = (): MethodDecorator =>
  applyDecorators(SetMetadata(REQUIRED_PERMISSION, 'authenticated'), ApiBearerAuth(), ApiCookieAuth());
