/** How far the set is, and how good the filter: in the bar at the top, and in full when it is pressed. */

import { count, many, percent } from "/static/words.js";

const part = (id) => document.getElementById(id);

/**
 * Draw what the server says; `choose({...})` shows pictures of a kind, `filterDoes(what)` speaks to the filter, which
 * `sorts` what is shown or doesn't.
 */
export function drawSummary(summary, { choose, filterDoes, sorts }) {
  const { target, kept, waiting } = summary;
  const meter = document.querySelector("#progress .meter");
  meter.setAttribute("aria-valuemax", target);
  meter.setAttribute("aria-valuenow", Math.min(kept, target));
  meter.setAttribute("aria-valuetext", `${count(kept)} of ${count(target)}`);
  meter.querySelector(".done").style.width = `${Math.min(100, (100 * kept) / Math.max(1, target))}%`;
  meter.classList.toggle("full", kept >= target);
  part("kept").textContent = `${count(kept)} / ${count(target)}`;
  part("filter-state").textContent = filterInShort(summary);
  part("pairs-waiting").textContent = waiting.pairs ? count(waiting.pairs) : "";
  part("pairs-waiting").setAttribute("aria-label", waiting.pairs ? `${count(waiting.pairs)} waiting` : "");

  const list = document.createElement("dl");
  const row = (name, value, shown) => {
    const term = document.createElement("dt");
    const detail = document.createElement("dd");
    detail.textContent = typeof value === "number" ? count(value) : value;
    if (shown) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "quiet", textContent: name });
      button.addEventListener("click", () => choose(shown));
      term.append(button);
    } else term.textContent = name;
    list.append(term, detail);
  };
  row("found", summary.found, {});
  for (const { kind, count: number } of summary.rejected) row(kind || "rejected", -number, { show: "rejected", kind });
  row("kept", kept, { show: "kept" });
  row("judged by you", summary.judged);
  if (waiting.crops) row("doubtful crops", waiting.crops, { show: "doubtful" });
  const missing = many(Math.max(0, target - kept), "picture");
  part("summary").replaceChildren(heading(`${missing} to go`), list, ...filterAtLength(summary, { choose, filterDoes, sorts }));
}

function filterInShort({ filter }) {
  if (filter?.trouble) return "filter: out of order";
  if (filter?.of) return `filter: looking, ${count(filter.describing)} of ${count(filter.of)}`;
  if (filter?.needed) return `filter: ${many(filter.needed, "more decision")} to begin`;
  if (Number.isFinite(filter?.accuracy)) return `filter ${range(filter)}`;
  if (filter?.is_sorted) return "filter: sorts by another set";
  return "";
}

function filterAtLength({ filter, filtered }, { choose, filterDoes, sorts }) {
  const told = filter ? filterTold(filter) : [];
  if (filter?.is_sorted && !sorts) told.push(deed("Ask me what it doubts first", () => choose({ show: "unjudged", order: "uncertain" })));
  if (filter?.may_reject && filter.sure) {
    told.push(deed(`Let it reject the ${count(filter.sure)} it is sure of`, () => filterDoes("reject"), "main"));
  }
  if (filtered) told.push(deed(`Take all ${count(filtered)} of its rejections back`, () => filterDoes("undo")));
  return told.length ? [heading("The filter"), ...told] : [];
}

function filterTold(filter) {
  if (filter.trouble) return [paragraph(filter.trouble)];
  if (!Number.isFinite(filter.accuracy)) {
    if (filter.is_sorted && !filter.needed) {
      return [paragraph("It sorts by your decisions on another set, and learns from your keys what belongs here.")];
    }
    const when = filter.needed ? `after ${many(filter.needed, "more decision")}` : "as soon as it has looked at the pictures";
    const until = filter.needed && filter.is_sorted ? " Until then your words sort." : "";
    const begins = `It begins ${when}: it learns from your keys what belongs here, and shows you first what it doubts.${until}`;
    return [begins, filter.note].filter(Boolean).map(paragraph);
  }
  const { asked, wrong, low } = filter.audit;
  return [
    paragraph(`Right on ${range(filter)} of your ${many(filter.labelled, "decision")}, cross-validated.`),
    paragraph(
      `Of its own rejections you were shown ${count(asked)}, without a word, and found ${count(wrong)} wrong: ` +
        `at least ${percent(low)} are right. ` +
        (filter.may_reject
          ? "That is enough to let it reject."
          : `From 90 % on it may reject by itself: at least ${count(filter.audit.needed)} more to ask you.`),
    ),
  ];
}

function range({ accuracy, low, high }) {
  return `${percent(accuracy)} (${Math.round(100 * low)}–${Math.round(100 * high)})`;
}

function heading(text) {
  return Object.assign(document.createElement("h2"), { textContent: text });
}

function paragraph(text) {
  return Object.assign(document.createElement("p"), { className: "soft", textContent: text });
}

function deed(text, act, className = "") {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: text, className });
  button.addEventListener("click", act);
  return button;
}
