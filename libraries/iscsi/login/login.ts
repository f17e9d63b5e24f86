/**
 * The login phase of one connection (RFC 7143 section 6.3): security, then operational negotiation, then the session
 * is born. Pure apart from the random bytes: requests in, responses out. It never throws; a bad request is refused
 * with the status that says why.
 */
import { messageOf } from '../message.ts';
import { type LoginRequest, LoginStatus, Stage } from '../pdu/login.ts';
import { parseKeys } from '../pdu/text.ts';
import type { ChapCredentials } from './chap.ts';
import { ChapExchange } from './chap-exchange.ts';
import { DEFAULT_PARAMETERS, negotiate, type SessionParameters, TARGET_MAX_RECV } from './negotiation.ts';
import { Refusal } from './refusal.ts';

export type SessionType = 'Normal' | 'Discovery';

/** What the server knows about who may log in. `T` is its target. */
export type LoginPolicy<T> = {
  /** Whether this initiator may use this target, by its name and address; the secret is asked for afterwards. */
  admit(initiatorName: string, targetName: string): Admission<T>;
};

export type Admission<T> =
  | { admitted: true; target: T; chap: ChapCredentials | undefined }
  | { admitted: false; status: number; reason: string }
  /** Served by another portal, "host:port": the initiator is sent there (11.13.5, target moved temporarily). */
  | { admitted: false; movedTo: string };

export type LoginResult<T> = {
  initiatorName: string;
  initiatorAlias: string | undefined;
  isid: string;
  tsih: number;
  cid: number;
  sessionType: SessionType;
  target: T | undefined;
  parameters: SessionParameters;
};

export type LoginStep<T> = {
  transit: boolean;
  currentStage: number;
  nextStage: number;
  status: number;
  keys: [string, string][];
  /** Why the login is refused, for the log; the initiator sees only the status. */
  refused?: string;
  /** Set in the last step. */
  result?: LoginResult<T>;
};

/** More than any initiator sends; ends a login that goes round in circles. */
const MAX_STEPS = 32;
/** Keys spread over several PDUs by the C bit. */
const MAX_TEXT = 65536;
/** RFC 7143 4.2.7: an iSCSI name has at most 223 bytes. */
const MAX_NAME = 223;

export class Login<T> {
  readonly #policy: LoginPolicy<T>;
  readonly #parameters: SessionParameters = { ...DEFAULT_PARAMETERS };
  #steps = 0;
  #text: Uint8Array[] = [];
  #textLength = 0;
  #stage: number | undefined;
  #first: LoginRequest | undefined;
  #sessionType: SessionType = 'Normal';
  #initiatorName = '';
  #targetName = '';
  #initiatorAlias: string | undefined;
  #target: T | undefined;
  #chap: ChapCredentials | undefined;
  #chapExchange: ChapExchange | undefined;
  #authenticated = false;
  #declared = false;
  #refused = false;

  constructor(policy: LoginPolicy<T>) {
    this.#policy = policy;
  }

  /** Empty until the initiator has named itself. */
  get initiatorName(): string {
    return this.#initiatorName;
  }

  get targetName(): string {
    return this.#targetName;
  }

  step(request: LoginRequest, data: Uint8Array): LoginStep<T> {
    const answer: LoginStep<T> = {
      transit: false,
      currentStage: request.currentStage,
      nextStage: 0,
      status: LoginStatus.Success,
      keys: [],
    };
    try {
      this.#advance(request, data, answer);
    } catch (error) {
      this.#refused = true;
      answer.transit = false;
      answer.nextStage = 0;
      answer.keys = error instanceof Refusal ? error.keys : [];
      answer.status = error instanceof Refusal ? error.status : LoginStatus.InitiatorError;
      answer.refused = messageOf(error);
    }
    return answer;
  }

