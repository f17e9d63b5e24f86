import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { VolumeError } from '../errors.ts';
import type { Kind } from '../info.ts';
import { MIGRATIONS } from './schema.ts';

/** A name and the layer it stands for. */
export interface Entry {
  readonly name: string;
  readonly kind: Kind;
  /** Stable identity of the disk, 16 hexadecimal digits. */
  readonly diskId: string;
  readonly layerId: string;
  readonly createdAt: string;
  /** To be made independent of what it stands on; this survives a restart. */
  readonly flattening?: boolean;
}

/** What was deleted and can still come back. */
export interface DeletedEntry extends Entry {
  readonly deletedAt: string;
}

export interface LayerRow {
  readonly id: string;
  readonly parentId: string | null;
  readonly sizeBytes: number;
  readonly sealed: boolean;
  /** Of the whole content as read through the chain; null until it was computed. */
  readonly sha256: string | null;
  /** Its checksums are complete. */
  readonly summed: boolean;
}

const ENTRY = `SELECT name, kind, disk_id AS diskId, layer_id AS layerId, created_at AS createdAt, flattening
  FROM entry`;
const DELETED = `SELECT name, kind, disk_id AS diskId, layer_id AS layerId, created_at AS createdAt, deleted_at AS deletedAt
  FROM deleted`;
const LAYER = `SELECT id, parent_id AS parentId, size_bytes AS sizeBytes, sealed, sha256, summed FROM layer`;

/**
 * Names, layers and who stands on whom: the truth about a folder. A file that the catalog does not name is rubbish.
 *
 * It holds the folder as well: SQLite in exclusive locking mode keeps a lock on the database file until the process
 * ends, however it ends, so no stale lock is ever left to clean up.
 */
export class Catalog {
  readonly #db: DatabaseSync;
  readonly #entryByName;
  readonly #entryByLayer;
  readonly #layerById;
  readonly #users;

