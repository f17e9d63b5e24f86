import type { FileLayer, StoredFile } from '../system/file-layer.ts';
import { nativeFiles } from '../system/native-files.ts';

type Call = 'create' | 'write' | 'sync' | 'read' | 'truncate';

/** The machine's files, which fail when `fault` says so and count what is asked of them. */
export class FaultyFiles implements FileLayer {
  /** Returns an errno to fail with, such as ENOSPC. */
  fault: (call: Call, path: string) => string | undefined = () => undefined;
  /** What a sync waits for before it begins. */
  beforeSync: Promise<void> | undefined;
  readonly calls: { call: Call | 'syncFolder'; path: string; bytes: number }[] = [];

  async create(path: string): Promise<StoredFile> {
    this.#note('create', path);
    return this.#wrap(path, await nativeFiles.create(path));
  }

  async open(path: string, writable: boolean): Promise<StoredFile> {
    return this.#wrap(path, await nativeFiles.open(path, writable));
  }

  async syncFolder(folder: string): Promise<void> {
    this.calls.push({ call: 'syncFolder', path: folder, bytes: 0 });
    await nativeFiles.syncFolder(folder);
  }

  remove = nativeFiles.remove;
  list = nativeFiles.list;
  allocatedBytes = nativeFiles.allocatedBytes;

  #note(call: Call, path: string, bytes = 0): void {
    this.calls.push({ call, path, bytes });
    const code = this.fault(call, path);
    if (code) throw Object.assign(new Error(`${code}: made up by the test`), { code });
  }

  #wrap(path: string, file: StoredFile): StoredFile {
    return {
      read: async (into, position) => {
        this.#note('read', path, into.length);
        return file.read(into, position);
      },
      write: async (data, position) => {
        this.#note('write', path, data.length);
        await file.write(data, position);
      },
      truncate: async (size) => {
        this.#note('truncate', path);
        await file.truncate(size);
      },
      sync: async () => {
        this.#note('sync', path);
        await this.beforeSync;
        await file.sync();
      },
      size: () => file.size(),
      close: () => file.close(),
    };
  }
}
