'use strict';
// Adds to a page that is complete without it: values to point at, tables to save, all parts on paper.

// The values at one position, as the chart's table has them, from top to bottom of the chart.
function valuesOf(row, heads, unit) {
  const values = [];
  row.querySelectorAll('td').forEach((cell, at) => {
    if (cell.textContent) {
      const gap = unit.startsWith('%') ? '\u202f' : unit ? '\u00a0' : '';
      values.push([heads[at].dataset.name, cell.textContent + gap + unit]);
    }
  });
  return values.reverse();
}

function fill(readout, label, values) {
  readout.replaceChildren();
  const head = document.createElement('strong');
  head.textContent = label;
  readout.append(head);
  for (const [name, value] of values) {
    const line = document.createElement('span');
    const what = document.createElement('span');
    const shown = document.createElement('b');
    what.textContent = name + ' ';
    shown.textContent = value;
    line.append(what, shown);
    readout.append(line, ' ');
  }
}

function watch(chart) {
  const table = chart.querySelector('.data table');
  const readout = chart.querySelector('.readout');
  if (!table || !readout) return;
  const heads = [...table.querySelectorAll('thead th')].slice(1);
  const rows = [...table.querySelectorAll('tbody tr')];
  const places = rows.map((row) => Number(row.dataset.x));
  const title = chart.querySelector('figcaption').textContent;
  let at = rows.length - 1;

  for (const plot of chart.querySelectorAll('.plot')) {
    const [left, top, width, height, from, to] = plot.dataset.plot.split(' ').map(Number);
    const field = document.createElement('div');
    field.className = 'field';
    field.tabIndex = 0;
    field.style.cssText = `left:${left}%;top:${top}%;width:${width}%;height:${height}%`;
    field.setAttribute('role', 'slider');
    field.setAttribute('aria-label', 'Values by quarter: ' + title);
    field.setAttribute('aria-valuemin', '0');
    field.setAttribute('aria-valuemax', String(rows.length - 1));
    const cursor = document.createElement('div');
    cursor.className = 'cursor';
    cursor.hidden = true;
    field.append(cursor);
    plot.append(field);

    const show = (next) => {
      at = Math.max(0, Math.min(rows.length - 1, next));
      const share = (places[at] - from) / (to - from);
      const label = rows[at].querySelector('th').textContent;
      const values = valuesOf(rows[at], heads, table.dataset.unit);
      cursor.style.left = 100 * share + '%';
      cursor.hidden = false;
      fill(readout, label, values);
      readout.hidden = false;
      readout.style.top = `calc(${top / 100} * ${plot.clientHeight}px)`;
      const x = (left + share * width) / 100 * plot.clientWidth;
      const room = share < 0.5 ? x + 14 : x - 14 - readout.offsetWidth;
      readout.style.left = Math.max(0, room) + 'px';
      const told = label + ': ' + values.map((pair) => pair.join(' ')).join(', ');
      field.setAttribute('aria-valuenow', String(at));
      field.setAttribute('aria-valuetext', told);
    };
    const hide = () => {
      if (document.activeElement === field) return;
      cursor.hidden = true;
      readout.hidden = true;
    };
    const point = (event) => {
      const box = field.getBoundingClientRect();
      const x = from + (event.clientX - box.left) / box.width * (to - from);
      let best = 0;
      places.forEach((place, k) => {
        if (Math.abs(place - x) < Math.abs(places[best] - x)) best = k;
      });
      show(best);
    };
    field.setAttribute('aria-valuenow', String(at));
    field.setAttribute('aria-valuetext', rows[at].querySelector('th').textContent);
    field.addEventListener('pointermove', point);
    field.addEventListener('pointerdown', point);
    field.addEventListener('pointerleave', hide);
    field.addEventListener('focus', () => show(at));
    field.addEventListener('blur', hide);
    field.addEventListener('keydown', (event) => {
      const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -4, PageUp: 4 };
      if (event.key in steps) show(at + steps[event.key]);
      else if (event.key === 'Home') show(0);
      else if (event.key === 'End') show(rows.length - 1);
      else if (event.key === 'Escape') field.blur();
      else return;
      event.preventDefault();
    });
  }
}

// A table as CSV: values with all digits where they have them.
function csvOf(table) {
  const quoted = (text) => (/[",\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text);
  const plain = (cell) => cell.dataset.value ?? cell.textContent.replace(/\s+/g, ' ').trim();
  const line = (row) => [...row.cells].map((cell) => quoted(plain(cell))).join(',');
  return [...table.rows].map(line).join('\r\n') + '\r\n';
}

function save(button) {
  const table = button.parentElement.querySelector('table');
  const url = URL.createObjectURL(new Blob([csvOf(table)], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = button.dataset.file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

document.querySelectorAll('.chart').forEach(watch);
document.querySelectorAll('.save').forEach((button) => {
  button.hidden = false;
  button.addEventListener('click', () => save(button));
});

let opened = [];
addEventListener('beforeprint', () => {
  opened = [...document.querySelectorAll('details[data-printed]:not([open])')];
  opened.forEach((part) => { part.open = true; });
});
addEventListener('afterprint', () => opened.forEach((part) => { part.open = false; }));
