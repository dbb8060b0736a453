// Looks every few seconds whether the standing has changed, and says so to who does not see it.
const EVERY = 5000; // milliseconds
const place = document.querySelector('#standing');
const news = document.querySelector('#news');
const pause = document.querySelector('#pause');
let paused = false;
let ahead = 0; // of this machine's clock, in milliseconds
let version = `"${place.firstElementChild.dataset.version}"`;

async function look() {
  if (paused || document.hidden) return;
  try {
    const answer = await fetch('/standing', {
      headers: { 'If-None-Match': version }, cache: 'no-store', signal: AbortSignal.timeout(EVERY),
    });
    if (answer.status === 304) { tell(''); return; }
    if (!answer.ok) throw new Error(answer.status);
    const open = place.querySelector('details')?.open;
    version = answer.headers.get('ETag');
    place.innerHTML = await answer.text();
    const details = place.querySelector('details');
    if (details && open) details.open = true;
    setClock();
    tell(`Updated at ${clock()}. ${place.firstElementChild.dataset.told}`);
    count();
  } catch {
    tell(`No answer since ${clock()}: trying again.`, true);
  }
}

let lost = false;
function tell(text, isLoss = false) {
  if (isLoss === lost && !text) return;
  if (isLoss && lost) return; // said once
  if (text || lost) news.textContent = text;
  lost = isLoss;
}

function clock() {
  return new Date(Date.now() - ahead).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}

// The board's clock counts, whatever this machine's says.
function setClock() {
  ahead = Date.now() - new Date(place.firstElementChild.dataset.now);
}

// How long until the close, beside its date.
function count() {
  const time = place.querySelector('time[data-closes]');
  if (!time) return;
  const left = new Date(time.dataset.closes) - (Date.now() - ahead);
  const minutes = Math.max(0, Math.ceil(left / 60000));
  const hours = Math.floor(minutes / 60);
  const text = hours >= 48 ? `${Math.floor(hours / 24)} days`
    : hours >= 1 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
  let shown = place.querySelector('#left');
  if (!shown) {
    shown = document.createElement('span');
    shown.id = 'left';
    time.after(' ', shown);
  }
  shown.textContent = `(in ${text})`;
}

pause.hidden = false;
pause.addEventListener('click', () => {
  paused = !paused;
  pause.textContent = paused ? 'Resume updates' : 'Pause updates';
  look();
});
document.addEventListener('visibilitychange', look);
setClock();
count();
setInterval(count, 10000);
setInterval(look, EVERY);
