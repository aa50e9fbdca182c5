/** What a decompressor knows before the first byte of a compressed message: the frequent texts of updates. */

/**
 * The preset dictionary of the encoding `deflate-1` (market/protocol.ts), ASCII. The most frequent texts are last, because a
 * short distance takes fewer bits. Another dictionary needs another name of the encoding: an app with this dictionary reads
 * wrong text, or nothing. docs/protocol.md shows it to apps in other languages.
 */
export const DICTIONARY = [
  // Rows of the view `quote`.
  ',{"changes":{"last":{"price":,"time":},"volume":,"turnover":},"high":,"low":,"stretch":1.',
  '{"type":"updates","updates":[["130A",]],["0],{"changes":{"high":{"price":,"time":0}}}],["],{"changes":{"low":{"price":,"time":]]]}',
  // Differences of the view `board`.
  ',"changes":{"low":{"price":,"time":},"high":{"price":},"last":{"price":',
  '{"type":"updates","updates":[{"issue":"7203","follows":1,"sequence":2,"time":1,"changes":{"last":{"price":2,"time":0}',
  ',"volume":100,"turnover":1000,"vwap":1,"over":100,"under":100',
  ',"bestAsk":{"sign":"general","time":0},"bestBid":{"sign":"general","time":0}',
  ',"asks":[[0,.5,100],[1,.5,200],[2,.5,300],[3,.5,400],[4,.5,500],[5,.5,600],[6,.5,700],[7,.5,800],[8,.5,900],[9,.5,1000]]',
  ',"bids":[[0,.5,1000],[1,.5,2000],[2,.5,3000],[3,.5,4000],[4,.5,5000],[5,.5,6000],[6,.5,7000],[7,.5,8000],[8,.5,9000],[9,.5,10000]]}',
  ',"trades":[[100,"buy",1,0],[100,"sell",2,0],[100,null,3]]},{"issue":"13',
].join('')
