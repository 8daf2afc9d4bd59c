'use strict';
// Adds to a page that is complete without it: values to point at, tables to save, all parts on paper.

// The values of a row of the chart's table, from top to bottom of the chart.
function valuesOf(row, heads, order) {
  const values = [];
  row.querySelectorAll('td:not(.run)').forEach((cell, at) => {
    if (cell.textContent) {
      const { name, unit } = heads[at].dataset;
      const gap = unit.startsWith('%') ? '\u202f' : unit ? '\u00a0' : '';
      values.push([name, cell.textContent + gap + unit]);
    }
  });
  return order === 'up' ? values.reverse() : values;
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

// Pixels around a single point in which it is meant rather than what lies at its height or quarter.
const NEAR = 14;

// The row that is meant by a spot of a field: the nearest single point if the spot is on it, else the
// nearest one across or down.
function nearest(places, x, y, width, height) {
  let best = 0;
  let least = Infinity;
  const lines = places.some(([across, down]) => across === null || down === null);
  places.forEach(([across, down], k) => {
    const dx = across === null ? 0 : Math.abs(across - x) * width;
    const dy = down === null ? 0 : Math.abs(down - y) * height;
    const point = across !== null && down !== null;
    const far = Math.hypot(dx, dy);
    if (point && lines && far > NEAR) return;
    const rank = point && lines ? far - NEAR : far;
    if (rank < least) [least, best] = [rank, k];
  });
  return best;
}

function watch(chart) {
  const table = chart.querySelector('.data table');
  const readout = chart.querySelector('.readout');
  if (!table || !readout) return;
  const heads = [...table.querySelectorAll('thead th[data-name]')];
  const title = chart.querySelector('figcaption').textContent;
  const all = [...table.querySelectorAll('tbody tr')];
  for (const plot of chart.querySelectorAll('.plot')) {
    plot.dataset.plot.split(';').forEach((frame, panel) => {
      const rows = all.filter((row) => Number(row.dataset.panel ?? 0) === panel);
      if (rows.length) field(plot, frame.split(' ').map(Number), rows, heads, readout, title);
    });
  }
}

// A part of a chart that tells its values where it is pointed at or stepped through.
function field(plot, [left, top, width, height], rows, heads, readout, title) {
  const table = rows[0].closest('table');
  const share = (text) => (text === undefined ? null : Number(text));
  const places = rows.map((row) => [share(row.dataset.across), share(row.dataset.down)]);
  const run = rows[0].querySelector('.run')?.textContent;
  let at = places.findLastIndex(([across, down]) => across === null || down === null);
  if (at < 0) at = rows.length - 1;

  const field = document.createElement('div');
  field.className = 'field';
  field.tabIndex = 0;
  field.style.cssText = `left:${left}%;top:${top}%;width:${width}%;height:${height}%`;
  field.setAttribute('role', 'slider');
  field.setAttribute('aria-label', 'Values: ' + title + (run ? ', ' + run : ''));
  field.setAttribute('aria-valuemin', '0');
  field.setAttribute('aria-valuemax', String(rows.length - 1));
  const cursor = document.createElement('div');
  cursor.className = 'cursor';
  cursor.hidden = true;
  field.append(cursor);
  plot.append(field);

  const show = (next) => {
    at = Math.max(0, Math.min(rows.length - 1, next));
    const [across, down] = places[at];
    const name = rows[at].querySelector('th').textContent;
    const label = run ? run + ', ' + name : name;
    const values = valuesOf(rows[at], heads, table.dataset.order);
    cursor.className = 'cursor' + (across === null ? ' row' : down === null ? '' : ' spot');
    cursor.style.left = across === null ? '0' : 100 * across + '%';
    cursor.style.top = down === null ? '0' : 100 * down + '%';
    cursor.hidden = false;
    fill(readout, label, values);
    readout.hidden = false;
    const [w, h] = [plot.clientWidth / 100, plot.clientHeight / 100];
    const x = (left + (across ?? 0.5) * width) * w;
    const y = (top + (down ?? 0) * height) * h;
    // Beside the line, or below the row; above it where there is no room.
    const side = (across ?? 0.5) < 0.5 ? x + 14 : x - 14 - readout.offsetWidth;
    const room = plot.clientWidth - readout.offsetWidth;
    const middle = x - readout.offsetWidth / 2;
    readout.style.left = Math.max(0, Math.min(room, across === null ? middle : side)) + 'px';
    const below = down === null ? y : y + 18;
    const above = y - 18 - readout.offsetHeight;
    const over = down !== null && (down > 0.5 && above >= 0);
    readout.style.top = (over ? above : below) + 'px';
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
    const x = (event.clientX - box.left) / box.width;
    const y = (event.clientY - box.top) / box.height;
    show(nearest(places, x, y, box.width, box.height));
  };
  field.setAttribute('aria-valuenow', String(at));
  field.setAttribute('aria-valuetext', rows[at].querySelector('th').textContent);
  field.addEventListener('pointermove', point);
  field.addEventListener('pointerdown', point);
  field.addEventListener('pointerleave', hide);
  field.addEventListener('focus', () => show(at));
  field.addEventListener('blur', () => {
    cursor.hidden = true;
    readout.hidden = true;
  });
  // On a chart of rows the next one is below.
  const rowwise = places.every(([across]) => across === null);
  const up = rowwise ? -1 : 1;
  const steps = {
    ArrowLeft: -1, ArrowDown: -up, ArrowRight: 1, ArrowUp: up, PageDown: -4 * up, PageUp: 4 * up,
  };
  field.addEventListener('keydown', (event) => {
    if (event.key in steps) show(at + steps[event.key]);
    else if (event.key === 'Home') show(0);
    else if (event.key === 'End') show(rows.length - 1);
    else if (event.key === 'Escape') field.blur();
    else return;
    event.preventDefault();
  });
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
