/** What the classes of SQLSTATE mean (PostgreSQL documentation, appendix A), for those that a query can run into. */
const classes: Record<string, string> = {
  '08': 'the connection failed',
  '0A': 'it asks for something that this server does not support',
  '21': 'a subquery gave more rows than fit',
  '22': 'a value that it reads or computes does not fit its type or its limits',
  '23': 'a constraint would be violated',
  '25': 'it would write, or does what cannot be done in a read-only transaction',
  '28': 'the login was refused',
  '34': 'a cursor is not there',
  '38': 'a function that it calls failed',
  '39': 'a function that it calls failed',
  '3D': 'a database is not there',
  '3F': 'a schema is not there',
  '40': 'the transaction was rolled back',
  '42': 'it is wrongly written, or names what is not there',
  '44': 'a check option would be violated',
  '53': 'the server has no memory, disk or connection left for it',
  '54': 'it is larger than the server allows',
  '55': 'an object is not in a state for it',
  '57': 'it was stopped',
  '58': 'the server’s system failed',
  F0: 'the server’s configuration is wrong',
  HV: 'a foreign server failed',
  P0: 'a function that it calls raised an error',
  XX: 'the server itself made a mistake',
};

/** Why a statement was refused, in words that hold nothing of its values: those of the server may. */
export function sqlStateSentence(sqlState: string): string {
  const why = classes[sqlState.slice(0, 2)] ?? 'the server refused it';
  return `It could not be run: ${why} (SQLSTATE ${sqlState}).`;
}
