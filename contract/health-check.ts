/** The health check of the container of an ingest task. */

/**
 * A shell command that passes while the time in the file `HEALTH_FILE` is still to come (ingest-task/health-file.ts). It
 * starts one process, `date`. A missing, empty or old file fails.
 */
export const HEALTH_CHECK = 'read -r limit < "$HEALTH_FILE" && [ "$(date +%s)" -lt "$limit" ]'
