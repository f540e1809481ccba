import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Response } from 'express';
import { defineErrors } from '../errors/app-error.js';
import type { GuardedRequest } from './access.js';
import type { Permission } from './permissions.js';

export const REQUIRED_PERMISSION = 'waggle:required-permission';

const accessErrors = defineErrors('access', {
  unauthenticated: {
    status: 401,
    message: () => 'Sign in, or send an admin key: Authorization: Bearer wgla_…',
  },
});

/**
 * Lets a caller in who holds the permission that the route names, and says on the request what it reaches. It needs no
 * injection and comes with `@Requires`, so the relay's routes run no guard at all. Without the authentication
 * middleware in front there is no principal, and nobody gets in.
 */
export class AccessGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const permission = Reflect.getMetadata(REQUIRED_PERMISSION, context.getHandler()) as Permission | 'authenticated';
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    if (!request.principal) {
      context.switchToHttp().getResponse<Response>().setHeader('www-authenticate', 'Bearer realm="waggle admin"');
      throw accessErrors.unauthenticated();
    }
    request.access = request.principal.accessFor(permission);
    return true;
  }
}
