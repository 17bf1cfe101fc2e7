/* Shows the widgets of a built page. There is no kernel: the state that a notebook left in the page is read, each
   module is called with {model, el} as anywidget (anywidget.dev) does it, and what a reader changes stays here.
   A classic script, because a page opened from a file may not load modules by address. */
(() => {
  "use strict";

  const scripts = (kind) => [...document.querySelectorAll(`script[type="application/vnd.${kind}+json"]`)];
  const contents = (kind) => scripts(kind).map((script) => JSON.parse(script.textContent));

  const models = new Map(); // by the id that a view names
  const modules = new Map(); // promises, by the source text

  /** Base64 text as a DataView, which is what Jupyter too makes of bytes. */
  function decode(text) {
    const raw = atob(text);
    const bytes = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
    return new DataView(bytes.buffer);
  }

  /** The traits of a saved widget, with its bytes in their places and its module for the module's key. */
  function restore({ state, buffers = [] }, sources) {
    const traits = { ...state, _esm: sources[state._esm] };
    for (const { path, data } of buffers) {
      const place = path.slice(0, -1).reduce((part, key) => part[key], traits);
      place[path.at(-1)] = decode(data);
    }
    return traits;
  }

  /** What a module may ask of its model. The views of a widget share one, so they move together. */
  function createModel(traits) {
    const listeners = new Map();
    const heard = (name) => listeners.get(name) ?? listeners.set(name, new Set()).get(name);
    const tell = (name, ...values) => [...heard(name)].forEach((listener) => listener(...values));

    const model = {
      get: (name) => traits[name],
      set(name, value) {
        const changes = typeof name === "string" ? { [name]: value } : name;
        const changed = Object.keys(changes).filter((key) => !Object.is(traits[key], changes[key]));
        Object.assign(traits, changes);
        for (const key of changed) tell(`change:${key}`, model, traits[key]);
        if (changed.length) tell("change", model);
      },
      save_changes() {}, // there is no Python to tell
      on: (names, listener) => names.split(" ").forEach((name) => heard(name).add(listener)),
      off(names = [...listeners.keys()].join(" "), listener) {
        for (const name of names.split(" ")) listener ? heard(name).delete(listener) : listeners.delete(name);
      },
      widget_manager: { get_model: async (reference) => models.get(reference.replace("IPY_MODEL_", "")) },
    };
    return model;
  }

  /** The widget that a module's text defines, evaluated once however many widgets share it. */
  function load(source) {
    if (!modules.has(source)) {
      const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
      modules.set(source, import(address).then((module) => module.default));
    }
    return modules.get(source);
  }

  /** Show one view after its script. What goes wrong is said in its place. */
  async function mount(place) {
    const el = document.createElement("div");
    el.className = "page-widget";
    place.after(el);
    try {
      const model = models.get(JSON.parse(place.textContent).model_id);
      if (!model) throw new Error("its state is not in this page");
      const widget = await load(model.get("_esm"));
      model.started ??= Promise.resolve(widget.initialize?.({ model }));
      await model.started;
      await widget.render({ model, el });
      el.dataset.ready = "true";
    } catch (error) {
      console.error(error);
      el.setAttribute("role", "alert");
      el.textContent = `This figure could not start: ${error.message}`;
    }
  }

  const sources = Object.assign({}, ...contents("lmkit.modules"));
  for (const { state } of contents("jupyter.widget-state")) {
    for (const [id, saved] of Object.entries(state)) models.set(id, createModel(restore(saved, sources)));
  }
  scripts("jupyter.widget-view").forEach(mount);
})();