  private constructor(db: DatabaseSync) {
    this.#db = db;
    this.#entryByName = db.prepare(`${ENTRY} WHERE name = ?`);
    this.#entryByLayer = db.prepare(`${ENTRY} WHERE layer_id = ?`);
    this.#layerById = db.prepare(`${LAYER} WHERE id = ?`);
    this.#users = db.prepare(
      `SELECT entry.name FROM layer JOIN entry ON entry.layer_id = layer.id
       WHERE layer.parent_id = ? ORDER BY entry.name`,
    );
  }

  /**
   * Throws `folder-in-use` when another process, or this one, has the folder open, and `folder-unusable` when the
   * catalog would be a new one although the folder `holdsLayers`: somebody lost the old one, and to go on would be
   * to take every volume for rubbish.
   */
  static open(folder: string, holdsLayers: boolean): Catalog {
    const ownerFile = join(folder, 'owner');
    let db: DatabaseSync | undefined;
    try {
      db = new DatabaseSync(join(folder, 'catalog.db'), { enableForeignKeyConstraints: true });
      // FULL: a commit is on the disk when it returns. In exclusive mode the WAL needs no shared memory file.
      db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
      db.exec('BEGIN IMMEDIATE');
      const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
      if (version > MIGRATIONS.length) {
        throw new VolumeError(
          'folder-unusable',
          `${folder} was written by a newer version of Bullion (catalog ${version})`,
          'Use that version, or another folder.',
        );
      }
      if (version === 0 && holdsLayers) {
        throw new VolumeError(
          'folder-unusable',
          `${folder} has layers but its catalog is gone`,
          'Put catalog.db (and catalog.db-wal) back, or move the layers away if they are not wanted.',
        );
      }
      for (const migration of MIGRATIONS.slice(version)) db.exec(migration);
      db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
      db.exec('COMMIT');
      // For the message below only; the lock itself is SQLite's.
      writeFileSync(ownerFile, `${process.pid}\n`);
      return new Catalog(db);
    } catch (error) {
      db?.close();
      throw refusal(folder, ownerFile, error);
    }
  }

  close(): void {
    this.#db.close();
  }

  entry(name: string): Entry | undefined {
    return toEntry(this.#entryByName.get(name));
  }

  entries(): Entry[] {
    return this.#db
      .prepare(`${ENTRY} ORDER BY name`)
      .all()
      .map((row) => toEntry(row)!);
  }

  entryOfLayer(layerId: string): Entry | undefined {
    return toEntry(this.#entryByLayer.get(layerId));
  }

  layer(id: string): LayerRow {
    const row = this.findLayer(id);
    if (!row) throw new Error(`the catalog has no layer ${id}`);
    return row;
  }

  findLayer(id: string): LayerRow | undefined {
    const row = this.#layerById.get(id);
    return row && toLayer(row);
  }

  layers(): LayerRow[] {
    return this.#db.prepare(LAYER).all().map(toLayer);
  }

  /** Names of what stands directly on a layer. */
  usersOf(layerId: string): string[] {
    return this.#users.all(layerId).map((row) => String(row.name));
  }

  /** A layer and everything below it, from the top down. */
  chainOf(layerId: string): LayerRow[] {
    const chain: LayerRow[] = [];
    for (let id: string | null = layerId; id !== null; id = chain.at(-1)!.parentId)
      chain.push(this.layer(id));
    return chain;
  }

  addLayer(layer: LayerRow): void {
    this.#db
      .prepare(
        'INSERT INTO layer (id, parent_id, size_bytes, sealed, sha256, summed) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(
        layer.id,
        layer.parentId,
        layer.sizeBytes,
        layer.sealed ? 1 : 0,
        layer.sha256,
        layer.summed ? 1 : 0,
      );
  }

  removeLayer(id: string): void {
    this.#db.prepare('DELETE FROM layer WHERE id = ?').run(id);
  }

  sealLayer(id: string): void {
    this.#db.prepare('UPDATE layer SET sealed = 1 WHERE id = ?').run(id);
  }

  setSummed(id: string, summed: boolean): void {
    this.#db.prepare('UPDATE layer SET summed = ? WHERE id = ?').run(summed ? 1 : 0, id);
  }

  /** The layer stands alone from then on. */
  detach(id: string): void {
    this.#db.prepare('UPDATE layer SET parent_id = NULL WHERE id = ?').run(id);
  }

  setSize(layerId: string, sizeBytes: number): void {
    this.#db.prepare('UPDATE layer SET size_bytes = ? WHERE id = ?').run(sizeBytes, layerId);
  }

  setHash(layerId: string, sha256: string): void {
    this.#db.prepare('UPDATE layer SET sha256 = ? WHERE id = ?').run(sha256, layerId);
  }

  addEntry(entry: Entry): void {
    this.#db
      .prepare('INSERT INTO entry (name, kind, disk_id, layer_id, created_at) VALUES (?, ?, ?, ?, ?)')
      .run(entry.name, entry.kind, entry.diskId, entry.layerId, entry.createdAt);
  }

  removeEntry(name: string): void {
    this.#db.prepare('DELETE FROM entry WHERE name = ?').run(name);
  }

  setFlattening(name: string, flattening: boolean): void {
    this.#db.prepare('UPDATE entry SET flattening = ? WHERE name = ?').run(flattening ? 1 : 0, name);
  }

  /** The oldest first. */
  deleted(): DeletedEntry[] {
    const rows = this.#db.prepare(`${DELETED} ORDER BY deleted_at, rowid`).all();
    return rows as unknown as DeletedEntry[];
  }

  addDeleted({ diskId, name, kind, layerId, createdAt, deletedAt }: DeletedEntry): void {
    this.#db
      .prepare('INSERT INTO deleted VALUES (?, ?, ?, ?, ?, ?)')
      .run(diskId, name, kind, layerId, createdAt, deletedAt);
  }

  removeDeleted(diskId: string): void {
    this.#db.prepare('DELETE FROM deleted WHERE disk_id = ?').run(diskId);
  }

  /** Anything, deleted or not, stands on the layer. */
  isStoodOn(layerId: string): boolean {
    return this.#db.prepare('SELECT 1 FROM layer WHERE parent_id = ?').get(layerId) !== undefined;
  }

  setKind(name: string, kind: Kind): void {
    this.#db.prepare('UPDATE entry SET kind = ? WHERE name = ?').run(kind, name);
  }

  setEntryLayer(name: string, layerId: string): void {
    this.#db.prepare('UPDATE entry SET layer_id = ? WHERE name = ?').run(layerId, name);
  }

  /** All of `work` or nothing; durable when it returns. `work` is synchronous, so nothing comes in between. */
  transaction(work: () => void): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#db.exec('COMMIT');
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }
}

function toLayer(row: Record<string, unknown>): LayerRow {
  return { ...(row as unknown as LayerRow), sealed: row.sealed === 1, summed: row.summed === 1 };
}

function toEntry(row: Record<string, unknown> | undefined): Entry | undefined {
  return row && { ...(row as unknown as Entry), flattening: row.flattening === 1 };
}

function refusal(folder: string, ownerFile: string, error: unknown): unknown {
  if (error instanceof VolumeError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (!/database is locked|database is busy/.test(message)) {
    return new VolumeError(
      'folder-unusable',
      `the catalog of ${folder} cannot be opened: ${message}`,
      'Check the rights and the disk; catalog.db is an SQLite database.',
      error,
    );
  }
  let owner = '';
  try {
    owner = readFileSync(ownerFile, 'utf8').trim();
  } catch {
    // The owner is only just opening it.
  }
  const who = owner === String(process.pid) ? 'this process' : `process ${owner || 'unknown'}`;
  return new VolumeError(
    'folder-in-use',
    `${folder} is open already, in ${who}`,
    owner === String(process.pid)
      ? 'Use the store that is open, or close it first.'
      : 'Stop that process, or use another folder. One process serves a folder.',
    error,
  );
}
