/**
 * Intel AMT on the wire: WS-Management over HTTP or HTTPS on loopback, behind a Digest login, for a machine in memory.
 * Made from Intel's and DMTF's documents and from answers that others recorded; no machine with AMT was at hand.
 */
import { once } from 'node:events';
import { createServer as createPlainServer, type RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fingerprintOf, makeCertificate } from '@bullion/rack';
import { childOf, childrenOf, type Element, escapeXml, parseXml } from '../../../xml.ts';
import { DigestGuard } from './digest-guard.ts';
import { AmtMachine } from './machine.ts';

const CIM = 'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/';
const AMT = 'http://intel.com/wbem/wscim/1/amt-schema/1/';
const TRANSFER = 'http://schemas.xmlsoap.org/ws/2004/09/transfer/';

/** The keys that a request must name, of what there is one of. */
const KEYS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [`${CIM}CIM_AssociatedPowerManagementService`]: {},
  [`${CIM}CIM_PowerManagementService`]: { Name: 'Intel(r) AMT Power Management Service' },
  [`${CIM}CIM_BootConfigSetting`]: { InstanceID: 'Intel(r) AMT: Boot Configuration 0' },
  [`${CIM}CIM_BootService`]: { Name: 'Intel(r) AMT Boot Service' },
  [`${AMT}AMT_BootSettingData`]: { InstanceID: 'Intel(r) AMT:BootSettingData 0' },
};

class Fault extends Error {
  readonly code: string;
  readonly status: number | undefined;

  /** `status` is Intel's own (PT_STATUS). */
  constructor(code: string, message: string, status?: number) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export class FakeAmt {
  readonly machine = new AmtMachine();
  readonly guard = new DigestGuard(
    new Map([
      ['admin', 'P@ssw0rd:"1"'],
      ['viewer', 'P@ssw0rd:"1"'],
    ]),
  );
  /** What every method returns instead of being carried out. */
  returns: number | undefined;
  /** The fault that answers everything. */
  fault: Fault | undefined;

  static async start(tls = true) {
    const amt = new FakeAmt();
    const made = makeCertificate('amt', ['127.0.0.1']);
    const listener: RequestListener = async (request, response) => {
      const body = await text(request);
      const { method = '', url = '', headers } = request;
      const verdict = amt.guard.judge(method, url, headers.authorization);
      if ('challenge' in verdict) {
        response.writeHead(401, { 'WWW-Authenticate': verdict.challenge, Connection: 'close' });
        response.end('<!DOCTYPE HTML><html><h2 class=warn>Log on failed.</h2></html>');
        return;
      }
      const good =
        method === 'POST' && url === '/wsman' && headers['content-type']?.startsWith('application/soap+xml');
      if (!good) return response.writeHead(404).end('<html>');
      const reply = amt.answer(body, verdict.user);
      response.writeHead(reply.status, { 'Content-Type': 'application/soap+xml; charset=UTF-8' });
      response.end(reply.text);
    };
    const server = tls
      ? createServer({ key: made.key, cert: made.certificate }, listener)
      : createPlainServer(listener);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return Object.assign(amt, {
      settings: {
        ...{ address: '127.0.0.1', port: (server.address() as AddressInfo).port },
        ...{ username: 'admin', password: 'P@ssw0rd:"1"' },
        tls: tls ? { fingerprint: fingerprintOf(made) } : 'off',
      },
      async [Symbol.asyncDispose]() {
        server.close();
        server.closeAllConnections();
      },
    });
  }

  answer(message: string, user: string): { status: number; text: string } {
    try {
      if (this.fault !== undefined) throw this.fault;
      return { status: 200, text: wrapped(this.#carryOut(message, user)) };
    } catch (error) {
      const fault = error instanceof Fault ? error : new Fault('wsman:SchemaValidationError', String(error));
      return { status: fault.code === 'wsman:AccessDenied' ? 403 : 400, text: wrapped(faulty(fault)) };
    }
  }

  #carryOut(message: string, user: string): string {
    const root = parseXml(message);
    const header = childOf(root, 'Header');
    const uri = childOf(header, 'ResourceURI')?.text ?? '';
    const action = childOf(header, 'Action')?.text ?? '';
    const keys = KEYS[uri];
    if (keys === undefined) throw new Fault('wsa:DestinationUnreachable', 'No route can be determined.');
    for (const name of ['MessageID', 'ReplyTo', 'To']) {
      if (childOf(header, name) === undefined) throw new Fault('wsa:MessageInformationHeaderRequired', name);
    }
    for (const [name, value] of Object.entries(keys)) {
      if (selectorsOf(header).get(name) !== value) throw new Fault('wsman:InvalidSelectors', name);
    }
    const input = childOf(root, 'Body')?.children[0];
    if (action !== `${TRANSFER}Get` && user === 'viewer')
      throw new Fault('wsman:AccessDenied', 'Not this user.');
    const name = uri.slice(uri.lastIndexOf('/') + 1);
    if (action === `${TRANSFER}Get`) return this.#get(name);
    if (action === `${TRANSFER}Put` && name === 'AMT_BootSettingData') return this.#put(input);
    const method = action.startsWith(`${uri}/`) ? action.slice(uri.length + 1) : '';
    if (input?.name !== `${method}_INPUT`) throw new Fault('wsa:ActionNotSupported', action);
    const value = this.returns ?? this.#invoke(method, input);
    return `<g:${method}_OUTPUT xmlns:g="${uri}"><g:ReturnValue>${value}</g:ReturnValue></g:${method}_OUTPUT>`;
  }

  #get(name: string): string {
    const { power, possible, tellsRequests, options } = this.machine;
    const fields =
      name === 'AMT_BootSettingData'
        ? [...options]
        : name === 'CIM_AssociatedPowerManagementService'
          ? [
              ...(tellsRequests ? possible : []).map((one) => ['AvailableRequestedPowerStates', one]),
              ['PowerState', power],
            ]
          : [];
    const each = fields.map(([key, value]) => `<g:${key}>${escapeXml(String(value))}</g:${key}>`);
    return `<g:${name} xmlns:g="urn:x">${each.join('')}</g:${name}>`;
  }

  #put(input: Element | undefined): string {
    if (input?.name !== 'AMT_BootSettingData') throw new Fault('wsman:SchemaValidationError', 'body');
    for (const { name, text: value } of input.children) {
      if (['BIOSLastStatus', 'OptionsCleared', 'WinREBootEnabled', 'RSEPassword'].includes(name)) {
        throw new Fault('wsman:InternalError', 'The service cannot comply.', 1);
      }
      this.machine.options.set(name, value);
    }
    return '';
  }

