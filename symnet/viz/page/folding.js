// Which nodes of a stage are drawn one by one, and which are folded into one box: by part, scope and line.
"use strict";

const folding = (() => {
  const MOST_DRAWN = 150; // what unfolds by itself
  const MOST_CHILDREN = 60; // of one box; more of them come in runs
  const chosen = new Map(); // path -> whether the reader unfolded it
  let mode = "auto";

  function pathOf(stage, record) {
    const words = [...(record.frames || []).map((t) => ["frame", t]), ["part", model.partOf(record)]];
    for (const scope of record.scope || []) words.push(["scope", scope]);
    const excerpt = model.excerptOf(record);
    if (excerpt) words.push(["line", excerpt.place]);
    return words;
  }

  function treeOf(stage) {
    const root = { path: "", level: "root", title: "", groups: new Map(), children: [], size: 0 };
    for (const id of model.order(stage)) {
      const record = stage.nodes.get(id);
      if (!model.isOp(record)) continue;
      let at = root;
      for (const [level, title] of pathOf(stage, record)) {
        if (!at.groups.has(level + title)) {
          const group = {
            path: `${at.path}/${level}:${title}`, level, title, groups: new Map(), children: [], size: 0,
            part: model.partOf(record),
          };
          at.groups.set(level + title, group);
          at.children.push(group);
        }
        at.size += 1;
        at = at.groups.get(level + title);
      }
      at.size += 1;
      at.children.push(id);
    }
    balance(root);
    return root;
  }

  // A box with very many children gets boxes of runs in between, so that unfolding one never draws thousands.
  function balance(root) {
    const stack = [root];
    while (stack.length) {
      const group = stack.pop();
      while (group.children.length > MOST_CHILDREN * 1.5) {
        const runs = [];
        for (let k = 0; k < group.children.length; k += MOST_CHILDREN) {
          const children = group.children.slice(k, k + MOST_CHILDREN);
          const size = children.reduce((sum, c) => sum + (typeof c === "string" ? 1 : c.size), 0);
          const title = `${k + 1} to ${k + children.length} of ${group.children.length}`;
          runs.push({ path: `${group.path}/run:${title}`, level: "run", title, children, size, part: group.part });
        }
        group.children = runs;
      }
      for (const child of group.children) if (typeof child !== "string") stack.push(child);
    }
  }

  const isTrivial = (group) => group.size <= 1;

  function unfolded(root) {
    const open = new Set();
    let drawn = 0;
    const count = (group) => group.children.length;
    const waiting = [root];
    while (waiting.length) {
      waiting.sort((a, b) => count(a) - count(b));
      const group = waiting.shift();
      const wish = chosen.get(group.path);
      const fits = drawn + count(group) - 1 <= MOST_DRAWN;
      const levels = { part: ["part"], scope: ["scope"], line: ["line"], auto: [] }[mode];
      const byMode = mode === "auto" ? fits : !levels.includes(group.level) && (fits || group.level !== "run");
      const opens = group.level === "root" || isTrivial(group) || (wish === undefined ? byMode : wish);
      if (!opens) {
        if (drawn === 0) drawn = 1;
        continue;
      }
      drawn += count(group) - (drawn ? 1 : 0);
      open.add(group);
      for (const child of group.children) if (typeof child !== "string") waiting.push(child);
    }
    return open;
  }

  // Each node's box: itself, or the path of the folded group it is in.
  function boxesOf(stage) {
    const root = treeOf(stage);
    const open = unfolded(root);
    const boxOf = new Map();
    const groups = new Map();
    const stack = [[root, null]];
    while (stack.length) {
      const [group, inside] = stack.pop();
      const into = inside || (open.has(group) ? null : group);
      if (into) groups.set(into.path, into);
      for (const child of group.children) {
        if (typeof child === "string") boxOf.set(child, into ? into.path : child);
        else stack.push([child, into]);
      }
    }
    return { boxOf, groups };
  }

  function groupsAround(stage, id) {
    const found = [];
    let at = treeOf(stage);
    for (;;) {
      const next = at.children.find((c) => typeof c !== "string" && holds(c, id));
      if (!next) return found;
      found.push(next);
      at = next;
    }
  }

  function holds(group, id) {
    const stack = [group];
    while (stack.length) {
      for (const child of stack.pop().children) {
        if (child === id) return true;
        if (typeof child !== "string") stack.push(child);
      }
    }
    return false;
  }

  return {
    boxesOf,
    groupsAround,
    unfold(path, open) { chosen.set(path, open); },
    reveal(stage, id) { for (const group of groupsAround(stage, id)) chosen.set(group.path, true); },
    by(wish) { mode = wish; chosen.clear(); },
  };
})();
