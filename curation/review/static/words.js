/** What the page says about pictures, in words. */

import { percent } from "/static/words.js";

export const titleOf = (picture) => picture.title || "Untitled";

/** What holds for a picture now, and by whose word. */
export function verdictOf({ verdict, by, reason, unsaved }) {
  if (!by) return { what: "Not judged", who: "kept so far", why: "", saving: Boolean(unsaved) };
  const what = verdict === "keep" ? "Kept" : "Rejected";
  const who = by === "person" ? "by you" : "by the machine";
  return { what, who, why: by === "machine" && verdict === "keep" ? "" : reason, saving: Boolean(unsaved) };
}

/** The same in a few words. */
export function told(picture) {
  const { what, who, why } = verdictOf(picture);
  return `${what}${picture.by ? " " : ", "}${who}${why ? `: ${why}` : ""}`;
}

/** A picture in one sentence, for those who can't see it. */
export function sentence(picture) {
  const author = picture.author ? `, by ${picture.author}` : "";
  return `${titleOf(picture)}${author}. ${told(picture)}.`;
}

/** What the machine thinks, as rows of (about what, what). */
export function opinionOf(picture) {
  const { machine, by, verdict, step, reason, crop_by, crop_confidence, probability, doubtful, unreadable } = picture;
  const said = machine ?? (by === "machine" ? { verdict, step, reason } : null);
  const rows = [];
  if (said?.step) rows.push([said.step, said.verdict === "reject" ? said.reason || "rejects it" : said.reason || "keeps it"]);
  else if (said || by === null) rows.push(["machine", "no objection"]);
  if (crop_by === "machine" && crop_confidence != null) {
    rows.push(["crop", `${percent(crop_confidence)} sure${doubtful ? ": please look" : ""}`]);
  } else if (crop_by === "person") rows.push(["crop", "yours"]);
  if (probability != null) rows.push(["on topic", percent(probability)]);
  if (unreadable) rows.push(["file", unreadable]);
  return rows;
}
