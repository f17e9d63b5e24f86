/** Text negotiation in the full feature phase (RFC 7143 6.4, appendix C): SendTargets, and a few keys. */
import { PduError } from '../errors.ts';
import { negotiate, type SessionParameters } from '../login/negotiation.ts';
import { RESERVED_TAG } from '../pdu/bhs.ts';
import { formatKeys, parseKeys, type TextRequest } from '../pdu/text.ts';

export type DiscoveredTarget = {
  name: string;
  /** "host:port,portal-group-tag". */
  addresses: readonly string[];
};

export type TextContext = {
  sessionType: 'Normal' | 'Discovery';
  parameters: SessionParameters;
  /** All the targets that this initiator may use. */
  targets: () => readonly DiscoveredTarget[];
  /** Of a normal session. */
  targetName: string | undefined;
};

export type TextAnswer = { final: boolean; more: boolean; ttt: number; data: Uint8Array };

const MAX_REQUEST = 65536;
/** Keys that a session may still negotiate (section 13, "use: FFPO" or "ALL"). */
const ALLOWED = new Set(['MaxRecvDataSegmentLength', 'InitiatorAlias']);

export class TextExchange {
  readonly #context: TextContext;
  #request: Uint8Array[] = [];
  #requestLength = 0;
  /** The rest of an answer that is longer than the initiator's PDUs may be. */
  #rest: Uint8Array = new Uint8Array(0);
  #nextTag = 1;
  #tag = RESERVED_TAG;

  constructor(context: TextContext) {
    this.#context = context;
  }

  /** Throws a PduError on malformed keys. */
  receive(request: TextRequest, data: Uint8Array): TextAnswer {
    if (request.ttt === RESERVED_TAG) this.#reset();
    else if (request.ttt !== this.#tag) {
      throw new PduError('protocol_violation', 'A Text Request continues an exchange that does not exist.');
    }
    this.#requestLength += data.length;
    if (this.#requestLength > MAX_REQUEST)
      throw new PduError('pdu_too_large', 'A text negotiation is too long.');
    this.#request.push(data.slice());
    if (request.more) return this.#answer(new Uint8Array(0), false, true);
    if (this.#rest.length === 0) this.#rest = formatKeys(this.#keys(parseKeys(Buffer.concat(this.#request))));
    this.#request = [];
    this.#requestLength = 0;
    const part = this.#rest.subarray(0, this.#context.parameters.initiatorMaxRecv);
    this.#rest = this.#rest.subarray(part.length);
    const more = this.#rest.length > 0;
    return this.#answer(part, more, more || !request.final);
  }

  #answer(data: Uint8Array, more: boolean, goesOn: boolean): TextAnswer {
    if (goesOn && this.#tag === RESERVED_TAG) this.#tag = this.#nextTag++;
    if (!goesOn) this.#tag = RESERVED_TAG;
    return { final: !goesOn, more, ttt: this.#tag, data };
  }

  #reset(): void {
    this.#request = [];
    this.#requestLength = 0;
    this.#rest = new Uint8Array(0);
    this.#tag = RESERVED_TAG;
  }

  #keys(keys: Map<string, string>): [string, string][] {
    const answer: [string, string][] = [];
    for (const [key, value] of keys) {
      if (key === 'SendTargets') {
        for (const target of this.#sendTargets(value)) {
          answer.push(['TargetName', target.name]);
          for (const address of target.addresses) answer.push(['TargetAddress', address]);
        }
        continue;
      }
      const { parameters, sessionType } = this.#context;
      const isKnownLater = ALLOWED.has(key) || key.startsWith('X-');
      // A copy takes what a key that is out of place would change.
      const reply = negotiate(key, value, isKnownLater ? parameters : { ...parameters }, sessionType);
      if (reply !== undefined)
        answer.push([key, isKnownLater || reply === 'NotUnderstood' ? reply : 'Reject']);
    }
    return answer;
  }

  /** Appendix C: "All" only in a discovery session; without a value, a normal session's own target. */
  #sendTargets(value: string): readonly DiscoveredTarget[] {
    const { sessionType, targetName, targets } = this.#context;
    if (sessionType === 'Discovery') {
      return value === 'All' ? targets() : targets().filter((target) => target.name === value);
    }
    return value === '' || value === targetName
      ? targets().filter((target) => target.name === targetName)
      : [];
  }
}
