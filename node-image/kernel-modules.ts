/** Which kernel modules an initramfs needs: those that are named, and whatever they depend on. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BullionError } from '@bullion/service/errors';

/** depmod's view of one kernel (modules.dep(5)). */
export type ModuleIndex = {
  /** Path below the release's folder to the paths that it needs. */
  needs: Map<string, string[]>;
  /** Name to path. */
  byName: Map<string, string>;
  builtIn: Set<string>;
  /** Name to names that should be loaded too, if they are there. */
  soft: Map<string, string[]>;
};

export async function readModuleIndex(folder: string): Promise<ModuleIndex> {
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  return parseModuleIndex(
    await read('modules.dep'),
    await read('modules.builtin'),
    await read('modules.softdep'),
  );
}

export function parseModuleIndex(dep: string, builtin: string, softdep: string): ModuleIndex {
  const needs = new Map<string, string[]>();
  for (const line of linesOf(dep)) {
    const [path, others] = line.split(':');
    needs.set(path!, others!.split(' ').filter(Boolean));
  }
  const soft = new Map<string, string[]>();
  for (const [, name, others] of softdep.matchAll(/^softdep (\S+) (.*)$/gm)) {
    const names = others!.split(/\s+/).filter((word) => word !== '' && !word.endsWith(':'));
    soft.set(name!, [...(soft.get(name!) ?? []), ...names.map(canonical)]);
  }
  return {
    needs,
    byName: new Map([...needs.keys()].map((path) => [nameOf(path), path])),
    builtIn: new Set(linesOf(builtin).map(nameOf)),
    soft,
  };
}

/**
 * The paths of all modules that `wanted` means, sorted. An entry is a module's name, or a folder below kernel/ when it
 * ends in a slash. Throws `module_not_found` for a name that the kernel neither has nor has built in.
 */
export function selectModules(index: ModuleIndex, wanted: readonly string[]): string[] {
  const chosen = new Set<string>();
  const add = (path: string) => {
    if (chosen.has(path)) return;
    chosen.add(path);
    index.needs.get(path)?.forEach(add);
    for (const name of index.soft.get(nameOf(path)) ?? []) {
      const other = index.byName.get(name);
      if (other !== undefined) add(other);
    }
  };
  for (const entry of wanted) {
    if (entry.endsWith('/')) {
      const inside = [...index.needs.keys()].filter((path) => path.startsWith(`kernel/${entry}`));
      if (inside.length === 0) throw notThere(entry);
      inside.forEach(add);
    } else {
      const path = index.byName.get(canonical(entry));
      if (path !== undefined) add(path);
      else if (!index.builtIn.has(canonical(entry))) throw notThere(entry);
    }
  }
  return [...chosen].sort();
}

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');
const nameOf = (path: string) => canonical(basename(path).replace(/\.ko(\.\w+)?$/, ''));
/** Hyphens and underscores are the same to the kernel. */
const canonical = (name: string) => name.replaceAll('-', '_');

const notThere = (entry: string) =>
  new BullionError('invalid', 'module_not_found', `The kernel of this recipe has no module "${entry}".`, {
    hint: 'Take it out of initramfs.modules, or name a kernel package that has it.',
  });
