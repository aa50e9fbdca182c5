/** Buckets as folders: an object is a file at the path of its key. */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface StoredObject {
  readonly body: Buffer
  /** MD5 of the body in quotes, as S3 has it for an object that was put in one piece. */
  readonly etag: string
  readonly modified: Date
}

export interface ObjectStore {
  put(bucket: string, key: string, body: string | Uint8Array): Promise<{ readonly etag: string }>
  get(bucket: string, key: string): Promise<StoredObject | undefined>
  /** Returns the keys that begin with `prefix`, in the order of their bytes. */
  keys(bucket: string, prefix: string): Promise<string[]>
  /** Returns every object of a bucket in the order of keys. */
  all(bucket: string): Promise<{ key: string; body: string }[]>
  /** Returns the folder of a bucket. */
  folder(bucket: string): string
  close(): Promise<void>
}

/** Folder for unfinished files, so that a half written file is never read as an object. */
const UNFINISHED = '.unfinished'

/** Returns whether a key can be the path of a file. S3 has no such limit. */
export function isFileKey(key: string): boolean {
  return key.split('/').every(part => part !== '' && part !== '.' && part !== '..')
}

/** @param folder keeps the objects. Without it they are removed at the end. */
export async function openObjectStore(folder?: string): Promise<ObjectStore> {
  const root = folder ?? (await mkdtemp(join(tmpdir(), 'local-cloud-objects-')))
  const unfinished = join(root, UNFINISHED)
  await mkdir(unfinished, { recursive: true })

  const keys = async (bucket: string, prefix: string): Promise<string[]> => {
    const base = join(root, bucket)
    const entries = await readdir(base, { recursive: true, withFileTypes: true }).catch(undefinedIfMissing)
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
      const temporary = join(unfinished, randomUUID())
      await writeFile(temporary, body)
      await mkdir(dirname(path), { recursive: true })
      await rename(temporary, path)
      return { etag: etagOf(body) }
    },
    async get(bucket, key) {
      const path = join(root, bucket, key)
      const body = await readFile(path).catch(undefinedIfMissing)
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

/** Returns `undefined` when there is no such file, or when the path is a folder. */
function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'EISDIR' && error.code !== 'ENOTDIR') throw error
  return undefined
}
