// Homes for the measurements of the register: rosters of invented people, and a database that is
// filled with them at once. Names are as common as they are in China.
import { randomBytes } from 'node:crypto';
import { psql } from './bench-site.mjs';

/** A surname, how it is read, and how many of a hundred have it. */
const SURNAMES = [
  ['王', 'wang', 7], ['李', 'li', 7], ['张', 'zhang', 7], ['刘', 'liu', 5], ['陈', 'chen', 5], ['杨', 'yang', 4], ['赵', 'zhao', 4],
  ['黄', 'huang', 4], ['周', 'zhou', 4], ['吴', 'wu', 4], ['徐', 'xu', 3], ['孙', 'sun', 3], ['胡', 'hu', 3], ['朱', 'zhu', 3],
  ['高', 'gao', 3], ['林', 'lin', 3], ['何', 'he', 3], ['郭', 'guo', 3], ['马', 'ma', 3], ['罗', 'luo', 3], ['梁', 'liang', 2],
  ['宋', 'song', 2], ['郑', 'zheng', 3], ['韩', 'han', 3], ['唐', 'tang', 3], ['冯', 'feng', 3], ['于', 'yu', 3],
];
const FIRST = [['小', 'xiao'], ['大', 'da'], ['晓', 'xiao'], ['文', 'wen'], ['志', 'zhi'], ['建', 'jian'], ['丽', 'li'], ['秀', 'xiu'], ['玉', 'yu'], ['海', 'hai']];
const SECOND = [['明', 'ming'], ['华', 'hua'], ['红', 'hong'], ['军', 'jun'], ['英', 'ying'], ['芳', 'fang'], ['强', 'qiang'], ['燕', 'yan'], ['峰', 'feng'], ['霞', 'xia']];
const HUNDRED = SURNAMES.flatMap(([han, sound, many]) => Array(many).fill([han, sound]));

/** Buildings of an estate, and entrances, floors and doors of each. */
export const SHAPE = { buildings: 20, entrances: 2, floors: 25, doors: 2 };
export const IN_ESTATE = Object.values(SHAPE).reduce((all, n) => all * n, 1);

/** What the nth estate is called: without a digit, since an estate is named before an address. */
export function estateName(n) {
  const digits = '零一二三四五六七八九';
  return `第${[...String(n)].map((digit) => digits[digit]).join('')}小区`;
}

