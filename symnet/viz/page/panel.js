// The panel beside the graph: what the step did, and what is known of the node that was clicked.
"use strict";

const panel = (() => {
  const stepPlace = document.getElementById("step");
  const detailsPlace = document.getElementById("details");
  let go = {};

  // An element with text in it. Every word of the user's comes onto the page by this function or as SVG text.
  function element(tag, { text, name, ...properties } = {}, ...children) {
    const made = document.createElement(tag);
    if (name) made.className = name;
    if (text !== undefined) made.textContent = text;
    Object.assign(made, properties);
    made.append(...children.filter(Boolean));
    return made;
  }

  function rows(pairs) {
    const list = element("dl");
    for (const [word, value] of pairs.filter(([, v]) => v !== "" && v != null)) {
      list.append(element("dt", { text: word }));
      list.append(value instanceof Node ? element("dd", {}, value) : element("dd", { text: value }));
    }
    return list;
  }

  function code(numbered, marked) {
    const block = element("pre", { name: "code" });
    for (const [number, text] of numbered) {
      const line = element("span", { name: marked.has(number) ? "line here" : "line" });
      line.append(element("span", { name: "number", text: String(number) }), element("code", { text: `${text}\n` }));
      block.append(line);
    }
    return block;
  }

  function excerptBlock(excerpt) {
    if (!excerpt) return null;
    const block = element("div", { name: "excerpt" }, element("h3", { text: `Your line: ${excerpt.place}` }));
    if (excerpt.text.length) {
      block.append(code(excerpt.text.map((t, k) => [excerpt.first + k, t]), new Set([excerpt.line])));
    } else {
      block.append(element("p", { name: "muted", text: "its text cannot be read" }));
    }
    return block;
  }

  function nodeButton(stage, id) {
    const record = stage.nodes.get(id);
    const button = element("button", { name: `node of-${model.partOf(record)}`, text: model.titleOf(stage, record) });
    if (model.isOp(record) && record.name !== undefined) button.append(element("small", { text: record.op }));
    button.addEventListener("click", () => go.select(id));
    return button;
  }

  function nodeButtons(title, stage, ids, most = 24) {
    if (!ids.length) return null;
    const block = element("div", {}, element("h3", { text: title }));
    const list = element("div", { name: "nodes" });
    for (const id of ids.slice(0, most)) list.append(nodeButton(stage, id));
    if (ids.length > most) list.append(element("span", { name: "muted", text: `and ${ids.length - most} more` }));
    block.append(list);
    return block;
  }

  // the step ---------------------------------------------------------------------------------------------------------
  function showStep(k, before) {
    const stage = model.stages[k];
    stepPlace.replaceChildren();
    const rule = stage.before || stage.after;
    stepPlace.append(
      element("p", { name: "pass", text: rule ? `${stage.step}, rewrite ${k}` : stage.step }),
      element("h2", { text: stage.title }),
    );
    if (stage.reason) stepPlace.append(element("p", { name: "reason", text: stage.reason }));
    if (!rule) return;
    const formula = element("div", { name: "formula" });
    const [old, now] = [element("button"), element("button")];
    for (const [button, word, text, isNow] of [[old, "before", stage.before, false], [now, "after", stage.after, true]]) {
      button.append(element("span", { text: word }), element("code", { text }));
      button.setAttribute("aria-pressed", String(isNow !== before));
      button.className = word;
      button.addEventListener("click", () => go.before(!isNow));
      formula.append(button);
    }
    stepPlace.append(formula);
    const excerpt = excerptBlock(model.excerptOf(stage));
    if (excerpt) stepPlace.append(excerpt);
  }

  // the node ---------------------------------------------------------------------------------------------------------
  function costOf(stage, id) {
    const record = stage.nodes.get(id);
    const from = model.loweredFrom(stage, id);
    if (!from) return null;
    const costed = from.ids.map((x) => from.stage.nodes.get(x)).filter((r) => r.us);
    if (!costed.length) return record.view ? "nothing: it is a view" : null;
    const sum = (key) => costed.reduce((total, r) => total + (r[key] || 0), 0);
    const words = [layout.costText(totalled(from.stage), { us: sum("us"), times: record.times }), "predicted"];
    if (!from.exact) words.push(`for all ${costed.length} ops of this line`);
    const measured = sum("measured");
    return words.join(", ") + (measured ? `; ${measured.toFixed(1)} \u00b5s measured` : "");
  }

  function totalled(stage) {
    if (stage.total === undefined) layout.of(stage, null);
    return stage;
  }

  function linesBlock(stage, id) {
    const from = model.loweredFrom(stage, id);
    if (!from) return null;
    const found = new Set(from.ids.flatMap((x) => from.stage.nodes.get(x).lines || []));
    if (!found.size) return null;
    const title = from.exact ? "Generated lines" : "Generated lines of this line of yours";
    const numbers = [...found].sort((a, b) => a - b);
    const block = element("div", {}, element("h3", { text: title }));
    block.append(code(numbers.slice(0, 40).map((n) => [n, model.data.source[n - 1].trim()]), new Set()));
    const whole = element("details", {}, element("summary", { text: "the whole module" }));
    whole.addEventListener("toggle", () => {
      if (whole.open && whole.children.length === 1) {
        whole.append(code(model.data.source.map((text, k) => [k + 1, text]), found));
      }
    });
    block.append(whole);
    return block;
  }

  function historyOf(id) {
    const words = [];
    const [from, to] = [model.born.get(id), model.gone.get(id)];
    const cause = (k) => (model.stages[k].before ? model.stages[k].title : `step \u201c${model.stages[k].step}\u201d`);
    if (from > 0) words.push([`made by ${cause(from)}`, from]);
    if (to !== undefined) words.push([`replaced by ${cause(to)}`, to]);
    if (!words.length) return null;
    const list = element("div", { name: "nodes" });
    for (const [text, k] of words) {
      const button = element("button", { name: "node", text });
      button.addEventListener("click", () => go.to(k));
      list.append(button);
    }
    return list;
  }

  function breadcrumbs(stage, id) {
    const trail = folding.groupsAround(stage, id).filter((group) => group.size > 1);
    if (!trail.length) return null;
    const list = element("div", { name: "nodes" });
    for (const group of trail) {
      const title = group.level === "part" ? model.data.palette[group.part].title : group.title;
      const button = element("button", { name: "node", text: `${title} (${group.size})`, title: "fold" });
      button.addEventListener("click", () => go.fold(group.path, false));
      list.append(button);
    }
    return list;
  }

  function kindOf(record) {
    if (model.isOp(record)) return model.data.ops[record.op] || "";
    return {
      input: "an input of the function", shared: "a shared variable", constant: "a constant", number: "a number",
      output: "an output of the function", new: "the new value of a shared variable",
    }[record.kind];
  }

  function showNode(stage, id) {
    detailsPlace.replaceChildren();
    const record = id === null ? null : stage.nodes.get(id);
    if (!record) {
      detailsPlace.append(element("p", { name: "muted hint", text: "Click a node to see where it comes from." }), keys());
      return;
    }
    const part = model.data.palette[model.partOf(record)].title;
    detailsPlace.append(
      element("h2", { name: `of-${model.partOf(record)}`, text: model.titleOf(stage, record) }),
      element("p", { name: "reason", text: kindOf(record) }),
      rows([
        ["op", record.fused ? model.operationText(stage, record) : record.op],
        ["with", record.with],
        ["type", record.type],
        ["part", model.isOp(record) ? part : ""],
        ["memory", record.memory],
        ["cost", costOf(stage, id)],
        ["rewrites", historyOf(id)],
        ["fold", breadcrumbs(stage, id)],
      ]),
    );
    const isForward = record.part === "forward" || !model.isOp(record);
    const numbers = (record.ins || []).filter((x) => model.isNumber(stage.nodes.get(x)));
    const read = (record.ins || []).filter((x) => !numbers.includes(x));
    for (const block of [
      excerptBlock(model.excerptOf(record)),
      linesBlock(stage, id),
      nodeButtons("Reads", stage, read),
      nodeButtons("Read by", stage, model.readers(stage).get(id) || []),
      isForward ? nodeButtons("Its gradient", stage, model.gradientsOf(stage, id)) : null,
      record.part === "backward" ? nodeButtons("Gradient of", stage, model.forwardOf(stage, id)) : null,
    ]) {
      if (block) detailsPlace.append(block);
    }
  }

  function keys() {
    const list = [
      ["\u2190 \u2192", "step through the compilation"], ["b", "before and after a rewrite"], ["/", "search"],
      ["+ \u2212 1 0", "zoom, actual size, whole graph"], ["space", "play"], ["Esc", "let go"],
    ];
    const shown = element("dl", { name: "keys" });
    for (const [key, text] of list) shown.append(element("dt", { text: key }), element("dd", { text }));
    return shown;
  }

  return { element, showStep, showNode, whenAsked(actions) { go = actions; } };
})();
