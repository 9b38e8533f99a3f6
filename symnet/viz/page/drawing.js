// The graph as SVG: boxes and edges that move to their new places, the view that is zoomed and moved, the overview.
"use strict";

const drawing = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const svg = document.getElementById("drawing");
  const canvas = document.getElementById("canvas");
  const overview = document.getElementById("map");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const MOVING = 350; // milliseconds
  const [SMALLEST, LEGIBLE, LARGEST] = [0.05, 0.8, 4];

  const make = (tag, attributes, parent) => {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (parent) parent.append(element);
    return element;
  };

  const heads = make("defs", {}, svg);
  for (const kind of ["plain", "marked"]) {
    const head = make("marker", {
      id: `head-${kind}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto",
      markerUnits: "userSpaceOnUse", class: `head ${kind}`,
    }, heads);
    make("path", { d: "M0 0.5 L8 4 L0 7.5 Z" }, head);
  }
  const world = make("g", { id: "world" }, svg);
  const edgeLayer = make("g", {}, world);
  const boxLayer = make("g", {}, world);

  const view = { x: 0, y: 0, scale: 1 };
  let chosenScale = 1; // to which the view comes back after it had to show more
  const shown = { boxes: new Map(), edges: new Map() };
  let placed = null;
  let moving = 0;
  let onSelect = () => {};
  let onView = () => {};

  // boxes ------------------------------------------------------------------------------------------------------------
  function outline(box) {
    const { width: w, height: h } = box;
    const at = { x: -w / 2, y: -h / 2, width: w, height: h, class: "face" };
    if (["input", "output", "new"].includes(box.kind)) return make("rect", { ...at, rx: h / 2 });
    return make("rect", { ...at, rx: box.kind === "constant" ? 0 : 5 });
  }

  function drawBox(box) {
    const group = make("g", { class: `box ${box.kind} of-${box.part}`, tabindex: -1, role: "button" });
    group.dataset.id = box.id;
    if (box.kind === "group") {
      for (const d of [6, 3]) {
        const behind = { x: d - box.width / 2, y: d - box.height / 2, width: box.width, height: box.height, rx: 5 };
        make("rect", { ...behind, class: "behind" }, group);
      }
    }
    const { heat } = model.data;
    if (box.share) group.style.setProperty("--heat", heat[Math.round(box.share * (heat.length - 1))]);
    group.append(outline(box));
    if (box.kind === "shared") {
      const [w, h] = [box.width - 6, box.height - 6];
      make("rect", { x: -w / 2, y: -h / 2, width: w, height: h, rx: 3, class: "inner" }, group);
    }
    let y = -box.height / 2 + 5;
    for (const line of box.lines) {
      y += line.kind === "small" ? 15 : 17;
      make("text", { x: 0, y: y - 4, class: line.kind }, group).textContent = line.text;
    }
    if (box.share) {
      const length = Math.max(2, (box.width - 10) * box.share);
      make("rect", { x: 5 - box.width / 2, y: box.height / 2 - 4, width: length, height: 3, class: "cost" }, group);
    }
    const title = make("title", {}, group);
    title.textContent = box.lines.map((l) => l.text).join("\n");
    return group;
  }

  // Straight through the rows, and in a swing between them.
  function curve(points) {
    let d = `M${points[0].x} ${points[0].y}`;
    for (let k = 1; k < points.length; k += 1) {
      const [p, q] = [points[k - 1], points[k]];
      const half = (p.y + q.y) / 2;
      d += p.x === q.x ? ` L${q.x} ${q.y}` : ` C${p.x} ${half} ${q.x} ${half} ${q.x} ${q.y}`;
    }
    return d;
  }

  function look(box) {
    return JSON.stringify([box.lines, box.kind, box.part, box.share, box.width, box.height]);
  }

  // Draws a layout; what was there before glides to its new place, what is new or gone fades.
  function show(next, { animate = true } = {}) {
    const moves = animate && !still.matches && next.boxes.size < 400;
    const start = new Map();
    for (const [id, one] of shown.boxes) {
      start.set(id, { ...one.at });
      if (next.boxes.has(id)) continue;
      one.element.classList.add("leaving");
      shown.boxes.delete(id);
      if (moves) setTimeout(() => one.element.remove(), MOVING);
      else one.element.remove();
    }
    for (const [id, box] of next.boxes) {
      const face = look(box);
      const old = shown.boxes.get(id);
      if (old && old.face === face) continue;
      const element = drawBox(box);
      if (old) old.element.replaceWith(element);
      else boxLayer.append(element);
      if (!old && moves && placed) element.classList.add("coming");
      shown.boxes.set(id, { element, face, at: old ? old.at : { x: box.x, y: box.y } });
    }
    drawEdges(next);
    cancelAnimationFrame(moving);
    const began = performance.now();
    const frame = (now) => {
      const t = moves && placed ? Math.min(1, (now - began) / MOVING) : 1;
      const eased = t * t * (3 - 2 * t);
      for (const [id, one] of shown.boxes) {
        const box = next.boxes.get(id);
        const from = start.get(id) || box;
        one.at = { x: from.x + (box.x - from.x) * eased, y: from.y + (box.y - from.y) * eased };
        one.element.setAttribute("transform", `translate(${one.at.x} ${one.at.y})`);
        if (t === 1) one.element.classList.remove("coming");
      }
      edgeLayer.style.opacity = t === 1 ? 1 : 0.15;
      if (t < 1) moving = requestAnimationFrame(frame);
      else drawOverview();
      document.body.dataset.moving = t < 1 ? "yes" : "no";
    };
    frame(began);
    placed = next;
  }

  function drawEdges(next) {
    edgeLayer.replaceChildren();
    shown.edges.clear();
    for (const [key, { from, to, points }] of next.edges) {
      const element = make("path", { d: curve(points), class: "edge", "marker-end": "url(#head-plain)" }, edgeLayer);
      shown.edges.set(key, { element, from, to });
    }
  }

  // Marks boxes and edges with a class, and no others.
  function mark(name, ids, edges = []) {
    const wanted = new Set(ids);
    for (const [id, { element }] of shown.boxes) element.classList.toggle(name, wanted.has(id));
    const keys = new Set(edges);
    for (const [key, { element }] of shown.edges) {
      element.classList.toggle(name, keys.has(key));
      const plain = !["lit", "near"].some((mark) => element.classList.contains(mark));
      element.setAttribute("marker-end", plain ? "url(#head-plain)" : "url(#head-marked)");
    }
  }

  // the view ---------------------------------------------------------------------------------------------------------
  function applyView() {
    world.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.scale})`);
    onView(view.scale);
    drawOverview();
  }

  function zoom(factor, at) {
    const scale = Math.min(LARGEST, Math.max(SMALLEST, view.scale * factor));
    const centre = at || { x: canvas.clientWidth / 2, y: canvas.clientHeight / 2 };
    view.x = centre.x - (centre.x - view.x) * scale / view.scale;
    view.y = centre.y - (centre.y - view.y) * scale / view.scale;
    view.scale = chosenScale = scale;
    applyView();
  }

  function zoomTo(scale) {
    zoom(scale / view.scale);
  }

  function centreOn(extent, scale) {
    view.scale = Math.min(LARGEST, Math.max(SMALLEST, scale));
    view.x = canvas.clientWidth / 2 - view.scale * (extent.left + extent.right) / 2;
    view.y = canvas.clientHeight / 2 - view.scale * (extent.top + extent.bottom) / 2;
    applyView();
  }

  function fitting(extent, room = 24) {
    const [w, h] = [extent.right - extent.left, extent.bottom - extent.top];
    return Math.min((canvas.clientWidth - room) / w, (canvas.clientHeight - room) / h);
  }

  function fit() {
    if (!placed) return;
    chosenScale = Math.min(1, fitting(placed.extent));
    centreOn(placed.extent, chosenScale);
  }

  // As large as can be read: the whole graph where it fits, else its top at full size.
  function begin() {
    const scale = fitting(placed.extent);
    if (scale >= LEGIBLE) return fit();
    chosenScale = 1;
    const { left, right, top } = placed.extent;
    const starts = [...placed.boxes.values()].filter((box) => box.part === "forward" && box.y < top + 300);
    const middle = starts.length ? starts.reduce((sum, b) => sum + b.x, 0) / starts.length : (left + right) / 2;
    const half = canvas.clientWidth / 2;
    const x = right - left < 2 * half - 40 ? (left + right) / 2 : Math.max(left + half - 20, middle);
    const low = canvas.clientHeight - 20;
    return centreOn({ left: x, right: x, top: top - 10, bottom: top - 10 + low }, 1);
  }

  function isInView({ x, y }) {
    const [left, top] = [view.x + view.scale * x, view.y + view.scale * y];
    return left > 0 && top > 0 && left < canvas.clientWidth && top < canvas.clientHeight;
  }

  // Moves the view only if these boxes are not all in it, and back to the scale that the reader chose.
  function bringIntoView(ids) {
    const boxes = ids.map((id) => placed.boxes.get(id)).filter(Boolean);
    if (!boxes.length) {
      zoomTo(chosenScale);
      if (![...placed.boxes.values()].some(isInView)) begin();
      return;
    }
    const extent = layout.extentOf(boxes);
    const left = view.x + view.scale * extent.left;
    const top = view.y + view.scale * extent.top;
    const right = view.x + view.scale * extent.right;
    const bottom = view.y + view.scale * extent.bottom;
    const isSeen = left > 8 && top > 8 && right < canvas.clientWidth - 8 && bottom < canvas.clientHeight - 8;
    if (isSeen && view.scale === chosenScale) return;
    const scale = Math.min(chosenScale, Math.max(LEGIBLE, fitting(extent, 60)));
    if (fitting(extent) >= scale) centreOn(extent, scale);
    else centreOn(layout.extentOf(boxes.slice(0, 1)), scale);
  }

  // the overview -----------------------------------------------------------------------------------------------------
  function overviewScale() {
    const { left, right, top, bottom } = placed.extent;
    return Math.min((overview.width - 8) / (right - left), (overview.height - 8) / (bottom - top));
  }

  function drawOverview() {
    const all = placed && fitting(placed.extent) * 1.02 >= view.scale && view.x + view.scale * placed.extent.left >= 0
      && view.y + view.scale * placed.extent.top >= 0;
    overview.hidden = !placed || !placed.boxes.size || all;
    if (overview.hidden) return;
    const pen = overview.getContext("2d");
    const style = getComputedStyle(document.body);
    const scale = overviewScale();
    const { left, top, right, bottom } = placed.extent;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, overview.width, overview.height);
    pen.translate((overview.width - scale * (right - left)) / 2, (overview.height - scale * (bottom - top)) / 2);
    pen.scale(scale, scale);
    pen.translate(-left, -top);
    for (const box of placed.boxes.values()) {
      const lit = shown.boxes.get(box.id)?.element.classList.contains("lit");
      pen.fillStyle = style.getPropertyValue(lit ? "--lit" : `--ink-${box.part}`);
      pen.fillRect(box.x - box.width / 2, box.y - box.height / 2, box.width, box.height);
    }
    pen.strokeStyle = style.getPropertyValue("--text");
    pen.lineWidth = 1.5 / scale;
    const [w, h] = [canvas.clientWidth / view.scale, canvas.clientHeight / view.scale];
    pen.strokeRect(-view.x / view.scale, -view.y / view.scale, w, h);
  }

  function jump(event) {
    const place = overview.getBoundingClientRect();
    const scale = overviewScale();
    const { left, top, right, bottom } = placed.extent;
    const zoomed = overview.width / place.width;
    const x = left + ((event.clientX - place.left) * zoomed - (overview.width - scale * (right - left)) / 2) / scale;
    const y = top + ((event.clientY - place.top) * zoomed - (overview.height - scale * (bottom - top)) / 2) / scale;
    centreOn({ left: x, right: x, top: y, bottom: y }, view.scale);
  }

  // the mouse --------------------------------------------------------------------------------------------------------
  let drag = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    drag = { on: event.target.closest(".box"), x: event.clientX, y: event.clientY, moved: false };
  });
  overview.addEventListener("pointerdown", (event) => {
    overview.setPointerCapture(event.pointerId);
    jump(event);
  });
  overview.addEventListener("pointermove", (event) => {
    if (overview.hasPointerCapture(event.pointerId)) jump(event);
  });
  addEventListener("pointermove", (event) => {
    if (!drag) return;
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.moved && Math.abs(dx) + Math.abs(dy) < 4) return;
    drag.moved = true;
    canvas.classList.add("dragging");
    view.x += dx;
    view.y += dy;
    Object.assign(drag, { x: event.clientX, y: event.clientY });
    applyView();
  });
  addEventListener("pointerup", () => {
    canvas.classList.remove("dragging");
    if (drag && !drag.moved) onSelect(drag.on ? drag.on.dataset.id : null);
    drag = null;
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const place = canvas.getBoundingClientRect();
    const step = Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0015));
    zoom(step, { x: event.clientX - place.left, y: event.clientY - place.top });
  }, { passive: false });
  new ResizeObserver(drawOverview).observe(canvas);

  return {
    show, mark, fit, begin, zoom, zoomTo, bringIntoView, redraw: drawOverview,
    get placed() { return placed; },
    get scale() { return view.scale; },
    whenSelected(f) { onSelect = f; },
    whenViewed(f) { onView = f; },
  };
})();
