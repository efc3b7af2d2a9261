// The page holds no state of its own: every event carries the whole board, and every button only asks the instance to act.
const $ = id => document.getElementById(id);

const tones = { Connected: 'good', Connecting: 'warn', Suspended: 'warn', Lost: 'bad', Closed: 'bad' };
const seconds = milliseconds => `${(milliseconds / 1000).toFixed(1)} s`;

function badge(id, text, tone = '') {
  $(id).textContent = text;
  $(id).dataset.tone = tone;
}

function chips(id, entries) {
  $(id).replaceChildren(...entries.map(entry => {
    const chip = document.createElement('li');
    chip.textContent = entry.id;
    chip.classList.toggle('self', entry.isSelf);
    return chip;
  }));
}

function showSession(session) {
  badge('session-state', session.state, tones[session.state]);
  $('session-id').textContent = session.id;
  $('deadline').textContent = seconds(session.safeForMilliseconds);
  $('timeout').textContent = seconds(session.timeoutMilliseconds);
  const share = session.timeoutMilliseconds ? session.safeForMilliseconds / session.timeoutMilliseconds : 0;
  $('deadline-bar').style.width = `${Math.min(100, share * 100)}%`;
  $('deadline-bar').dataset.tone = share > 0.35 ? '' : share > 0.15 ? 'warn' : 'bad';
}

function showLeadership(leadership) {
  const leader = leadership.participants[0];
  $('leader').textContent = leader?.id ?? 'nobody';
  $('leader-work').textContent = `The leader has counted to ${leadership.counted}.`;
  badge('leader-badge', leadership.leads ? 'this one leads' : 'follows', leadership.leads ? 'good' : '');
  chips('participants', leadership.participants);
  $('resign').disabled = !leadership.leads;
}

function showLock(lock) {
  $('holder').textContent = lock.queue[0]?.id ?? 'free';
  badge('lock-badge', lock.state, { Held: 'good', Waiting: 'warn' }[lock.state]);
  chips('waiters', lock.queue);
  $('take').disabled = lock.state !== 'Idle';
  $('release').disabled = lock.state === 'Idle';
  $('release').textContent = lock.state === 'Waiting' ? 'Give up' : 'Release';
}

function showInstances(instances) {
  $('instance-count').textContent = instances.length;
  $('instances').replaceChildren(...instances.map(instance => {
    const row = document.createElement('tr');
    row.dataset.instance = instance.id;
    const [name, address, since] = ['id', 'address', 'since'].map(field => {
      const cell = row.insertCell();
      cell.textContent = instance[field];
      return cell;
    });
    name.classList.toggle('self', instance.isSelf);
    since.textContent = new Date(instance.since).toLocaleTimeString();
    const link = document.createElement('a');
    link.href = link.textContent = instance.address;
    address.replaceChildren(link);
    return row;
  }));
}

function show(board) {
  $('instance').textContent = board.instance;
  $('server').textContent = board.server;
  document.title = `LiveBoard · ${board.instance}`;
  showSession(board.session);
  showLeadership(board.leadership);
  showLock(board.lock);
  $('motto').textContent = board.motto || '(not set)';
  showInstances(board.instances);
}

async function ask(method, path, body) {
  const answer = await fetch(path, { method, body, headers: body ? { 'Content-Type': 'application/json' } : {} });
  $('message').textContent = answer.ok ? '' : `${answer.status}: ${await answer.text()}`;
}

$('resign').onclick = () => ask('POST', '/api/resign');
$('take').onclick = () => ask('POST', '/api/lock');
$('release').onclick = () => ask('DELETE', '/api/lock');
$('motto-form').onsubmit = async event => {
  event.preventDefault();
  await ask('PUT', '/api/motto', JSON.stringify($('motto-input').value));
  $('motto-input').value = '';
};

function link(up) {
  document.body.dataset.link = up ? 'up' : 'down';
  $('link').textContent = up ? 'live' : 'this instance does not answer';
}

const events = new EventSource('/api/board');
events.onopen = () => link(true);
events.onerror = () => link(false);
events.onmessage = event => show(JSON.parse(event.data));
