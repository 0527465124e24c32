
"use strict";
(() => {
  document.documentElement.classList.add("scripted");
  const table = document.getElementById("leaderboard");
  if (!table) return;
  const body = table.tBodies[0];
  const headings = [...table.tHead.rows[0].cells];
  const button = document.getElementById("all");
  const few = 20;

  const trim = () => {
    [...body.rows].forEach((row, at) => row.classList.toggle("more", !button.hidden && at >= few));
  };
  const value = (row, column) => {
    const cell = row.cells[column];
    const number = cell.dataset.value;
    return number === undefined ? cell.textContent : number === "" ? Infinity : Number(number);
  };
  const sort = (column) => {
    const heading = headings[column];
    const up = heading.getAttribute("aria-sort") !== "ascending";
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

  headings.forEach((heading, column) => {
    if (heading.dataset.fixed !== undefined) return;
    const press = document.createElement("button");
    press.type = "button";
    press.append(...heading.childNodes);
    press.addEventListener("click", () => sort(column));
    heading.append(press);
  });
  button.hidden = body.rows.length <= few + 5;
  button.addEventListener("click", () => {
    button.hidden = true;
    trim();
  });
  trim();
})();
