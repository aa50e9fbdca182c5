/** Buckets: an object is a file in a folder. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface StoredObject {
  readonly body: Buffer
  /** As S3 has it for an object put in one piece: the MD5 of its body, in quotes. */
  readonly etag: string
  readonly modified: Date
}

export interface ObjectStore {
  put(bucket: string, key: string, body: string | Uint8Array): Promise<{ readonly etag: string }>
  get(bucket: string, key: string): Promise<StoredObject | undefined>
  /** Keys that begin with `prefix`, in the order of their bytes. */
  keys(bucket: string, prefix: string): Promise<string[]>
  /** Every object of a bucket: key and content, in the order of keys. */
  all(bucket: string): Promise<{ key: string; body: string }[]>
  /** Where a bucket's objects lie, below which a key is a path. */
  folder(bucket: string): string
  close(): Promise<void>
}

/** Below the root and no bucket: half a file is never seen as an object. */
const UNFINISHED = '.unfinished'

/**
 * Whether a file can stand for an object of this key. S3 takes others too, which nobody here uses.
 */
export function isFileKey(key: string): boolean {
  return key.split('/').every(part => part !== '' && part !== '.' && part !== '..')
}

/** @param folder where the objects stay; without it they are gone at the end. */
export async function openObjectStore(folder?: string): Promise<ObjectStore> {
  const root = folder ?? (await mkdtemp(join(tmpdir(), 'itastream-objects-')))
  const unfinished = join(root, UNFINISHED)
  await mkdir(unfinished, { recursive: true })

  const keys = async (bucket: string, prefix: string): Promise<string[]> => {
    const base = join(root, bucket)
    const entries = await readdir(base, { recursive: true, withFileTypes: true }).catch(noneIfMissing)
    return (entries ?? [])
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name).slice(base.length + 1))
      .filter(key => key.startsWith(prefix))
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  }
  return {
    keys,
    folder: bucket => join(root, bucket),
    async put(bucket, key, body) {
      const path = join(root, bucket, key)
      const half = join(unfinished, randomUUID())
      await writeFile(half, body)
      await mkdir(dirname(path), { recursive: true })
      await rename(half, path)
      return { etag: etagOf(body) }
    },
    async get(bucket, key) {
      const path = join(root, bucket, key)
      const body = await readFile(path).catch(noneIfMissing)
      if (body === undefined) return undefined
      return { body, etag: etagOf(body), modified: (await stat(path)).mtime }
    },
    async all(bucket) {
      return Promise.all(
        (await keys(bucket, '')).map(async key => ({
          key,
          body: await readFile(join(root, bucket, key), 'utf8'),
        })),
      )
    },
    async close() {
      await rm(folder === undefined ? root : unfinished, { recursive: true, force: true })
    },
  }
}

function etagOf(body: string | Uint8Array): string {
  return `"${createHash('md5').update(body).digest('hex')}"`
}

/** Nothing where there is no such file, or a folder of that name. */
function noneIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'EISDIR' && error.code !== 'ENOTDIR') throw error
  return undefined
}
