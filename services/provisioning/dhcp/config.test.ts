import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type DhcpNetwork, dnsmasqConfig } from './config.ts';
import { type DhcpHost, hostLine, optionLine } from './hosts.ts';

const network = {
  name: 'provisioning',
  interface: 'boot0',
  address: '10.66.3.1',
  prefix: 22,
  httpPort: 8069,
  iscsiPort: 3260,
};
const host: DhcpHost = {
  mac: '52:54:00:00:00:01',
  address: '10.66.0.2',
  hostname: 'n1',
  tag: 'boot-1',
  scriptUrl: 'http://10.66.3.1:8069/boot/boot_x/script.ipxe',
};
const hasDnsmasq = spawnSync('dnsmasq', ['--version']).status === 0;
const skip = hasDnsmasq ? false : 'needs the Debian package dnsmasq-base';

/** What dnsmasq says to a configuration with this line of hosts and this of options. */
function check(hosts: DhcpHost[], on: DhcpNetwork = network): string {
  const folder = mkdtempSync(join(tmpdir(), 'bullion-dhcp-'));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  try {
    const paths = { hosts: folder, options: folder, leases: join(folder, 'leases'), tftpRoot: folder };
    const directives = [
      ...hosts.map((one) => `dhcp-host=${hostLine(on, one)}`),
      ...hosts.map((one) => (on.dhcp === 'proxy' ? '' : `dhcp-option=${optionLine(one)}`)),
    ];
    const config = file('dnsmasq.conf', `${dnsmasqConfig(on, paths, hosts)}${directives.join('')}`);
    const { status, stderr } = spawnSync('dnsmasq', ['--test', `--conf-file=${config}`], { timeout: 5000 });
    return `${status} ${stderr.toString().trim()}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the configuration serves known nodes only, on the one interface, and leads them nowhere', () => {
  const text = dnsmasqConfig(network, { hosts: '/h', options: '/o', leases: '/l', tftpRoot: '/t' });
  const lines = text.split('\n');
  for (const line of [
    'port=0',
    'interface=boot0',
    'bind-interfaces',
    'dhcp-range=10.66.0.0,static,1h',
    'dhcp-ignore=tag:!known',
    'dhcp-hostsdir=/h',
    'dhcp-optsdir=/o',
    'dhcp-option=option:router',
  ]) {
    assert.ok(lines.includes(line), line);
  }
});

test('dnsmasq takes the configuration', { skip }, () => {
  assert.equal(check([host]), '0 dnsmasq: syntax check OK.');
  assert.equal(check([host], { ...network, address6: 'fd00:66::1' }), '0 dnsmasq: syntax check OK.');
  assert.equal(
    check([{ ...host, address: '' }], { ...network, dhcp: 'proxy' }),
    '0 dnsmasq: syntax check OK.',
  );
});

test('where another server gives the addresses, nothing is offered but what to boot', () => {
  const paths = { hosts: '/h', options: '/o', leases: '/l', tftpRoot: '/t' };
  const lines = dnsmasqConfig({ ...network, dhcp: 'proxy', address6: 'fd00::1' }, paths, [host]).split('\n');
  assert.deepEqual(
    lines.filter((line) => /^(dhcp-range|enable-ra|dhcp-option|dhcp-authoritative|dhcp-ignore)/.test(line)),
    ['dhcp-ignore=tag:!known', 'dhcp-range=10.66.0.0,proxy'],
  );
  assert.ok(lines.includes(`dhcp-boot=tag:boot-1,tag:ipxe,${host.scriptUrl},,10.66.3.1`));
});

test('no two nodes of a network have an IPv6 address in common', () => {
  const wide = { ...network, prefix: 8 };
  const of = (address: string) => /\[(.*)\/124\]/.exec(hostLine(wide, { ...host, address }))?.[1];
  assert.deepEqual(['10.0.0.1', '10.0.0.2', '10.0.16.0', '10.255.255.254'].map(of), [
    '::b:0:10',
    '::b:0:20',
    '::b:1:0',
    '::b:fff:ffe0',
  ]);
});

test('a host is one line of its MAC, tag, address and name', () => {
  assert.equal(hostLine(network, host), '52:54:00:00:00:01,set:boot-1,10.66.0.2,[::b:0:20/124],n1,1h\n');
});

test('the boot script is for iPXE alone', () => {
  assert.equal(
    optionLine(host),
    'tag:boot-1,tag:ipxe,option:bootfile-name,http://10.66.3.1:8069/boot/boot_x/script.ipxe\n',
  );
});

test('a name that dnsmasq would take for something else is left out', { skip }, () => {
  for (const hostname of ['10.66.0.9', '10h', '42', 'ignore', 'INFINITE', '5d', 'a.b', '1_2', '52-54']) {
    assert.equal(
      hostLine(network, { ...host, hostname }),
      '52:54:00:00:00:01,set:boot-1,10.66.0.2,[::b:0:20/124],1h\n',
    );
  }
  for (const hostname of ['n1', 'web-7', 'Node', 'h', 'd9']) {
    assert.ok(hostLine(network, { ...host, hostname }).includes(`,${hostname},`));
    assert.equal(check([{ ...host, hostname }]), '0 dnsmasq: syntax check OK.');
  }
});

test('iPXE is told not to wait for a second server', () => {
  const paths = { hosts: '/h', options: '/o', leases: '/l', tftpRoot: '/t' };
  assert.match(dnsmasqConfig(network, paths), /^dhcp-option=tag:ipxe,encap:175,176,1b$/m);
});

test('IPv6 is only advertised, until addresses are to be given', () => {
  const paths = { hosts: '/h', options: '/o', leases: '/l', tftpRoot: '/t' };
  const six = (on: DhcpNetwork) =>
    dnsmasqConfig(on, paths)
      .split('\n')
      .filter((line) => /::|option6/.test(line));
  assert.deepEqual(six(network), ['dhcp-range=::,constructor:boot0,ra-only,64']);
  const lines = six({ ...network, address6: 'fd00:66::1' });
  assert.ok(lines.includes('dhcp-range=::,constructor:boot0,static,64,1h'));
  assert.ok(
    lines.includes(
      'dhcp-option=tag:http6-16,tag:!ipxe,option6:bootfile-url,http://[fd00:66::1]:8069/firmware/ipxe.efi',
    ),
  );
});