/** Numbers that are the same in every run (a linear congruence, as in Numerical Recipes). */
export function dice(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Somebody: a name, and how it is spelt whole and by its initials. */
export function somebody(roll) {
  const parts = [HUNDRED[roll(100)], FIRST[roll(10)], SECOND[roll(10)]];
  const sounds = parts.map(([, sound]) => sound);
  return { surname: parts[0], name: parts.map(([han]) => han).join(''), whole: sounds.join(''), initials: sounds.map((sound) => sound[0]).join('') };
}

/** So many homes of one estate, behind `doors` doors on each floor, with an owner and a number each. */
export function homes(count, doors, phone, roll) {
  const { entrances, floors } = SHAPE;
  return Array.from({ length: count }, (_, n) => {
    const [door, floor] = [1 + (n % doors), 1 + (Math.floor(n / doors) % floors)];
    const behind = Math.floor(n / doors / floors);
    const [entrance, building] = [1 + (behind % entrances), 1 + Math.floor(behind / entrances)];
    return { building, entrance, floor, door, code: `${floor}${String(door).padStart(2, '0')}`, area: 7_000 + roll(8_000), owner: somebody(roll), phone: phone(n) };
  });
}

/** The rows of their roster. */
export const rosterOf = (all) => [
  ['楼栋', '单元', '房号', '建筑面积', '业主', '手机', '入住状态'],
  ...all.map(({ building, entrance, code, area, owner, phone }) => [`${building}号楼`, `${entrance}单元`, Number(code), area / 100, owner.name, phone, '自住']),
];

/** A time-ordered id (UUID version 7), as the product makes them. */
function id() {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/**
 * What scripts/load puts into the tables for those homes, and the places that they lie in, which are
 * made here: a number is sealed into as many bytes as the product's are, all of them noise.
 */
export async function bareJob(db, tenant, all) {
  const estate = id();
  const key = (n) => `${String(n).length}${n}`;
  const [buildings, entrances] = [new Map(), new Map()];
  for (const { building, entrance } of all) {
    if (!buildings.has(building)) buildings.set(building, id());
    if (!entrances.has(`${building} ${entrance}`)) entrances.set(`${building} ${entrance}`, { id: id(), building, entrance });
  }
  const values = (rows) => rows.map((row) => `('${tenant}', ${row.map((value) => `'${value}'`).join(', ')})`).join(', ');
  await psql(db, [
    `INSERT INTO estate (tenant_id, id, name, created_at) VALUES ('${tenant}', '${estate}', '对照 ${estate}', now())`,
    `INSERT INTO building (tenant_id, id, estate_id, name, sort_key, created_at)
     VALUES ${values([...buildings].map(([n, place]) => [place, estate, `${n}号楼`, `${key(n)}号楼`, new Date().toISOString()]))}`,
    `INSERT INTO entrance (tenant_id, id, estate_id, building_id, name)
     VALUES ${values([...entrances.values()].map((each) => [each.id, estate, buildings.get(each.building), `${each.entrance}单元`]))}`,
  ]);
  const noise = (length) => randomBytes(length).toString('hex');
  const made = all.map(({ building, entrance, floor, door, code, area, owner }) => ({
    unit: id(), building: buildings.get(building), entrance: entrances.get(`${building} ${entrance}`).id, code,
    sort_key: `${key(building)}号楼\t${key(entrance)}单元\t${key(floor)}${key(door)}`, area,
    household: id(), owner: id(), name: owner.name, spelt: `${owner.initials} ${owner.whole}`,
    cipher: noise(40), index: noise(32), tail: noise(32),
  }));
  return { tenant, estate, homes: made };
}

/** Whoever stands in the tables beside a measured company, and asks nothing. */
export async function stranger(db) {
  const { stdout } = await psql(db, [
    `INSERT INTO tenant SELECT (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(), 'slug', 'others'))).*
     FROM tenant t LIMIT 1 RETURNING id`,
  ]);
  return stdout.trim();
}

/**
 * Fills companies with estates and a home with its owner behind every door, all in a few
 * statements. The ends of numbers are the keyed ones of the residents whom `tails` has imported.
 */
export async function fill(db, parts, tails) {
  const at = "'2026-01-02 03:04:05+00'::timestamptz";
  const list = (rows) => rows.map((row, n) => `(${n}, ${row.map((value) => `'${value}'`).join(', ')})`).join(', ');
  const { buildings, entrances, floors, doors } = SHAPE;
  const statements = [
    'SET synchronous_commit = off',
    `CREATE TEMP TABLE tail AS SELECT row_number() OVER (ORDER BY id) - 1 AS n, phone_cipher, phone_tail FROM resident
     WHERE tenant_id = '${tails}' AND phone_tail IS NOT NULL`,
    'CREATE INDEX ON tail (n)',
    'ANALYZE tail',
  ];
  for (const { tenant, from, to } of parts) {
    statements.push(
      `INSERT INTO estate (tenant_id, id, name, created_at)
       VALUES ${Array.from({ length: to - from + 1 }, (_, n) => `('${tenant}', gen_random_uuid(), '${estateName(from + n)}', ${at})`).join(', ')}`,
      `INSERT INTO building (tenant_id, id, estate_id, name, sort_key, created_at)
       SELECT e.tenant_id, gen_random_uuid(), e.id, n || '号楼', length(n::text) || n::text || '号楼', ${at}
       FROM estate e, generate_series(1, ${buildings}) n WHERE e.tenant_id = '${tenant}' AND e.created_at = ${at}`,
      `INSERT INTO entrance (tenant_id, id, estate_id, building_id, name)
       SELECT b.tenant_id, gen_random_uuid(), b.estate_id, b.id, n || '单元'
       FROM building b, generate_series(1, ${entrances}) n WHERE b.tenant_id = '${tenant}' AND b.created_at = ${at}`,
      `INSERT INTO unit (tenant_id, id, estate_id, building_id, entrance_id, code, sort_key, created_at)
       SELECT n.tenant_id, gen_random_uuid(), n.estate_id, n.building_id, n.id, f || '0' || d,
              b.sort_key || E'\\t1' || n.name || E'\\t' || length(f::text) || f || '1' || d, ${at}
       FROM entrance n JOIN building b ON b.tenant_id = n.tenant_id AND b.id = n.building_id AND b.created_at = ${at},
            generate_series(1, ${floors}) f, generate_series(1, ${doors}) d
       WHERE n.tenant_id = '${tenant}'`,
      `INSERT INTO household (tenant_id, id, estate_id, unit_id, started_on)
       SELECT u.tenant_id, gen_random_uuid(), u.estate_id, u.id, '2026-01-02' FROM unit u
       WHERE u.tenant_id = '${tenant}' AND u.created_at = ${at}`,
      `INSERT INTO resident (tenant_id, id, household_id, estate_id, unit_id, name, relation, created_at,
                             phone_cipher, phone_index, phone_tail, spelt)
       SELECT h.tenant_id, gen_random_uuid(), h.id, h.estate_id, h.unit_id, s.han || a.han || b.han, 'owner', ${at},
              t.phone_cipher, sha256(h.id::text::bytea), t.phone_tail,
              ARRAY[s.sound || a.sound || b.sound, left(s.sound, 1) || left(a.sound, 1) || left(b.sound, 1)]
       FROM household h
       JOIN LATERAL (SELECT (hashtext('s' || h.id) & 2147483647) % 100 AS s, (hashtext('a' || h.id) & 2147483647) % 10 AS a,
                            (hashtext('b' || h.id) & 2147483647) % 10 AS b) x ON true
       JOIN (VALUES ${list(HUNDRED)}) s (n, han, sound) ON s.n = x.s
       JOIN (VALUES ${list(FIRST)}) a (n, han, sound) ON a.n = x.a
       JOIN (VALUES ${list(SECOND)}) b (n, han, sound) ON b.n = x.b
       JOIN tail t ON t.n = (hashtext('t' || h.id) & 2147483647) % (SELECT count(*) FROM tail)
       WHERE h.tenant_id = '${tenant}' AND h.started_on = '2026-01-02'`,
    );
  }
  await psql(db, [...statements, 'VACUUM ANALYZE']);
}
