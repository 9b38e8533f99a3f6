// The boxes of a stage, with their words and sizes, and where they stand: near to where they were before.
"use strict";

const layout = (() => {
  const FONT = getComputedStyle(document.body).fontFamily;
  const WIDEST = 230;
  const FEW = 8; // leaves or ends, which are drawn beside a folded group too
  const pen = document.createElement("canvas").getContext("2d");

  function fitted(text, font) {
    pen.font = font;
    let shown = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, "\ufffd");
    let width = pen.measureText(shown).width;
    if (width > WIDEST) {
      let keep = Math.max(1, Math.floor(shown.length * WIDEST / width) - 1);
      while (keep > 1 && pen.measureText(shown.slice(0, keep) + "\u2026").width > WIDEST) keep -= 1;
      shown = shown.slice(0, keep) + "\u2026";
      width = pen.measureText(shown).width;
    }
    return { text: shown, width };
  }

  function lines(...words) {
    return words.filter(([text]) => text).map(([text, kind]) => {
      const font = { name: `600 13px ${FONT}`, plain: `13px ${FONT}`, small: `11px ${FONT}` }[kind];
      return { ...fitted(text, font), kind };
    });
  }

  function sized(box) {
    const HEIGHT = { name: 17, plain: 17, small: 15 };
    box.width = Math.max(44, ...box.lines.map((l) => l.width + 22));
    box.height = box.lines.reduce((sum, l) => sum + HEIGHT[l.kind], 10);
    return box;
  }

  function costText(stage, record) {
    if (!record.us || !stage.total) return "";
    const share = record.us / stage.total;
    const us = record.us < 10 ? record.us.toFixed(1) : Math.round(record.us).toLocaleString("en");
    const runs = record.times > 1 ? ` in ${record.times} runs` : "";
    return `${us} \u00b5s${runs} \u00b7 ${share < 0.095 ? (share * 100).toFixed(1) : Math.round(share * 100)} %`;
  }

  function nodeBox(stage, id, record) {
    const box = { id, record, part: model.partOf(record), kind: record.kind || (record.view ? "view" : "op") };
    if (model.isOp(record)) {
      const op = model.operationText(stage, record);
      box.lines = record.name !== undefined ? lines([record.name, "name"], [op, "plain"]) : lines([op, "plain"]);
      box.lines.push(...lines([record.type, "small"], [costText(stage, record), "small"]));
      box.share = record.us && stage.total ? record.us / stage.largest : 0;
    } else {
      box.lines = lines([record.name, "name"], [record.type, "small"]);
    }
    return sized(box);
  }

  function groupBox(stage, group) {
    const title = { part: model.data.palette[group.part].title }[group.level] || group.title;
    const box = { id: group.path, kind: "group", part: group.part, group };
    box.lines = lines([title, "name"], [`${group.size.toLocaleString("en")} ops \u00b7 unfold`, "small"]);
    return sized(box);
  }

  // The boxes and edges to be drawn of a stage.
  function drawn(stage) {
    if (stage.total === undefined) {
      const costs = [...stage.nodes.values()].map((r) => r.us || 0);
      stage.total = costs.reduce((a, b) => a + b, 0);
      stage.largest = costs.reduce((a, b) => Math.max(a, b), 0) || 1;
    }
    const { boxOf, groups } = folding.boxesOf(stage);
    const boxes = new Map();
    const edges = new Map();
    const leaves = [...stage.nodes.values()].filter(model.isLeaf).length;
    const ends = [...stage.nodes.values()].filter((record) => !model.isOp(record) && record.ins).length;
    for (const id of model.order(stage)) {
      const record = stage.nodes.get(id);
      if (record.ins === undefined) continue;
      const own = boxOf.get(id) || id;
      if (!model.isOp(record) && ends > FEW && record.ins.every((x) => groups.has(boxOf.get(x)))) continue;
      const isGroup = groups.has(own);
      if (!boxes.has(own)) boxes.set(own, isGroup ? groupBox(stage, groups.get(own)) : nodeBox(stage, own, record));
      for (const x of record.ins) {
        const read = stage.nodes.get(x);
        if (model.isOp(record) && model.isWrittenIn(stage, x)) continue;
        let from = boxOf.get(x) || x;
        if (!model.isOp(read)) {
          if (isGroup && leaves > FEW) continue;
          from = `${x}@${model.partOf(record)}`;
          const leaf = () => ({ ...nodeBox(stage, x, read), id: from, of: x, part: model.partOf(record) });
          if (!boxes.has(from)) boxes.set(from, leaf());
        }
        if (from !== own) edges.set(`${from} ${own}`, { from, to: own });
      }
    }
    return { boxes, edges };
  }

  function placed(found, before) {
    layers.arranged(found, before);
    if (before) keepInPlace(found, before);
    found.extent = extentOf([...found.boxes.values()]);
    return found;
  }

  function median(values) {
    values.sort((a, b) => a - b);
    return values[values.length >> 1];
  }

  // Moved by the most common distance, so that most of what was there before stays where it was.
  function keepInPlace(now, before) {
    const common = [...now.boxes.values()].filter((box) => before.boxes.has(box.id))
      .map((box) => [box, before.boxes.get(box.id)]);
    if (!common.length) return;
    const dx = median(common.map(([box, old]) => old.x - box.x));
    const dy = median(common.map(([box, old]) => old.y - box.y));
    const move = (p) => { p.x += dx; p.y += dy; };
    for (const box of now.boxes.values()) move(box);
    for (const edge of now.edges.values()) edge.points.forEach(move);
  }

  function extentOf(boxes) {
    if (!boxes.length) return { left: 0, top: 0, right: 1, bottom: 1 };
    const extent = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    for (const { x, y, width, height } of boxes) {
      extent.left = Math.min(extent.left, x - width / 2);
      extent.right = Math.max(extent.right, x + width / 2);
      extent.top = Math.min(extent.top, y - height / 2);
      extent.bottom = Math.max(extent.bottom, y + height / 2);
    }
    return extent;
  }

  return { of: (stage, before) => placed(drawn(stage), before), extentOf, costText };
})();
