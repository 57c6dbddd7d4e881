// Loads the page's main part again every few seconds, unless somebody is busy with it: types, selects, presses, or looks elsewhere.
(() => {
  const seconds = Number(document.getElementById('main').dataset.refresh);
  if (!seconds) return;
  const isBusy = () => document.hidden
    || document.activeElement?.matches('input, select, textarea')
    || document.querySelector('main :active')
    || String(getSelection()) !== '';
  // What has the focus keeps it across the change.
  const place = element => element?.getAttribute?.('aria-label') ?? element?.getAttribute?.('href');
  const refresh = async () => {
    if (isBusy()) return;
    const address = new URL(location.href);
    address.searchParams.delete('done');
    const answer = await fetch(address, { headers: { accept: 'text/html' } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const [now, next] = [document.getElementById('main'), page.getElementById('main')];
    // Somebody may have begun to type since it was asked for.
    if (isBusy() || !next || next.innerHTML === now.innerHTML) return;
    const focused = place(document.activeElement);
    now.replaceChildren(...next.childNodes);
    document.title = page.title;
    if (!focused) return;
    const again = [...now.querySelectorAll('a[href], form button')].find(element => place(element) === focused);
    again?.focus({ preventScroll: true });
  };
  // One after the other: a large page takes its time.
  const later = () => setTimeout(() => refresh().catch(() => {}).finally(later), seconds * 1000);
  later();
})();
