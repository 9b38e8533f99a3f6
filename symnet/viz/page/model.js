// What the page shows: the stages of a compilation, and how the nodes in them belong together.
"use strict";

const model = (() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const stages = [];
  const born = new Map();
  const gone = new Map();
  let nodes = new Map();
  data.stages.forEach((change, k) => {
    nodes = new Map(nodes);
    for (const id of change.cut) {
      nodes.delete(id);
      gone.set(id, k);
    }
    for (const [id, record] of Object.entries(change.put)) {
      if (!born.has(id)) born.set(id, k);
      nodes.set(id, record);
    }
    stages.push({ ...change, nodes, lit: new Set(change.lit) });
  });

  const excerptOf = (record) => (record.at == null ? null : data.excerpts[record.at]);
  const isOp = (record) => record.op !== undefined;
  const isLeaf = (record) => record.kind === "input" || record.kind === "shared" || record.kind === "constant";
  const isNumber = (record) => record.kind === "number";

  // The part an end of the graph belongs to is that of what it shows.
  function partOf(record) {
    return record.part || (record.kind === "new" ? "update" : "forward");
  }

  // What a rule took away at stage k.
  function removedAt(k) {
    if (k === 0) return [];
    return [...stages[k - 1].nodes.keys()].filter((id) => !stages[k].nodes.has(id));
  }

  // Numbers, and scalars that many read, are written into the boxes that read them.
  function isWrittenIn(stage, id) {
    const record = stage.nodes.get(id);
    if (isNumber(record)) return true;
    return isLeaf(record) && record.type.endsWith(" ()") && (readers(stage).get(id) || []).length > 2;
  }

  function operationText(stage, record) {
    if (record.fused) return record.fused.join(" \u2192 ");
    if (!record.ins.some((id) => isWrittenIn(stage, id))) return record.op;
    const words = record.ins.map((id) => (isWrittenIn(stage, id) ? stage.nodes.get(id).name : "\u00b7"));
    if (record.symbol && words.length === 2) return `${words[0]} ${record.symbol} ${words[1]}`;
    return `${record.op}(${words.join(", ")})`;
  }

  function titleOf(stage, record) {
    if (record.name !== undefined) return record.name;
    return isOp(record) ? operationText(stage, record) : record.kind;
  }

  const readersIn = new WeakMap();
  function readers(stage) {
    if (!readersIn.has(stage)) {
      const found = new Map();
      for (const [id, record] of stage.nodes) {
        for (const x of new Set(record.ins || [])) {
          if (!found.has(x)) found.set(x, []);
          found.get(x).push(id);
        }
      }
      readersIn.set(stage, found);
    }
    return readersIn.get(stage);
  }

  // Inputs before readers; of two that may come in any order, the one that was made first.
  const ordersOf = new WeakMap();
  function order(stage) {
    if (!ordersOf.has(stage)) {
      const done = new Set();
      const found = [];
      for (const start of stage.nodes.keys()) {
        const stack = [start];
        while (stack.length) {
          const id = stack[stack.length - 1];
          const waiting = done.has(id) ? [] : (stage.nodes.get(id).ins || []).filter((x) => !done.has(x));
          if (waiting.length) {
            stack.push(...waiting.reverse());
          } else {
            stack.pop();
            if (!done.has(id)) found.push(id);
            done.add(id);
          }
        }
      }
      ordersOf.set(stage, found);
    }
    return ordersOf.get(stage);
  }

  // The ops of a part that come from the node that `record` comes from; where it has none there, those of its line.
  function related(stage, record, part) {
    const ops = [...stage.nodes].filter(([, y]) => isOp(y) && y.part === part);
    const same = (field) => ops.filter(([, y]) => y[field] != null && y[field] === record[field]).map(([other]) => other);
    const exact = same("from");
    return { exact: exact.length > 0, ids: exact.length ? exact : same("at") };
  }

  // What an op was derived to, and first of all the one called g_h: that is the gradient by h itself.
  function gradientsOf(stage, id) {
    const record = stage.nodes.get(id);
    const isNamed = (y) => record.name !== undefined && y.part === "backward" && y.name === `g_${record.name}`;
    const named = [...stage.nodes].filter(([other, y]) => other !== id && isNamed(y)).map(([other]) => other);
    const derived = isOp(record) ? related(stage, record, "backward").ids : [];
    return [...named, ...derived.filter((other) => other !== id && !named.includes(other))];
  }

  function forwardOf(stage, id) {
    return related(stage, stage.nodes.get(id), "forward").ids;
  }

  // The lowered ops that come of a node: itself, if it lived on, else what it became, else all of its line and part.
  function loweredFrom(stage, id) {
    const record = stage.nodes.get(id);
    if (record.lines) return { exact: true, ids: [id], stage };
    const last = stages.find((s) => s.step === "lowered");
    if (!last || !isOp(record)) return null;
    const same = last.nodes.get(id);
    if (same && same.op === record.op) return { exact: true, ids: [id], stage: last };
    const found = related(last, record, record.part);
    if (found.ids.length) return { ...found, stage: last };
    const ids = [...last.nodes].filter(([, y]) => isOp(y) && y.at != null && y.at === record.at).map(([other]) => other);
    return ids.length ? { exact: false, ids, stage: last } : null;
  }

  return {
    data, stages, born, gone, excerptOf, isOp, isLeaf, isNumber, isWrittenIn, partOf, removedAt, operationText, titleOf, readers,
    order, gradientsOf, forwardOf, loweredFrom,
  };
})();
