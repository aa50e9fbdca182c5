/** Names of invented companies and funds: a place-like word and a trade, in Japanese, katakana and English. */
import type { IssueMaster } from '../../market/market-event.ts'
import { ESTATES, type NameWord, PLACES, THEMES, TRADES, YOUNG, YOUNG_TRADES } from './name-words.ts'

export type NameKind = 'company' | 'young' | 'fund' | 'estate'

export type Names = Pick<IssueMaster, 'name' | 'nameKana' | 'nameEn'>

/** Returns the `index`-th names of a kind, from 0. Different indexes have different names. A fund has a Japanese name only. */
export function namesOf(kind: NameKind, index: number): Names {
  switch (kind) {
    case 'company':
      return compose(PLACES, TRADES, index)
    case 'young':
      return compose(YOUNG, YOUNG_TRADES, index)
    case 'fund': {
      const [place, theme, number] = pairAt(PLACES, THEMES, index)
      return { name: `${place.ja}上場投信・${theme}${number.ja}` }
    }
    case 'estate': {
      const [place, estate, number] = pairAt(PLACES, ESTATES, index)
      return {
        name: `${place.ja}${estate.ja}${number.ja}投資法人`,
        nameKana: `${place.kana}${estate.kana}${number.kana}トウシホウジン`,
        nameEn: `${place.en} ${estate.en} Investment Corporation${number.en}`,
      }
    }
  }
}

function compose(first: readonly NameWord[], second: readonly NameWord[], index: number): Names {
  const [a, b, number] = pairAt(first, second, index)
  return {
    name: `${a.ja}${b.ja}${number.ja}`,
    nameKana: `${a.kana}${b.kana}${number.kana}`,
    nameEn: `${a.en} ${b.en}${number.en}`,
  }
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
