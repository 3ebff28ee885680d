/** From numbers to places: round marks on an axis, short numbers. */

/** About `count` round numbers between `low` and `high`. */
export function marks(low, high, count) {
  const rough = (high - low) / count;
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * power).find((one) => one >= 0.75 * rough);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, place) => (first + place) * step);
}

/** 3,400,000 as 3.4M, 65,760 as 66k, 0.30000000000000004 as 0.3. */
export function short(value) {
  for (const [limit, unit, letter] of [[1e6, 1e6, "M"], [1e4, 1e3, "k"]]) {
    if (Math.abs(value) >= limit) return `${Number((value / unit).toPrecision(3))}${letter}`;
  }
  return String(Number(value.toPrecision(3)));
}

/** The place in sorted `values` that lies nearest to `value`. */
export function nearest(values, value) {
  let low = 0;
  let high = values.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (values[middle] < value) low = middle;
    else high = middle;
  }
  return Math.abs(values[high] - value) < Math.abs(values[low] - value) ? high : low;
}
