/** Every route of the service, as its OpenAPI document has it: for tests that leave none out. */
import type { Json, World } from './world.ts';

export type Schema = {
  type?: string | string[];
  enum?: unknown[];
  default?: unknown;
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  $ref?: string;
};
export type Parameter = { name: string; in: 'path' | 'query'; schema: Schema };
export type Route = { method: string; path: string; parameters: Parameter[]; body: Schema | undefined };
export type Document = { paths: Record<string, Record<string, Json>> };

export const documentOf = (world: World) => world.service.app.swagger() as unknown as Document;

export function routesOf(document: Document): Route[] {
  // A stream has no end: identity.test.ts asks it for what cannot be.
  const paths = Object.entries(document.paths).filter(([path]) => !path.endsWith('/stream'));
  return paths.flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path: path.replace('/isolation/v1', ''),
      parameters: (operation.parameters ?? []).filter((one: Parameter) => (one.in as string) !== 'header'),
      body: operation.requestBody?.content['application/json'].schema,
    })),
  );
}

/** The schema itself, where it is a reference to one. */
export function schemaAt(document: object, schema: Schema): Schema {
  if (!schema.$ref) return schema;
  const parts = schema.$ref.slice(2).split('/');
  return parts.reduce<Json>((value, part) => value[part], document) as Schema;
}

/** A lone half of a surrogate pair cannot be written in a URL. */
export const asUrl = (text: string) => encodeURIComponent(text.toWellFormed());
