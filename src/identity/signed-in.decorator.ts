import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { GuardedRequest } from '../common/http/access.js';
import { KnownPrincipal } from './principal.js';

/** Hands an `@Authenticated` route who is calling. */
export const SignedIn = createParamDecorator((_: unknown, context: ExecutionContext): KnownPrincipal => {
  const { principal } = context.switchToHttp().getRequest<GuardedRequest>();
  if (principal instanceof KnownPrincipal) return principal;
  throw new Error('The route has no guard, so nobody is signed in.');
});
