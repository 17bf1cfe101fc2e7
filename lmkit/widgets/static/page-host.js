/* Shows the widgets of a built page, without a kernel: what a notebook left of a widget is read when the reader comes near,
   its module called with {model, el} as anywidget does it, and what a reader changes stays here. */
(() => {
  "use strict";

  const saved = JSON.parse(document.querySelector('script[type="application/vnd.lmkit.figures+json"]').textContent);
  const models = new Map(); // promises, by the id that a view names
  const widgets = new Map(); // promises, by the file of the module that defines one

  /** Base64 as a DataView, which is what Jupyter makes of bytes. */
  function decode(text) {
    const raw = atob(text);
    const bytes = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
    return new DataView(bytes.buffer);
  }

  /** The traits of a saved widget, with its bytes in their places. */
  function restore({ state, buffers = [] }) {
    const traits = { ...state };
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
      save_changes() {}, // no Python to tell
      on: (names, listener) => names.split(" ").forEach((name) => heard(name).add(listener)),
      off(names = [...listeners.keys()].join(" "), listener) {
        for (const name of names.split(" ")) listener ? heard(name).delete(listener) : listeners.delete(name);
      },
      widget_manager: { get_model: (reference) => find(reference.replace("IPY_MODEL_", "")) },
    };
    return model;
  }

  /** A model, made when a view asks for it: what is damaged in its state concerns its views alone. */
  async function make(id) {
    const { state, error = "its state is not in this page" } = saved[id] ?? {};
    if (!state) throw new Error(error);
    return createModel(restore(await late.ask(state)));
  }
  const find = (id) => models.get(id) ?? models.set(id, make(id)).get(id);

  /** The widget that a module defines, evaluated once. */
  async function evaluate(file) {
    const source = await late.ask(file);
    const module = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    return module.default;
  }
  const load = (file) => widgets.get(file) ?? widgets.set(file, evaluate(file)).get(file);

  const twoFrames = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

  /** Show one view in its place; what goes wrong, too. */
  async function mount(el) {
    try {
      const { widget: id } = el.dataset;
      const [model, widget] = await Promise.all([find(id), saved[id]?.module && load(saved[id].module)]);
      await new Promise((done) => setTimeout(done)); // in a task of its own
      model.started ??= Promise.resolve(widget.initialize?.({ model }));
      await model.started;
      await widget.render({ model, el });
      await twoFrames(); // in which a figure finds its size: then nothing moves
      el.dataset.ready = "true";
    } catch (error) {
      console.error(error);
      el.setAttribute("role", "alert");
      el.textContent = `This figure could not start: ${error.message}`;
    }
  }

  document.querySelectorAll(".page-widget").forEach((el) => late.near(el, () => mount(el)));
})();
