/**
 * Words of invented names, each with its reading in katakana and in English. Some contain characters that exist in Windows-31J and
 * not in Shift_JIS (髙 﨑 ① ㈱).
 */

/** A word of a name. */
export interface NameWord {
  readonly ja: string
  readonly kana: string
  readonly en: string
}

export const PLACES = words(`
  蒼嶺/ソウレイ/Sorei 緑陵/リョクリョウ/Ryokuryo 雲雀台/ヒバリダイ/Hibaridai 銀嶺/ギンレイ/Ginrei 若潮/ワカシオ/Wakashio
  千波/センバ/Senba 髙嶺/タカミネ/Takamine 濵﨑/ハマサキ/Hamasaki 朝霧/アサギリ/Asagiri 夕凪/ユウナギ/Yunagi
  東雲/シノノメ/Shinonome 白樺/シラカバ/Shirakaba 青嵐/セイラン/Seiran 月見/ツキミ/Tsukimi 星ヶ丘/ホシガオカ/Hoshigaoka
  花園/ハナゾノ/Hanazono 松影/マツカゲ/Matsukage 竹林/チクリン/Chikurin 梅香/バイコウ/Baiko 桐葉/キリハ/Kiriha
  楓/カエデ/Kaede 柊/ヒイラギ/Hiiragi 橘野/タチバナノ/Tachibanano 藤波/フジナミ/Fujinami 萩原野/ハギワラノ/Hagiwarano
  芹沢/セリザワ/Serizawa 菫/スミレ/Sumire 椿山/ツバキヤマ/Tsubakiyama 榊/サカキ/Sakaki 樫/カシ/Kashi
  﨑山/サキヤマ/Sakiyama 髙瀬川/タカセガワ/Takasegawa 岬/ミサキ/Misaki 渚/ナギサ/Nagisa 汐入/シオイリ/Shioiri
  潮見/シオミ/Shiomi 波多/ハタ/Hata 砂浜/スナハマ/Sunahama 入江/イリエ/Irie 浦風/ウラカゼ/Urakaze
  嶺南/レイナン/Reinan 峰北/ホウホク/Hohoku 丘陵/キュウリョウ/Kyuryo 谷川/タニガワ/Tanigawa 渓流/ケイリュウ/Keiryu
  滝沢/タキザワ/Takizawa 泉/イズミ/Izumi 清流/セイリュウ/Seiryu 湖東/コトウ/Koto 沼田野/ヌマタノ/Numatano
  黎明/レイメイ/Reimei 曙/アケボノ/Akebono 暁/アカツキ/Akatsuki 旭台/アサヒダイ/Asahidai 朝凪/アサナギ/Asanagi
  昼顔/ヒルガオ/Hirugao 夕映/ユウバエ/Yubae 宵月/ヨイヅキ/Yoizuki 夜明/ヨアケ/Yoake 晨/アシタ/Ashita
  睦/ムツミ/Mutsumi 和光/ワコウ/Wako 栄/サカエ/Sakae 協和台/キョウワダイ/Kyowadai 共栄/キョウエイ/Kyoei
  相生/アイオイ/Aioi 大成野/タイセイノ/Taiseino 豊穣/ホウジョウ/Hojo 瑞雲/ズイウン/Zuiun 吉祥/キッショウ/Kissho
  鶴舞/ツルマイ/Tsurumai 亀甲/キッコウ/Kikko 鷹羽/タカハ/Takaha 燕/ツバメ/Tsubame 雁/カリガネ/Karigane
  鴎/カモメ/Kamome 千鳥/チドリ/Chidori 白鷺/シラサギ/Shirasagi 孔雀/クジャク/Kujaku 鳳/オオトリ/Otori
  北斗星/ホクトセイ/Hokutosei 南十字/ミナミジュウジ/Minamijuji 銀河/ギンガ/Ginga 流星/リュウセイ/Ryusei 天頂/テンチョウ/Tencho
  極光/キョッコウ/Kyokko 彗星/スイセイ/Suisei 新星/シンセイ/Shinsei 満天/マンテン/Manten 日輪/ニチリン/Nichirin`)