  #advance(request: LoginRequest, data: Uint8Array, answer: LoginStep<T>): void {
    this.#checkRequest(request);
    this.#text.push(data.slice());
    this.#textLength += data.length;
    if (this.#textLength > MAX_TEXT)
      throw new Refusal(LoginStatus.InitiatorError, 'The login keys are too long.');
    if (request.more) return;
    const keys = parseKeys(Buffer.concat(this.#text));
    this.#text = [];
    this.#textLength = 0;

    if (this.#first === undefined) {
      this.#first = request;
      this.#identify(keys);
      if (this.#sessionType === 'Normal') answer.keys.push(['TargetPortalGroupTag', '1']);
    }
    if (request.currentStage === Stage.Security) this.#security(keys, answer);
    else if (!this.#authenticated && this.#chap !== undefined) {
      throw new Refusal(
        LoginStatus.AuthenticationFailure,
        'The initiator did not authenticate; the target demands CHAP.',
      );
    }
    this.#negotiateRest(keys, answer);
    if (request.transit && this.#mayLeave(request)) this.#transit(request, answer);
    if (request.currentStage === Stage.Operational && !this.#declared) {
      this.#declared = true;
      answer.keys.push(['MaxRecvDataSegmentLength', String(TARGET_MAX_RECV)]);
    }
  }

  #checkRequest(request: LoginRequest): void {
    // What a refused login has left half done must not be gone on with.
    if (this.#refused) throw new Refusal(LoginStatus.InitiatorError, 'The login has been refused already.');
    this.#steps += 1;
    if (this.#steps > MAX_STEPS)
      throw new Refusal(LoginStatus.InitiatorError, 'The login takes too many steps.');
    if (request.versionMin > 0)
      throw new Refusal(LoginStatus.UnsupportedVersion, 'Only iSCSI version 0 is spoken.');
    const { currentStage: stage, nextStage: next } = request;
    if (stage !== Stage.Security && stage !== Stage.Operational) {
      throw new Refusal(LoginStatus.InitiatorError, `There is no login stage ${stage}.`);
    }
    if (request.transit && (next <= stage || next === 2)) {
      throw new Refusal(LoginStatus.InitiatorError, `No way leads from stage ${stage} to ${next}.`);
    }
    if (this.#stage !== undefined && stage !== this.#stage) {
      throw new Refusal(LoginStatus.InvalidDuringLogin, `Stage ${stage} while in stage ${this.#stage}.`);
    }
    this.#stage = stage;
    const first = this.#first;
    if (first && (first.isid !== request.isid || first.tsih !== request.tsih || first.cid !== request.cid)) {
      throw new Refusal(LoginStatus.InvalidDuringLogin, 'ISID, TSIH or CID changed during the login.');
    }
  }

  /** The keys that the first request must bring (section 6.3, 13.4 to 13.6, 13.21). */
  #identify(keys: Map<string, string>): void {
    const name = keys.get('InitiatorName');
    if (!name) throw new Refusal(LoginStatus.MissingParameter, 'InitiatorName is missing.');
    if (Buffer.byteLength(name) > MAX_NAME)
      throw new Refusal(LoginStatus.InitiatorError, 'InitiatorName is too long.');
    this.#initiatorName = name;
    this.#initiatorAlias = keys.get('InitiatorAlias')?.slice(0, 255);
    const type = keys.get('SessionType') ?? 'Normal';
    if (type !== 'Normal' && type !== 'Discovery') {
      throw new Refusal(LoginStatus.SessionTypeNotSupported, 'SessionType is neither Normal nor Discovery.');
    }
    this.#sessionType = type;
    if (type === 'Discovery') return;
    const target = keys.get('TargetName');
    if (!target) throw new Refusal(LoginStatus.MissingParameter, 'TargetName is missing.');
    this.#targetName = target.slice(0, MAX_NAME);
    const admission = this.#policy.admit(name, target);
    if (!admission.admitted) {
      if (!('movedTo' in admission)) throw new Refusal(admission.status, admission.reason);
      const { movedTo } = admission;
      throw new Refusal(LoginStatus.TargetMovedTemporarily, `The target is at ${movedTo}.`, [
        ['TargetAddress', `${movedTo},1`],
      ]);
    }
    this.#target = admission.target;
    this.#chap = admission.chap;
  }

  /** Section 12: AuthMethod, then the CHAP exchange. Each step's keys are consumed. */
  #security(keys: Map<string, string>, answer: LoginStep<T>): void {
    const take = (key: string) => {
      const value = keys.get(key);
      keys.delete(key);
      return value;
    };
    const methods = take('AuthMethod');
    if (methods !== undefined) {
      const method = this.#chap === undefined ? 'None' : 'CHAP';
      if (!methods.split(',').includes(method)) {
        throw new Refusal(
          LoginStatus.AuthenticationFailure,
          `The initiator does not offer AuthMethod ${method}.`,
        );
      }
      answer.keys.push(['AuthMethod', method]);
      if (method === 'CHAP') this.#chapExchange = new ChapExchange(this.#chap!);
    }
    const algorithms = take('CHAP_A');
    if (algorithms !== undefined) answer.keys.push(...this.#exchange().challenge(algorithms));
    const response = take('CHAP_R');
    if (response === undefined) return;
    const proof = { user: take('CHAP_N') ?? '', response };
    answer.keys.push(...this.#exchange().verify(proof, take('CHAP_I'), take('CHAP_C')));
    this.#authenticated = true;
  }

  #exchange(): ChapExchange {
    if (this.#chapExchange === undefined)
      throw new Refusal(LoginStatus.InitiatorError, 'CHAP comes out of turn.');
    return this.#chapExchange;
  }

  #negotiateRest(keys: Map<string, string>, answer: LoginStep<T>): void {
    for (const [key, value] of keys) {
      const reply = negotiate(key, value, this.#parameters, this.#sessionType);
      if (reply !== undefined) answer.keys.push([key, reply]);
    }
  }

  /** A target that demands CHAP keeps the initiator in the security stage until it has been heard. */
  #mayLeave(request: LoginRequest): boolean {
    if (request.currentStage === Stage.Operational || this.#chap === undefined || this.#authenticated)
      return true;
    if (this.#chapExchange === undefined) {
      throw new Refusal(
        LoginStatus.AuthenticationFailure,
        'The initiator did not authenticate; the target demands CHAP.',
      );
    }
    return false;
  }

  #transit(request: LoginRequest, answer: LoginStep<T>): void {
    answer.transit = true;
    answer.nextStage = request.nextStage;
    this.#stage = request.nextStage;
    if (request.nextStage !== Stage.FullFeature) return;
    const p = this.#parameters;
    p.firstBurstLength = Math.min(p.firstBurstLength, p.maxBurstLength);
    answer.result = {
      initiatorName: this.#initiatorName,
      initiatorAlias: this.#initiatorAlias,
      isid: request.isid,
      tsih: request.tsih,
      cid: request.cid,
      sessionType: this.#sessionType,
      target: this.#target,
      parameters: p,
    };
  }
}
