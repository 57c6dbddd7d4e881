// What somebody writes in an afternoon: all rows of one query to Pendo, 1,000 a call, one call after the other, no state.
import pg from 'pg';

const fields = ['email', 'plan', 'seats', 'score', 'balance', 'active', 'signed_up', 'renewed', 'country', 'note'];
const client = new pg.Client({ connectionString: process.env.BENCH_CONNECTION });
await client.connect();
const { rows } = await client.query('select * from visitors');
const uri = new URL('/api/v1/metadata/visitor/custom/value?create=true', process.env.BENCH_PENDO);

const value = (field, held) =>
  held instanceof Date ? held.toISOString()
  : field === 'balance' ? Number(held)
  : held;

for (let start = 0; start < rows.length; start += 1000) {
  const body = rows.slice(start, start + 1000).map(row => ({
    visitorId: row.id,
    values: Object.fromEntries(fields.filter(field => row[field] !== null).map(field => [field, value(field, row[field])])),
  }));
  const answer = await fetch(uri, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-pendo-integration-key': 'demo-key' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`Pendo answered ${answer.status}: ${await answer.text()}`);
  const { failed } = await answer.json();
  if (failed > 0) throw new Error(`Pendo refused ${failed} records`);
}
await client.end();
