/** Creates the folder of `--data`. */
import { mkdir, readdir } from 'node:fs/promises'

/** The folder cannot be used. The message gives the reason. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError'
}

/**
 * Creates the folder. Each run starts at its own market time, so the data of two runs must not mix.
 * @throws DataFolderError if the folder cannot be created or is not empty.
 */
export async function makeDataFolder(folder: string): Promise<void> {
  const entries = await mkdir(folder, { recursive: true })
    .then(() => readdir(folder))
    .catch(cause => {
      throw new DataFolderError(`--data: ${folder} cannot be used (${cause.code})`, { cause })
    })
  if (entries.length > 0) {
    throw new DataFolderError(`--data: expected a new or empty folder, got ${folder}, which has files`)
  }
}
