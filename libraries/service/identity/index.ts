export { authenticate } from './authenticate.ts';
export { Oidc, type OidcOptions, OidcOptionsSchema } from './oidc.ts';
export { requireAdmin } from './roles.ts';
export { addIdentityRoutes, Password } from './routes.ts';
export { createIdentityTables, type WithIdentity } from './schema.ts';
export { insertToken } from './tokens.ts';
export {
  changeUser,
  createUser,
  deleteUser,
  getUser,
  hashed,
  listUsers,
  setMember,
  type UserView,
} from './users.ts';
