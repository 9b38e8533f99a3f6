// A layered drawing (Sugiyama, Tagawa and Toda, 1981): rows, their order, and places in them.
//
// Values flow down and gradients flow up beside them, updates to the right, so that a gradient stands near the value it
// belongs to. Edges pass between the boxes of a row, never behind one.
"use strict";

const layers = (() => {
  const GAP = { box: 18, edge: 12, row: 30 };
  const LANES = { forward: 0, tangent: 1, backward: 2, update: 3 };
  const SWEEPS = 12;
  const RELAXATIONS = 40;

  // Edges point down here; those between gradients are turned round.
  function downwards(boxes, edges) {
    const items = new Map();
    for (const box of boxes.values()) {
      items.set(box.id, {
        id: box.id, lane: LANES[box.part], width: box.width, height: box.height, box, above: [], below: [], row: 0,
      });
    }
    const links = [];
    for (const edge of edges.values()) {
      const rises = boxes.get(edge.from).part === "backward" && boxes.get(edge.to).part === "backward"
        && boxes.get(edge.from).of === undefined;
      const [a, b] = rises ? [edge.to, edge.from] : [edge.from, edge.to];
      links.push({ edge, rises, a: items.get(a), b: items.get(b) });
    }
    breakCycles(items, links);
    for (const link of links) {
      link.a.below.push(link);
      link.b.above.push(link);
    }
    return { items: [...items.values()], links };
  }

  // Where a gradient is differentiated again, edges may go round; one edge of each circle is turned.
  function breakCycles(items, links) {
    const out = new Map([...items.values()].map((item) => [item, []]));
    for (const link of links) out.get(link.a).push(link);
    const state = new Map();
    for (const start of items.values()) {
      if (state.has(start)) continue;
      const stack = [[start, 0]];
      state.set(start, "open");
      while (stack.length) {
        const top = stack[stack.length - 1];
        const link = out.get(top[0])[top[1]++];
        if (!link) {
          state.set(top[0], "done");
          stack.pop();
          continue;
        }
        const next = link.b === top[0] ? link.a : link.b;
        if (state.get(next) === "open" && link.b === next) link.turned = true;
        else if (!state.has(next)) {
          state.set(next, "open");
          stack.push([next, 0]);
        }
      }
    }
    for (const link of links) {
      if (link.turned) Object.assign(link, { a: link.b, b: link.a, rises: !link.rises });
    }
  }

  function sorted(items) {
    const waiting = new Map(items.map((item) => [item, item.above.length]));
    const ready = items.filter((item) => !item.above.length);
    for (let k = 0; k < ready.length; k += 1) {
      for (const { b } of ready[k].below) {
        waiting.set(b, waiting.get(b) - 1);
        if (!waiting.get(b)) ready.push(b);
      }
    }
    return ready;
  }

  const isLeaf = (item) => item.box.of !== undefined;
  const after = (links) => links.reduce((row, { a }) => Math.max(row, a.row + 1), 0);
  const ahead = (links) => links.reduce((row, { b }) => Math.min(row, b.row - 1), Infinity);

  // Each as soon as it can be computed: values from the top, gradients from the bottom, updates from where their
  // gradient is. What is only read, an input or a weight, stands right above its first reader.
  function giveRows(items) {
    const order = sorted(items);
    const isUpdate = (item) => item.lane === LANES.update;
    for (const item of order) item.row = after(item.above);
    for (const item of [...order].reverse()) {
      if (item.lane !== LANES.backward) continue;
      const room = ahead(item.below.filter(({ b }) => !isUpdate(b)));
      if (room !== Infinity) item.row = room;
    }
    for (const item of order) if (isUpdate(item)) item.row = after(item.above.filter(({ a }) => !isLeaf(a)));
    for (const item of order) if (isLeaf(item)) item.row = ahead(item.below);
    const least = Math.min(...items.map((item) => item.row));
    for (const item of items) item.row -= least;
    const used = [...new Set(items.map((item) => item.row))].sort((a, b) => a - b);
    const number = new Map(used.map((row, k) => [row, k]));
    for (const item of items) item.row = number.get(item.row);
    return used.length;
  }

  // An edge over several rows gets a place in each of those between.
  function bend(items, links, count) {
    const rows = Array.from({ length: count }, () => []);
    for (const item of items) rows[item.row].push(item);
    for (const item of items) Object.assign(item, { up: [], down: [] });
    for (const link of links) {
      link.bends = [];
      const lane = link.a.lane === link.b.lane ? link.a.lane : (link.a.lane + link.b.lane) / 2;
      let from = link.a;
      for (let row = link.a.row + 1; row < link.b.row; row += 1) {
        const item = { lane, width: 0, height: 0, row, up: [from], down: [], of: link };
        from.down.push(item);
        link.bends.push(item);
        rows[row].push(item);
        from = item;
      }
      from.down.push(link.b);
      link.b.up.push(from);
    }
    return rows;
  }

  function number(rows) {
    for (const row of rows) row.forEach((item, k) => { item.at = k; });
  }

  function crossings(rows) {
    let sum = 0;
    for (const row of rows.slice(0, -1)) {
      const ends = row.flatMap((item) => item.down.map((d) => d.at).sort((a, b) => a - b));
      const tree = new Array(2 + ends.reduce((most, end) => Math.max(most, end), 0)).fill(0);
      for (let k = ends.length - 1; k >= 0; k -= 1) {
        for (let i = ends[k]; i > 0; i -= i & -i) sum += tree[i];
        for (let i = ends[k] + 1; i < tree.length; i += i & -i) tree[i] += 1;
      }
    }
    return sum;
  }

  function median(values) {
    const v = values.sort((a, b) => a - b);
    const half = v.length >> 1;
    return v.length % 2 ? v[half] : (v[half - 1] + v[half]) / 2;
  }

  function sortRow(row, side) {
    const wish = new Map(row.map((item) => [item, item[side].length ? median(item[side].map((n) => n.at)) : item.at]));
    row.sort((p, q) => p.lane - q.lane || wish.get(p) - wish.get(q) || p.at - q.at);
    row.forEach((item, k) => { item.at = k; });
  }

  // Begins from where things were, so that of two orders with as few crossings the old one stays.
  function arrange(rows, before) {
    const old = (item) => (item.box && before?.boxes.has(item.id) ? before.boxes.get(item.id).x : undefined);
    for (const row of rows) {
      row.sort((p, q) => p.lane - q.lane);
      const known = row.filter((item) => old(item) !== undefined);
      known.sort((p, q) => p.lane - q.lane || old(p) - old(q));
      let k = 0;
      row.forEach((item, n) => { if (old(item) !== undefined) row[n] = known[k++]; });
    }
    number(rows);
    let best = { count: crossings(rows), rows: rows.map((row) => [...row]) };
    for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
      const down = sweep % 2 === 0;
      for (const row of down ? rows.slice(1) : rows.slice(0, -1).reverse()) sortRow(row, down ? "up" : "down");
      const count = crossings(rows);
      if (count < best.count) best = { count, rows: rows.map((row) => [...row]) };
    }
    best.rows.forEach((row, k) => { rows[k] = row; });
    number(rows);
  }

  function spaced(p, q) {
    return (p.width + q.width) / 2 + (p.box && q.box ? GAP.box : GAP.edge) + (p.lane === q.lane ? 0 : GAP.edge);
  }

  // The places nearest to the wished ones in this order and with room between (pool adjacent violators).
  function settle(row, wish, weight) {
    const blocks = [];
    let offset = 0;
    row.forEach((item, k) => {
      if (k) offset += spaced(row[k - 1], item);
      item.offset = offset;
      blocks.push({ sum: (wish(item) - offset) * weight(item), weight: weight(item), count: 1 });
      while (blocks.length > 1) {
        const [p, q] = blocks.slice(-2);
        if (p.sum / p.weight <= q.sum / q.weight) break;
        blocks.pop();
        Object.assign(p, { sum: p.sum + q.sum, weight: p.weight + q.weight, count: p.count + q.count });
      }
    });
    let k = 0;
    for (const block of blocks) {
      for (let n = 0; n < block.count; n += 1, k += 1) row[k].x = block.sum / block.weight + row[k].offset;
    }
  }

  function pull(p, q) {
    if (!p.box && !q.box) return 12; // straight where it is long
    return (p.box && q.box ? 2 : 3) * (p.lane === q.lane ? 1 : 0.3);
  }

  function place(rows) {
    for (const row of rows) settle(row, () => 0, () => 1);
    for (let k = 0; k < RELAXATIONS; k += 1) {
      for (const row of k % 2 ? [...rows].reverse() : rows) {
        const wish = (item) => {
          let [sum, weight] = [0, 0];
          for (const n of item.up) { sum += n.x * pull(item, n); weight += pull(item, n); }
          for (const n of item.down) { sum += n.x * pull(item, n); weight += pull(item, n); }
          return weight ? sum / weight : item.x;
        };
        settle(row, wish, (item) => (item.box ? 1 : 2));
      }
    }
    let y = 0;
    for (const row of rows) {
      const height = row.reduce((most, item) => Math.max(most, item.height), 0);
      for (const item of row) Object.assign(item, { y: y + height / 2, top: y, bottom: y + height });
      const wide = row.reduce((most, item) => Math.max(most, ...item.down.map((d) => Math.abs(d.x - item.x))), 0);
      y += height + GAP.row + Math.min(24, wide / 16);
    }
  }

  // Where edges touch a box: side by side, in the order in which they come.
  function ports(item, links, xOf) {
    const at = new Map();
    const inOrder = [...links].sort((p, q) => xOf(p) - xOf(q));
    const step = Math.min(16, (item.width * 0.7) / Math.max(1, inOrder.length));
    inOrder.forEach((link, k) => at.set(link, item.x + (k - (inOrder.length - 1) / 2) * step));
    return at;
  }

  function drawEdges(items, links) {
    const [lower, upper] = [new Map(), new Map()];
    for (const item of items) {
      lower.set(item, ports(item, item.below, (link) => (link.bends[0] || link.b).x));
      upper.set(item, ports(item, item.above, (link) => (link.bends[link.bends.length - 1] || link.a).x));
    }
    for (const link of links) {
      const { edge, rises, a, b, bends } = link;
      const points = [{ x: lower.get(a).get(link), y: a.y + a.height / 2 }];
      for (const bent of bends) points.push({ x: bent.x, y: bent.top }, { x: bent.x, y: bent.bottom });
      points.push({ x: upper.get(b).get(link), y: b.y - b.height / 2 });
      edge.points = rises ? points.reverse() : points;
    }
  }

  // Gives every box its `x` and `y` and every edge its `points`.
  function arranged({ boxes, edges }, before) {
    const { items, links } = downwards(boxes, edges);
    const rows = bend(items, links, giveRows(items));
    arrange(rows, before);
    place(rows);
    drawEdges(items, links);
    for (const item of items) Object.assign(item.box, { x: item.x, y: item.y });
  }

  return { arranged };
})();
