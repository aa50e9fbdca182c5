/** Names of invented companies and funds: a place-like word and a trade, in Japanese, katakana and English. */
import type { IssueMaster } from '../../market/market-event.ts'
import type { SectorCode } from '../../market/sector.ts'
import { ESTATES, type NameWord, PLACES, THEMES, TRADES, YOUNG, YOUNG_TRADES } from './name-words.ts'

export type NameKind = 'company' | 'young' | 'fund' | 'estate'

export interface Named {
  readonly names: Pick<IssueMaster, 'name' | 'nameKana' | 'nameEn'>
  /** Absent for funds and estates. */
  readonly sector?: SectorCode
}

/** Names the `index`-th issue of a kind, from 0. Different indexes have different names. A fund has a Japanese name only. */
export function namedAt(kind: NameKind, index: number): Named {
  switch (kind) {
    case 'company':
      return compose(PLACES, TRADES, index)
    case 'young':
      return compose(YOUNG, YOUNG_TRADES, index)
    case 'fund': {
      const [place, theme, number] = pairAt(PLACES, THEMES, index)
      return { names: { name: `${place.ja}上場投信・${theme}${number.ja}` } }
    }
    case 'estate': {
      const [place, estate, number] = pairAt(PLACES, ESTATES, index)
      const names = {
        name: `${place.ja}${estate.ja}${number.ja}投資法人`,
        nameKana: `${place.kana}${estate.kana}${number.kana}トウシホウジン`,
        nameEn: `${place.en} ${estate.en} Investment Corporation${number.en}`,
      }
      return { names }
    }
  }
}

function compose(places: readonly NameWord[], trades: readonly NameWord[], index: number): Named {
  const [place, trade, number] = pairAt(places, trades, index)
  const names = {
    name: `${place.ja}${trade.ja}${number.ja}`,
    nameKana: `${place.kana}${trade.kana}${number.kana}`,
    nameEn: `${place.en} ${trade.en}${number.en}`,
  }
  return { names, ...(trade.sector !== undefined && { sector: trade.sector }) }
}

/** Steps through both lists at once, so that neighbours share no word. After all pairs, names get a number. */
function pairAt<A, B>(first: readonly A[], second: readonly B[], index: number): readonly [A, B, NameWord] {
  const round = Math.floor(index / (first.length * second.length))
  const within = index % (first.length * second.length)
  const shift = Math.floor(within / first.length)
  const number =
    round === 0
      ? { ja: '', kana: '', en: '' }
      : {
          ja: '①②③④⑤⑥⑦⑧⑨'[round - 1] ?? String(round),
          kana: String(round),
          en: ` ${round}`,
        }
  return [first[within % first.length]!, second[(within + shift * 7) % second.length]!, number]
}
