/**
 * What is wrong with an OpenAPI 3.1 document, as sentences: the rules of the specification that our frame could break.
 * Not a whole validator: that the SDK's generator reads the document is the other half of the test.
 */
type Json = Record<string, unknown>;

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

export function openApiFaults(document: Json): string[] {
  const faults: string[] = [];
  if (!/^3\.1\.\d+$/.test(String(document.openapi))) faults.push(`openapi is ${document.openapi}`);
  const info = document.info as Json | undefined;
  if (typeof info?.title !== 'string' || typeof info.version !== 'string')
    faults.push('info has no title or version');
  for (const pointer of references(document)) {
    if (resolve(document, pointer) === undefined) faults.push(`${pointer} refers to nothing`);
  }
  for (const [path, item] of Object.entries((document.paths ?? {}) as Record<string, Json>)) {
    if (!path.startsWith('/')) faults.push(`${path} does not begin with a slash`);
    for (const method of METHODS.filter((one) => one in item)) {
      faults.push(...operationFaults(`${method} ${path}`, path, item[method] as Json));
    }
  }
  return faults;
}

function operationFaults(at: string, path: string, operation: Json): string[] {
  const faults: string[] = [];
  const parameters = (operation.parameters ?? []) as Json[];
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const named = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name!);
  if (
    named.sort().join() !==
    inPath
      .map(({ name }) => name)
      .sort()
      .join()
  )
    faults.push(`${at}: parameters differ from the path`);
  for (const { name, required, schema } of inPath) {
    if (required !== true || schema === undefined)
      faults.push(`${at}: parameter ${name} is not required or has no schema`);
  }
  const responses = Object.entries((operation.responses ?? {}) as Record<string, Json>);
  if (responses.length === 0) faults.push(`${at}: no responses`);
  for (const [status, response] of responses) {
    if (!/^[1-5](?:\d\d|XX)$|^default$/.test(status)) faults.push(`${at}: ${status} is no status`);
    if (typeof response.description !== 'string') faults.push(`${at}: ${status} has no description`);
  }
  return faults;
}

function* references(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    if (key === '$ref' && typeof child === 'string') yield child;
    else yield* references(child);
  }
}

/** RFC 6901, within the document. */
function resolve(document: Json, pointer: string): unknown {
  if (!pointer.startsWith('#/')) return undefined;
  return pointer
    .slice(2)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, part) => (value as Json | undefined)?.[part], document);
}
