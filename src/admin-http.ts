import { BadRequestException, UnsupportedMediaTypeException } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { json, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Config } from './config/config.js';
import { Authentication } from './identity/authentication.service.js';

const ADMIN = '/admin';
const DOCS = '/docs';
const DOCUMENTS = new URL('../openapi/', import.meta.url);

// Neither upgrading nor HSTS: who serves https stands in front of us, and knows what else lives on that domain.
const ANSWERS_ONLY = { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } };
const SWAGGER_UI = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"], // Swagger UI writes style attributes
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
};

/**
 * What stands in front of the admin routes and the documents, and of them alone: security headers, who is calling, the
 * JSON body. There is no CORS: the console is served from here. The relay's routes pass through none of it.
 */
export function useAdminHttp(app: NestExpressApplication, { trustedProxies }: Config): void {
  app.set('trust proxy', [...trustedProxies]);
  const headers = helmet({ contentSecurityPolicy: ANSWERS_ONLY, strictTransportSecurity: false });
  const body = unlessStreamed(json({ limit: '1mb', reviver: refuseNul }));
  const { middleware } = app.get(Authentication);
  app.use(ADMIN, headers, keepOutOfCaches, refuseNulInPath, middleware, unlessStreamed(refuseOtherBodies), body);
  useDocuments(app);
}

/** Postgres has no NUL in its texts, so a text with one is the caller's mistake and not our failure. */
function refuseNul(_: string, value: unknown): unknown {
  if (typeof value === 'string' && value.includes('\0')) throw new SyntaxError('A text must not contain NUL.');
  return value;
}

/** Answers hold secrets that are shown once, and who may see the rest changes. */
function keepOutOfCaches(_: Request, response: Response, next: NextFunction): void {
  response.setHeader('cache-control', 'no-store');
  next();
}

/** Unread, a body of another type would look as if it were empty. */
function refuseOtherBodies(request: Request, _: Response, next: NextFunction): void {
  const isEmpty = request.headers['content-length'] === '0';
  if (!isEmpty && request.is('application/json') === false) {
    throw new UnsupportedMediaTypeException('The body must be JSON, with the Content-Type application/json.');
  }
  next();
}

function refuseNulInPath({ originalUrl }: Request, _: Response, next: NextFunction): void {
  if (originalUrl.includes('%00')) throw new BadRequestException('An address must not contain NUL.');
  next();
}

/** Swagger UI at `/docs`, with the committed documents of both APIs. */
function useDocuments(app: NestExpressApplication): void {
  app.use(DOCS, helmet({ contentSecurityPolicy: SWAGGER_UI, strictTransportSecurity: false }));
  app.useStaticAssets(fileURLToPath(DOCUMENTS), { prefix: `${DOCS}/openapi/` });
  const urls = [
    { name: 'Admin API', url: `${DOCS}/openapi/admin.json` },
    { name: 'Client API', url: `${DOCS}/openapi/relay.json` },
  ];
  SwaggerModule.setup(DOCS, app, readAdminDocument, {
    customSiteTitle: 'Waggle API',
    explorer: true,
    raw: false,
    swaggerOptions: { urls, persistAuthorization: false, tagsSorter: 'alpha' },
  });
}

function readAdminDocument(): OpenAPIObject {
  return JSON.parse(readFileSync(new URL('admin.json', DOCUMENTS), 'utf8')) as OpenAPIObject;
}

/** Routes that read their body themselves, once the guard has let the caller in. Express matches regardless of case. */
const STREAMED = /^\/v1\/catalogue\/import\/?$/i;

function unlessStreamed(parse: RequestHandler): RequestHandler {
  return (request, response, next) => (STREAMED.test(request.path) ? next() : parse(request, response, next));
}
