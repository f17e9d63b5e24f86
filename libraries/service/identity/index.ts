export { authenticate } from './authenticate.ts';
export { Oidc, type OidcOptions, OidcOptionsSchema } from './oidc.ts';
export { addIdentityRoutes } from './routes.ts';
export { createIdentityTables, type WithIdentity } from './schema.ts';
export { insertToken } from './tokens.ts';
