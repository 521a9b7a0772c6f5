// @ts-check
// Sets up the widgets of a page. Each place for one holds, as JSON, all that Python gave the widget;
// its module finds here what it would find in Jupyter, apart from somebody who answers.

(() => {
  /**
   * What a module of a widget asks of its model, without Python behind it.
   * @param {Record<string, unknown>} traits
   */
  function create_model(traits) {
    /** @type {Map<string, Set<() => void>>} */
    const listeners = new Map();

    /** @param {string} event */
    function tell(event) {
      for (const listener of listeners.get(event) ?? []) listener();
    }

    return {
      /** @param {string} trait */
      get: (trait) => traits[trait],
      /** @param {string} trait @param {unknown} value */
      set(trait, value) {
        if (traits[trait] === value) return;
        traits[trait] = value;
        tell(`change:${trait}`);
        tell("change");
      },
      save_changes() {},
      /** @param {string} events @param {() => void} listener */
      on(events, listener) {
        for (const event of events.split(" ")) {
          const known = listeners.get(event) ?? new Set();
          listeners.set(event, known.add(listener));
        }
      },
      /** @param {string} events @param {() => void} listener */
      off(events, listener) {
        for (const event of events.split(" ")) listeners.get(event)?.delete(listener);
      },
    };
  }

  /** @type {Record<string, {look: string, make: () => {render: (given: object) => unknown}}>} */
  const known = Object(window)["courseWidgets"] ?? {};
  const dressed = new Set();

  for (const place of document.querySelectorAll(".widget-place")) {
    const name = place.getAttribute("data-widget") ?? "";
    const traits = place.querySelector("script[type='application/json']")?.textContent;
    if (!known[name] || !traits) continue;
    if (!dressed.has(name)) {
      const style = document.createElement("style");
      style.textContent = known[name].look;
      document.head.append(style);
      dressed.add(name);
    }
    const el = document.createElement("div");
    known[name].make().render({ model: create_model(JSON.parse(traits)), el });
    place.append(el);
    place.classList.add("alive");
    place.querySelector(".widget-missing")?.remove();
    // The picture that stood in is out of sight, and wanted as soon as somebody prints the page.
    const picture = place.closest("figure")?.querySelector("img");
    if (picture) picture.loading = "eager";
  }
})();
