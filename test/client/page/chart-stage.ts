/** A chart alone, for tests in a browser that choose its bars. Bundled by the test that loads it. */
import { html, render } from 'lit'
import { type ChartBar, startOf } from '../../../client/page/chart-bars.ts'
import { chartMount } from '../../../client/page/view/chart-mount.ts'

export interface ChartStage {
  /** Draws these bars. The text of a bar is its start. */
  show(bars: readonly ChartBar[]): void
}

const stage: ChartStage = {
  show(bars) {
    const mounted = { bars, decimals: 0, marks: [], theme: 'light', textOf: startOf }
    render(
      html`<div class="drawing" tabindex="0" ${chartMount(mounted)}>
        <p class="legend"></p>
        <div class="canvas" style="height: 300px"></div>
        <p class="announced"></p>
      </div>`,
      document.body,
    )
  },
}
Object.assign(window, { stage })
