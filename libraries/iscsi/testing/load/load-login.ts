/** The login of a load session: straight to the operational stage, the same keys for every server. */
import type { Socket } from 'node:net';
import { chapResponse, formatBinary, parseBinary } from '../../login/chap.ts';
import { BHS_LENGTH, dataLengthOf, padOf } from '../../pdu/bhs.ts';
import { type LoginResponse, parseLoginResponse, Stage, writeLoginRequest } from '../../pdu/login.ts';
import { formatKeys, parseKeys } from '../../pdu/text.ts';

/** Long PDUs, and data of writes without waiting for an R2T where that is allowed. */
const KEYS = {
  SessionType: 'Normal',
  HeaderDigest: 'None',
  DataDigest: 'None',
  InitialR2T: 'No',
  ImmediateData: 'Yes',
  MaxRecvDataSegmentLength: '262144',
  MaxBurstLength: '262144',
  FirstBurstLength: '262144',
};

const SECURITY: Stages = { currentStage: Stage.Security, nextStage: Stage.Operational };
const OPERATIONAL: Stages = { currentStage: Stage.Operational, nextStage: Stage.FullFeature };
type Stages = { currentStage: number; nextStage: number };

export type ChapCredentials = { user: string; secret: string };
export type Negotiated = {
  expStatSn: number;
  maxSend: number;
  immediate: boolean;
  firstBurst: number;
  initialR2T: boolean;
};

let nextIsid = 1;

export class LoadLogin {
  readonly #socket: Socket;
  #bytes = Buffer.alloc(0);
  #answered: ((header: Buffer, data: Buffer) => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  receive(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    if (this.#bytes.length < BHS_LENGTH) return;
    const length = dataLengthOf(this.#bytes);
    if (this.#bytes.length < BHS_LENGTH + length + padOf(length)) return;
    this.#answered!(
      this.#bytes.subarray(0, BHS_LENGTH),
      this.#bytes.subarray(BHS_LENGTH, BHS_LENGTH + length),
    );
  }

  /** Throws when it is refused. A target may want to be asked twice before it lets us pass. */
  async run(target: string, initiator: string, cmdSn: number, chap?: ChapCredentials): Promise<Negotiated> {
    const isid = `80${Buffer.from(Uint32Array.of(nextIsid++).buffer).toString('hex')}00`;
    const keys = new Map<string, string>();
    const names = { InitiatorName: initiator, TargetName: target, SessionType: 'Normal' };
    let expStatSn = chap ? await this.#prove(isid, cmdSn, names, chap) : 1;
    let offered = Object.entries(chap ? KEYS : { ...names, ...KEYS });
    for (let step = 0; ; step += 1) {
      const { response, answered } = await this.#step(isid, cmdSn, expStatSn, offered);
      if (response.status !== 0 || step === 4)
        throw new Error(`Login refused: 0x${response.status.toString(16)}.`);
      for (const [key, value] of answered) keys.set(key, value);
      expStatSn = response.statSn + 1;
      if (response.transit) break;
      offered = [];
    }
    return {
      expStatSn,
      maxSend: Math.min(262144, Number(keys.get('MaxRecvDataSegmentLength') ?? 8192)),
      immediate: keys.get('ImmediateData') !== 'No',
      firstBurst: Number(keys.get('FirstBurstLength') ?? 65536),
      initialR2T: keys.get('InitialR2T') !== 'No',
    };
  }

  /** The security stage, with CHAP. Returns the next status sequence number. */
  async #prove(
    isid: string,
    cmdSn: number,
    names: Record<string, string>,
    { user, secret }: ChapCredentials,
  ): Promise<number> {
    let expStatSn = 1;
    const ask = async (keys: Record<string, string>) => {
      const { response, answered } = await this.#step(isid, cmdSn, expStatSn, Object.entries(keys), SECURITY);
      if (response.status !== 0) throw new Error(`Login refused: 0x${response.status.toString(16)}.`);
      expStatSn = response.statSn + 1;
      return answered;
    };
    await ask({ ...names, AuthMethod: 'CHAP' });
    const asked = await ask({ CHAP_A: '5' });
    const challenge = parseBinary(asked.get('CHAP_C')!);
    const proof = chapResponse('5', Number(asked.get('CHAP_I')), secret, challenge);
    await ask({ CHAP_N: user, CHAP_R: formatBinary(proof) });
    return expStatSn;
  }

  #step(
    isid: string,
    cmdSn: number,
    expStatSn: number,
    keys: [string, string][],
    stage = OPERATIONAL,
  ): Promise<{ response: LoginResponse; answered: Map<string, string> }> {
    const data = formatKeys(keys);
    const request = Buffer.alloc(BHS_LENGTH + data.length + padOf(data.length));
    const header = {
      ...{ transit: true, more: false, ...stage },
      ...{ versionMax: 0, versionMin: 0, isid, tsih: 0, itt: 0, cid: 0, cmdSn, expStatSn },
    };
    writeLoginRequest(header, data.length, request);
    request.set(data, BHS_LENGTH);
    return new Promise((resolve) => {
      this.#bytes = Buffer.alloc(0);
      this.#answered = (h, d) => resolve({ response: parseLoginResponse(h), answered: parseKeys(d) });
      this.#socket.write(request);
    });
  }
}
