/** Buckets: an object is a file in a folder. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface ObjectStore {
  put(bucket: string, key: string, body: string): Promise<void>
  /** Every object of a bucket: key and content, oldest key first. */
  all(bucket: string): Promise<{ key: string; body: string }[]>
  close(): Promise<void>
}

/** @param folder where the objects stay; without it they are gone at the end. */
export async function openObjectStore(folder?: string): Promise<ObjectStore> {
  const root = folder ?? (await mkdtemp(join(tmpdir(), 'itastream-objects-')))
  return {
    async put(bucket, key, body) {
      const path = join(root, bucket, key)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, body)
    },
    async all(bucket) {
      const base = join(root, bucket)
      await mkdir(base, { recursive: true })
      const entries = await readdir(base, { recursive: true, withFileTypes: true })
      const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
      return Promise.all(
        paths.sort().map(async path => ({
          key: path.slice(base.length + 1),
          body: await readFile(path, 'utf8'),
        })),
      )
    },
    close: async () => {
      if (folder === undefined) await rm(root, { recursive: true, force: true })
    },
  }
}
