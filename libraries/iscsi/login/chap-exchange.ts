/** The CHAP exchange of one login, from the target's side (RFC 7143 12.1.3): one-way, or mutual when asked for. */
import { randomBytes } from 'node:crypto';
import { LoginStatus } from '../pdu/login.ts';
import {
  CHALLENGE_LENGTH,
  type ChapCredentials,
  chapResponse,
  chooseAlgorithm,
  formatBinary,
  parseBinary,
  parseIdentifier,
  sameBytes,
  sameText,
} from './chap.ts';
import { Refusal } from './refusal.ts';

type Keys = [string, string][];
type Challenge = { algorithm: string; id: number; challenge: Buffer };

export class ChapExchange {
  readonly #credentials: ChapCredentials;
  #state: 'offered' | Challenge | 'over' = 'offered';

  constructor(credentials: ChapCredentials) {
    this.#credentials = credentials;
  }

  /** Answers CHAP_A. Throws a Refusal. */
  challenge(algorithms: string): Keys {
    if (this.#state !== 'offered') throw new Refusal(LoginStatus.InitiatorError, 'CHAP_A comes out of turn.');
    const algorithm = chooseAlgorithm(algorithms);
    if (algorithm === undefined) {
      throw new Refusal(
        LoginStatus.AuthenticationFailure,
        'No CHAP algorithm in common; MD5 (5) always works.',
      );
    }
    const [id, ...challenge] = randomBytes(1 + CHALLENGE_LENGTH);
    this.#state = { algorithm, id: id!, challenge: Buffer.from(challenge) };
    return [
      ['CHAP_A', algorithm],
      ['CHAP_I', String(id)],
      ['CHAP_C', formatBinary(this.#state.challenge)],
    ];
  }

  /** Returns when the initiator has proved itself: with our own proof, where it asks for that. Throws a Refusal. */
  verify(
    proof: { user: string; response: string },
    theirId: string | undefined,
    theirChallenge: string | undefined,
  ): Keys {
    const state = this.#state;
    if (typeof state !== 'object') throw new Refusal(LoginStatus.InitiatorError, 'CHAP_R comes out of turn.');
    // One try a challenge: a second CHAP_R must not be compared with it.
    this.#state = 'over';
    const { user, secret } = this.#credentials;
    const expected = chapResponse(state.algorithm, state.id, secret, state.challenge);
    const secretFits = sameBytes(parseBinary(proof.response), expected);
    const userFits = sameText(proof.user, user);
    if (!secretFits || !userFits) {
      throw new Refusal(LoginStatus.AuthenticationFailure, 'The CHAP user or secret is wrong.');
    }
    return theirId === undefined && theirChallenge === undefined
      ? []
      : this.#prove(state, theirId, theirChallenge);
  }

  #prove(state: Challenge, theirId: string | undefined, theirChallenge: string | undefined): Keys {
    const { mutual } = this.#credentials;
    if (mutual === undefined) {
      throw new Refusal(
        LoginStatus.AuthenticationFailure,
        'The initiator asks for mutual CHAP; the target has no secret for it.',
      );
    }
    if (theirId === undefined || theirChallenge === undefined) {
      throw new Refusal(LoginStatus.InitiatorError, 'CHAP_I and CHAP_C come together.');
    }
    const reply = parseBinary(theirChallenge);
    // 12.1.3: a challenge sent back would make us answer our own question for the initiator.
    if (sameBytes(reply, state.challenge)) {
      throw new Refusal(LoginStatus.AuthenticationFailure, 'The initiator reflects our challenge.');
    }
    const proof = chapResponse(state.algorithm, parseIdentifier(theirId), mutual.secret, reply);
    return [
      ['CHAP_N', mutual.user],
      ['CHAP_R', formatBinary(proof)],
    ];
  }
}