export const TRADES = words(`
  電機/デンキ/Electric 精密/セイミツ/Precision 化学/カガク/Chemical 食品/ショクヒン/Foods 製薬/セイヤク/Pharmaceutical
  鉄鋼/テッコウ/Steel 重機/ジュウキ/Heavy_Machinery 建設/ケンセツ/Construction 不動産/フドウサン/Realty 物産/ブッサン/Trading
  商事/ショウジ/Corporation 運輸/ウンユ/Transport 海運/カイウン/Shipping 倉庫/ソウコ/Warehouse 電力/デンリョク/Electric_Power
  瓦斯/ガス/Gas 通信/ツウシン/Communications システム/システム/Systems ソフトウェア/ソフトウェア/Software 技研/ギケン/Engineering
  製作所/セイサクショ/Works 紡績/ボウセキ/Spinning 製紙/セイシ/Paper 硝子/ガラス/Glass 銀行/ギンコウ/Bank
  フィナンシャルグループ/フィナンシャルグループ/Financial_Group 証券/ショウケン/Securities 保険/ホケン/Insurance
  ホールディングス/ホールディングス/Holdings 自動車/ジドウシャ/Motor
  工機/コウキ/Machine_Tools 電子/デンシ/Electronics 計器/ケイキ/Instruments 油脂/ユシ/Oils 塗料/トリョウ/Paint
  ゴム/ゴム/Rubber セメント/セメント/Cement 金属/キンゾク/Metals 鉱業/コウギョウ/Mining 水産/スイサン/Fisheries
  製菓/セイカ/Confectionery 酒造/シュゾウ/Breweries 百貨店/ヒャッカテン/Department_Stores ストア/ストア/Stores 薬局/ヤッキョク/Pharmacy
  メディカル/メディカル/Medical 出版/シュッパン/Publishing 印刷/インサツ/Printing 旅行/リョコウ/Travel 鉄道/テツドウ/Railway`)

export const YOUNG = words(`
  ソライロ/ソライロ/Sorairo ミライエ/ミライエ/Miraie ヒカリノ/ヒカリノ/Hikarino カゼマチ/カゼマチ/Kazemachi
  ツムギバ/ツムギバ/Tsumugiba コトノハ/コトノハ/Kotonoha アオゾラボ/アオゾラボ/Aozorabo ユメミチ/ユメミチ/Yumemichi
  ハルカゼ/ハルカゼ/Harukaze キラリオ/キラリオ/Kirario ナミオト/ナミオト/Namioto モリノネ/モリノネ/Morinone
  トキワラ/トキワラ/Tokiwara ホシゾラ/ホシゾラ/Hoshizora イロドリオ/イロドリオ/Irodorio シズクル/シズクル/Shizukuru
  マナビバ/マナビバ/Manabiba タビノワ/タビノワ/Tabinowa クラシカ/クラシカ/Kurashika メグリエ/メグリエ/Megurie`)

export const YOUNG_TRADES = words(`
  テクノロジーズ/テクノロジーズ/Technologies ロボティクス/ロボティクス/Robotics ＡＩ/エーアイ/AI クラウド/クラウド/Cloud
  ヘルスケア/ヘルスケア/Healthcare バイオ/バイオ/Bio データ/データ/Data モビリティ/モビリティ/Mobility エナジー/エナジー/Energy
  フーズ/フーズ/Foods ラーニング/ラーニング/Learning ペイメント/ペイメント/Payment デザイン/デザイン/Design マーケット/マーケット/Market
  セキュリティ/セキュリティ/Security スペース/スペース/Space アグリ/アグリ/Agri ゲームズ/ゲームズ/Games キャリア/キャリア/Career
  ㈱/カブシキガイシャ/Inc.`)

export const ESTATES = words(`
  オフィス/オフィス/Office レジデンス/レジデンス/Residence ロジスティクス/ロジスティクス/Logistics ホテル/ホテル/Hotel
  商業/ショウギョウ/Retail ヘルスケア施設/ヘルスケアシセツ/Healthcare インフラ/インフラ/Infrastructure`)

/** Themes of funds. The feed has Japanese names of funds only. */
export const THEMES: readonly string[] =
  '大型株 中小型株 高配当 成長株 割安株 国債 社債 金 銀 原油 米国株 欧州株 新興国株 半導体 銀行株 不動産 環境 医療 低変動 全世界株'.split(
    ' ',
  )

/** Reads words at white space. An underscore is a blank of the English word. */
function words(text: string): readonly NameWord[] {
  return text
    .trim()
    .split(/\s+/)
    .map(word => {
      const [ja = '', kana = '', en = ''] = word.split('/')
      return { ja, kana, en: en.replaceAll('_', ' ') }
    })
}
