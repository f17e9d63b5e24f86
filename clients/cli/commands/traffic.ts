/** `bullion traffic`: what nodes read and wrote over the network, while they ran and after. */
import { writeFileSync } from 'node:fs';
import { quantileUs, trafficText } from '@bullion/iscsi';
import { ok, type ProvisioningType } from '@bullion/sdk';
import { BullionError } from '@bullion/service/errors';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { example } from '../example.ts';
import { bytes, fields, table } from '../output.ts';
import { reason } from '../settings.ts';

type Traffic = ProvisioningType['Traffic'];
type Figures = Traffic['total'];
type Filter = { node?: string; volume?: string; boot?: string; lease?: string };
type Options = Filter & { plot?: string };

export function addTraffic(program: Command, cli: Cli): void {
  example(
    program
      .command('traffic')
      .description('what nodes read and wrote over the network; kept after their boots have ended')
      .option('--node <node>', 'of all boots of a node')
      .option('--volume <volume>', 'of a volume, on whatever node')
      .option('--boot <boot>', 'of one boot, by its id')
      .option('--lease <lease>', 'of a lease')
      .option('--plot <file>', 'draw reads and writes over time: FILE.svg or FILE.html')
      .action(async ({ plot, ...filter }: Options) => {
        const draw = plot === undefined ? undefined : plotterOf(plot);
        const { provisioning } = await cli.services();
        const query = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
        const traffic = await ok(provisioning.GET('/provisioning/v1/traffic', { params: { query } }));
        await draw?.(traffic, titleOf(filter));
        cli.result(traffic, describe(traffic, plot));
      }),
    'bullion traffic --node node1',
    'bullion traffic --boot 0192f3c4-7c3b-7d4e-9b1a-3f2a1c5e6d70 --plot boot.svg',
  );
}

function titleOf(filter: Filter): string {
  const [named] = Object.entries(filter).filter(([, value]) => value !== undefined);
  return named === undefined ? 'Traffic of all boot drives' : `Traffic of the boot drive: ${named.join(' ')}`;
}

/** Refuses a file of an ending that says nothing, before anything is asked. */
function plotterOf(path: string): (traffic: Traffic, title: string) => Promise<void> {
  const isPage = path.endsWith('.html');
  if (!isPage && !path.endsWith('.svg')) {
    throw new BullionError('invalid', 'plot_ending_unknown', `A plot is no "${path}".`, {
      hint: 'Let the name of the file end in .svg or .html.',
    });
  }
  return async ({ points, boots, total }, title) => {
    const { trafficPage, trafficPlot } = await import('../traffic-plot.ts');
    const count = boots.length === 1 ? '1 boot' : `${boots.length} boots`;
    const plot = {
      title,
      subtitle: `${count}; read ${bytes(total.readBytes)}, written ${bytes(total.writtenBytes)}`,
    };
    try {
      writeFileSync(path, isPage ? trafficPage(points, plot) : trafficPlot(points, plot));
    } catch (cause) {
      throw new BullionError(
        'invalid',
        'plot_not_written',
        `The plot ${path} cannot be written: ${reason(cause)}.`,
        {
          hint: 'Name a file in a folder that is there and yours.',
        },
      );
    }
  };
}

function describe({ boots, total, points }: Traffic, plot: string | undefined): string {
  if (boots.length === 0) return 'Nothing was read or written.';
  const list = table(
    ['node', 'volume', 'lease', 'began', 'read', 'written', 'reads', 'writes', 'cache'],
    boots.map(({ node, volume, lease, begunAt, figures }) => [
      ...[node, volume, lease, begunAt, bytes(figures.readBytes), bytes(figures.writtenBytes)],
      ...[figures.reads, figures.writes, hitShare(figures)],
    ]),
  );
  const begin = Date.parse(points[0]?.at ?? '') || 0;
  const curve = points.map(({ at, ...sums }) => ({ ms: Date.parse(at) - begin, ...sums }));
  const drawn = plot === undefined ? [] : ['', `Drawn: ${plot}`];
  return [list, '', latencies(total), '', trafficText(curve), ...drawn].join('\n');
}

/** Of the blocks that came from images. */
function hitShare({ cacheHits, cacheMisses }: Figures): string | undefined {
  const asked = cacheHits + cacheMisses;
  return asked === 0 ? undefined : `${Math.round((cacheHits / asked) * 100)} %`;
}

const latencies = ({ latency, errors }: Figures): string =>
  fields([
    ...(['read', 'write', 'flush'] as const).map((kind) => {
      const [half, most] = [quantileUs(latency[kind], 0.5), quantileUs(latency[kind], 0.99)];
      return [
        kind,
        half === undefined ? undefined : `half below ${ms(half)}, 99 % below ${ms(most!)}`,
      ] as const;
    }),
    ['errors', errors === 0 ? undefined : String(errors)],
  ]);

const ms = (us: number): string => `${Number((us / 1000).toPrecision(2))} ms`;
