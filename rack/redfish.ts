/**
 * A server's BMC that speaks Redfish (DMTF DSP0266 and DSP0268), inside the supervisor. It owns nothing: power, boot
 * device and drive are the server's own, the same that IPMI's BMC turns to.
 */
import type { Chassis } from './chassis.ts';
import type { Certificate } from './redfish/certificate.ts';
import { enclosure } from './redfish/enclosure.ts';
import { type Listening, listen } from './redfish/listener.ts';
import { Manager } from './redfish/manager.ts';
import type { MediaDrive } from './redfish/media.ts';
import { Meter, type Metered } from './redfish/meter.ts';
import { service } from './redfish/service.ts';
import { type Account, Sessions } from './redfish/sessions.ts';
import { type ServerFacts, System } from './redfish/system.ts';

export type RedfishServer = Chassis & MediaDrive & Metered;

export type RedfishOptions = {
  facts: ServerFacts;
  server: RedfishServer;
  address: string;
  /** 0 takes any that is free. */
  port: number;
  certificate: Certificate;
  accounts: readonly Account[];
  /** Where the discs of the virtual drive are kept. */
  directory: string;
};

/** Starts the BMC and returns when it listens. */
export async function startRedfish(options: RedfishOptions): Promise<Listening> {
  const { facts, server, address, port, certificate } = options;
  const sessions = new Sessions(options.accounts);
  const resources = service(facts.uuid, sessions, {
    ...new System(facts, server).resources(),
    ...enclosure(facts, new Meter(server)),
    ...new Manager(server, options.directory).resources(),
  });
  return listen({ name: facts.name, address, port, certificate, sessions, resources });
}
