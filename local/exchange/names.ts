/**
 * Names of invented companies and funds: a place-like word and a trade. Some words contain characters that exist in
 * Windows-31J and not in Shift_JIS (髙 﨑 ① ㈱).
 */

const PLACES = words(`
  蒼嶺 緑陵 雲雀台 銀嶺 若潮 千波 髙嶺 濵﨑 朝霧 夕凪
  東雲 白樺 青嵐 月見 星ヶ丘 花園 松影 竹林 梅香 桐葉
  楓 柊 橘野 藤波 萩原野 芹沢 菫 椿山 榊 樫
  﨑山 髙瀬川 岬 渚 汐入 潮見 波多 砂浜 入江 浦風
  嶺南 峰北 丘陵 谷川 渓流 滝沢 泉 清流 湖東 沼田野
  黎明 曙 暁 旭台 朝凪 昼顔 夕映 宵月 夜明 晨
  睦 和光 栄 協和台 共栄 相生 大成野 豊穣 瑞雲 吉祥
  鶴舞 亀甲 鷹羽 燕 雁 鴎 千鳥 白鷺 孔雀 鳳
  北斗星 南十字 銀河 流星 天頂 極光 彗星 新星 満天 日輪`)

const TRADES = words(`
  電機 精密 化学 食品 製薬 鉄鋼 重機 建設 不動産 物産
  商事 運輸 海運 倉庫 電力 瓦斯 通信 システム ソフトウェア 技研
  製作所 紡績 製紙 硝子 銀行 フィナンシャルグループ 証券 保険 ホールディングス 自動車
  工機 電子 計器 油脂 塗料 ゴム セメント 金属 鉱業 水産
  製菓 酒造 百貨店 ストア 薬局 メディカル 出版 印刷 旅行 鉄道`)

const YOUNG = words(`
  ソライロ ミライエ ヒカリノ カゼマチ ツムギバ コトノハ アオゾラボ ユメミチ ハルカゼ キラリオ
  ナミオト モリノネ トキワラ ホシゾラ イロドリオ シズクル マナビバ タビノワ クラシカ メグリエ`)

const YOUNG_TRADES = words(`
  テクノロジーズ ロボティクス ＡＩ クラウド ヘルスケア バイオ データ モビリティ エナジー フーズ
  ラーニング ペイメント デザイン マーケット セキュリティ スペース アグリ ゲームズ キャリア ㈱`)

const THEMES = words(`
  大型株 中小型株 高配当 成長株 割安株 国債 社債 金 銀 原油
  米国株 欧州株 新興国株 半導体 銀行株 不動産 環境 医療 低変動 全世界株`)

const ESTATES = words(`
  オフィス レジデンス ロジスティクス ホテル 商業 ヘルスケア施設 インフラ`)

/** Splits `text` at white space. */
function words(text: string): readonly string[] {
  return text.trim().split(/\s+/)
}

export type NameKind = 'company' | 'young' | 'fund' | 'estate'

/** Returns the `index`-th name of a kind, from 0. Different indexes have different names. */
export function nameOf(kind: NameKind, index: number): string {
  switch (kind) {
    case 'company':
      return compose(PLACES, TRADES, index, '')
    case 'young':
      return compose(YOUNG, YOUNG_TRADES, index, '')
    case 'fund':
      return compose(PLACES, THEMES, index, '上場投信・')
    case 'estate':
      return `${compose(PLACES, ESTATES, index, '')}投資法人`
  }
}

/** Steps through both lists at once, so that neighbours share no word. After all pairs, names get a number. */
function compose(first: readonly string[], second: readonly string[], index: number, middle: string): string {
  const round = Math.floor(index / (first.length * second.length))
  const within = index % (first.length * second.length)
  const shift = Math.floor(within / first.length)
  const name = `${first[within % first.length]}${middle}${second[(within + shift * 7) % second.length]}`
  return round === 0 ? name : `${name}${'①②③④⑤⑥⑦⑧⑨'[round - 1] ?? String(round)}`
}
