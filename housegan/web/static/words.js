/** Numbers as people read them. */

const NUMBER = new Intl.NumberFormat("en");

export const count = (value) => NUMBER.format(value);
export const many = (value, noun) => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
export const percent = (share) => `${Math.round(100 * share)} %`;
