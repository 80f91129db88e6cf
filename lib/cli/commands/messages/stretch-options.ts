import { moment, optional } from '../../option-table.js';

const FORM = 'milliseconds or yyyy-MM-dd#HH:mm:ss:SSS';

export const stretchOptions = {
  expression: optional('-s, --subExpression <tags>', 'TagA || TagB'),
  begin: optional('-b, --beginTimestamp <time>', `stored then or later: ${FORM}`, moment),
  end: optional('-e, --endTimestamp <time>', 'stored then or earlier', moment),
};
