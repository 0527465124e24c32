"use strict";
(() => {
  document.documentElement.classList.add("scripted");

  // Points, lines and rows of one trial light up together; a point says what it stands for.
  const tip = document.getElementById("tip");
  let lit = [];
  const unlight = () => {
    lit.forEach((one) => one.classList.remove("lit"));
    lit = [];
    document.body.classList.remove("lighting");
    tip.hidden = true;
  };
  const light = (event) => {
    unlight();
    const marked = event.target.closest && event.target.closest("[data-trial], .mark");
    if (!marked) return;
    const number = marked.dataset.trial;
    if (number !== undefined) {
      lit = [...document.querySelectorAll(`[data-trial="${Number(number)}"]`)];
      lit.forEach((one) => one.classList.add("lit"));
      document.body.classList.add("lighting");
    }
    const title = marked.querySelector("title");
    if (title && !marked.dataset.words) {
      marked.dataset.words = title.textContent;
      title.remove();
    }
    if (!marked.dataset.words) return;
    tip.textContent = marked.dataset.words;
    tip.hidden = false;
    const { clientX: x, clientY: y } = event;
    const width = document.documentElement.clientWidth;
    tip.style.left = `${Math.max(8, Math.min(x + 12, width - tip.offsetWidth - 8))}px`;
    tip.style.top = `${y > tip.offsetHeight + 24 ? y - tip.offsetHeight - 12 : y + 16}px`;
  };
  document.addEventListener("pointerover", light);
  document.addEventListener("pointerdown", light);
  document.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

  // The page of a running search reloads itself, but not one that a killed search has left.
  const running = document.getElementById("running");
  if (running) {
    running.querySelectorAll("time").forEach((time) => {
      time.textContent = new Date(time.dateTime).toLocaleString();
    });
    const { written, every, silence } = running.dataset;
    const silent = Date.now() - Date.parse(written) > 1000 * Number(silence);
    running.querySelector(".now").hidden = silent;
    running.querySelector(".silent").hidden = !silent;
    const reload = () => {
      if (document.hidden) document.addEventListener("visibilitychange", reload, { once: true });
      else location.reload();
    };
    if (!silent) setTimeout(reload, 1000 * Number(every));
  }
  // What was chosen is kept when the page is loaded again; the browser keeps where it was scrolled to.
  const chosen = { ...history.state };
  const keep = (choice) => history.replaceState(Object.assign(chosen, choice), "");

  const table = document.getElementById("ranked");
  if (!table) return;
  const body = table.tBodies[0];
  const headings = [...table.tHead.rows[0].cells];
  const button = document.getElementById("all");
  const few = matchMedia("(max-width: 46rem)").matches ? 8 : 20;

  const trim = () => {
    [...body.rows].forEach((row, at) => row.classList.toggle("more", !button.hidden && at >= few));
  };
  const value = (row, column) => {
    const cell = row.cells[column];
    const number = cell.dataset.value;
    return number === undefined ? cell.textContent : number === "" ? Infinity : Number(number);
  };
  const sort = (column, up) => {
    const heading = headings[column];
    headings.forEach((other) => other.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", up ? "ascending" : "descending");
    const rows = [...body.rows].sort((a, b) => {
      const [x, y] = [value(a, column), value(b, column)];
      const order = typeof x === "string" ? x.localeCompare(y, undefined, { numeric: true }) : x - y;
      return (up ? order : -order) || 0;
    });
    body.append(...rows);
    trim();
  };
  const turn = (column) => {
    const up = headings[column].getAttribute("aria-sort") !== "ascending";
    keep({ column, up });
    sort(column, up);
  };

  headings.forEach((heading, column) => {
    if (heading.dataset.fixed !== undefined) return;
    const press = document.createElement("button");
    press.type = "button";
    press.append(...heading.childNodes);
    press.addEventListener("click", () => turn(column));
    heading.append(press);
  });
  button.hidden = chosen.all || body.rows.length <= few + 5;
  button.addEventListener("click", () => {
    button.hidden = true;
    keep({ all: true });
    trim();
  });
  if (headings[chosen.column]) sort(chosen.column, chosen.up);
  else trim();
})();
