import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { firstFrame, readLldp } from './lldp.ts';
import { readInspection } from './report.ts';

/** A type-length-value of LLDP. */
const tlv = (type: number, ...value: (number | string)[]): Buffer => {
  const body = Buffer.concat(
    value.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))),
  );
  const head = Buffer.alloc(2);
  head.writeUInt16BE((type << 9) | body.length);
  return Buffer.concat([head, body]);
};
const frame = (...tlvs: Buffer[]): Buffer =>
  Buffer.concat([Buffer.from('0180c200000e52540000000188cc', 'hex'), ...tlvs, tlv(0)]);
const pcap = (data: Buffer, little = true): Buffer => {
  const file = Buffer.alloc(40);
  const put = (value: number, at: number) =>
    little ? file.writeUInt32LE(value, at) : file.writeUInt32BE(value, at);
  put(0xa1b2c3d4, 0);
  put(data.length, 32);
  put(data.length, 36);
  return Buffer.concat([file, data]);
};

const MAC = [0x0c, 0x01, 0xab, 0, 0, 0x10] as const;

describe('an LLDP frame', () => {
  test('names switch and port as the switch does', () => {
    const heard = frame(tlv(1, 4, ...MAC), tlv(2, 5, 'swp3'), tlv(3, 0, 120), tlv(5, 'tor1'));
    assert.deepEqual(readLldp(heard), { chassisId: '0c:01:ab:00:00:10', portId: 'swp3', systemName: 'tor1' });
  });

  test('may have an address, or words, for its ids', () => {
    const heard = frame(tlv(1, 5, 1, 10, 0, 0, 9), tlv(2, 3, ...MAC));
    assert.deepEqual(readLldp(heard), { chassisId: '10.0.0.9', portId: '0c:01:ab:00:00:10' });
    assert.deepEqual(readLldp(frame(tlv(1, 7, 'rack 7'), tlv(2, 7, 'a\u001b[2Jb'))), {
      chassisId: 'rack 7',
      portId: 'a[2Jb',
    });
  });

  test('that is cut short, lacks an id, or is of another protocol says nothing', () => {
    const heard = frame(tlv(1, 4, ...MAC), tlv(2, 5, 'swp3'));
    assert.ok(readLldp(heard));
    for (let length = 0; length < heard.length - 2; length++)
      assert.equal(readLldp(heard.subarray(0, length)), undefined);
    assert.equal(readLldp(frame(tlv(1, 4, ...MAC))), undefined);
    const other = Buffer.from(heard);
    other.writeUInt16BE(0x0800, 12);
    assert.equal(readLldp(other), undefined);
  });

  test('is found in a capture of either byte order', () => {
    const heard = frame(tlv(1, 4, ...MAC), tlv(2, 5, 'swp3'));
    assert.deepEqual(firstFrame(pcap(heard)), heard);
    assert.deepEqual(firstFrame(pcap(heard, false)), heard);
    assert.equal(firstFrame(pcap(heard).subarray(0, 50)), undefined);
    assert.equal(firstFrame(Buffer.alloc(100)), undefined);
  });

  test('of any bytes is read without an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        readLldp(Buffer.concat([frame().subarray(0, 14), bytes]));
        firstFrame(pcap(Buffer.from(bytes)));
      }),
    );
  });
});

const REPORT = `=== system
sys_vendor=QEMU
product_name=Standard PC
product_serial=
firmware=uefi
tpm=2
=== cpu
model=Xeon(R) = fast
threads=8
sockets=2
=== memory
kibibytes=1048576
=== disk sda
sectors=2048
model=Disk
rotational=0
=== nic eth0
mac=52:54:00:00:00:01
carrier=1
speed=10000
lldp=${pcap(frame(tlv(1, 4, ...MAC), tlv(2, 5, 'swp3'), tlv(5, 'tor1'))).toString('base64')}
=== nic eth1
mac=52:54:00:00:00:02
carrier=0
speed=-1
`;

describe('the report of an inspected machine', () => {
  test('is read as facts', () => {
    assert.deepEqual(readInspection(REPORT), {
      system: { vendor: 'QEMU', product: 'Standard PC', firmware: 'uefi', tpm: '2' },
      cpu: { model: 'Xeon(R) = fast', sockets: 2, threads: 8 },
      memoryBytes: 2 ** 30,
      disks: [{ name: 'sda', bytes: 2 ** 20, model: 'Disk', rotational: false }],
      nics: [
        {
          name: 'eth0',
          mac: '52:54:00:00:00:01',
          link: true,
          megabits: 10_000,
          neighbour: { chassisId: '0c:01:ab:00:00:10', portId: 'swp3', systemName: 'tor1' },
        },
        { name: 'eth1', mac: '52:54:00:00:00:02', link: false },
      ],
    });
  });

  test('without memory, or with nonsense for a number, is refused', () => {
    assert.throws(() => readInspection(REPORT.replace('=== memory', '=== other')), /no section "memory"/);
    assert.throws(() => readInspection(REPORT.replace('threads=8', 'threads=many')), /"many" is no threads/);
  });

  test('of any text is read or refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        try {
          readInspection(`${REPORT}${text}`);
        } catch (error) {
          assert.match((error as Error).message, /^it has no|is no/);
        }
      }),
    );
  });
});
