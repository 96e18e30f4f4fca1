import type pg from 'pg';

const asNumber = (text: string) => Number(text);
const asBoolean = (text: string) => text === 't';
const asText = (text: string) => text;

/** Type oids (pg_type.dat) that fit a JavaScript number without loss: int2, int4, oid, float4, float8. */
const numberTypes = new Set([21, 23, 26, 700, 701]);
const booleanType = 16;

/**
 * How answers are read: numbers and booleans where nothing is lost, everything else as the server wrote it. int8
 * and numeric would lose digits, and a Date would cut a timestamp's microseconds.
 */
export const valueTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number) => {
    if (numberTypes.has(oid)) return asNumber;
    return oid === booleanType ? asBoolean : asText;
  }) as pg.CustomTypesConfig['getTypeParser'],
};
