import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DhcpEvent, LogReader, withoutTokens } from './log.ts';

/** Written by dnsmasq 2.90 with `log-dhcp`. */
const CAPTURED = `dnsmasq[28699]: started, version 2.90 DNS disabled
dnsmasq-dhcp[28699]: DHCP, static leases only on 10.66.0.0, lease time 1h
dnsmasq-dhcp[28699]: router advertisement on br0
dnsmasq-dhcp[28699]: DHCP, sockets bound exclusively to interface br0
dnsmasq-dhcp[28699]: 1511894046 available DHCP subnet: 10.66.0.0/255.255.255.0
dnsmasq-dhcp[28699]: 1511894046 vendor class: PXEClient:Arch:00000
dnsmasq-dhcp[28699]: 1511894046 DHCPDISCOVER(br0) 52:54:00:66:00:01 
dnsmasq-dhcp[28699]: 1511894046 tags: boot-1, known, ipxe, bios, br0
dnsmasq-dhcp[28699]: 1511894046 DHCPOFFER(br0) 10.66.0.2 52:54:00:66:00:01 
dnsmasq-dhcp[28699]: 1511894046 sent size: 41 option: 67 bootfile-name  http://10.66.0.1:81/boot/tok/script.ipxe
dnsmasq-dhcp[28699]: 1511894046 DHCPREQUEST(br0) 10.66.0.2 52:54:00:66:00:01 
dnsmasq-dhcp[28699]: 1511894046 DHCPACK(br0) 10.66.0.2 52:54:00:66:00:01 n1
dnsmasq-dhcp[28699]: 2019420023 DHCPDISCOVER(br0) 10.66.0.2 52:54:00:66:00:01 
dnsmasq-dhcp[28699]: 77 DHCPDISCOVER(br0) 52:54:00:66:00:02 ignored
dnsmasq[28699]: exiting on receipt of SIGTERM`.split('\n');

function read(lines: readonly string[]): DhcpEvent[] {
  const reader = new LogReader();
  return lines.flatMap((line) => reader.read(line) ?? []);
}

test('of a conversation, who asked and who was answered is read', () => {
  assert.deepEqual(read(CAPTURED), [
    { kind: 'discover', mac: '52:54:00:66:00:01', architecture: 0 },
    { kind: 'ack', mac: '52:54:00:66:00:01' },
    { kind: 'discover', mac: '52:54:00:66:00:01' },
    { kind: 'discover', mac: '52:54:00:66:00:02' },
  ]);
});

test('what a client says of itself is not taken for an event', () => {
  for (const line of [
    'dnsmasq-dhcp[9]: 7 vendor class: DHCPDISCOVER(br0) 52:54:00:66:00:09 ',
    'dnsmasq-dhcp[9]: 7 client provides name: dnsmasq-dhcp[9]: 7 DHCPACK(br0) 10.0.0.1 52:54:00:66:00:09',
    'dnsmasq-dhcp[9]: 7 user class: x DHCPACK(br0) 10.0.0.1 52:54:00:66:00:09',
  ]) {
    assert.deepEqual(read([line]), [], line);
  }
});

test('iPXE is known from the firmware whose architecture it tells, and one that asks by proxy or IPv6 is heard too', () => {
  const says = (id: number, ...lines: string[]) => lines.map((line) => `dnsmasq-dhcp[7]: ${id} ${line}`);
  const [by, ip6] = [
    'available DHCP subnet: 10.66.0.0/255.255.255.0',
    'available DHCPv6 subnet: fd00:66::/64',
  ];
  assert.deepEqual(
    read([
      ...says(5, by, 'vendor class: PXEClient:Arch:00007:UNDI:003010', 'user class: iPXE'),
      ...says(5, 'PXE(boot0) 52:54:00:66:00:01 proxy'),
      ...says(
        6,
        by,
        'vendor class: HTTPClient:Arch:00019:UNDI:003001',
        'DHCPDISCOVER(boot0) 52:54:00:66:00:02 ',
      ),
      ...says(6, by, 'DHCPDISCOVER(boot0) 52:54:00:66:00:03 '),
      ...says(
        7,
        ip6,
        'vendor class: 343',
        'client MAC address: 52:54:00:66:00:04',
        'DHCPSOLICIT(boot0) 00:04:00',
      ),
    ]),
    [
      { kind: 'discover', mac: '52:54:00:66:00:01' },
      { kind: 'discover', mac: '52:54:00:66:00:02', architecture: 19 },
      { kind: 'discover', mac: '52:54:00:66:00:03' },
      { kind: 'discover', mac: '52:54:00:66:00:04' },
    ],
  );
});

test('the tokens of boot scripts are taken out of a line', () => {
  const line = 'sent size: 41 option: 67 bootfile-name  http://10.66.0.1:81/boot/boot_S3-cr_et/script.ipxe';
  assert.equal(
    withoutTokens(line),
    'sent size: 41 option: 67 bootfile-name  http://10.66.0.1:81/boot/[secret]/script.ipxe',
  );
});
