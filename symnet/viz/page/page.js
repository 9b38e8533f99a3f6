// The state of the page (stage, node, fold), and what changes it: the slider, the keys, the search, the buttons.
"use strict";

(() => {
  const at = (id) => document.getElementById(id);
  const { stages, data } = model;
  const slider = at("slider");
  const state = { k: 0, id: null, before: false };
  let timer = null;

  function stageShown() {
    return stages[state.before ? Math.max(0, state.k - 1) : state.k];
  }

  function boxOf(id) {
    const { boxes } = drawing.placed;
    if (boxes.has(id)) return [id];
    const leaves = [...boxes.values()].filter((box) => box.of === id).map((box) => box.id);
    if (leaves.length) return leaves;
    const stage = stageShown();
    if (stage.nodes.has(id) && model.isWrittenIn(stage, id)) return (model.readers(stage).get(id) || []).flatMap(boxOf);
    const group = folding.boxesOf(stage).boxOf.get(id);
    return group && boxes.has(group) ? [group] : [];
  }

  function draw(options = {}) {
    const old = drawing.placed;
    const next = layout.of(stageShown(), old);
    drawing.show(next, options);
    markStep(old, next);
    markNode();
    panel.showStep(state.k, state.before);
    panel.showNode(stageShown(), state.id);
    document.body.classList.toggle("is-before", state.before);
    at("colour").disabled = !stageShown().total;
    document.body.classList.toggle("by-cost", at("colour").value === "cost" && Boolean(stageShown().total));
    showLegend(next);
  }

  // What the rewrite put here, or, of the graph before it, what it will take away.
  function markStep(old, next) {
    const stage = stages[state.k];
    const isRule = Boolean(stage.before || stage.after);
    const removed = state.before ? model.removedAt(state.k) : [];
    const lit = state.before || !isRule ? [] : [...stage.lit];
    const fresh = isRule && !state.before && old ? freshEdges(stage) : [];
    if (isRule && !state.before && !fresh.length) lit.push(...rewired(stage));
    drawing.mark("lit", lit.flatMap(boxOf), fresh);
    drawing.mark("doomed", removed.flatMap(boxOf));
    drawing.redraw();
    const ends = fresh.flatMap((key) => [next.edges.get(key).from, next.edges.get(key).to]);
    const wanted = state.before ? removed.flatMap(boxOf) : [...lit.flatMap(boxOf), ...ends];
    if (old) drawing.bringIntoView([...new Set(wanted)]);
  }

  function freshEdges(stage) {
    const last = stages[stages.indexOf(stage) - 1];
    const found = [];
    for (const [key, { from, to }] of drawing.placed.edges) {
      const record = stage.nodes.get(to);
      const was = last.nodes.get(to);
      const read = from.split("@")[0];
      if (record && (!was || !(was.ins || []).includes(read))) found.push(key);
    }
    return found;
  }

  // Nodes that were there and read something else now: what they read may have no edge of its own, such as a number.
  function rewired(stage) {
    const last = stages[stages.indexOf(stage) - 1];
    return [...stage.nodes].filter(([id, record]) => {
      const was = last.nodes.get(id);
      return was && record.ins && was.ins.join() !== record.ins.join();
    }).map(([id]) => id);
  }

  function markNode() {
    const stage = stageShown();
    if (state.id === null || !stage.nodes.has(state.id)) {
      for (const name of ["selected", "near", "partner"]) drawing.mark(name, []);
      return;
    }
    const own = new Set(boxOf(state.id));
    const record = stage.nodes.get(state.id);
    const near = [...drawing.placed.edges].filter(([, e]) => own.has(e.from) || own.has(e.to));
    drawing.mark("selected", own);
    drawing.mark("near", near.flatMap(([, e]) => [e.from, e.to]), near.map(([key]) => key));
    const partners = record.part === "backward" ? model.forwardOf(stage, state.id) : model.gradientsOf(stage, state.id);
    drawing.mark("partner", partners.flatMap(boxOf));
  }

  // moving through the stages ------------------------------------------------------------------------------------------
  function to(k, { before = false } = {}) {
    state.k = Math.min(stages.length - 1, Math.max(0, k));
    state.before = before && state.k > 0;
    slider.value = state.k;
    const stage = stages[state.k];
    slider.setAttribute("aria-valuetext", `${stage.step}: ${stage.title}`);
    at("place").textContent = `${state.k + 1} of ${stages.length}`;
    stops().forEach((stop, n) => {
      stop.classList.toggle("here", n === state.k);
      stop.classList.toggle("past", n < state.k);
    });
    for (const segment of at("track").children) segment.classList.toggle("here", Boolean(segment.querySelector(".here")));
    draw();
  }

  function select(id, { follow = true } = {}) {
    state.id = id;
    if (id !== null && follow) {
      const boxes = boxOf(id);
      if (!boxes.length || boxes[0] !== id) folding.reveal(stageShown(), id);
      draw({ animate: true });
      drawing.bringIntoView(boxOf(id));
    } else {
      markNode();
      panel.showNode(stageShown(), id);
    }
  }

  function fold(path, open) {
    folding.unfold(path, open);
    draw();
    if (!open) drawing.bringIntoView([path]);
  }

  function play(on) {
    clearInterval(timer);
    timer = on ? setInterval(() => (state.k + 1 < stages.length ? to(state.k + 1) : play(false)), 1600) : null;
    at("play").classList.toggle("on", on);
    if (on && state.k + 1 >= stages.length) to(0);
  }

  // The track: a segment for each pass, with a dot for each stage in it.
  function showTrack() {
    slider.max = stages.length - 1;
    let segment = null;
    stages.forEach((stage, k) => {
      if (k === 0 || stages[k - 1].step !== stage.step) {
        segment = panel.element("div", { name: "segment", title: stage.step });
        segment.append(panel.element("div", { name: "stops" }), panel.element("span", { text: stage.step.replace(/_/g, " ") }));
        at("track").append(segment);
      }
      segment.firstChild.append(panel.element("i", { title: stage.title }));
      segment.style.flexGrow = segment.firstChild.children.length;
    });
  }

  function stops() {
    return [...at("track").querySelectorAll("i")];
  }

  function toNearest(event) {
    const distance = (stop) => {
      const { left, right } = stop.getBoundingClientRect();
      return Math.abs((left + right) / 2 - event.clientX);
    };
    const all = stops();
    const nearest = all.reduce((best, stop, k) => (distance(stop) < distance(all[best]) ? k : best), 0);
    if (nearest !== state.k || state.before) to(nearest);
  }

  function showLegend(next) {
    const used = new Set([...next.boxes.values()].filter((b) => b.kind !== "number").map((b) => b.part));
    const legend = at("legend");
    legend.replaceChildren();
    for (const [part, { title }] of Object.entries(data.palette)) {
      if (used.has(part)) legend.append(panel.element("span", { name: `of-${part}`, text: title }));
    }
    const stage = stages[state.k];
    if (state.before) legend.append(panel.element("span", { name: "doomed", text: "taken away" }));
    else if (stage.before || stage.after) legend.append(panel.element("span", { name: "lit", text: "changed" }));
  }

  // the search -----------------------------------------------------------------------------------------------------------
  // Those first that are called so, then those of such an op, then those of such a type, line or part.
  function matches(words) {
    const stage = stageShown();
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    if (!wanted.length) return [];
    const found = [[], [], [], []];
    for (const [id, record] of stage.nodes) {
      if (model.isNumber(record)) continue;
      const excerpt = model.excerptOf(record);
      const own = excerpt ? excerpt.text[excerpt.line - excerpt.first] : "";
      const part = data.palette[model.partOf(record)].title;
      const name = (record.name ?? "").toLowerCase();
      const op = [name, record.op, ...(record.fused || [])].join(" ").toLowerCase();
      const all = [op, record.type, record.kind, excerpt?.place, own, part, ...(record.scope || [])].join(" ");
      const holds = (text) => wanted.every((word) => text.toLowerCase().includes(word));
      const rank = [name === words.trim().toLowerCase(), holds(name), holds(op), holds(all)].indexOf(true);
      if (rank >= 0) found[rank].push(id);
    }
    return found.flat();
  }

  const search = at("search");
  const found = at("found");
  let hits = [];
  let chosen = 0;

  function showFound() {
    hits = matches(search.value);
    chosen = 0;
    const stage = stageShown();
    found.replaceChildren(...hits.slice(0, 12).map((id, k) => {
      const record = stage.nodes.get(id);
      const excerpt = model.excerptOf(record);
      const item = panel.element("li", { name: `of-${model.partOf(record)}`, text: model.titleOf(stage, record) });
      item.append(panel.element("small", { text: [record.op, excerpt && excerpt.place].filter(Boolean).join(" \u00b7 ") }));
      item.setAttribute("role", "option");
      item.addEventListener("pointerdown", (event) => { event.preventDefault(); choose(k); });
      return item;
    }));
    if (hits.length > 12) found.append(panel.element("li", { name: "muted", text: `and ${hits.length - 12} more` }));
    if (!hits.length && search.value) found.append(panel.element("li", { name: "muted", text: "nothing is called so" }));
    found.hidden = !search.value;
    drawing.mark("match", hits.flatMap(boxOf));
    markChosen();
  }

  function markChosen() {
    [...found.children].forEach((item, k) => item.setAttribute("aria-selected", String(k === chosen && hits.length > 0)));
  }

  function choose(k) {
    if (hits.length) select(hits[k]);
    found.hidden = true;
    drawing.mark("match", []);
    search.blur();
  }

  search.addEventListener("input", showFound);
  search.addEventListener("focus", showFound);
  search.addEventListener("blur", () => { found.hidden = true; drawing.mark("match", []); });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") choose(chosen);
    else if (event.key === "Escape") { search.value = ""; search.blur(); }
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const count = Math.min(12, hits.length) || 1;
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : count - 1)) % count;
      markChosen();
      event.preventDefault();
    }
    event.stopPropagation();
  });

  // buttons and keys -------------------------------------------------------------------------------------------------------
  const actions = {
    ArrowLeft: () => to(state.k - 1),
    ArrowRight: () => to(state.k + 1),
    Home: () => to(0),
    End: () => to(stages.length - 1),
    b: () => to(state.k, { before: !state.before && Boolean(stages[state.k].before) }),
    "/": () => search.focus(),
    "+": () => drawing.zoom(1.25),
    "=": () => drawing.zoom(1.25),
    "-": () => drawing.zoom(0.8),
    1: () => drawing.zoomTo(1),
    0: () => drawing.fit(),
    f: () => drawing.fit(),
    " ": () => play(!timer),
    Escape: () => { play(false); select(null); },
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(actions, event.key)) return;
    if (event.target.closest("select, summary") || (event.key === " " && event.target.closest("button"))) return;
    event.preventDefault();
    actions[event.key]();
  });
  slider.addEventListener("input", () => to(Number(slider.value)));
  at("track").addEventListener("pointerdown", (event) => {
    at("track").setPointerCapture(event.pointerId);
    toNearest(event);
    slider.focus({ preventScroll: true, focusVisible: false });
  });
  at("track").addEventListener("pointermove", (event) => {
    if (at("track").hasPointerCapture(event.pointerId)) toNearest(event);
  });
  at("back").addEventListener("click", () => to(state.k - 1));
  at("forth").addEventListener("click", () => to(state.k + 1));
  at("play").addEventListener("click", () => play(!timer));
  at("smaller").addEventListener("click", () => drawing.zoom(0.8));
  at("larger").addEventListener("click", () => drawing.zoom(1.25));
  at("actual").addEventListener("click", () => drawing.zoomTo(1));
  at("fit").addEventListener("click", () => drawing.fit());
  at("fold").addEventListener("change", (event) => { folding.by(event.target.value); draw(); drawing.begin(); });
  at("colour").addEventListener("change", () => draw());
  drawing.whenViewed((scale) => { at("actual").textContent = `${Math.round(scale * 100)} %`; });
  drawing.whenSelected((id) => {
    const box = id === null ? null : drawing.placed.boxes.get(id);
    if (box && box.kind === "group") fold(id, true);
    else select(box ? box.of || id : null, { follow: false });
  });
  panel.whenAsked({ to, select, fold, before: (on) => to(state.k, { before: on }) });

  // the beginning ----------------------------------------------------------------------------------------------------------
  for (const [part, { fill, ink }] of Object.entries(data.palette)) {
    document.body.style.setProperty(`--fill-${part}`, fill);
    document.body.style.setProperty(`--ink-${part}`, ink);
  }
  const hasScopes = stages.some((stage) => [...stage.nodes.values()].some((record) => record.scope));
  at("fold").querySelector("[value=scope]").disabled = !hasScopes;
  document.title = data.title;
  at("title").textContent = at("title").title = data.title;
  at("note").textContent = data.note;
  at("note").hidden = !data.note;
  if (stages.length) {
    showTrack();
    to(0);
    drawing.begin();
  }
  document.body.dataset.ready = "yes";
})();
