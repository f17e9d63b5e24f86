/** Why a login ends: the status for the initiator (RFC 7143 11.13.5), the reason for the log. */
export class Refusal extends Error {
  readonly status: number;
  /** Sent with the status. */
  readonly keys: [string, string][];

  constructor(status: number, reason: string, keys: [string, string][] = []) {
    super(reason);
    this.status = status;
    this.keys = keys;
  }
}
