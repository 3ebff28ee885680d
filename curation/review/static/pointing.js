/** Mouse and finger on the grid: a click, a click with ⇧ or Ctrl, a rectangle that is drawn, a tap, a long press. */

import { announce } from "/static/announcer.js";
import { count } from "/static/words.js";

const DRAG_PX = 6;
const EDGE_PX = 40;

/** Let pointers select in `grid`; a double click or a long press asks to `open()`. */
export function point(grid, { store, scroller, canvas, open }) {
  const band = canvas.appendChild(document.createElement("div"));
  Object.assign(band, { className: "band", hidden: true });
  let drag = null;

  const placeAt = (event) => {
    const cell = event.target.closest?.(".cell");
    return cell ? Number(cell.id.slice("cell-".length)) : null;
  };
  const within = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    return { x: Math.max(0, Math.min(box.width, clientX - box.left)), y: Math.max(0, Math.min(box.height, clientY - box.top)) };
  };

  const stretch = () => {
    const { x, y } = within(drag.at);
    const [left, right] = [Math.min(x, drag.x), Math.max(x, drag.x)];
    const [top, bottom] = [Math.min(y, drag.y), Math.max(y, drag.y)];
    Object.assign(band.style, { left: `${left}px`, top: `${top}px`, width: `${right - left}px`, height: `${bottom - top}px` });
    band.hidden = false;
    const covered = covers(grid.geometry, store.ids.length, [left, right, top, bottom]);
    if (covered.join() === drag.covered) return;
    drag.covered = covered.join();
    grid.selection.cover(covered);
  };

  // while the pointer is held at an edge the grid scrolls on
  const creep = (mine) => {
    if (drag !== mine || mine.done) return;
    const box = scroller.getBoundingClientRect();
    const over = Math.min(0, mine.at.clientY - box.top - EDGE_PX) + Math.max(0, mine.at.clientY - box.bottom + EDGE_PX);
    if (over) {
      scroller.scrollTop += over / 2;
      stretch();
    }
    requestAnimationFrame(() => creep(mine));
  };

  canvas.addEventListener("pointerdown", (event) => {
    drag = null;
    if (event.button !== 0 || event.pointerType === "touch") return; // a finger scrolls
    const adding = event.ctrlKey || event.metaKey || event.shiftKey;
    drag = { ...within(event), adding, pointer: event.pointerId, moved: false, done: false };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (drag?.pointer !== event.pointerId || drag.done) return;
    drag.at = { clientX: event.clientX, clientY: event.clientY };
    const { x, y } = within(event);
    if (!drag.moved) {
      if (Math.hypot(x - drag.x, y - drag.y) < DRAG_PX) return;
      drag.moved = true;
      canvas.setPointerCapture(event.pointerId);
      grid.selection.begin(drag);
      creep(drag);
    }
    stretch();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => {
      if (drag?.pointer !== event.pointerId) return;
      drag.done = true; // the click that follows still asks whether it moved
      band.hidden = true;
      if (drag.moved && grid.selection.size) announce(`${count(grid.selection.size)} selected`);
    });
  }
  canvas.addEventListener("click", (event) => {
    const place = placeAt(event);
    if (drag?.moved || event.detail > 1) return;
    if (place === null) {
      grid.selection.clear();
      return;
    }
    store.goTo(place);
    const several = event.ctrlKey || event.metaKey;
    if (event.shiftKey) grid.selection.until(place, { adding: several });
    else if (several || event.pointerType === "touch") grid.selection.toggle(place);
    else grid.selection.only(place);
  });
  canvas.addEventListener("pointerover", (event) => {
    const cell = event.target.closest?.(".cell");
    if (cell) cell.title = cell.getAttribute("aria-label");
  });
  canvas.addEventListener("dblclick", (event) => placeAt(event) !== null && open());
  canvas.addEventListener("contextmenu", (event) => {
    const place = placeAt(event);
    if (event.pointerType === "mouse" || place === null) return;
    event.preventDefault();
    store.goTo(place);
    open();
  });
}

/** The places that a rectangle of the canvas touches. */
function covers({ columns, pitch, gap }, pictures, [left, right, top, bottom]) {
  const line = (value) => Math.floor((value - gap / 2) / pitch);
  const places = [];
  for (let row = Math.max(0, line(top)); row <= line(bottom); row++) {
    for (let column = Math.max(0, line(left)); column <= Math.min(columns - 1, line(right)); column++) {
      const place = row * columns + column;
      if (place >= pictures) return places;
      places.push(place);
    }
  }
  return places;
}