  #invoke(method: string, input: Element): number {
    const number = (name: string) => Number(childOf(input, name)?.text ?? 'NaN');
    const keyOf = (reference: Element | undefined, name: string) =>
      selectorsOf(childOf(reference, 'ReferenceParameters')).get(name) ?? '';
    switch (method) {
      case 'RequestPowerStateChange':
        if (keyOf(childOf(input, 'ManagedElement'), 'Name') !== 'ManagedSystem') return 5;
        return this.machine.request(number('PowerState'));
      case 'ChangeBootOrder':
        return this.machine.changeOrder(childrenOf(input, 'Source').map((one) => keyOf(one, 'InstanceID')));
      case 'SetBootConfigRole':
        if (!keyOf(childOf(input, 'BootConfigSetting'), 'InstanceID').endsWith('Configuration 0')) return 5;
        return this.machine.setRole(number('Role'));
      default:
        throw new Fault('wsa:ActionNotSupported', method);
    }
  }

  static fault(code: string, message: string, status?: number): Fault {
    return new Fault(code, message, status);
  }
}

const selectorsOf = (element: Element | undefined): Map<string, string> =>
  new Map(
    childrenOf(childOf(element, 'SelectorSet'), 'Selector').map((one) => [
      one.attributes.get('Name') ?? '',
      one.text,
    ]),
  );

const wrapped = (body: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><a:Envelope xmlns:a="http://www.w3.org/2003/05/soap-envelope"><a:Header/>` +
  `<a:Body>${body}</a:Body></a:Envelope>`;

/** As Intel's documents show one. */
const faulty = ({ code, message, status }: Fault): string =>
  `<a:Fault><a:Code><a:Value>a:Receiver</a:Value><a:Subcode><a:Value>${code}</a:Value></a:Subcode></a:Code>` +
  `<a:Reason><a:Text xml:lang="en-US">${escapeXml(message)}</a:Text></a:Reason><a:Detail>` +
  `${status === undefined ? '' : `<a:Text xml:lang="en-US">AMT-STATUS ${status}</a:Text>`}</a:Detail></a:Fault>`;
