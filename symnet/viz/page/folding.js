// Which nodes of a stage are drawn one by one, and which are folded into one box: by part, scope and line.
"use strict";

const folding = (() => {
  const MOST_DRAWN = 260; // boxes, of what unfolds by itself
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

  const isTrivial = (group) => group.size <= 1 || (mode === "auto" && group.children.length === 1);

  // How many boxes an op brings with it: its own, those of leaves it reads, those of ends that read it.
  function weightsOf(stage) {
    const readers = model.readers(stage);
    return (child) => {
      if (typeof child !== "string") return 1;
      const leaves = stage.nodes.get(child).ins.filter(
        (x) => model.isLeaf(stage.nodes.get(x)) && !model.isWrittenIn(stage, x),
      );
      return 1 + leaves.length + (readers.get(child) || []).filter((id) => !model.isOp(stage.nodes.get(id))).length;
    };
  }

  // The groups that are open: what the reader opened, and, level by level, as many small ones as there is room for.
  function unfolded(stage, root) {
    const weight = weightsOf(stage);
    const count = (group) => group.children.reduce((sum, child) => sum + weight(child), 0);
    const open = new Set();
    let drawn = 1;
    let level = [root];
    while (level.length) {
      const next = [];
      for (const [more, group] of level.map((g) => [count(g) - 1, g]).sort((a, b) => a[0] - b[0])) {
        const wish = chosen.get(group.path);
        const fits = drawn + more <= MOST_DRAWN;
        const byMode = mode === "auto" ? fits : group.level !== mode && (fits || group.level !== "run");
        if (group !== root && !isTrivial(group) && !(wish === undefined ? byMode : wish)) continue;
        drawn += more;
        open.add(group);
        next.push(...group.children.filter((child) => typeof child !== "string"));
      }
      level = next;
    }
    return open;
  }

  // Each node's box: itself, or the path of the folded group it is in.
  function boxesOf(stage) {
    const root = treeOf(stage);
    const open = unfolded(stage, root);
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
