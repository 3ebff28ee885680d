/** What each command of the table of keys does. */

const once = (commands) =>
  Object.fromEntries(Object.entries(commands).map(([name, run]) => [name, (event, key) => event.repeat || run(event, key)]));

/** The commands by mode, for `obey`; `act(name, reason)` is what buttons do as well, `view()` says which is on screen. */
export function commands({ single, grid, pairs, filters, reasons, act, undo, see, view }) {
  const verdicts = once({
    keep: () => act("keep"),
    reject: () => act("reject"),
    because: (event, digit) => act("because", reasons.under(digit)),
    withdraw: () => act("withdraw"),
  });
  const further = ({ shiftKey }) => ({ further: shiftKey });
  const extending = ({ shiftKey }) => ({ extending: shiftKey });

  return {
    single: {
      ...verdicts,
      next: (event) => single.step(event.shiftKey ? -1 : 1, { held: event.repeat }),
      back: (event) => single.step(-1, { held: event.repeat }),
      crop: () => single.cropMode(true),
      reset: () => single.resetCrop(),
      first: () => single.goTo(0),
      last: () => single.goTo(Infinity),
    },
    crop: {
      keep: verdicts.keep,
      left: (event) => single.nudge(-1, 0, 0, further(event)),
      right: (event) => single.nudge(1, 0, 0, further(event)),
      up: (event) => single.nudge(0, -1, 0, further(event)),
      down: (event) => single.nudge(0, 1, 0, further(event)),
      smaller: (event) => single.nudge(0, 0, -1, further(event)),
      larger: (event) => single.nudge(0, 0, 1, further(event)),
      reset: () => single.resetCrop(),
      done: () => single.cropMode(false),
    },
    grid: {
      ...verdicts,
      toggle: (event) => grid.toggle(extending(event)),
      left: (event) => grid.move(-1, extending(event)),
      right: (event) => grid.move(1, extending(event)),
      up: (event) => grid.move(-grid.columns, extending(event)),
      down: (event) => grid.move(grid.columns, extending(event)),
      pageUp: (event) => grid.move(-grid.columns * grid.rowsOnScreen, extending(event)),
      pageDown: (event) => grid.move(grid.columns * grid.rowsOnScreen, extending(event)),
      first: (event) => grid.move(-Infinity, extending(event)),
      last: (event) => grid.move(Infinity, extending(event)),
      none: () => grid.selection.clear(),
      open: () => see("single"),
      squares: () => grid.showSquares(!grid.squares),
      larger: () => grid.enlarge(1),
      smaller: () => grid.enlarge(-1),
    },
    pairs: {
      ...once({
        same: () => act("same"),
        different: () => act("different"),
        first: () => act("first"),
        second: () => act("second"),
      }),
      next: () => pairs.step(1),
      back: () => pairs.step(-1),
      blink: () => pairs.blink(true),
    },
    everywhere: {
      undo,
      switch: () => see(view() === "single" ? "grid" : "single"),
      twins: () => see("pairs"),
      search: () => filters.search(),
      help: () => document.getElementById("help").showModal(),
    },
  };
}
