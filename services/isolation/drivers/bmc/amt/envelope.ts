/** WS-Management messages (DSP0226 1.0; SOAP 1.2; CIM bound to it by DSP0230), as far as AMT needs them. Pure. */
import { childOf, type Element, escapeXml, parseXml } from '../../xml.ts';

const SOAP = 'http://www.w3.org/2003/05/soap-envelope';
const ADDRESSING = 'http://schemas.xmlsoap.org/ws/2004/08/addressing';
const WSMAN = 'http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd';
const TRANSFER = 'http://schemas.xmlsoap.org/ws/2004/09/transfer';
const ANONYMOUS = `${ADDRESSING}/role/anonymous`;
const CIM = 'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2';
const AMT = 'http://intel.com/wbem/wscim/1/amt-schema/1';

/** An instance of a CIM class: its keys tell it from others of its class. */
export type Instance = { readonly class: string; readonly keys: Readonly<Record<string, string>> };

/** The URI of a class; Intel's own begin with AMT. */
export const uriOf = (name: string): string => `${name.startsWith('AMT_') ? AMT : CIM}/${name}`;

/** A field of an instance, or a parameter: text, or a reference to an instance. */
export type Field = readonly [name: string, value: string | Instance];

type Action =
  | { readonly get: Instance }
  | { readonly put: Instance; readonly fields: readonly Field[] }
  | { readonly invoke: string; readonly on: Instance; readonly fields: readonly Field[] };

/** The request, with an id of its own; it is done with what it names within `seconds`. */
export function envelope(action: Action, messageId: string, seconds: number): string {
  const instance = 'get' in action ? action.get : 'put' in action ? action.put : action.on;
  const uri = uriOf(instance.class);
  const verb =
    'get' in action ? `${TRANSFER}/Get` : 'put' in action ? `${TRANSFER}/Put` : `${uri}/${action.invoke}`;
  const name = 'put' in action ? instance.class : 'invoke' in action ? `${action.invoke}_INPUT` : undefined;
  const body =
    name === undefined || !('fields' in action)
      ? ''
      : `<p:${name} xmlns:p="${uri}">${action.fields.map(field).join('')}</p:${name}>`;
  return (
    `<?xml version="1.0" encoding="UTF-8"?>` +
    `<s:Envelope xmlns:s="${SOAP}" xmlns:a="${ADDRESSING}" xmlns:w="${WSMAN}"><s:Header>` +
    `<a:Action s:mustUnderstand="true">${verb}</a:Action><a:To s:mustUnderstand="true">${ANONYMOUS}</a:To>` +
    `<w:ResourceURI s:mustUnderstand="true">${uri}</w:ResourceURI>` +
    `<a:MessageID>uuid:${messageId}</a:MessageID><a:ReplyTo><a:Address>${ANONYMOUS}</a:Address></a:ReplyTo>` +
    `<w:OperationTimeout>PT${seconds}S</w:OperationTimeout>${selectors(instance)}` +
    `</s:Header><s:Body>${body}</s:Body></s:Envelope>`
  );
}

/** An endpoint reference (WS-Addressing) stands for an instance. */
function field([name, value]: Field): string {
  const content =
    typeof value === 'string'
      ? escapeXml(value)
      : `<a:Address>${ANONYMOUS}</a:Address><a:ReferenceParameters>` +
        `<w:ResourceURI>${uriOf(value.class)}</w:ResourceURI>${selectors(value)}</a:ReferenceParameters>`;
  return `<p:${name}>${content}</p:${name}>`;
}

function selectors({ keys }: Instance): string {
  const each = Object.entries(keys).map(
    ([name, value]) => `<w:Selector Name="${escapeXml(name)}">${escapeXml(value)}</w:Selector>`,
  );
  return each.length === 0 ? '' : `<w:SelectorSet>${each.join('')}</w:SelectorSet>`;
}

/** What an answer says: what stands in its body, or the body where that is empty. Undefined if it is no envelope. */
export function bodyOf(text: string): Element | undefined {
  try {
    const root = parseXml(text);
    const body = childOf(root, 'Body');
    return root.name === 'Envelope' ? (body?.children[0] ?? body) : undefined;
  } catch {
    return undefined;
  }
}

export type Fault = {
  /** The most special code, without its prefix: `AccessDenied`. */
  readonly code: string;
  /** What the BMC says in words, and Intel's own status. */
  readonly reason: string;
};

/** The fault that this body is, if it is one (SOAP 1.2 part 1, section 5.4). */
export function faultOf(body: Element | undefined): Fault | undefined {
  if (body?.name !== 'Fault') return undefined;
  let code = childOf(body, 'Code');
  for (let special = code; special !== undefined; special = childOf(special, 'Subcode')) code = special;
  const value = childOf(code, 'Value')?.text ?? '';
  const detail = childOf(body, 'Detail');
  const texts = [
    childOf(body, 'Reason', 'Text')?.text,
    detail?.text,
    ...(detail?.children ?? []).map(({ text }) => text),
  ];
  return {
    code: value.slice(value.indexOf(':') + 1),
    reason: texts.filter((text) => text !== undefined && text !== '').join(' '),
  };
}
