/** The folder of `--data`. */
import { mkdir, readdir } from 'node:fs/promises'

/** The folder cannot be used; the message says why. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError'
}

/**
 * Makes the folder. Market time begins anew with every run, so what another run has stored would mix with this one's.
 * @throws DataFolderError when it cannot be made, or has something in it.
 */
export async function makeDataFolder(folder: string): Promise<void> {
  const entries = await mkdir(folder, { recursive: true })
    .then(() => readdir(folder))
    .catch(cause => {
      throw new DataFolderError(`--data: ${folder} cannot be used (${cause.code})`, { cause })
    })
  if (entries.length > 0) {
    throw new DataFolderError(`--data: expected a folder that is new or empty, got ${folder}`)
  }
}
