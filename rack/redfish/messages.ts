/**
 * Errors as Redfish says them (DSP0266 section 8.7): an HTTP status, and messages of the Base registry (DSP8011) by
 * their ids, which programs switch on. The sentences are ours.
 */

const REGISTRY = 'Base.1.18';

type Template = { status: number; says: (...args: string[]) => string; resolution: string };

const CORRECT = 'Correct the request and send it again.';

const unknown = (noun: string): Template => ({
  status: 400,
  says: (name) => `There is no ${noun} ${name}.`,
  resolution: CORRECT,
});
const missing = (noun: string): Template => ({
  status: 400,
  says: (name) => `The ${noun} ${name} is missing.`,
  resolution: CORRECT,
});
const wrongType = (noun: string): Template => ({
  status: 400,
  says: (name, type) => `The ${noun} ${name} is of the type ${type}, which is wrong.`,
  resolution: CORRECT,
});
const notInList = (noun: string): Template => ({
  status: 400,
  says: (name, value) => `The ${noun} ${name} cannot be ${value}.`,
  resolution: 'Choose one of the allowable values that the resource lists.',
});

const MESSAGES = {
  MalformedJSON: { status: 400, says: () => 'The body is not a JSON object.', resolution: CORRECT },
  PropertyUnknown: unknown('property'),
  PropertyMissing: missing('property'),
  PropertyValueTypeError: wrongType('property'),
  PropertyValueNotInList: notInList('property'),
  PropertyNotWritable: {
    status: 400,
    says: (name) => `The property ${name} can only be read.`,
    resolution: CORRECT,
  },
  ActionParameterUnknown: unknown('parameter'),
  ActionParameterMissing: missing('parameter'),
  ActionParameterValueTypeError: wrongType('parameter'),
  ActionParameterValueNotInList: notInList('parameter'),
  CouldNotEstablishConnection: {
    status: 400,
    says: (uri, why) => `Nothing could be fetched from ${uri}: ${why}`,
    resolution: 'Check that the URI is right and that its server answers on the management network.',
  },
  NoValidSession: {
    status: 401,
    says: () => 'This needs a login.',
    resolution: 'Create a session, or send a user name and a password.',
  },
  ResourceAtUriUnauthorized: {
    status: 401,
    says: (uri) => `${uri}: the user name or the password is wrong.`,
    resolution: 'Correct the user name and the password.',
  },
  InsufficientPrivilege: {
    status: 403,
    says: () => 'The role of this user may not do this.',
    resolution: 'Use an account of the role Administrator or Operator.',
  },
  ResourceMissingAtURI: {
    status: 404,
    says: (uri) => `There is no resource ${uri}.`,
    resolution: 'Follow the links from /redfish/v1.',
  },
  OperationNotAllowed: {
    status: 405,
    says: () => 'This resource does not take this method.',
    resolution: 'See the header Allow.',
  },
  ResourceInStandby: {
    status: 409,
    says: () => 'The server is off.',
    resolution: 'Power it on first.',
  },
  ResourceInUse: {
    status: 409,
    says: () => 'The resource is in use.',
    resolution: 'Eject what is in it first.',
  },
  PreconditionFailed: {
    status: 412,
    says: () => 'The resource has changed since the ETag of this request was read.',
    resolution: 'Read the resource again, and decide anew.',
  },
  PayloadTooLarge: { status: 413, says: () => 'The body is too large.', resolution: CORRECT },
  QueryNotSupported: {
    status: 501,
    says: () => 'Query parameters that begin with $ are not supported.',
    resolution: 'Leave the query out.',
  },
  InternalError: {
    status: 500,
    says: () => 'The BMC failed to do this.',
    resolution: "See the log of the rack's supervisor.",
  },
  SessionLimitExceeded: {
    status: 503,
    says: () => 'All sessions are taken.',
    resolution: 'Delete a session, or wait until one has timed out.',
  },
} satisfies Record<string, Template>;

export type MessageKey = keyof typeof MESSAGES;

export class RedfishError extends Error {
  readonly status: number;
  readonly key: MessageKey;
  readonly #args: string[];

  constructor(key: MessageKey, ...args: string[]) {
    const { status, says } = MESSAGES[key] as Template;
    super(says(...args));
    this.status = status;
    this.key = key;
    this.#args = args;
  }

  toBody(): object {
    const id = `${REGISTRY}.${this.key}`;
    const { resolution } = MESSAGES[this.key];
    const Severity = this.status >= 500 ? 'Critical' : 'Warning';
    return {
      error: {
        code: id,
        message: this.message,
        '@Message.ExtendedInfo': [
          {
            '@odata.type': '#Message.v1_1_2.Message',
            MessageId: id,
            Message: this.message,
            MessageArgs: this.#args,
            Severity,
            MessageSeverity: Severity,
            Resolution: resolution,
          },
        ],
      },
    };
  }
}
