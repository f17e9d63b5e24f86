/** Managers/1: the BMC itself, with its virtual media (DSP0268). */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fetchImage, type MediaDrive } from './media.ts';
import { RedfishError } from './messages.ts';
import { collection, type Fields, link, NO_CONTENT, parameters, type Resource } from './resource.ts';
import { SYSTEM } from './system.ts';

const MANAGER = '/redfish/v1/Managers/1';
const MEDIA = `${MANAGER}/VirtualMedia`;
const CD = `${MEDIA}/Cd`;
const INSERT = `${CD}/Actions/VirtualMedia.InsertMedia`;
const EJECT = `${CD}/Actions/VirtualMedia.EjectMedia`;

const InsertSchema = z.strictObject({
  Image: z.url({ protocol: /^https?$/ }),
  TransferProtocolType: z.enum(['HTTP', 'HTTPS']).optional(),
  TransferMethod: z.literal('Upload').optional(),
  Inserted: z.literal(true).optional(),
  WriteProtected: z.literal(true).optional(),
});

export class Manager {
  readonly #drive: MediaDrive;
  readonly #file: string;
  /** Where the disc came from. */
  #image: string | undefined;
  /** A disc is being fetched; the drive is taken. */
  #fetching = false;

  constructor(drive: MediaDrive, directory: string) {
    this.#drive = drive;
    this.#file = join(directory, 'virtual-media.iso');
  }

  resources(): Record<string, Resource> {
    return {
      '/redfish/v1/Managers': { get: () => collection('/redfish/v1/Managers', 'Manager', [MANAGER]) },
      [MANAGER]: { get: manager },
      [MEDIA]: { get: () => collection(MEDIA, 'VirtualMedia', [CD]) },
      [CD]: { get: () => this.#describe() },
      [INSERT]: { post: (body) => this.#insert(body) },
      [EJECT]: { post: (body) => this.#eject(body) },
    };
  }

  #describe(): Fields {
    const inserted = this.#drive.media !== undefined;
    return {
      ...link(CD),
      '@odata.type': '#VirtualMedia.v1_6_0.VirtualMedia',
      Id: 'Cd',
      Name: 'Virtual CD',
      MediaTypes: ['CD', 'DVD'],
      Image: inserted ? this.#image : null,
      ImageName: inserted ? new URL(this.#image!).pathname.split('/').at(-1) : null,
      Inserted: inserted,
      ConnectedVia: inserted ? 'URI' : 'NotConnected',
      TransferMethod: 'Upload',
      WriteProtected: true,
      Actions: {
        '#VirtualMedia.InsertMedia': { target: INSERT },
        '#VirtualMedia.EjectMedia': { target: EJECT },
      },
    };
  }

  async #insert(body: Fields) {
    const { Image } = parameters(InsertSchema, body);
    if (this.#fetching || this.#drive.media !== undefined) throw new RedfishError('ResourceInUse');
    this.#fetching = true;
    try {
      await fetchImage(Image, this.#file);
      this.#image = Image;
      await this.#drive.insertMedia(this.#file);
    } finally {
      this.#fetching = false;
    }
    return NO_CONTENT;
  }

  async #eject(body: Fields) {
    parameters(z.strictObject({}), body);
    await this.#drive.ejectMedia();
    if (!this.#fetching) await rm(this.#file, { force: true });
    return NO_CONTENT;
  }
}

const manager = (): Fields => ({
  ...link(MANAGER),
  '@odata.type': '#Manager.v1_17_0.Manager',
  Id: '1',
  Name: 'BMC',
  ManagerType: 'BMC',
  Model: 'Emulated Redfish BMC',
  Status: { State: 'Enabled', Health: 'OK' },
  VirtualMedia: link(MEDIA),
  // No serial console: Redfish has no stream for it (DSP0268 only says where to find SSH or IPMI).
  SerialConsole: { ServiceEnabled: false, MaxConcurrentSessions: 0, ConnectTypesSupported: [] },
  Links: { ManagerForServers: [link(SYSTEM)], ManagerForChassis: [link('/redfish/v1/Chassis/1')] },
});
