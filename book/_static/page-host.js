/* Shows the widgets of a built page, without a kernel: the state that a notebook left in the page is read, each module
   called with {model, el} as anywidget (anywidget.dev) does it, and what a reader changes stays here.
   A classic script: a page opened from a file may not load modules by address. */
(() => {
  "use strict";

  const scripts = (kind) => [...document.querySelectorAll(`script[type="application/vnd.${kind}+json"]`)];
  const contents = (kind) => scripts(kind).map((script) => JSON.parse(script.textContent));

  const [sources] = contents("lmkit.modules");
  const [{ state: saved }] = contents("jupyter.widget-state");
  const models = new Map(); // by the id that a view names
  const modules = new Map(); // promises, by the source text

  /** Base64 as a DataView, which is what Jupyter makes of bytes. */
  function decode(text) {
    const raw = atob(text);
    const bytes = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
    return new DataView(bytes.buffer);
  }

  /** The traits of a saved widget, with its bytes and its module in their places. */
  function restore({ error, state, buffers = [] }) {
    if (error) throw new Error(error);
    const traits = { ...state, _esm: sources[state._esm] };
    for (const { path, data } of buffers) {
      const place = path.slice(0, -1).reduce((part, key) => part[key], traits);
      place[path.at(-1)] = decode(data);
    }
    return traits;
  }

  /** What a module may ask of its model, which the views of a widget share. */
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
      widget_manager: { get_model: async (reference) => find(reference.replace("IPY_MODEL_", "")) },
    };
    return model;
  }

  /** A model, made when a view asks for it: what is damaged in its state concerns its views alone. */
  function find(id) {
    if (!models.has(id) && saved[id]) models.set(id, createModel(restore(saved[id])));
    return models.get(id);
  }

  /** The widget that a module defines, evaluated once. */
  function load(source) {
    if (!modules.has(source)) {
      const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
      modules.set(source, import(address).then((module) => module.default));
    }
    return modules.get(source);
  }

  /** Show one view after its script; what goes wrong, too. */
  async function mount(place) {
    const el = document.createElement("div");
    el.className = "page-widget";
    place.after(el);
    try {
      const model = find(JSON.parse(place.textContent).model_id);
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

  scripts("jupyter.widget-view").forEach(mount);
})();
