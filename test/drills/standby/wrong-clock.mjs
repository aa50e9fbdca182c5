// Preloaded into a task whose machine has a wrong clock. CLOCK_ERROR_MS: how far the clock is ahead, ms.
const error = Number(process.env.CLOCK_ERROR_MS)
const RightDate = Date

globalThis.Date = class extends RightDate {
  constructor(...given) {
    super(...(given.length === 0 ? [RightDate.now() + error] : given))
  }

  static now() {
    return RightDate.now() + error
  }
}
