// The dark or the light look, before the first paint: a plain script in the head, not a module.
"use strict";
{
  const KEPT = "housegan look";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const kept = () => {
    try {
      return localStorage.getItem(KEPT);
    } catch {
      return null; // storage is switched off: the system's look it is
    }
  };
  const wear = (look) => {
    if (look === "dark" || look === "light") root.dataset.look = look;
  };
  wear(kept());
  addEventListener("storage", (event) => event.key === KEPT && wear(event.newValue));
  addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-look-switch]")) return;
    const look = (root.dataset.look ?? (system.matches ? "dark" : "light")) === "dark" ? "light" : "dark";
    wear(look);
    try {
      localStorage.setItem(KEPT, look);
    } catch {
      // then it holds until the page is closed
    }
  });
}
