"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const [ID, SOURCE, TEXT, LENGTH, SPANS, FAILURES] = [0, 1, 2, 3, 4, 5];
  const ITEM = 66;
  const at = (id) => document.getElementById(id);
  const controls = {
    domain: at("filter-domain"), reason: at("filter-reason"), source: at("filter-source"), search: at("filter-search"),
  };
  let found = [];
  let chosen = -1;

  /** An element with a class, a text and attributes; a text is always a text node. */
  const make = (tag, name = "", text = "", attributes = {}) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    if (text) element.textContent = text;
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };

  // Controls and marks that turn the writing direction are shown, not obeyed.
  const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;
  const readable = (text) => UNSAFE.test(text)
    ? text.split(new RegExp(UNSAFE, "g")).join("\ufffd") : text;

  const appendText = (parent, text, needle) => {
    const pieces = UNSAFE.test(text) ? text.split(new RegExp(`(${UNSAFE.source})`)) : [text];
    for (const piece of pieces) {
      if (piece.length === 1 && UNSAFE.test(piece)) {
        parent.append(make("span", "control", `\\u${piece.charCodeAt(0).toString(16).padStart(4, "0")}`));
      } else {
        appendHits(parent, piece, needle);
      }
    }
  };

  const appendHits = (parent, text, needle) => {
    let place = 0;
    const lower = needle ? text.toLowerCase() : "";
    // A letter whose lower case is longer would shift every place behind it.
    for (let hit = needle && lower.length === text.length ? lower.indexOf(needle) : -1; hit >= 0;) {
      parent.append(text.slice(place, hit), make("span", "hit", text.slice(hit, hit + needle.length)));
      place = hit + needle.length;
      hit = lower.indexOf(needle, place);
    }
    parent.append(text.slice(place));
  };

  // ---- Filters

  const fill = (select, names) => {
    for (const [value, name] of names) select.append(make("option", "", name, { value }));
  };
  const seen = { domains: new Set(), reasons: new Set() };
  for (const row of data.documents) {
    for (let i = 2; i < row[SPANS].length; i += 4) seen.domains.add(row[SPANS][i]);
    for (let i = 2; i < row[FAILURES].length; i += 4) {
      seen.domains.add(row[FAILURES][i]);
      seen.reasons.add(row[FAILURES][i + 1]);
    }
  }
  const named = (ids, names) => [...ids].sort((a, b) => a - b).map((id) => [id, names[id].replaceAll("_", " ")]);
  fill(controls.domain, named(seen.domains, data.domains));
  fill(controls.reason, [["any", "any reason"], ...named(seen.reasons, data.reasons)]);
  fill(controls.source, data.sources.map((name, index) => [index, readable(name)]));

  const wanted = () => ({
    domain: controls.domain.value === "" ? null : Number(controls.domain.value),
    reason: controls.reason.value === "" || controls.reason.value === "any" ? controls.reason.value : Number(controls.reason.value),
    source: controls.source.value === "" ? null : Number(controls.source.value),
    needle: controls.search.value.toLowerCase(),
  });
  const spanFits = (want, domain) => want.reason === "" && (want.domain === null || domain === want.domain);
  const failureFits = (want, domain, reason) => (want.domain === null || domain === want.domain)
    && (want.reason === "" || want.reason === "any" || reason === want.reason);

  let lowered = null;
  const holds = (row, index, want) => {
    if (want.source !== null && row[SOURCE] !== want.source) return false;
    if (want.needle) {
      lowered ??= data.documents.map((each) => `${each[ID]}\n${each[TEXT]}`.toLowerCase());
      if (!lowered[index].includes(want.needle)) return false;
    }
    if (want.domain === null && want.reason === "") return true;
    const spans = row[SPANS];
    if (want.reason === "") for (let i = 2; i < spans.length; i += 4) if (spanFits(want, spans[i])) return true;
    const failures = row[FAILURES];
    for (let i = 2; i < failures.length; i += 4) if (failureFits(want, failures[i], failures[i + 1])) return true;
    return false;
  };

  const filter = () => {
    const want = wanted();
    found = [];
    data.documents.forEach((row, index) => { if (holds(row, index, want)) found.push(index); });
    at("count").textContent = `${found.length.toLocaleString("en")} of ${data.documents.length.toLocaleString("en")} documents`;
    at("list-inside").style.height = `${found.length * ITEM}px`;
    at("list").scrollTop = 0;
    // Of the whole sample, begin with a document that has something to show.
    choose(found.length ? Math.max(0, found.findIndex((index) => data.documents[index][SPANS].length)) : -1);
  };

  // ---- The list draws the rows that can be seen

  const tail = (text) => text.length > 30 ? `…${text.slice(-29)}` : text;

  const drawList = () => {
    const list = at("list");
    const first = Math.max(0, Math.floor(list.scrollTop / ITEM) - 4);
    const last = Math.min(found.length, Math.ceil((list.scrollTop + list.clientHeight) / ITEM) + 4);
    const items = [];
    for (let place = first; place < last; place++) {
      const row = data.documents[found[place]];
      const item = make("div", "item", "", {
        role: "option", "aria-selected": String(place === chosen), "data-place": place,
      });
      item.style.top = `${place * ITEM}px`;
      const head = make("b");
      const [spans, failures] = [row[SPANS].length / 4, row[FAILURES].length / 4];
      const counts = make("em", "", spans ? `${spans} ` : "", { title: `${spans} spans, ${failures} stayed text` });
      if (failures) counts.append(make("span", "bad", spans ? `· ${failures}` : `${failures}`));
      head.append(tail(readable(row[ID])), counts);
      item.append(head, make("span", "", readable(row[TEXT].slice(0, 160)) || "(empty)"));
      items.push(item);
    }
    at("list-inside").replaceChildren(...items);
  };

  const choose = (place) => {
    chosen = place;
    const list = at("list");
    if (place * ITEM < list.scrollTop) list.scrollTop = place * ITEM;
    else if ((place + 1) * ITEM > list.scrollTop + list.clientHeight) list.scrollTop = (place + 1) * ITEM - list.clientHeight;
    drawList();
    drawDocument();
  };

  // ---- One document

  const parts = (row) => {
    const out = [];
    for (let i = 0; i < row[SPANS].length; i += 4) out.push([...row[SPANS].slice(i, i + 4), true]);
    for (let i = 0; i < row[FAILURES].length; i += 4) out.push([...row[FAILURES].slice(i, i + 4), false]);
    return out.sort((a, b) => a[0] - b[0]);
  };

  const drawDocument = () => {
    const pane = at("document");
    pane.scrollTop = 0;
    at("detail").replaceChildren(make("p", "empty", "Nothing is chosen."));
    if (chosen < 0) {
      pane.replaceChildren(make("p", "empty", "No document fits these filters."));
      return;
    }
    const row = data.documents[found[chosen]];
    const want = wanted();
    const text = make("div", "text");
    let place = 0;
    let first = null;
    for (const [start, end, domain, which, isSpan] of parts(row)) {
      appendText(text, row[TEXT].slice(place, start), want.needle);
      const surface = row[TEXT].slice(start, end);
      const fits = isSpan ? spanFits(want, domain) : failureFits(want, domain, which);
      const name = isSpan ? data.domains[domain] : `not ${data.domains[domain]}: ${data.reasons[which]}`;
      const mark = make("span", `${isSpan ? "span" : "fail"} d${domain}${fits ? "" : " dim"}`, "", {
        role: "button", tabindex: "0", title: name,
      });
      if (!isSpan) mark.dataset.reason = data.reasons[which].replaceAll("_", " ");
      appendText(mark, surface, want.needle);
      mark.show = () => show(mark, surface, domain, which, isSpan);
      if (fits) first ??= mark;
      text.append(mark);
      place = end;
    }
    appendText(text, row[TEXT].slice(place), want.needle);
    const head = make("header", "", readable(row[ID]));
    if (row[LENGTH] > [...row[TEXT]].length) {
      head.append(make("div", "", `the first ${[...row[TEXT]].length.toLocaleString("en")} of ${row[LENGTH].toLocaleString("en")} characters`));
    }
    pane.replaceChildren(head, text);
    if (first) first.show();
  };

  // ---- One span

  const entry = (list, term, value) => {
    const description = make("dd");
    appendText(description, value, "");
    list.append(make("dt", "", term), description);
  };

  const show = (mark, surface, domain, which, isSpan) => {
    for (const other of at("document").querySelectorAll(".chosen")) other.classList.remove("chosen");
    mark.classList.add("chosen");
    const list = make("dl");
    entry(list, "Text", surface);
    if (!isSpan) {
      entry(list, "Stays text, because", data.reasons[which].replaceAll("_", " "));
      at("detail").replaceChildren(make("span", "badge bad", `not ${data.domains[domain]}`), list);
      return;
    }
    const [value, sparse] = data.values[which];
    entry(list, "Decodes to", value);
    const vector = new Float32Array(128);
    for (let i = 0; i < sparse.length; i += 2) vector[sparse[i]] = sparse[i + 1];
    at("detail").replaceChildren(
      make("span", `badge d${domain}`, data.domains[domain]), list, strip(vector, domain), ...fields(vector, domain));
  };

  const shown = (number) => Number.isInteger(number) ? String(number) : String(Number(number.toPrecision(7)));

  /** All coordinates as squares: how dark says how large, on a scale of logarithms. */
  const strip = (vector, domain) => {
    const box = make("div", `strip d${domain}`, "", { "aria-label": "All 128 coordinates", role: "img" });
    const top = Math.log1p(Math.max(...vector.map(Math.abs)));
    vector.forEach((value, dim) => {
      const cell = make("i", value > 0 ? "on" : value < 0 ? "minus" : "", "", { title: `dim ${dim}: ${shown(value)}` });
      if (value) cell.style.setProperty("--o", (0.3 + 0.7 * Math.log1p(Math.abs(value)) / top).toFixed(3));
      box.append(cell);
    });
    return box;
  };

  const fields = (vector, domain) => data.fields[domain].map(([name, start, labels]) => {
    const cells = make("div", "cells");
    labels.forEach((label, index) => {
      const value = vector[start + index];
      if (!value) return;
      const cell = make("span", "", "", { title: `dim ${start + index}` });
      if (label !== name) cell.append(make("em", "", label));
      cell.append(shown(value));
      cells.append(cell);
    });
    const box = make("div", cells.childElementCount ? "field" : "field zero");
    const title = make("h4", "", name);
    title.append(make("span", "", labels.length === 1 ? `dim ${start}` : `dims ${start}–${start + labels.length - 1}`));
    box.append(title, cells);
    return box;
  });

  // ---- Events

  let timer = 0;
  controls.search.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(filter, 120); });
  for (const name of ["domain", "reason", "source"]) controls[name].addEventListener("change", filter);
  at("filters").addEventListener("submit", (event) => event.preventDefault());
  at("filters").addEventListener("reset", () => setTimeout(filter, 0));
  at("list").addEventListener("scroll", () => requestAnimationFrame(drawList), { passive: true });
  at("list").addEventListener("click", (event) => {
    const item = event.target.closest(".item");
    if (item) choose(Number(item.dataset.place));
  });
  at("list").addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (!step || !found.length) return;
    event.preventDefault();
    choose(Math.min(found.length - 1, Math.max(0, chosen + step)));
  });
  const pick = (event) => {
    const mark = event.target.closest(".span, .fail");
    if (mark) { event.preventDefault(); mark.show(); }
  };
  at("document").addEventListener("click", pick);
  at("document").addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") pick(event); });
  for (const button of document.querySelectorAll("main button[data-domain]")) {
    button.addEventListener("click", () => {
      controls.domain.value = button.dataset.domain;
      controls.reason.value = button.dataset.reason ? String(data.reasons.indexOf(button.dataset.reason)) : "";
      controls.source.value = "";
      controls.search.value = button.dataset.search ?? "";
      filter();
      at("browser").scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    });
  }
  filter();
})();
